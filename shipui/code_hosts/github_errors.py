"""What GitHub's refusals mean, in plain words: by status, headers and the message, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipui.model.errors import BadInput, Failed, Refused, ShipuiError, Unreachable
from shipui.model.text import listed, visible

SETTINGS = "the section [github] of config.toml"
RIGHTS = "contents, pull requests and issues: read and write (a classic token: the scope “repo”)"


class NotThere(BadInput):
    """No such repository, branch or pull request; or the token may not see it."""


class TokenRefused(Refused):
    """Wrong, expired, revoked or too weak."""


def explained(status: int, headers: Mapping[str, str] | None, data: Any, doing: str, where: str) -> ShipuiError:
    """`doing` completes "GitHub refused to …"; `where` is the host and repository. `headers` have names in lower case."""
    given = {name.lower(): str(value) for name, value in (headers or {}).items()}
    said = words_of(data)
    detail = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status == 401:
        return TokenRefused(
            f"The token for {where} was refused: it is wrong, has expired, or was revoked.",
            detail=detail,
            fix=f"Make a new one with the rights {RIGHTS}, and put it where {SETTINGS} says.",
        )
    if status == 403:
        return _forbidden(given, said, detail, doing, where)
    if status in (301, 302, 307, 308, 404):
        return _not_there(status, detail, doing, where)
    if status in (405, 409, 422, 451):
        return _refusal(said, detail, doing, where)
    if status >= 500:
        return Unreachable(
            f"{where} has trouble of its own just now (HTTP {status}).", detail=detail, fix="Try again later."
        )
    return Failed(f"GitHub's answer was not expected while trying to {doing} (HTTP {status}).", detail=detail)


def missing_scopes(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Of a classic token: what the call would accept, when the token has none of it; () when that cannot be told."""
    if "x-oauth-scopes" not in headers:
        return ()
    has = _names(headers["x-oauth-scopes"])
    accepted = _names(headers.get("x-accepted-oauth-scopes", ""))
    return () if not accepted or has & accepted else tuple(sorted(accepted))


def missing_permissions(headers: Mapping[str, str]) -> str:
    """Of a fine-grained token: "contents: write", as GitHub names them in its reply; "" when it names none."""
    given = headers.get("x-accepted-github-permissions", "")
    return visible(" or ".join(each.strip().replace("=", ": ") for each in given.split(";") if each.strip()), limit=200)


def words_of(data: Any) -> str:
    """GitHub's own message, with the errors that it lists: data from outside, made harmless."""
    if not isinstance(data, Mapping):
        return ""
    said = [str(data.get("message") or "")]
    errors = data.get("errors")
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, Mapping):
            about = " ".join(str(each[key]) for key in ("resource", "field", "code") if each.get(key))
            said.append(str(each.get("message") or about))
        else:
            said.append(str(each))
    return visible("; ".join(each for each in said if each), limit=400)


def _not_there(status: int, detail: str, doing: str, where: str) -> NotThere:
    if status != 404:
        return NotThere(
            f"{where} has moved to another address.", detail=detail, fix=f"Correct the names in {SETTINGS}."
        )
    return NotThere(
        f"{where} was not found while trying to {doing}: there is no such thing, or the token may not see it.",
        detail=detail,
        fix=f"Look at the names in {SETTINGS}, and whether the token was given access to this repository.",
    )


def _refusal(said: str, detail: str, doing: str, where: str) -> ShipuiError:
    if "empty" in said.lower() and "repository" in said.lower():
        return BadInput(
            f"The repository {where} is empty: there is no base branch to propose anything to.",
            detail=detail,
            fix="Push your main branch to it first.",
        )
    return Refused(f"GitHub refused to {doing}: {said.rstrip('.') or 'it gave no reason'}.", detail=detail)


def _forbidden(given: Mapping[str, str], said: str, detail: str, doing: str, where: str) -> ShipuiError:
    if given.get("x-github-sso", "").startswith("required"):
        return TokenRefused(
            f"The organisation of {where} asks for the token to be authorised for single sign-on.",
            detail=detail,
            fix="On GitHub: Settings, Developer settings, tokens, Configure SSO.",
        )
    if "protected" in said.lower() or "rule" in said.lower():
        return Refused(f"A rule of {where} does not let this token {doing}.", detail=detail)
    needed = missing_permissions(given) or listed([f"the scope “{each}”" for each in missing_scopes(given)])
    if "archived" in said.lower():
        return Refused(f"{where} is archived: nothing can be changed there.", detail=detail)
    right = f" Missing: {needed}." if needed else ""
    return TokenRefused(
        f"The token for {where} has not the right to {doing}.{right}",
        detail=detail,
        fix=f"Give it {RIGHTS}; and its owner the right to write to the repository.",
    )


def _names(header: str) -> set[str]:
    return {each.strip() for each in header.split(",") if each.strip()}

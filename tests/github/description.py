"""GitHub's own description of its API, as far as tests need it: its examples, and whether a reply is one that GitHub could give."""

from __future__ import annotations

import copy
import functools
import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

FILE = Path(__file__).parent / "description.json"


@functools.cache
def _described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text())
    return _in_plain_schema(found)


def operation_of(verb: str, path: str) -> str | None:
    """The described operation of a call; `path` is what comes after /repos/OWNER/NAME."""
    for name in sorted(_described()["operations"], key=len, reverse=True):
        its_verb, _, its_path = name.partition(" ")
        pattern = re.sub(r"\{(?:ref|branch|basehead)\}", ".+", its_path)
        if its_verb == verb and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return str(name)
    return None


def example(operation: str, status: int) -> Any:
    """GitHub's own example of a reply: a copy, to be changed."""
    return copy.deepcopy(_described()["operations"][operation][str(status)]["example"])


def mistakes(operation: str, status: int, body: Any) -> list[str]:
    """Why GitHub could not have said this; [] where it could. What is described nowhere has the form of every error."""
    described = _described()
    found = described["operations"][operation].get(str(status))
    schema = found["schema"] if found is not None else {"$ref": "#/components/schemas/basic-error"}
    validator = Draft4Validator({**schema, "components": described["components"]})
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in validator.iter_errors(body)]


def _in_plain_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says that null is a type too."""
    if isinstance(node, list):
        return [_in_plain_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: each if key == "example" else _in_plain_schema(each) for key, each in node.items()}
    if made.pop("nullable", None) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made

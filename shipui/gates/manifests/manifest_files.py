"""Which files are manifests or lock files, and how each is read."""

from __future__ import annotations

import re

from shipui.gates.manifests import (
    cargo_manifest,
    container_images,
    github_workflows,
    go_module,
    maven_pom,
    npm_locks,
    npm_manifest,
    package_tables,
    pnpm_lock,
    pyproject,
    python_requirements,
    ruby_gems,
    yarn_lock,
)
from shipui.gates.manifests.dependency import Format

_NPM_LOCK = Format("npm", npm_locks.read, lock=True, read_piece=npm_locks.read_piece)
_PYTHON_LOCK = Format("PyPI", package_tables.read_python, lock=True, read_piece=package_tables.read_python_piece)
_REQUIREMENTS = Format("PyPI", python_requirements.read)
_BY_NAME = {
    "package.json": Format("npm", npm_manifest.read, read_piece=npm_manifest.read_piece),
    "package-lock.json": _NPM_LOCK,
    "npm-shrinkwrap.json": _NPM_LOCK,
    "pnpm-lock.yaml": Format("npm", pnpm_lock.read, lock=True, read_piece=pnpm_lock.read_piece),
    "yarn.lock": Format("npm", yarn_lock.read, lock=True, read_piece=yarn_lock.read_piece),
    "pyproject.toml": Format("PyPI", pyproject.read, read_piece=pyproject.read_piece),
    "Pipfile": Format("PyPI", pyproject.read, read_piece=pyproject.read_piece),
    "uv.lock": _PYTHON_LOCK,
    "poetry.lock": _PYTHON_LOCK,
    "pdm.lock": _PYTHON_LOCK,
    "Pipfile.lock": Format("PyPI", package_tables.read_pipfile_lock, lock=True, read_piece=npm_locks.read_piece),
    "go.mod": Format("Go", go_module.read, read_piece=go_module.read_piece),
    "Cargo.toml": Format("crates.io", cargo_manifest.read, read_piece=cargo_manifest.read_piece),
    "Cargo.lock": Format("crates.io", package_tables.read_cargo, lock=True, read_piece=package_tables.read_cargo_piece),
    "Gemfile": Format("RubyGems", ruby_gems.read),
    "gems.rb": Format("RubyGems", ruby_gems.read),
    "Gemfile.lock": Format("RubyGems", ruby_gems.read_lock, lock=True),
    "pom.xml": Format("Maven", maven_pom.read, read_piece=maven_pom.read_piece),
    "action.yml": Format("GitHub Actions", github_workflows.read, read_piece=github_workflows.read_piece),
    "action.yaml": Format("GitHub Actions", github_workflows.read, read_piece=github_workflows.read_piece),
}
_DOCKER = Format("Docker", container_images.read)
_REQUIREMENTS_NAME = re.compile(
    r"^(?:.*[-_.])?(?:requirements?|constraints?)(?:[-_.].*)?\.(?:txt|in|pip)$", re.IGNORECASE
)
_DOCKER_NAME = re.compile(r"^(?:(?:.*\.)?(?:docker|container)file|(?:docker|container)file(?:[.-].*)?)$", re.IGNORECASE)
_WORKFLOW = re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$")


def format_of(path: str) -> Format | None:
    name = path.rpartition("/")[2]
    if "node_modules/" in path or "/vendor/" in path:
        return None
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.endswith(".gemspec"):
        return _BY_NAME["Gemfile"]
    if _WORKFLOW.search(path):
        return _BY_NAME["action.yml"]
    folder = path.rpartition("/")[0].rpartition("/")[2]
    if _REQUIREMENTS_NAME.match(name) or (folder == "requirements" and name.endswith((".txt", ".in"))):
        return _REQUIREMENTS
    return _DOCKER if _DOCKER_NAME.match(name) else None

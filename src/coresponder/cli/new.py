"""The start of a new program: a commented TOML file, scenarios, a snapshot, a test file and a CAD
mapping. The tests pass unchanged.
"""

from __future__ import annotations

import importlib.resources
import json
import re
from pathlib import Path

from coresponder.cli.schema import json_schema
from coresponder.cli.written import say_why
from coresponder.errors import InvalidProgram, StoreUnavailable
from coresponder.program import load_program
from coresponder.testing.snapshot import snapshot_of
from coresponder.testing.snapshot_file import save_snapshot

__all__ = ["make_program"]

_FILES = {
    "program.toml": "{name}.toml",
    "scenarios.toml": "{name}.scenarios.toml",
    "test_policies.py.txt": "test_{module}.py",
    "mapping.toml": "{name}-mapping.toml",
}


_SCHEMAS = ("program", "scenarios", "mapping")
"""The files that an editor can check while they are typed; their first line names a schema."""


def make_program(name: str, folder: Path) -> tuple[Path, ...]:
    """Write the files of a new program into a folder; return their paths.

    Raises:
        InvalidProgram: the name cannot be a program's id.
        StoreUnavailable: a file already exists, or the folder cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise InvalidProgram(
            f"{name!r} cannot be a program's id; "
            "use small letters, digits and hyphens, for example 'my-city'",
            source="new",
        )
    words = {
        "name": name,
        "module": name.replace("-", "_"),
        "title": name.replace("-", " ").title(),
    }
    texts = {
        folder / target.format(**words): _template(source, words)
        for source, target in _FILES.items()
    }
    snapshot = folder / f"{name}.snapshot.json"
    there = [path.name for path in (*texts, snapshot) if path.exists()]
    if there:
        raise StoreUnavailable(
            f"{', '.join(there)}: already exists; nothing was written, "
            "give another name or another --folder"
        )
    schemas = {folder / "schemas" / f"{kind}.json": _schema(kind) for kind in _SCHEMAS}
    with say_why(folder):
        (folder / "schemas").mkdir(parents=True, exist_ok=True)
        for path, text in (texts | schemas).items():
            path.write_text(text, "utf-8")
        save_snapshot(snapshot, snapshot_of(load_program(folder / f"{name}.toml")))
    return (*texts, snapshot, *schemas)


def _schema(kind: str) -> str:
    return json.dumps(json_schema(kind), indent=1, ensure_ascii=False) + "\n"


def _template(source: str, words: dict[str, str]) -> str:
    text = (
        importlib.resources.files("coresponder.programs").joinpath("new", source).read_text("utf-8")
    )
    for key, value in words.items():
        text = text.replace(f"__{key.upper()}__", value)
    return text

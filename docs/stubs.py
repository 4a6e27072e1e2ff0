"""Write what type checkers read of the records that hosts make: `python docs/stubs.py`. A test
compares. ADR 0066 says why.

The annotation of a field says what it holds. Its `__init__` takes more: a word of a vocabulary as
its text, a list for a tuple. A stub says that with a converter, which type checkers understand, and
is derived from the module: nothing is declared twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "coresponder"
EVENTS = "domain/events"
MODULES = (
    *(f"{EVENTS}/{path.stem}" for path in sorted((SOURCE / EVENTS).glob("[a-z]*.py"))),
    "domain/objects",
    "roster/course",
    "roster/events",
    "roster/staffing",
)
HEAD = "# Made by docs/stubs.py from the module beside it; do not edit.\n"
WIDTH = 100
LISTS_OF_TEXT = {"Id", "Code", "str"}
"""A text is a sequence of texts, and yet no list of ids: these take a list or a tuple, and other
fields any sequence.
"""


def vocabularies() -> dict[str, list[str]]:
    """Return each vocabulary with its words."""
    rooms = sorted((SOURCE / "domain" / "vocabulary").glob("*.py"))
    trees = (ast.parse(room.read_text("utf-8")) for room in rooms)
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        cls.name: [ast.literal_eval(one.value) for one in cls.body if isinstance(one, ast.Assign)]
        for cls in classes
    }


VOCABULARIES = vocabularies()


def taken(held: str) -> str:
    """Return what a field takes that holds a type: the same, or more."""
    if held.endswith(" | None"):
        return f"{taken(held.removesuffix(' | None'))} | None"
    if each := re.fullmatch(r"tuple\[(\w+), \.\.\.\]", held):
        return (
            f"list[{each[1]}] | {held}"
            if each[1] in LISTS_OF_TEXT
            else f"Sequence[{taken(each[1])}]"
        )
    return f"_{held}" if held in VOCABULARIES else held


def converter(held: str) -> str:
    """Return the name of the converter of a field that holds a type."""
    return "_to_" + re.sub(r"\W+", "_", held.replace(", ...", "")).strip("_").lower()


def stub(module: str) -> str:
    """Return the stub of a module."""
    tree = ast.parse((SOURCE / f"{module}.py").read_text("utf-8"))
    body = [line for node in tree.body for line in _public(node)]
    held = sorted(
        {
            found
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign)
            if taken(found := ast.unparse(node.annotation)) != found
        }
    )
    words = sorted(
        word for word in VOCABULARIES if any(re.search(rf"\b_{word}\b", taken(one)) for one in held)
    )
    choices = [
        _listed(f"_{word}: TypeAlias = {word} | Literal[", map(repr, VOCABULARIES[word]), "]")
        for word in words
    ]
    converters = [f"def {converter(one)}(value: {taken(one)}) -> {one}: ..." for one in held]
    used = {
        node.id
        for node in ast.walk(ast.parse("\n".join([*choices, *body])))
        if isinstance(node, ast.Name)
    }
    return "\n".join(
        [
            HEAD,
            *(line for node in tree.body for line in _import(node, used)),
            "",
            *choices,
            "",
            *converters,
            *body,
            "",
        ]
    )


def _listed(head: str, items: Iterable[str], tail: str) -> str:
    """Write a list in one line, or one item a line where that is too long."""
    found = list(items)
    line = f"{head}{', '.join(found)}{tail}"
    return (
        line if len(line) <= WIDTH else "\n".join([head, *(f"    {item}," for item in found), tail])
    )


def _import(node: ast.stmt, used: set[str]) -> Iterator[str]:
    """Yield an import of which something is used; those of the stub's own come in the place of
    `__future__`.
    """
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        yield "from collections.abc import Sequence\nfrom typing import Literal, TypeAlias\n"
    elif isinstance(node, ast.ImportFrom) and (
        names := sorted({alias.name for alias in node.names} & used)
    ):
        yield (
            _listed(f"from {node.module} import (", names, ")")
            if len(names) > 1
            else f"from {node.module} import {names[0]}"
        )
    elif (
        isinstance(node, ast.Import) and {alias.asname or alias.name for alias in node.names} & used
    ):
        yield ast.unparse(node)


def _public(node: ast.stmt) -> Iterator[str]:
    """Yield a public class, function or constant."""
    if isinstance(node, ast.ClassDef):
        yield from (
            "",
            *(f"@{ast.unparse(one)}" for one in node.decorator_list),
            f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):",
        )
        members = [line for one in node.body for line in _member(one)]
        yield from members or ["    ..."]
    elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        yield f"\n{_function(node)}"
    elif (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and not node.target.id.startswith("_")
    ):
        yield f"\n{node.target.id}: {ast.unparse(node.annotation)}"


def _member(node: ast.stmt) -> Iterator[str]:
    """Yield a public field, property or method."""
    if isinstance(node, ast.AnnAssign):
        yield f"    {_field(ast.unparse(node.target), ast.unparse(node.annotation), node.value)}"
    elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        yield from (f"    {line}" for line in _function(node).splitlines())


def _field(name: str, held: str, value: ast.expr | None) -> str:
    """Return the declaration of a field. Of an `attrs.field(...)` only the default matters to type
    checkers.
    """
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "attrs.field":
        given = {one.arg: one.value for one in value.keywords}
        value = given.get("default", ast.Constant(...) if "factory" in given else None)
    default = None if value is None else ast.unparse(value)
    if taken(held) != held:
        return f"{name}: {held} = attrs.field({f'default={default}, ' if default else ''}converter={converter(held)})"
    return f"{name}: {held} = {default}" if default else f"{name}: {held}"


def _function(node: ast.FunctionDef) -> str:
    decorators = "".join(f"@{ast.unparse(one)}\n" for one in node.decorator_list)
    returned = ast.unparse(node.returns) if node.returns else "None"
    return decorators + _listed(
        f"def {node.name}(", ast.unparse(node.args).split(", "), f") -> {returned}: ..."
    )


def package() -> str:
    """Return the stub of the package of events: the names of its rooms, each told on."""
    lines = [HEAD]
    for module in MODULES:
        if module.startswith(EVENTS):
            tree = ast.parse((SOURCE / f"{module}.py").read_text("utf-8"))
            names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
            told = [f"{name} as {name}" for name in sorted(names)]
            lines.append(
                _listed(f"from coresponder.{module.replace('/', '.')} import (", told, ")")
            )
    return "\n".join([*lines, "", "EVENT_TYPES: dict[str, type[Event]]", ""])


def main() -> None:
    """Write every stub."""
    (SOURCE / EVENTS / "__init__.pyi").write_text(package(), encoding="utf-8")
    for module in MODULES:
        (SOURCE / f"{module}.pyi").write_text(stub(module), encoding="utf-8")


if __name__ == "__main__":
    main()

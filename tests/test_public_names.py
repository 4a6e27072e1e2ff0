"""What `coresponder` offers, it offers to the interpreter, to type checkers and to editors alike."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import coresponder as co
from coresponder import _HOMES, _WHOLE, testing
from coresponder.domain import vocabulary


def _declared(package):
    """Return {module: names} of the imports that only type checkers read."""
    tree = ast.parse(Path(package.__file__).read_text("utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    assert all(isinstance(node, ast.ImportFrom) for node in block.body)
    assert all(a.name in {a.asname, "*"} for node in block.body for a in node.names)
    return {node.module: sorted(a.name for a in node.names) for node in block.body}


def _announced(package):
    """Return {module: names} that the interpreter looks up; a star for a whole room."""
    named = {home: sorted(names) for home, names in package._HOMES.items()}
    return named | {home: ["*"] for home in getattr(package, "_WHOLE", ())}


@pytest.mark.parametrize(("package", "root"), [(co, ""), (testing, "coresponder.testing.")])
def test_the_table_and_the_declared_imports_are_the_same(package, root):
    """A name that the interpreter finds, a type checker finds in the same place, and the other way
    round.
    """
    declared = {home.removeprefix(root): names for home, names in _declared(package).items()}
    assert declared == _announced(package)
    assert package.__all__ == dir(package)
    assert {name for names in package._HOMES.values() for name in names} <= set(package.__all__)
    assert len(set(package.__all__)) == len(package.__all__)


def test_no_name_has_two_homes():
    """What is in a whole room is in no other list, so that a name means one thing."""
    rooms = [importlib.import_module(home).__all__ for home in _WHOLE]
    names = [name for home in (*_HOMES.values(), *rooms) for name in home]
    assert sorted(names) == co.__all__


@pytest.mark.parametrize("name", co.__all__)
def test_every_public_name_is_what_its_home_has(name):
    """What is announced can be imported, and a public class or function is documented."""
    thing = getattr(co, name)
    homes = _HOMES | {home: importlib.import_module(home).__all__ for home in _WHOLE}
    (home,) = (home for home, names in homes.items() if name in names)
    assert thing is getattr(importlib.import_module(home), name)
    assert not (inspect.isclass(thing) or inspect.isfunction(thing)) or inspect.getdoc(thing)


def test_every_event_type_and_every_vocabulary_is_public():
    """A host builds any event with `co.`, and needs no module of the domain for it."""
    assert {*co.EVENT_TYPES, *co.RESPONDER_EVENTS, *vocabulary.__all__} <= {*co.__all__}


def test_a_misspelled_name_is_answered_with_the_nearest():
    """At run time too, the error says which name was meant."""
    with pytest.raises(AttributeError, match="did you mean 'Workflow'"):
        co.Workfow  # type: ignore[attr-defined]


def test_import_alone_loads_nothing_else():
    """`import coresponder` costs a host next to nothing: its parts are imported when they are used."""
    code = "import sys, coresponder; print([m for m in sys.modules if m.startswith('coresponder.') or m in {'attr', 'pydantic', 'sqlalchemy'}])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )

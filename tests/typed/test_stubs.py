"""The stubs say what the modules beside them do."""

import importlib
import importlib.util
import inspect
import typing
from enum import Enum
from pathlib import Path

import attrs
import pytest

from coresponder.record import Record
from coresponder.record.checks import check_of, plain_type

ROOT = Path(__file__).parent.parent.parent
_SPEC = importlib.util.spec_from_file_location("stubs", ROOT / "docs" / "stubs.py")
stubs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(stubs)


@pytest.mark.parametrize("module", stubs.MODULES)
def test_a_stub_has_not_drifted(module):
    """`python docs/stubs.py` would write what is there."""
    assert (stubs.SOURCE / f"{module}.pyi").read_text("utf-8") == stubs.stub(module)


def test_the_package_of_events_tells_its_rooms_names():
    """The stub of the package is made too."""
    written = (stubs.SOURCE / stubs.EVENTS / "__init__.pyi").read_text("utf-8")
    assert written == stubs.package()


def _widened():
    """Yield each field that a stub says takes more than it holds: (name for people, type that it
    holds, what the stub says of it).
    """
    for module in stubs.MODULES:
        home = importlib.import_module("coresponder." + module.replace("/", "."))
        for cls in vars(home).values():
            if inspect.isclass(cls) and issubclass(cls, Record) and cls.__module__ == home.__name__:
                hints = typing.get_type_hints(cls, include_extras=True)
                said = typing.get_type_hints(cls).keys() & {
                    field.name for field in attrs.fields(cls)
                }
                written = {
                    name: text
                    for base in cls.__mro__
                    for name, text in vars(base).get("__annotations__", {}).items()
                }
                yield from (
                    (f"{cls.__name__}.{name}", hints[name], stubs.taken(written[name]))
                    for name in said
                    if stubs.taken(written[name]) != written[name]
                )


def test_a_record_takes_what_its_stub_says():
    """Each word as its text becomes the enum, and a list becomes a tuple: no stub promises what an
    `__init__` refuses.
    """
    fields = list(_widened())
    assert {"CallReceived.source", "Seat.roles", "Responder.credentials", "Override.reason"} <= {
        name for name, _, _ in fields
    }
    for name, hint, taken in fields:
        check = check_of(hint, name, lambda *_: None)
        each = plain_type(hint)
        many = typing.get_origin(each) is tuple
        assert many is taken.startswith(("Sequence[", "list["))
        one = typing.get_args(each)[0] if many else each
        words = list(one) if inspect.isclass(one) and issubclass(one, Enum) else []
        assert many or words
        if many:
            assert check([word.value for word in words]) == tuple(words)
        else:
            assert [check(word.value) for word in words] == words

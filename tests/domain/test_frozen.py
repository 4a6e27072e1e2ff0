"""Objects made and copied fast are what attrs would have made."""

import copy
import datetime as dt
import json
import pickle
from pathlib import Path

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.frozen import quicken
from coresponder.domain.types import KNOWN_IDS, UTC, opaque_id
from coresponder.domain.vocabulary import Nature, Technique

GOLDEN = Path(__file__).parent.parent / "golden"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=UTC)


def _slow(cls):
    """Return the same class with the `__init__` that attrs generates."""
    return attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=lambda _, fields: list(fields))(
        type(cls.__name__, cls.__bases__, {"__module__": cls.__module__, "__annotations__": dict(cls.__annotations__), **_fields(cls)})
    )


def _fields(cls):
    own = [f for f in attrs.fields(cls) if not f.inherited]
    return {f.name: attrs.field(default=f.default, converter=f.converter, validator=f.validator) for f in own}


ODD = (None, "", "a b", "officer-1", 7, (), ("x",), NOON, dt.datetime(2026, 1, 1), Nature.PSYCHOSIS, "psychosis", Technique.MIRRORING, (Technique.MIRRORING,), ["mirroring"], True)  # fmt: skip


@pytest.mark.parametrize("cls", e.EVENT_TYPES.values(), ids=e.EVENT_TYPES)
def test_a_quick_init_takes_and_refuses_what_the_slow_one_does(cls):
    """For every event type and every field, odd values give the same object or the same error."""
    slow, good = _slow(cls), cls.from_dict(json.loads((GOLDEN / f"{cls.__name__}.v1.json").read_text()))
    values = {f.name: getattr(good, f.name) for f in attrs.fields(cls)}
    for name in values:
        for odd in ODD:
            given = {**values, name: odd}
            outcomes = []
            for kind in (cls, slow):
                try:
                    made = kind(**given)
                    outcomes.append({n: getattr(made, n) for n in values})
                except Exception as error:
                    outcomes.append((type(error), str(error)))
            assert outcomes[0] == outcomes[1], (cls.__name__, name, odd)
    assert copy.copy(good) == good
    assert pickle.loads(pickle.dumps(good)) == good
    with pytest.raises(TypeError):
        cls(**values, nobody=1)
    with pytest.raises(TypeError):
        cls()


def test_known_ids_are_forgotten_when_they_are_many(monkeypatch):
    """The memory of checked ids does not grow without end."""
    monkeypatch.setattr("coresponder.domain.types._MOST_IDS", 2)
    KNOWN_IDS.clear()
    for id in ("a", "b", "c"):
        assert opaque_id(id) == id
    assert {"c"} == KNOWN_IDS


def test_a_class_with_a_default_factory_keeps_its_own_init():
    """A default that is made anew each time is left to attrs."""

    @attrs.frozen(kw_only=True, weakref_slot=False)
    class Marked(e.Fact):
        marks: list = attrs.field(factory=list)

    before = Marked.__init__
    quicken(Marked)
    assert Marked.__init__ is before

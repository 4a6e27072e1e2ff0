"""Objects that are made fast are what attrs would have made."""

import copy
import datetime as dt
import inspect
import json
import pickle
import typing
from pathlib import Path

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.types import KNOWN_IDS, UTC, opaque_id
from coresponder.domain.vocabulary import Nature, Technique
from coresponder.record import Record
from coresponder.record.checks import check_of, read_back

GOLDEN = Path(__file__).parent.parent / "golden"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=UTC)


def _slow(cls):
    """Return a class of the same fields that attrs alone makes: each check runs as a converter, and
    nothing is looked at first.
    """
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {
        f.name: attrs.field(
            default=f.default,
            converter=check_of(hints[f.name], f.name, read_back),
            validator=f.validator,
        )
        for f in attrs.fields(cls)
    }
    return attrs.make_class(cls.__name__, fields, frozen=True, kw_only=True)


ODD = (None, "", "a b", "officer-1", 7, (), ("x",), NOON, dt.datetime(2026, 1, 1), Nature.PSYCHOSIS, "psychosis", Technique.MIRRORING, (Technique.MIRRORING,), ["mirroring"], True)  # fmt: skip


@pytest.mark.parametrize("cls", e.EVENT_TYPES.values(), ids=e.EVENT_TYPES)
def test_a_quick_init_takes_and_refuses_what_the_slow_one_does(cls):
    """For every event type and every field, odd values give the same object or the same error."""
    slow, good = (
        _slow(cls),
        cls.from_dict(json.loads((GOLDEN / f"{cls.__name__}.v{cls.version}.json").read_text())),
    )
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


@attrs.frozen(kw_only=True)
class Patrol(Record):
    """A record with everything that attrs can do, and a class that follows later."""

    name: str
    areas: list[str] = attrs.field(factory=list)
    first: str = attrs.field(default=attrs.Factory(lambda self: f"{self.name}-1", takes_self=True))
    _shift: int = 8
    size: int = attrs.field(init=False, default=2)
    level: int = attrs.field(default=1, converter=int, validator=attrs.validators.ge(1))
    tag: str = attrs.field(
        default="",
        converter=attrs.Converter(lambda value, self: f"{self.name}{value}", takes_self=True),
    )
    area: "Area | None" = None


@attrs.frozen
class Area(Record):
    """Its arguments have places, and it looks at itself when it is ready."""

    number: int
    nature: Nature = Nature.OTHER

    def __attrs_post_init__(self):
        if self.number > 9:
            raise ValueError("there are nine areas")


def test_a_record_takes_what_attrs_offers():
    """Factories, private names, converters, fields that are not given, places, and annotations that
    name what follows.
    """
    one, two = (
        Patrol(name="north", level="3", shift=4, tag="!"),
        Patrol(name="south", area=Area(7, "psychosis")),
    )
    assert (one.first, one._shift, one.size, one.level, one.tag) == ("north-1", 4, 2, 3, "north!")
    assert two.areas == []
    assert two.areas is not one.areas
    assert two.area == Area(number=7, nature=Nature.PSYCHOSIS)
    assert attrs.evolve(two, level=2).level == 2
    with pytest.raises(ValueError, match="there are nine areas"):
        Area(10)
    with pytest.raises(ValueError, match="'level' must be >= 1"):
        Patrol(name="x", level=0)
    with pytest.raises(TypeError, match="area: a value of type int is not an Area"):
        Patrol(name="x", area=3)


def test_a_class_that_brings_its_own_init_keeps_it():
    """The checks run where that calls what attrs has made, as attrs says that it should."""

    @attrs.frozen
    class Located(Record):
        number: int

        def __init__(self, text):
            self.__attrs_init__(number=text.removeprefix("area "))

    with pytest.raises(TypeError, match="number is a whole number, not text"):
        Located("area 7")


def test_the_signature_is_the_one_of_attrs():
    """Before and after the first object, `help` and an editor show the fields with their types."""

    @attrs.frozen(kw_only=True)
    class Shift(Record):
        hours: int = 8

    before = str(inspect.signature(Shift))
    assert Shift().hours == 8
    assert str(inspect.signature(Shift)) == before == "(*, hours: int = 8) -> None"


def test_a_record_without_slots_is_made_like_any_other():
    """Nothing depends on slots."""

    @attrs.frozen(kw_only=True, slots=False)
    class Loose(Record):
        hours: int = 8

    assert Loose(hours=3).hours == 3
    with pytest.raises(TypeError, match="hours is a whole number"):
        Loose(hours="3")


def test_only_marks_of_ours_check():
    """What another library marks a type with is for that library."""

    @attrs.frozen(kw_only=True)
    class Beat(Record):
        number: typing.Annotated[int, "of the city's own map"]

    assert (
        check_of(typing.Annotated[int, "of the city's own map"], "number", lambda hint, name: None)
        is None
    )
    assert Beat.from_dict({"number": 7}).number == 7


def test_an_error_that_is_not_about_a_value_is_passed_on():
    """What a class of the host's own raises for reasons of its own comes out as it is."""

    @attrs.frozen(kw_only=True)
    class Looked(Record):
        badge: str

        def __attrs_post_init__(self):
            raise LookupError("the roster is closed")

    with pytest.raises(LookupError, match="the roster is closed"):
        Looked.from_dict({"badge": "7"})
    with pytest.raises(LookupError, match="the roster is closed"):
        Looked.from_json('{"badge": "7"}')

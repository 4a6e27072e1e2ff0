"""What is made can be written and read back; what could not is refused when it is made."""

import datetime as dt
import enum
import json
import math
import typing
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.domain import events as e
from coresponder.domain import objects as o
from coresponder.domain.types import Code, Id
from coresponder.domain.vocabulary import Nature, Technique
from coresponder.program import program_from_definition
from coresponder.record import Record
from coresponder.stores.codec import Stored, decode, encode
from tests.conftest import NOON

GOLDEN = Path(__file__).parent.parent / "golden"


class Whole(enum.IntEnum):
    """An int that is not one."""

    TWO = 2


class Text(str):
    """A text that is not quite one."""

    __slots__ = ()


class LevelAndMore(o.LocalCode):
    """A record with more than its class says."""


class Later(dt.datetime):
    """A time of another library."""


TOO_EARLY = dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))
ODD = (
    None, True, False, 0, 1, -1, 2**63 - 1, 2**63, -(2**63), 10**400, 0.0, 5.0, -0.0, 1.5, math.nan, math.inf, "", "no", "yes", "true", "unknown", "0",
    "1", "other", "a b", "\ud800", "a\x00", "x" * 200, b"x", b"no", (), [], ["x"], ("x", "y"), "xy", {}, {"x": 1}, {"x"}, frozenset({"a", "b"}), object(), int,
    Whole.TWO, Text("officer-1"), Nature.OTHER, Nature.PSYCHOSIS, "psychosis", Technique.MIRRORING, (Technique.MIRRORING,), [Technique.MIRRORING, None],
    ["mirroring"], (None,), (1, True), NOON, NOON.isoformat(), dt.datetime(2026, 1, 1), dt.date(2026, 1, 1), dt.time(12, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")), TOO_EARLY,
    dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC), Later(2026, 3, 2, 12, tzinfo=dt.UTC),
    LevelAndMore(field="nature", code="x"), (LevelAndMore(field="nature", code="x"),), o.Screening(level="high"), o.Prior(), 1 + 2j, range(2), range(0),
)  # fmt: skip
"""Values that somebody's code, form or spreadsheet has given some field somewhere."""

RECORDS = [getattr(o, name) for name in o.__all__]
ANYTHING = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.lists(st.text(max_size=3), max_size=2),
)


@attrs.frozen(kw_only=True)
class BodyCameraOn(e.Fact):
    """A host's own event, declared without asking for any check."""

    responder: Id
    code: Code | None = None
    camera: int
    minutes: float = 0.0
    lost: bool = False
    seen: tuple[Nature, ...] = ()
    first: Nature | None = None
    call: o.LocalCode | None = None
    where: list[int] = attrs.field(factory=list)
    either: int | str | None = None
    when: dt.datetime | None = None
    free: typing.Any = None


OWN = program_from_definition(
    {
        "program": {"id": "own", "version": "1"},
        "event": [
            {
                "name": "Own",
                "kind": "fact",
                "fields": {k: k for k in ("id", "code", "integer", "number", "boolean", "time")},
            },
        ],
    }
).vocabulary["Own"]


def _good(cls):
    if cls in e.EVENT_TYPES.values():
        return cls.from_dict(
            json.loads((GOLDEN / f"{cls.__name__}.v{cls.version}.json").read_text("utf-8"))
        )
    if cls is OWN:
        return OWN(at=NOON, by="x")
    return BodyCameraOn(at=NOON, by="x", responder="o-1", camera=7)


def _write_and_read(made, cls):
    if isinstance(made, e.Event):
        kind, version, body = encode(made)
        return decode(Stored(1, kind, version, "", "", body, ""), {kind: cls})
    return cls.from_json(made.to_json())


def _same_or_refused(cls, values):
    """Make it; if that is not refused with a reason, what is read back is the same to the last bit
    of its type.
    """
    try:
        made = cls(**values)
    except (ValueError, TypeError) as error:
        if not str(error) or isinstance(error, UnicodeError):
            raise
        return
    again = _write_and_read(made, cls)
    assert again == made
    assert cls.from_dict(made.to_dict()) == made
    for field in attrs.fields(cls):
        mine, read = getattr(made, field.name), getattr(again, field.name)
        assert mine.__class__ is read.__class__, (cls, field.name, mine, read)
        if isinstance(mine, tuple):
            assert [type(one) for one in mine] == [type(one) for one in read]


def _fields(cls):
    return [field.name for field in attrs.fields(cls) if field.name != "free"]


@pytest.mark.parametrize(
    "cls", [*e.EVENT_TYPES.values(), OWN, BodyCameraOn], ids=lambda cls: cls.__name__
)
def test_an_event_is_refused_when_it_is_made_or_is_read_back_as_it_was(cls):
    """For every event type, a host's own and a program's own too, and every field: each odd value."""
    good = _good(cls)
    values = {field.name: getattr(good, field.name) for field in attrs.fields(cls)}
    for name in _fields(cls):
        for odd in ODD:
            _same_or_refused(cls, {**values, name: odd})


def _a(cls):
    required = {
        o.Person: {"id": "p"},
        o.Incident: {"id": "i"},
        o.Screening: {"level": "high"},
        o.LocalCode: {"field": "f", "code": "c"},
    }
    required |= {
        o.Call: {"source": "911", "nature": "other"},
        o.Credential: {"training": "cit"},
        o.Responder: {"id": "r", "role": "clinician"},
    }
    required |= {
        o.TeamMember: {"responder": "r", "role": "clinician"},
        o.Consent: {"scope": "services", "status": "given"},
    }
    required |= {
        o.Team: {
            "tier": "t",
            "model": "cit_response",
            "members": [o.TeamMember(responder="r", role="clinician")],
        }
    }
    required |= {
        o.Referral: {"id": "r", "person": "p", "need": "housing"},
        o.FollowUp: {"id": "f", "kind": "phone_call", "due": NOON},
    }
    return required.get(cls, {})


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_an_object_is_refused_when_it_is_made_or_is_read_back_as_it_was(cls):
    """The same for every object of the domain."""
    for name in _fields(cls):
        for odd in ODD:
            _same_or_refused(cls, {**_a(cls), name: odd})


@given(data=st.data())
def test_any_value_in_any_field_is_refused_or_is_read_back_as_it_was(data):
    """Whatever somebody puts in, also several fields at once."""
    cls = data.draw(st.sampled_from([*e.EVENT_TYPES.values(), OWN, BodyCameraOn]))
    good = _good(cls)
    values = {field.name: getattr(good, field.name) for field in attrs.fields(cls)}
    for name in data.draw(st.sets(st.sampled_from(_fields(cls)), max_size=3)):
        values[name] = data.draw(ANYTHING)
    _same_or_refused(cls, values)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: o.Screening(level="high", danger_to_self="unknown"),
            "danger_to_self is true or false, not text",
        ),
        (
            lambda: e.CallTriaged(at=NOON, by="d-1", nature="other", weapon="no"),
            "weapon is true or false, not text",
        ),
        (
            lambda: e.CallTriaged(at=NOON, by="d-1", nature="other", weapon=1),
            "weapon is true or false, not a int",
        ),
        (
            lambda: e.SceneCleared(at=NOON, by="d-1", approximate=None),
            "approximate is true or false, not nothing",
        ),
        (lambda: o.Prior(contacts_90_days="3"), "contacts_90_days is a whole number, not text"),
        (lambda: o.Prior(contacts_90_days=True), "contacts_90_days is a whole number, not a bool"),
        (lambda: o.Prior(contacts_90_days=2**63), "contacts_90_days is a whole number of at most"),
        (lambda: OWN(at=NOON, by="x", number="1.5"), "number is a number, not text"),
        (
            lambda: OWN(at=NOON, by="x", number=math.nan),
            "number is a number that can be written down",
        ),
        (
            lambda: OWN(at=NOON, by="x", number=10**400),
            "number is a number that can be written down",
        ),
        (lambda: OWN(at=NOON, by="x", integer=1.0), "integer is a whole number, not a float"),
        (
            lambda: e.TeamUnavailable(at=NOON, by="d-1", missing="cit"),
            "missing takes a list, not text",
        ),
        (
            lambda: e.DeEscalationAttempted(at=NOON, by="d-1", techniques="mirroring"),
            "techniques takes a list, not text",
        ),
        (
            lambda: e.DeEscalationAttempted(at=NOON, by="d-1", techniques={Technique.MIRRORING}),
            "techniques takes a list, not a set",
        ),
        (
            lambda: e.SceneCleared(at="2026-03-02T12:00:00Z", by="d-1"),
            "is not an instant; give a datetime with a time zone",
        ),
        (
            lambda: e.SceneCleared(at=TOO_EARLY, by="d-1"),
            "is before the year 1 or after the year 9999 in UTC",
        ),
        (lambda: o.LocalCode(field="nature", code=["10-96"]), "is not a code"),
        (lambda: BodyCameraOn(at=NOON, by="x", responder="Jane Doe", camera=7), "not an opaque id"),
        (
            lambda: BodyCameraOn(at=NOON, by="x", responder="o-1", camera="7"),
            "camera is a whole number, not text",
        ),
        (
            lambda: BodyCameraOn(at=NOON, by="x", responder="o-1", camera=7, where=["Jane Doe"]),
            "where: input should be a valid integer",
        ),
    ],
)
def test_an_error_names_the_field_and_does_not_repeat_what_was_said(make, said):
    """What was wrong and what would be right; a text could be somebody's name, so it is not shown."""
    with pytest.raises((ValueError, TypeError)) as caught:
        make()
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ['"no"', '"yes"', "0", "1", "1.0", '"true"'])
def test_json_says_true_or_false_in_one_way_only(text):
    """What the constructor refuses is refused in JSON too: there are no two readings of one word."""
    with pytest.raises(ValueError, match="weapon"):
        e.CallTriaged.from_json(
            f'{{"at":"2026-03-02T12:00:00Z","by":"d-1","nature":"other","weapon":{text}}}'
        )


def test_whole_numbers_of_other_libraries_become_plain_ones():
    """What stands for a whole number (numpy's, an IntEnum) is kept as one, and a time of another
    library as a time.
    """

    class Foreign:
        def __index__(self) -> int:
            return 3

    assert o.Prior(contacts_90_days=Foreign()).contacts_90_days == 3
    assert type(o.Prior(contacts_90_days=Whole.TWO).contacts_90_days) is int
    assert type(e.SceneCleared(at=Later(2026, 3, 2, 12, tzinfo=dt.UTC), by="x").at) is dt.datetime


def test_a_field_of_any_kind_is_left_alone():
    """Where a host says `Any`, nothing is known that could be checked."""
    assert BodyCameraOn(at=NOON, by="x", responder="o-1", camera=7, free="no").free == "no"

    @attrs.frozen(kw_only=True)
    class Loose(Record):
        free: typing.Any = None
        several: tuple[typing.Any, ...] = ()

    assert Loose(free="no", several=["a", 1]).several == ("a", 1)

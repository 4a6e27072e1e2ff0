"""The log has no names, and every event is a fact or a decision."""

import datetime as dt
import enum
import json
import typing
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from coresponder.domain import events as e
from coresponder.domain import objects as o
from coresponder.domain import vocabulary as vocabulary_module
from coresponder.domain.types import CodeText, IdText
from coresponder.domain.vocabulary import AgeGroup, CallSource, Nature, ScreeningLevel, Training
from coresponder.errors import CorruptRecord
from coresponder.program import load_program
from coresponder.program.spec import program_from_definition
from coresponder.record import Record
from coresponder.stores.codec import UPCASTERS, Stored, decode, encode
from tests.conftest import NOON, at
from tests.journeys import events

GOLDEN = Path(__file__).parent.parent / "golden"


def _leaves(hint):
    """Yield (type, annotations) below Optional, tuple and Annotated."""
    if typing.get_origin(hint) is typing.Annotated:
        inner, *notes = typing.get_args(hint)
        yield inner, notes
    elif typing.get_args(hint):
        for arg in typing.get_args(hint):
            yield from _leaves(arg)
    else:
        yield hint, []


def _check(cls, seen=None):
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        if name in {"version"}:
            continue
        assert name not in {
            "name",
            "first_name",
            "last_name",
            "birth_date",
            "address",
            "street",
            "phone",
            "text",
            "narrative",
        }, (cls, name)
        for leaf, notes in _leaves(hint):
            if leaf is str:
                assert {IdText, CodeText} & set(notes), (
                    f"{cls.__name__}.{name} could hold a name or free text"
                )
            elif isinstance(leaf, type) and issubclass(leaf, Record):
                _check(leaf)
            else:
                assert leaf in {int, bool, dt.datetime, type(None), Ellipsis} or issubclass(
                    leaf, enum.Enum
                ), (cls, name, leaf)


@pytest.mark.parametrize("cls", e.EVENT_TYPES.values(), ids=lambda cls: cls.__name__)
def test_no_event_class_can_hold_a_name_or_free_text(cls):
    """A string in an event is an opaque id or a code of a closed table, nothing else."""
    _check(cls)


@pytest.mark.parametrize("cls", e.EVENT_TYPES.values(), ids=lambda cls: cls.__name__)
def test_every_event_is_a_fact_or_a_decision(cls):
    """Never both, never neither."""
    assert issubclass(cls, e.Fact) != issubclass(cls, e.Decision)


@pytest.mark.parametrize("text", ["Jane Doe", "", "12 Main Street", "a\nb", "x" * 129, 5])
def test_a_name_is_not_an_id(text):
    """What looks like words is refused, and the error says where words belong."""
    with pytest.raises(ValueError, match="vault"):
        e.SceneCleared(at=NOON, by=text)


def test_a_code_is_one_short_line():
    """A local code may have spaces, but no line breaks."""
    assert o.LocalCode(field="problem", code="10-96 mental").code == "10-96 mental"
    with pytest.raises(ValueError, match="one line"):
        o.LocalCode(field="problem", code="a\nb")


def test_a_time_without_zone_is_refused():
    """The error says how to add it."""
    with pytest.raises(ValueError, match="no time zone"):
        e.SceneCleared(at=dt.datetime(2026, 3, 2, 12), by="officer-1")
    with pytest.raises(ValidationError, match="no time zone"):
        e.SceneCleared.from_dict({"at": "2026-03-02T12:00:00", "by": "officer-1"})


def test_times_are_kept_in_utc():
    """The same instant is the same value, however it was written."""
    eastern = NOON.astimezone(dt.timezone(dt.timedelta(hours=-5)))
    event = e.SceneCleared(at=eastern, by="officer-1")
    assert event.at.tzinfo is dt.UTC
    parsed = e.SceneCleared.from_json('{"at":"2026-03-02T07:00:00-05:00","by":"officer-1"}')
    assert parsed == e.SceneCleared(at=NOON, by="officer-1")
    assert parsed.at.tzinfo is dt.UTC


@given(events())
def test_an_event_survives_json(event):
    """JSON and back is the same event; its schema has all its fields."""
    assert type(event).from_json(event.to_json()) == event
    assert type(event).from_dict(event.to_dict()) == event
    schema = TypeAdapter(type(event)).json_schema()
    body = schema.get("$defs", {}).get(type(event).__name__, schema)
    assert set(body["properties"]) == {f.name for f in attrs.fields(type(event))}


def test_an_unknown_field_is_refused():
    """Nothing is dropped silently."""
    with pytest.raises(ValidationError, match="extra"):
        e.SceneCleared.from_dict({"at": NOON, "by": "officer-1", "note": "x"})


def test_records_nest_in_pydantic_and_pass_as_they_are():
    """A host's own model takes our classes, as instances and as JSON."""
    adapter = TypeAdapter(list[o.Person])
    person = o.Person(id="person-1", age_group=AgeGroup.CHILD)
    assert adapter.validate_python([person])[0] is person
    assert adapter.validate_json(adapter.dump_json([person])) == [person]

    class Plain(Record):
        """Not an attrs class."""

    with pytest.raises(Exception, match="Plain"):
        TypeAdapter(Plain)


def test_a_child_is_under_18():
    """The age itself is not kept."""
    assert [AgeGroup.of(a) for a in (0, 17, 18, None)] == [
        AgeGroup.CHILD,
        AgeGroup.CHILD,
        AgeGroup.ADULT,
        AgeGroup.UNKNOWN,
    ]
    with pytest.raises(ValueError, match="cannot be right"):
        AgeGroup.of(200)


def test_a_credential_counts_with_its_hours_until_it_expires():
    """40 hours for CIT; the day of expiry still counts."""
    cit = o.Credential(training=Training.CIT, hours=40, expires=at(10))
    assert cit.counts(at(10), hours=40)
    assert not cit.counts(at(11), hours=40)
    assert not o.Credential(training=Training.CIT, hours=24).counts(NOON, hours=40)
    assert not o.Credential(training=Training.CIT).counts(NOON, hours=40)


def test_an_incident_answers_what_policies_ask():
    """The properties that `incident.<field>` reads."""
    empty = o.Incident(id="a")
    assert (
        empty.tier,
        empty.children,
        empty.highest_screening,
        empty.loose_ends,
        empty.most_contacts_90_days,
    ) == (
        None,
        0,
        ScreeningLevel.NONE,
        0,
        0,
    )
    full = attrs.evolve(
        empty,
        people=(
            o.Person(
                id="p",
                age_group=AgeGroup.CHILD,
                roles=("victim",),
                screening=o.Screening(level=ScreeningLevel.LOW),
                prior=o.Prior(contacts_90_days=2),
            ),
            o.Person(id="q", screening=o.Screening(level=ScreeningLevel.HIGH)),
        ),
        referrals=(o.Referral(id="r", person="p", need="housing"),),
        follow_ups=(o.FollowUp(id="f", kind="phone_call", due=NOON, owner="x"),),
    )
    assert (
        full.children,
        full.victims,
        full.highest_screening,
        full.open_referrals,
        full.open_follow_ups,
        full.loose_ends,
    ) == (
        1,
        1,
        ScreeningLevel.HIGH,
        1,
        1,
        1,
    )
    assert full.most_contacts_90_days == 2
    assert full.people[0].is_child
    assert full.referral("none") is None


@pytest.mark.parametrize("cls", e.EVENT_TYPES.values(), ids=lambda cls: cls.__name__)
def test_every_version_ever_stored_stays_readable(cls):
    """A golden file for each event type and version; a new version needs an upcaster and a new
    file.
    """
    files = sorted(GOLDEN.glob(f"{cls.__name__}.v*.json"))
    assert {int(f.stem.split(".v")[1]) for f in files} == set(range(1, cls.version + 1))
    for file in files:
        version = int(file.stem.split(".v")[1])
        row = Stored(
            number=1,
            kind=cls.__name__,
            version=version,
            at="",
            recorded_at="",
            body=file.read_text("utf-8"),
            digest="",
        )
        event = decode(row, e.EVENT_TYPES)
        kind, now, body = encode(event)
        assert (kind, now) == (cls.__name__, cls.version)
        if version == cls.version:
            assert json.loads(body) == json.loads(row.body)


def test_rows_that_cannot_be_read_are_named():
    """Unknown type, newer version, broken body: each says which event and what to do."""

    def row(kind="SceneCleared", version=1, body="{}"):
        return Stored(
            number=4, kind=kind, version=version, at="", recorded_at="", body=body, digest=""
        )

    with pytest.raises(
        CorruptRecord,
        match=r"event 4: this program has no event 'SceneCleard'; did you mean 'SceneCleared'",
    ):
        decode(row(kind="SceneCleard"), e.EVENT_TYPES)
    with pytest.raises(CorruptRecord, match="upgrade coresponder"):
        decode(row(version=2), e.EVENT_TYPES)
    with pytest.raises(CorruptRecord, match="restore it from a backup"):
        decode(row(), e.EVENT_TYPES)


def test_an_old_version_is_lifted_by_upcasters():
    """Each upcaster leads from one version to the next."""

    @attrs.frozen(kw_only=True, weakref_slot=False)
    class Moved(e.Fact):
        version = 2
        where: CallSource

    UPCASTERS["Moved", 1] = lambda body: {**body, "where": body.get("place", "school")}
    try:
        row = Stored(
            number=1,
            kind="Moved",
            version=1,
            at="",
            recorded_at="",
            body='{"at":"2026-03-02T12:00:00Z","by":"x"}',
            digest="",
        )
        assert decode(row, {"Moved": Moved}).where is CallSource.SCHOOL
    finally:
        del UPCASTERS["Moved", 1]


def test_call_received_has_a_nature():
    """What it is about is required."""
    with pytest.raises(TypeError):
        e.CallReceived(at=NOON, by="x", source=CallSource.SCHOOL)
    assert (
        e.CallReceived(at=NOON, by="x", source=CallSource.SCHOOL, nature=Nature.OTHER).nature
        is Nature.OTHER
    )


@pytest.mark.parametrize(
    ("vocabulary", "old", "new"),
    [
        ("Facility", "stabilisation", "stabilization"),
        ("Training", "mental_health_licence", "mental_health_license"),
    ],
)
def test_a_word_that_was_stored_in_another_spelling_is_read(vocabulary, old, new):
    """What a store kept before keeps its meaning; a word that was never one is refused with the
    nearest.
    """
    words = getattr(vocabulary_module, vocabulary)
    assert words(old).value == new
    with pytest.raises(ValueError, match="not a valid"):
        words("stabilise")


def test_an_event_and_a_program_of_before_are_read_under_the_new_spelling():
    """Rows are not rewritten: reading them gives the word of today."""
    taken = {
        "at": "2026-03-02T12:00:00Z",
        "by": "officer-1",
        "person": "person-1",
        "facility": "stabilisation",
        "voluntary": True,
    }
    assert e.PersonTransported.from_dict(taken).facility.value == "stabilization"
    program = load_program("cit").definition
    before = json.loads(
        json.dumps(program).replace("mental_health_license", "mental_health_licence")
    )
    assert before != program
    assert program_from_definition(before) == load_program("cit")

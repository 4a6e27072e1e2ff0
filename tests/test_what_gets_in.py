"""What may enter the log: what looks like a name, a birth date, a number or an address of a person
is refused where a step is written, and is repeated nowhere.
"""

import csv
import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder import (
    InvalidEvent,
    InvalidProgram,
    MemoryStore,
    NotFound,
    Override,
    SqlStore,
    Workflow,
    load_program,
    looks_personal,
    shipped_programs,
)
from coresponder.cli.rejects import rejects_file
from coresponder.domain import events as e
from coresponder.domain.personal import impersonal, texts_in
from coresponder.domain.types import UTC
from coresponder.interop.cad import Rejected, read_calls
from coresponder.interop.mapping import mapping_from
from coresponder.program import program_from_definition
from coresponder.program.own import own_event
from coresponder.roster.events import ResponderJoined
from tests.conftest import SHARED, needs_shared

AT = dt.datetime(2026, 3, 2, 21, tzinfo=UTC)
CIT = load_program("cit")
PERSONAL = {
    "amy.okafor@mail.example": "a mail address",
    "203-555-0147": "a phone number",
    "1.203.555.0147": "a phone number",
    "p-of-dob-1980-02-03": "a birth date",
    "1980-02-03": "a birth date",
    "02/03/1980": "a birth date",
    "123-45-6789": "a social security number",
    "12-Main-Street": "a street address",
    "221.N.Elm.Ave": "a street address",
    "john.smith": "a name",
    "Mary_Ann-Okafor": "a name",
    "jennifer.okafor.1980-02-03": "a name",
    "mr-okafor": "a name",
}
ONLY_CODES = {
    "(203) 555-0147": "a phone number",
    "call 203 555 0147": "a phone number",
    "+44 20 7946 0958": "a phone number",
    "DOB 2/3/80": "a birth date",
    "12 North Main St.": "a street address",
    "Okafor, Susan": "a name",
    "JANE DOE": "a name",
    "Dr. Okafor": "a name",
}
IDS = (
    *("2026-004711", "26-0301-17", "P12345678", "3A12", "unit-3A12", "Adam-12", "3-Adam-12"),
    *("Lincoln-Sam-4", "2026004711", "2035550147", "20260302", "26-12345", "CR-2026-000123"),
    *(
        "2026-03-02-0017",
        "badge-4711",
        "4711",
        "officer-7",
        "okafor",
        "jokafor",
        "st-mary-hospital",
    ),
    *("john-jay-hospital", "elizabeth-house", "new-haven-pd", "cad:fire:7", "night-1-00001"),
    *("26-001@a7d1b70973f3", "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"),
    *("10-50-J1", "5150", "EMS/203", "ENG-4", "M-12-STL", "C3RT-2", "person-81", "us/ma/spd/0017"),
)
CODES = (
    *("WELFARE CHECK", "DOMESTIC - PHYSICAL", "MENTAL HEALTH (5150)", "10-56A", "BAKER ACT"),
    *("AMBER ALERT", "THEFT, OTHER", "ASSIST OTHER AGENCY", "911 HANG UP", "JASON'S LAW", "6-HIT"),
)


def workflow(**options):
    """Run CIT in memory."""
    return Workflow(CIT, MemoryStore(), clock=lambda: AT, **options)


def call(by="dispatcher-1", **values):
    """Receive a call."""
    return e.CallReceived(at=AT, by=by, source="911", nature="psychosis", **values)


@pytest.mark.parametrize(("text", "what"), (PERSONAL | ONLY_CODES).items())
def test_these_shapes_are_recognized(text, what):
    """Each shape has its own name, so that an error can say what was seen."""
    assert looks_personal(text) == what


@pytest.mark.parametrize("text", [*IDS, *CODES])
def test_ids_and_codes_that_agencies_have_pass(text):
    """A false alarm would strand whoever has to record a step."""
    assert looks_personal(text) is None


@given(
    st.one_of(
        st.uuids().map(str),
        st.uuids().map(lambda one: one.hex),
        st.integers(0, 999_999).map("2026-{:06}".format),
        st.integers(0, 9_999_999_999).map("{:010}".format),
        st.integers(0, 99_999_999).map("P{:08}".format),
        st.tuples(st.integers(1, 1231), st.integers(1, 999)).map(lambda n: f"26-{n[0]:04}-{n[1]}"),
        st.from_regex(r"[1-9][A-Z][0-9]{1,3}", fullmatch=True),
    )
)
def test_no_number_in_a_usual_form_is_taken_for_a_persons(number):
    """Whatever its digits are."""
    assert looks_personal(number) is None


def doors(text):
    """Yield each door, with a text that should not pass it."""
    seen = e.WeaponSeen(at=AT, by="officer-1", kind="knife")
    own = own_event("Told", "fact", (("code", "code"), ("who", "id")))
    local = [{"field": "kind", "code": text}]
    late = Override(by=text, reason="imminent_danger")
    yield "incident", lambda w: w.receive(call(), incident=text)
    yield "request", lambda w: w.record("7", seen, request=text)
    yield "by", lambda w: w.record("7", e.WeaponSeen(at=AT, by=text, kind="knife"))
    yield (
        "person",
        lambda w: w.record(
            "7", e.PersonInvolved(at=AT, by="officer-1", person=text, role="witness")
        ),
    )
    yield (
        "code",
        lambda w: w.receive(e.CallReceived.from_dict({**call().to_dict(), "local": local})),
    )
    yield "override", lambda w: w.record("7", seen, override=late)
    yield (
        "subject",
        lambda w: w.note("7", "words", at=AT, by="c-1", audience="clinical", subject=text),
    )
    yield "replay", lambda w: w.replay("8", [call(by=text)])
    joined = ResponderJoined(at=AT, by="desk-1", responder=text, role="clinician")
    yield "roster", lambda w: w.roster.record(joined)
    assert [one for _, one in texts_in(own(at=AT, by="c-1", code=text, who="p1"))].count(text) == 1


@pytest.mark.parametrize("text", PERSONAL)
def test_nothing_personal_passes_any_door(text, caplog):
    """Nothing is written, and neither the error nor the log repeats the text."""
    for name, door in doors(text):
        runs = workflow()
        runs.receive(call(), incident="7")
        before = runs.case("7").recorded()
        with pytest.raises(InvalidEvent, match="looks like") as said:
            door(runs)
        assert text not in str(said.value), name
        assert runs.case("7").recorded() == before
        assert len(runs.find()) == 1
    assert text not in caplog.text


def test_a_look_up_does_not_repeat_a_name(tmp_path):
    """Whoever searches by a name finds nothing, and leaves no name in a log."""
    with SqlStore.sqlite(tmp_path / "a.db") as store:
        for runs in (workflow(), Workflow(CIT, store)):
            for text in ("john.smith", "John Smith"):
                with pytest.raises(NotFound) as said:
                    runs.case(text)
                assert "mith" not in str(said.value)


def test_a_host_brings_its_own_recognizer_or_none():
    """Agencies have ids of every shape."""
    assert workflow(recognizer=None).receive(call(by="john.smith")).accepted
    own = workflow(recognizer=lambda text: "a badge" if text == "4711" else None)
    with pytest.raises(InvalidEvent, match="by of CallReceived looks like a badge"):
        own.receive(call(by="4711"))
    own.receive(call(by="john.smith"))


def numbered(*shapes):
    """Return a program that declares the shapes of its numbers."""
    definition = dict(CIT.definition)
    head = definition["program"] | {"own_numbers": list(shapes)}
    return program_from_definition(definition | {"program": head})


def test_a_program_says_which_numbers_of_its_own_look_personal():
    """A case number like a phone number enters, with its unit; as a person's id it does not, and
    nothing else that looks like a phone number does.
    """
    runs = Workflow(numbered("999-999-9999"), MemoryStore(), clock=lambda: AT)
    runs.receive(call(by="202-600-4711"), incident="203-555-0147")
    for text, why in (("1.203.555.0147", "a phone number"), ("john.smith", "a name")):
        with pytest.raises(InvalidEvent, match=f"the incident's id looks like {why}"):
            runs.receive(call(), incident=text)
    seen = e.PersonInvolved(at=AT, by="d-1", person="203-555-0148", role="witness")
    with pytest.raises(InvalidEvent, match="person of PersonInvolved looks like a phone number"):
        runs.record("203-555-0147", seen)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ("AAAA.AAAAA", "at least four digits"),
        ("202-600-4711", "write 9 for each digit"),
        ("9999-99-99", "birth dates or social security numbers have it, too"),
        ("999-99-9999", "birth dates or social security numbers have it, too"),
    ],
)
def test_a_shape_that_would_let_anybody_in_is_an_error_at_load(shape, why):
    """A name has no digits, and nobody needs case numbers like birth dates."""
    with pytest.raises(InvalidProgram, match=rf"\[program\] own_numbers '{shape}': .*{why}"):
        numbered("999-999-9999", shape)


def test_a_row_of_an_export_may_have_the_programs_own_number(tmp_path):
    """As its incident's and its unit's number, and as a code that is kept; read row by row and in
    columns alike.
    """
    calls = tmp_path / "calls.csv"
    rows = "".join(
        f"202-600-47{n:02},2026-03-02 21:00,psych,{'301-200-1111' if n % 2 else ''},203-555-0147\n"
        for n in range(40)
    )
    calls.write_text("no,time,kind,unit,phone\n" + rows)
    mapping = mapping_from(MAPPING, own_numbers=("999-999-9999",))
    found = list(read_calls(calls, mapping))
    assert [one.incident for one in found] == [f"202-600-47{n:02}" for n in range(40)]
    kept = {text for one in found for event in one.events for _, text in texts_in(event)}
    assert "203-555-0147" in kept
    assert not [one for one in found if one.faults]
    assert {type(one) for one in read_calls(calls, mapping_from(MAPPING))} == {Rejected}


def test_what_was_begun_can_go_on(tmp_path):
    """A store from before the check is read, its incidents go on with their ids, and a person whom
    it knows is met again; a new one with such an id is not.
    """
    path = tmp_path / "old.db"

    def met(person, by="dispatcher-1"):
        return e.PersonInvolved(at=AT, by=by, person=person, role="witness")

    with SqlStore.sqlite(path) as store:
        old = Workflow(CIT, store, clock=lambda: AT, recognizer=None)
        old.receive(call(by="john.smith"), incident="mary.okafor")
        old.record("mary.okafor", met("paul.okafor"))
    with SqlStore.sqlite(path) as store:
        new = Workflow(CIT, store, clock=lambda: AT)
        new.record("mary.okafor", met("person-2", by="john.smith"))
        new.receive(call(), incident="8")
        new.record("8", met("paul.okafor"))
        with pytest.raises(InvalidEvent, match="person of PersonInvolved looks like a name"):
            new.record("8", met("susan.okafor"))
        assert new.verify() == ()


MAPPING = {
    "file": {"time_zone": "America/New_York"},
    "columns": {
        "incident": "no", "received": "time", "nature": "kind", "unit": "unit", "keep": ["phone"],
    },
    "nature": {"psych": "psychosis"},
}  # fmt: skip


def test_a_row_of_an_export_with_such_an_id_is_rejected_without_it(tmp_path):
    """The reason names the column's meaning; a code that is only kept is left out and reported; and
    the rejects file has of such a cell only what it looks like.
    """
    calls, out = tmp_path / "calls.csv", tmp_path / "rejects.csv"
    calls.write_text(
        "no,time,kind,unit,phone,caller\n"
        "26-1,2026-03-02 21:00,psych,3A12,203-555-0147,x\n"
        "jane.doe,2026-03-02 21:00,psych,3A12,,Jane Doe\n"
        "26-3,2026-03-02 21:00,psych,Susan Okafor,,1980-02-03\n"
        "26-4,2026-03-02 21:00,203-555-0147,3A12,,jo@mail.example\n"
    )
    used, *rejected = read_calls(calls, mapping_from(MAPPING))
    assert not [text for event in used.events for _, text in texts_in(event) if "555" in text]
    assert "phone is not kept: it looks like a phone number" in used.faults
    assert all(isinstance(one, Rejected) for one in rejected)
    with rejects_file(out) as reject:
        for one in rejected:
            reject(one)
    text = out.read_text()
    assert len(list(csv.reader(text.splitlines()))) == 4
    for personal in ("jane", "Jane", "Okafor", "1980", "555", "jo@"):
        assert personal not in text
        assert not [one for one in rejected if personal in one.reason]


def test_an_error_says_how_to_pass_an_id():
    """The next step is in the error."""
    with pytest.raises(ValueError, match=r"number that your records have.*vault with note\(\)"):
        impersonal("jane.doe")


@pytest.mark.parametrize("name", shipped_programs())
def test_nothing_that_a_shipped_program_writes_is_refused(name):
    """A made-up night passes the check as a real one does."""
    from coresponder.cli.run import run_night

    told = run_night(
        load_program(name), MemoryStore(), incidents=4, seed=5, progress=lambda _: None
    )
    assert told.tally.incidents == 4


@needs_shared
@pytest.mark.parametrize("table", ["vera-dataclinic-911", "springfield-close-codes", "eido"])
def test_no_false_alarm_on_public_tables_of_codes(table):
    """Call types, dispositions and close codes of six US cities, and NENA's registries."""
    texts = {
        cell.strip()
        for path in (SHARED / table).rglob("*.csv")
        for row in csv.reader(path.read_text("utf-8-sig", "replace").splitlines())
        for cell in row
        if len(cell) <= 128
    }
    assert len(texts) > 300
    assert [text for text in texts if looks_personal(text)] == []
    assert looks_personal(str(uuid.uuid4())) is None


def test_a_day_that_no_calendar_has_is_a_number():
    """`2026-13-45` is no date, so it may be the number of a record."""
    assert looks_personal("2026-13-45") is None
    assert looks_personal("2026-12-25") == "a birth date"

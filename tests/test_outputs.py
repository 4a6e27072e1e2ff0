"""What leaves the library: no secret, nothing refused as a whole, escaped for its reader, and
passed on to other processes.
"""

import contextlib
import copy
import csv
import datetime as dt
import json
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from coresponder import errors
from coresponder.delivery.cloudevents import CloudEvent, parse_batch, parse_cloudevent, parse_http
from coresponder.delivery.mail import Mail
from coresponder.documents.reading import DEEPEST, read_json, read_json_file, read_toml
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.domain.types import UTC, parse_instant
from coresponder.interop.cad import read_calls
from coresponder.interop.eido import read_eido
from coresponder.interop.mapping import load_mapping, mapping_from
from coresponder.outputs import csv_cell, hosts_only, printable, redact
from coresponder.policy.bounds import Calendar, parse_bound
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.program import load_program, program_from_definition
from coresponder.roster.staffing import Staffing
from coresponder.stores.base import VaultEntry
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore, _postgresql_url
from coresponder.workflow import Workflow

AT = dt.datetime(2026, 3, 2, 21, tzinfo=UTC)
NAME = "John Smith 1980-02-03"


# --- secrets and names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refused",
    [
        lambda: e.SceneCleared(at=AT, by=NAME),
        lambda: e.CallReceived(at=AT, by="a", source="911", nature=NAME),
        lambda: e.Screened(at=AT, by="a", person="p", screening=NAME),
        lambda: Screening(level=NAME),
        lambda: parse_instant(NAME),
        lambda: e.SceneCleared.from_json(
            json.dumps({"at": AT.isoformat(), "by": "a", "narrative": NAME})
        ),
        lambda: e.SceneCleared.from_dict({"at": NAME, "by": "a"}),
        lambda: parse_cloudevent(
            json.dumps({"specversion": NAME, "id": "1", "source": "/", "type": "t"})
        ),
        lambda: parse_cloudevent(
            json.dumps({"specversion": "1.0", "id": "1", "source": NAME, "type": "t"})
        ),
        lambda: parse_cloudevent(
            json.dumps({"specversion": "1.0", "id": "1", "source": "/", "type": "t", "time": NAME})
        ),
        lambda: parse_http({"content-type": f"application/cloudevents+{NAME}"}, b""),
    ],
)
def test_nothing_that_is_refused_is_repeated_whole(refused):
    """A name that was put where an id belongs is in no error, and so in no log."""
    with pytest.raises((ValueError, TypeError)) as said:
        refused()
    assert NAME not in str(said.value)
    assert "Smith" not in str(said.value)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("postgresql://amara:s3cret@host/db is down", ["s3cret"]),
        ("postgresql://amara:s3@cr/et@host/db", ["s3@cr", "et@"]),
        ("postgresql://amara@host/db?sslpassword=s3cret&x=1", ["s3cret"]),
        ("connection failed: host=h password='s3 cret' user=u", ["s3 cret"]),
        ("https://t0ken@hooks.example/x", ["t0ken"]),
        ("https://hooks.example/x?token=s3cret", ["s3cret"]),
        ("Authorization: Bearer s3cret", ["s3cret"]),
    ],
)
def test_every_error_of_ours_is_free_of_secrets(text, secrets):
    """All of them pass one place, whoever raises them."""
    for said in (
        redact(text),
        str(errors.StoreUnavailable(text)),
        str(errors.InvalidMapping(text)),
        str(errors.DeliveryFailed(text)),
    ):
        assert not [secret for secret in secrets if secret in said]


def test_the_path_of_an_address_may_be_its_token():
    """Of where a notice was sent to, an error keeps the host alone."""
    assert "B0/tok" not in hosts_only("ConnectError https://hooks.example/services/B0/tok: refused")


def test_a_wrong_dsn_is_not_repeated():
    """It may have the password in a place where nobody looks for one."""
    with pytest.raises(errors.StoreUnavailable) as said:
        SqlStore.open("postgersql://amara:s3cret@host/db")
    assert "s3cret" not in str(said.value)


def test_the_words_of_the_vault_are_not_in_a_repr():
    """A log line with an entry shows which entry, not what it says."""
    assert NAME not in repr(
        VaultEntry(id="1", subject="p", kind="note", audience="clinician", text=NAME)
    )


def test_a_password_does_not_go_over_a_network_as_plain_text():
    """Without encryption a login is for a server on this machine alone."""
    of = {"sender": "a@b.example", "receivers": {}, "user": "u", "starttls": False}
    with pytest.raises(ValueError, match="plain text") as said:
        Mail(host="mail.example", password="s3cret", **of)
    assert "s3cret" not in str(said.value)
    for host in ("localhost", "127.0.0.1", "::1"):
        Mail(host=host, password="s3cret", **of)


# --- escaped for the reader ----------------------------------------------------------------------------------------------

HOSTILE = "a\x1b[2Jb\x9bc\u202ed\x85e\u2028f\u2066g\ud800h\U000e0041"


@given(st.text())
@example(HOSTILE)
def test_what_is_printed_moves_no_cursor_and_turns_no_text(text):
    """Controls of both kinds, marks of direction, line separators and halves of pairs are escaped;
    nothing else changes.
    """
    shown = printable(text)
    assert not [
        c
        for c in shown
        if (ord(c) < 32 and c not in "\t\n")
        or 127 <= ord(c) < 160
        or c in "\u202e\u2066\u2028\u2029"
        or 0xD800 <= ord(c) < 0xE000
    ]
    assert printable(shown) == shown
    assert json.loads(printable(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\t=1", "  =1", "|x", "\uff1d1"]
)
def test_a_rejected_cell_is_no_formula(text):
    """A spreadsheet shows it as text."""
    assert csv_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.5", "+3", "7", "a=b", "", "2026-03-02"])
def test_a_cell_that_is_no_formula_stays_as_it_is(text):
    """Numbers, also below zero, and plain text."""
    assert csv_cell(text) == text


# --- to another process --------------------------------------------------------------------------------------------------

EVERY = [
    errors.CoresponderError("said"),
    errors.InvalidProgram("one", "two", source="x.toml"),
    errors.InvalidEvent("said"),
    errors.InvalidMapping("said"),
    errors.UnreadableFile("said"),
    errors.Refused(
        "IncidentClosed",
        (
            Refusal(
                kind=RefusalKind.OWED,
                event="IncidentClosed",
                state="on_scene",
                why="no",
                remedy="later",
            ),
        ),
    ),
    errors.NotFound("said"),
    errors.AudienceDenied("said"),
    errors.InvalidSignature("said"),
    errors.DeliveryFailed("said", final=True, after=dt.timedelta(minutes=1)),
    errors.MissingExtra("webhook", "sending"),
    errors.StoreError("said"),
    errors.StoreUnavailable("said"),
    errors.VersionConflict("i", 1, 2),
    errors.ResponderTaken("r", "i", AT, next=Staffing()),
    errors.CorruptRecord("said"),
    errors.InvalidChannels("said"),
    errors.InvalidScenario("said"),
    errors.InvalidCursor("cursor"),
    errors.PositionAhead(7, 3),
    errors.PositionChanged(7),
    errors.ConsentNeeded("p-1", "sharing", None, "treatment", None),
    errors.LegalHold("held", (3, 4)),
    errors.ViewDenied("denied"),
    errors.KeysUnavailable("no keys"),
    errors.KeyDestroyed("gone"),
    errors.OutcomeUnknown("store", "said", "request-1"),
    errors.RequestTaken("request-1"),
]


def _raise(error):
    raise error


def _classes(cls):
    return {cls}.union(*map(_classes, cls.__subclasses__()))


def test_every_error_is_tried():
    """A new one must be in the list above."""
    assert {type(error) for error in EVERY} >= {
        c for c in _classes(errors.CoresponderError) if c.__module__ == "coresponder.errors"
    }


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_an_error_is_passed_on_with_its_data(error):
    """Text, data and kind are the same on the other side."""
    found = pickle.loads(pickle.dumps(error))
    assert (type(found), str(found), found.args, vars(found)) == (
        type(error),
        str(error),
        error.args,
        vars(error),
    )


def test_a_process_pool_raises_what_its_worker_raised():
    """Before, an error that could not be read broke the pool, and every task in it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for error in EVERY:
            found = pool.submit(_raise, error).exception(timeout=60)
            assert (type(found), str(found)) == (type(error), str(error))


OWN = {
    "program": {"id": "van", "version": "1"},
    "event": [
        {"name": "PeerVisited", "kind": "fact", "fields": {"person": "id", "minutes": "integer"}}
    ],
}


def test_a_program_and_its_steps_are_passed_on_by_the_definition():
    """With events of its own, too."""
    program = program_from_definition(OWN)
    assert pickle.loads(pickle.dumps(program)) == program
    assert copy.copy(program) is program
    assert copy.deepcopy(program) is program
    step = program.advance(
        program.open("i"), program.event_type("PeerVisited")(at=AT, by="a", person="p", minutes=5)
    )
    found = pickle.loads(pickle.dumps(step))
    assert (found.events, found.case, found.accepted) == (step.events, step.case, True)


def test_a_program_that_was_changed_in_python_is_passed_on_as_it_is():
    """It does not arrive as what its definition says."""
    program = attrs.evolve(program_from_definition(OWN), title="another")
    assert pickle.loads(pickle.dumps(program)) == program


def test_a_workflow_says_what_to_pass_instead():
    """Connections stay where they are."""
    with pytest.raises(TypeError, match="pass its program, and open the store there"):
        pickle.dumps(Workflow(program_from_definition(OWN), MemoryStore()))


# --- whatever comes in ---------------------------------------------------------------------------------------------------

TIMES = st.sampled_from(
    [
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-02-30",
        "",
        "\0",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=30),
    TIMES,
    st.sampled_from(["[" * 100_000, '{"a":' * 5_000, "9" * 5_000, "1e999", NAME]),
)
VALUES = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8)  # fmt: skip


@given(TEXTS)
@example("[" * 100_000)
@example("a = " + "[" * 900 + "]" * 900)
@example("a." * 900 + "b = 1")
@example("a = " + "9" * 5_000)
@example('{"a":' * 900 + "1" + "}" * 900)
def test_text_is_read_or_refused_with_a_cure(text):
    """Whatever it is nested like: no parser leaves with an error that is not meant for its user."""
    for read in (
        read_toml,
        read_json,
        parse_instant,
        lambda t: parse_bound(t, Calendar()),
        e.SceneCleared.from_json,
        parse_cloudevent,
        parse_batch,
    ):
        try:
            read(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "a"),
        ('{"a": [{"b": 1}, {"c": {"$d": 1, "$d": 2}}]}', "a[1].c.$d"),
        ('{"a": {"b": 1, "b": 2}, "x": 1, "a": {}}', "a"),
        ('{"for Ann": {"b": 1, "b": 2}}', "a text of 7 characters.b"),
        ('[{"a": {"a": 1, "a": {"a": 2}}}]', "[0].a.a"),
    ],
)
def test_a_key_of_json_that_is_given_twice_is_refused_with_its_place(tmp_path, text, where):
    """The last one never wins unseen; a key that could be a name is not repeated."""
    said = f"^{re.escape(where)} is given twice; keep one of them$"
    for file in (text, text.encode(), text.encode("utf-8-sig")):
        with pytest.raises(ValueError, match=said):
            read_json(file)
    written = tmp_path / "a.json"
    written.write_text(text)
    with pytest.raises(errors.UnreadableFile, match="a.json.*is given twice"):
        read_json_file(written)


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1), st.data())
def test_of_any_json_only_one_with_a_key_twice_is_refused(found, data):
    """An object is read as `json.loads` does, and is refused once any key of it stands twice."""
    text = json.dumps(found)
    assert repr(read_json(text)) == repr(json.loads(text))
    key = data.draw(st.sampled_from(sorted(found)))
    with pytest.raises(ValueError, match="is given twice"):
        read_json(f"{text[:-1]}, {json.dumps(key)}: 1}}")


@pytest.mark.parametrize("read", [load_program, load_mapping])
def test_a_deep_file_is_the_users_and_says_so(tmp_path, read):
    """Nine hundred lists in one another."""
    file = tmp_path / "deep.toml"
    file.write_text("a = " + "[" * 900 + "]" * 900)
    with pytest.raises(
        (errors.InvalidProgram, errors.InvalidMapping), match=f"more than {DEEPEST} levels deep"
    ):
        read(file)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "program",
                "calendar",
                "tier",
                "policy",
                "notice",
                "event",
                "lifecycle",
                "vocabulary",
                "x",
            ]
        ),
        VALUES,
    )
)
def test_tables_make_a_program_or_an_invalid_program(tables):
    """Whatever stands where a table belongs."""
    with_head = {"program": {"id": "x", "version": "1"}, **tables}
    for definition in (tables, with_head):
        try:
            program_from_definition(definition)
        except errors.InvalidProgram:
            continue


@given(
    st.dictionaries(st.sampled_from(["file", "columns", "team", "defaults", "nature", "x"]), VALUES)
)
def test_tables_make_a_mapping_or_an_invalid_mapping(tables):
    """Whatever stands where a table belongs."""
    head = {"file": {"time_zone": "UTC"}, "columns": {"received": "t", "nature": "n"}}
    for given_tables in (tables, {**head, **tables}):
        try:
            mapping_from(given_tables)
        except errors.InvalidMapping:
            continue


MAPPING = {
    "file": {"time_zone": "America/New_York"},
    "columns": {"incident": "id", "received": "t", "nature": "n", "keep": ["k"]},
    "defaults": {"nature": "other"},
}


@given(st.lists(st.tuples(TEXTS, TIMES, TEXTS, TEXTS), min_size=1, max_size=4))
@example([("a" * 200, "2026-03-02 10:00", "n", "k")])
@example([("i", "0001-01-01 00:00", "n", "k")])
@example([("i", "9999-12-31T23:59:59", "n", "\x85")])
@example([("\n", "9999-12-31T23:59:59-05:00", "", "\n")])
@example([("i", "2026-03-02 10:00", "n", "k"), ("", " ", "\r\n", "\x85")])
def test_a_row_is_used_or_rejected_and_never_ends_the_file(tmp_path_factory, rows):
    """One row that no event takes does not take the others with it; a blank row is none."""
    file = tmp_path_factory.mktemp("cad") / "calls.csv"
    written = [[cell.replace("\0", "") for cell in row] for row in rows]
    with file.open("w", encoding="utf-8", errors="replace", newline="") as out:
        csv.writer(out).writerows([("id", "t", "n", "k"), *written])
    told = [row for row in written if "".join(row).strip()]
    assert len(list(read_calls(file, mapping_from(MAPPING)))) == len(told)


@given(
    st.dictionaries(
        st.sampled_from(
            ["$id", "callComponent", "incidentComponent", "personComponent", "lastUpdateTimeStamp"]
        ),
        VALUES | TIMES,
    )
)
@example(
    {
        "$id": "i",
        "lastUpdateTimeStamp": "2026-03-02T10:00:00Z",
        "personComponent": [{"personIncidentRoleRegistryText": "Victim"}],
    }
)
@example(
    {
        "$id": "i",
        "callComponent": [
            {"updatedByAgentReference": 7, "callStartTimestamp": "0001-01-01T00:00:00+14:00"}
        ],
    }
)
@example(
    {
        "$id": "...",
        "lastUpdateTimeStamp": "2026-03-02T10:00:00Z",
        "callComponent": {"updatedByAgentReference": {"$ref": "-"}},
    }
)
def test_an_eido_is_read_or_unreadable(tmp_path_factory, document):
    """Whatever stands where a component belongs."""
    file = tmp_path_factory.mktemp("eido") / "e.json"
    file.write_text(json.dumps(document))
    with contextlib.suppress(errors.UnreadableFile):
        read_eido(file)


@given(
    st.text(max_size=20).map("postgresql://{}".format) | st.text(max_size=20).map("{}://h".format)
)
@example("postgresql://amara@h:x/d")
@example("postgresql://[")
@example("postgresql://\0")
def test_a_dsn_is_one_or_is_refused(text):
    """Whatever stands behind the colon; a server that is not there is the store's to say."""
    with contextlib.suppress(errors.StoreUnavailable):
        url, where = _postgresql_url(text)
        assert url.drivername == "postgresql+psycopg"
        assert where.startswith("database ")


def test_instants_that_are_none():
    """Text, a day, and a time that UTC does not have: each says what to give."""
    with pytest.raises(
        TypeError, match=r"a text of 25 characters is not an instant; give a datetime"
    ):
        e.SceneCleared(at="2026-03-02T21:00:00+00:00", by="a")
    with pytest.raises(TypeError, match="a value of type date is not an instant"):
        e.SceneCleared(at=dt.date(2026, 3, 2), by="a")
    early = dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))
    with pytest.raises(ValueError, match="before the year 1 or after the year 9999"):
        e.SceneCleared(at=early, by="a")
    with pytest.raises(ValidationError, match="before the year 1 or after the year 9999"):
        e.SceneCleared.from_json('{"at": "0001-01-01T00:00:00+14:00", "by": "a"}')


@pytest.mark.parametrize("at", [dt.datetime.min, dt.datetime.max])
@pytest.mark.parametrize("bound", ["90 s", "7 d", "2 business days", "end of next business day"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_a_deadline_at_the_ends_of_the_calendar_is_the_last_moment_there_is(at, bound, zone):
    """A fact is taken whenever it happened, so its deadline exists."""
    instant = at.replace(tzinfo=UTC)
    assert parse_bound(bound, Calendar.of(zone)).deadline(instant) >= instant


# --- what is written can be read -----------------------------------------------------------------------------------------

ENVELOPE = {"id": "1", "source": "/s", "type": "t"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": dt.datetime(2026, 3, 2)},
        {"id": ""},
        {"subject": "a\x85b"},
        {"source": "a b"},
        {"extensions": {"Big": 1}},
        {"extensions": {"big": 2**40}},
        {"datacontenttype": "x"},
        {"data": float("nan")},
        {"data": {1, 2}},
        {"data": "\ud800"},
    ],
)
def test_a_cloudevent_that_no_reader_takes_is_not_written(wrong):
    """The writer refuses what the reader refuses, with the same words."""
    with pytest.raises(errors.InvalidEvent):
        CloudEvent(**{**ENVELOPE, **wrong}).to_json()


@given(
    time=st.none()
    | st.datetimes(
        timezones=st.sampled_from([UTC, dt.timezone(dt.timedelta(hours=-5, seconds=30))])
    ),
    data=VALUES,
)
def test_a_cloudevent_that_was_written_is_read_as_the_same(time, data):
    """Any instant, any JSON."""
    event = CloudEvent(**ENVELOPE, time=time, data=data)
    try:
        text = event.to_json()
    except errors.InvalidEvent:
        return
    found = parse_cloudevent(text)
    assert (found.time, found.data) == (event.time, event.data)

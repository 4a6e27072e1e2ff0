"""One record that cannot be read never stops an answer over others: it is named in the answer."""

import json
import logging
import sqlite3

import attrs
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from coresponder.cli.commands import commands
from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.relay import Relay
from coresponder.domain import events as e
from coresponder.errors import CorruptRecord
from coresponder.program import load_program
from coresponder.stores.base import Append
from coresponder.stores.codec import Stored, decode
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.audit.compared import changed_verdicts
from tests.conftest import at
from tests.program.test_advance import received

SLIP = '{"at":"2026-03-02T12:03:00Z","by":"o-1","approximate":false,"person":"p","screening":{"level":"high","danger_to_self":"unknown"}}'
"""A row as it could once be written."""


@pytest.fixture
def path(tmp_path):
    """Three incidents that owe something; of the second, a row cannot be read, though it is as it
    was written.
    """
    path = tmp_path / "night.db"
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for incident in ("one", "three", "two"):
            flow.receive(received(), incident=incident)
            flow.record(
                incident, e.PersonInvolved(at=at(1), by="o-1", person="p", role="person_in_crisis")
            )
            flow.record(incident, e.TeamUnavailable(at=at(2), by="dispatcher-1"))
        last = next(s for s in store.find("default") if s.incident == "two")
        rows = (("Screened", 1, at(3), SLIP),)
        store.append(
            Append(
                agency="default",
                expected=3,
                rows=rows,
                recorded_at=at(60),
                summary=attrs.evolve(last, version=4),
            )
        )
    return path


def _change(path, text):
    with sqlite3.connect(path) as connection:
        assert connection.execute(text).rowcount > 0
    connection.close()


def test_due_names_the_record_once_it_was_found(path):
    """Lists are not made from the log, so what the record owed stays listed. `tick` finds that it
    cannot be read; from then on to restore it is owed first, and why.
    """
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        assert {one.incident for one in flow.due(at(90))} == {"one", "two", "three"}
        flow.tick(at(90))
        owed = flow.due(at(90), before=at(1))
        assert [one.incident for one in owed] == ["two"]
        assert owed[0].unreadable
        assert (
            "event 4: the row of Screened cannot be read (screening.danger_to_self has a value that it cannot have)"
            in owed[0].obligation.why
        )
        listed = [one for one in flow.due(at(90)) if not one.unreadable]
        assert {one.incident for one in listed} == {"one", "two", "three"}
        with pytest.raises(CorruptRecord, match="incident two"):
            flow.case("two")
        assert flow.case("one").version == 3


def test_a_row_of_the_list_that_cannot_be_read_is_named_in_its_place(path):
    """It says what is wrong and how to make it anew; the others are answered."""
    _change(path, "UPDATE coresponder_obligation SET due = '2026' WHERE incident = 'one'")
    _change(path, "UPDATE coresponder_obligation SET since = 'soon' WHERE incident = 'three'")
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        owed = flow.due(at(90))
        assert {one.incident for one in owed if one.unreadable} == {"one", "three"}
        assert all(
            "coresponder rebuild STORE" in one.obligation.why for one in owed if one.unreadable
        )
        assert {one.incident for one in owed if not one.unreadable} == {"two"}


def test_the_command_line_names_it_and_ends_with_3(path):
    """An answer that is not whole is never a plain success."""
    CliRunner().invoke(commands, ["tick", str(path), "--now", at(90).isoformat()])
    found = CliRunner().invoke(
        commands, ["due", str(path), "--now", at(90).isoformat()], env={"COLUMNS": "300"}
    )
    assert found.exit_code == 3
    first = found.output.splitlines()[1].split()
    assert first[0] == "two"
    assert "Restore the record, which cannot be read" in " ".join(first)
    assert " one " in found.output
    as_json = CliRunner().invoke(commands, ["due", str(path), "--format", "json"])
    assert [row["incident"] for row in json.loads(as_json.output)["owed"] if row["unreadable"]] == [
        "two"
    ]
    assert as_json.exit_code == 3


def test_tick_tells_a_person_once_and_goes_on(path, caplog):
    """The others' notices are made; that one record cannot be read is told once, and is in the log
    each time.
    """
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        with caplog.at_level(logging.ERROR, logger="coresponder"):
            new = flow.tick(at(90))
        told = [
            out.notice
            for out in store.outbox("default", limit=1000)
            if out.notice.about == "unreadable"
        ]
        assert [(notice.incident, notice.to) for notice in told] == [("two", "supervisor")]
        assert "A record cannot be read: incident two" in str(told[0])
        assert "event 4" in told[0].fields["why"]
        overdue = {
            out.notice.incident
            for out in store.outbox("default", limit=1000)
            if out.notice.about == "overdue"
        }
        assert overdue == {"one", "three"}
        assert new > 2
        assert "incident two cannot be read" in caplog.text
        assert flow.tick(at(90)) == 0


def test_a_head_row_that_cannot_be_read_is_named_in_every_list(path):
    """A list shows the others, and this one with what is wrong."""
    _change(path, "UPDATE coresponder_incident SET opened_at = 'long ago' WHERE incident = 'one'")
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        found = {summary.incident: summary for summary in flow.find()}
        assert set(found) == {"one", "two", "three"}
        assert found["one"].opened_at is None
        assert "head row cannot be read" in found["one"].unreadable
        assert found["three"].unreadable is None
        assert {one.incident for one in flow.due(at(90))} == {"one", "two", "three"}


def test_a_program_that_is_gone_stops_only_its_own_incidents(path):
    """An incident whose program is not there any more is named; the others are answered."""
    with SqlStore.sqlite(path) as store:
        Workflow(load_program("hartford-vt"), store, clock=lambda: at(60)).receive(
            received(), incident="elsewhere"
        )
        Workflow(load_program("hartford-vt"), store, clock=lambda: at(60)).record(
            "elsewhere", e.TeamUnavailable(at=at(2), by="d-1")
        )
    _change(path, "DELETE FROM coresponder_program WHERE name LIKE 'hartford%'")
    with SqlStore.sqlite(path) as store:
        owed = Workflow(load_program("cit"), store, clock=lambda: at(60)).due(at(90))
        assert {one.incident for one in owed if one.unreadable} == {"elsewhere"}
        assert "is not in this store" in next(
            one.obligation.why for one in owed if one.incident == "elsewhere"
        )
        assert {one.incident for one in owed if not one.unreadable} == {"one", "two", "three"}


def test_a_contact_that_cannot_be_read_keeps_nobody_waiting(path, caplog):
    """A person is involved all the same; the contact that cannot be read is not counted, and the
    log says so.
    """
    _change(path, "UPDATE coresponder_contact SET contact_at = 'soon' WHERE incident = 'one'")
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="four")
        step = flow.record(
            "four", e.PersonInvolved(at=at(5), by="o-1", person="p", role="person_in_crisis")
        )
        assert step.events[-1].prior.contacts_90_days == 2
        assert "a contact of p cannot be read" in caplog.text
        assert "a care plan in two cannot be read" in caplog.text


def test_a_notice_that_cannot_be_read_does_not_hold_the_others_back(path):
    """What is delivered in its place says that it cannot be read; all others go as they are."""
    with SqlStore.sqlite(path) as store:
        waiting = store.outbox("default", limit=1000)
    _change(path, f"UPDATE coresponder_outbox SET body = '{{' WHERE id = {waiting[0].id}")
    sent = MemoryNotifier()
    with SqlStore.sqlite(path) as store:
        Relay(store=store, notifier=sent, clock=lambda: at(60)).drain()
        assert len(sent.sent) == len(waiting)
        assert sum("A record cannot be read" in str(notice) for notice in sent.sent) == 1


def test_an_audit_names_it_and_judges_the_others(path):
    """A broken chain is told of that incident, and the others are judged."""
    _change(path, "UPDATE coresponder_event SET body = 'x' WHERE incident = 'one' AND number = 1")
    strict = load_program("hartford-vt")
    with SqlStore.sqlite(path) as store:
        found = {
            one.incident: one.unreadable
            for one in changed_verdicts(store, "default", load_program("cit"), strict)
        }
    assert "was changed after it was written" in found["one"]
    assert "cannot be read" in found["two"]


@pytest.mark.parametrize("body", ["[" * 100_000, "[]", "null", "1", '{"at":1}', "{", '"x"'])
def test_any_body_that_is_no_event_is_a_record_that_cannot_be_read(path, body):
    """Whatever the row says, it is our own error that names it."""
    with SqlStore.sqlite(path) as store:
        last = next(s for s in store.find("default") if s.incident == "three")
        rows = (("SceneCleared", 1, at(3), body),)
        store.append(
            Append(
                agency="default",
                expected=3,
                rows=rows,
                recorded_at=at(60),
                summary=attrs.evolve(last, version=4),
            )
        )
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.tick(at(90))
        assert {one.incident for one in flow.due(at(90)) if one.unreadable} == {"two", "three"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nature": "John Smith"}, "nature has a value that it cannot have"),
        ({"John Smith": 1}, "it has an unknown field"),
        ({"by": "John Smith"}, "a text of 10 characters is not an opaque id"),
        ({"nature": None}, "nature has a value that it cannot have"),
    ],
)
def test_what_is_refused_is_said_in_words_of_ours_and_not_repeated(change, said):
    """Neither the error of a row nor pydantic's own error, which hosts log, carries the values that
    were refused.
    """
    body = json.dumps(
        {"at": "2026-03-02T12:03:00Z", "by": "d-1", "nature": "welfare_check"} | change
    )
    with pytest.raises(CorruptRecord) as found:
        decode(Stored(1, "CallTriaged", 1, "", "", body, ""), {"CallTriaged": e.CallTriaged})
    assert said in str(found.value)
    assert "John Smith" not in str(found.value)
    assert (found.value.__cause__, found.value.__context__) == (None, None)
    for read in (
        lambda: e.CallTriaged.from_json(body),
        lambda: e.CallTriaged.from_dict(json.loads(body)),
    ):
        with pytest.raises(ValidationError) as refused:
            read()
        assert (refused.value.__cause__, refused.value.__context__) == (None, None)
        values = [str(one["input"]) + str(one.get("ctx", "")) for one in refused.value.errors()]
        assert values
        assert "John Smith" not in "".join(values)

"""Which words are due to be erased, and that erasing them erases nothing else."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import sqlite3

import pytest
from click.testing import CliRunner
from sqlalchemy.ext.asyncio import create_async_engine

from coresponder.asyncio import AsyncWorkflow
from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.vocabulary import VoidReason
from coresponder.errors import InvalidCursor, KeysUnavailable, NotFound
from coresponder.program import program_from_definition
from coresponder.stores.keys import LocalKeys
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

RULES = (
    {"kind": "note", "keep": "7 y", "after": "incident_end", "authority": "schedule 7"},
    {"kind": "draft", "keep": "30 d", "after": "entry"},
)
LATER = dt.datetime(2033, 3, 3, 7, 0, tzinfo=dt.UTC)
"""Midnight in Denver after 2 March 2033, seven years after the incident's last day."""


def definition(rules=RULES, version="1", id="mine"):
    return {
        "program": {"id": id, "version": version},
        "calendar": {"time_zone": "America/Denver"},
        "retention": [*rules],
    }


def program(rules=RULES, version="1", id="mine"):
    return program_from_definition(definition(rules, version, id))


class Clock:
    """A clock that a test sets."""

    now = at(60)

    def __call__(self):
        return self.now


@pytest.fixture
def store(any_store):
    return any_store


def flow_on(store, rules=RULES, **options):
    return Workflow(program(rules, **options), store, clock=Clock())


def incident(flow, id="one", ended=True, kinds=("note",)):
    """Open an incident with a note of each kind; return the ids of the entries."""
    flow.receive(received(), incident=id)
    ids = [
        flow.note(id, f"of {id}", at=at(3), by="c-1", audience="all", kind=kind, subject="person-1")
        .events[0]
        .entry
        for kind in kinds
    ]
    if ended:
        flow.record(id, e.IncidentCancelled(at=at(9), by="dispatcher-1"))
    return ids


def listed(flow, before=None, **options):
    return {one.entry: (one.status, one.why) for one in flow.retention(before, **options)}


def test_words_are_due_when_the_last_day_is_over(store):
    """Not a moment before midnight in the program's time zone, and in no incident that goes on."""
    flow = flow_on(store)
    (one,) = incident(flow)
    (two,) = incident(flow, "two", ended=False)
    going_on = {two: ("undated", "incident two has not ended")}
    assert listed(flow, LATER - dt.timedelta(microseconds=1)) == going_on
    assert listed(flow, LATER) == {one: ("due", "")} | going_on
    assert flow.erase_due().erased == 0
    flow.clock.now = LATER
    done = flow.erase_due(by="clerk-1")
    assert (done.erased, done.held, done.undated) == (1, 0, 1)
    with pytest.raises(NotFound):
        store.recall("default", one, audience="all")
    assert store.recall("default", two, audience="all").text == "of two"
    (record,) = store.custody("default")
    assert (record.act, record.entries, record.by, record.ground, record.at) == (
        "discard",
        1,
        "clerk-1",
        "retention: 7 y after incident end",
        LATER,
    )
    assert flow.erase_due().erased == 0
    assert len(store.custody("default")) == 1
    assert flow.verify() == ()


def test_an_incident_that_is_opened_again_keeps_its_words(store):
    """The end is the last thing that happened; what was entered in error does not count."""
    flow = flow_on(store)
    (one,) = incident(flow)
    year = 365 * 24 * 60
    flow.clock.now = at(2 * year)
    step = flow.record("one", e.ResponderCleared(at=at(year), responder="r-1", by="r-1"))
    assert listed(flow, LATER) == {}
    flow.record(
        "one",
        e.EnteredInError(
            at=at(year + 1), by="r-1", event=step.case.version, reason=VoidReason.WRONG_INCIDENT
        ),
    )
    assert listed(flow, LATER) == {one: ("due", "")}


def test_words_with_an_earlier_rule_are_counted_from_their_entry(store):
    """A rule from the entry needs no end, and words in no incident have their date, too."""
    flow = flow_on(store)
    (draft,) = incident(flow, ended=False, kinds=["draft"])
    assert listed(flow, at(30 * 24 * 60)) == {}
    assert listed(flow, at(31 * 24 * 60)) == {draft: ("due", "")}
    loose = [
        store.remember("default", subject="p", kind=kind, audience="all", text="loose").id
        for kind in ("draft", "note", "drafts")
    ]
    found = listed(flow, dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    assert found[loose[0]] == ("due", "")
    assert found[loose[1]][1].startswith("it was noted in no incident")
    assert "no rule for kind 'drafts'; did you mean 'draft'" in found[loose[2]][1]


def test_a_hold_keeps_what_is_due_and_says_who_placed_it(store):
    """A hold on the person or on the incident; when it is released, the words go."""
    flow = flow_on(store)
    (one,), (two,) = incident(flow), incident(flow, "two")
    flow.clock.now = LATER
    holds = [
        store.hold("default", who, by="counsel-1", ground="matter-7") for who in ("person-1", "two")
    ]
    found = {line.entry: line for line in flow.retention()}
    assert found[one].status == found[two].status == "held"
    assert [h.number for h in found[two].holds] == [1, 2]
    assert found[one].holds[0].by == "counsel-1"
    assert (flow.erase_due().erased, flow.erase_due().held) == (0, 2)
    store.release("default", holds[0].number, by="counsel-1", ground="closed")
    done = flow.erase_due()
    assert (done.erased, done.held) == (1, 1)
    assert store.recall("default", two, audience="all").text == "of two"


def test_a_program_without_rules_keeps_everything(store):
    """And says so of each entry."""
    flow = flow_on(store, rules=())
    (one,) = incident(flow)
    flow.clock.now = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    assert listed(flow)[one] == (
        "undated",
        "program mine@1 has no [[retention]], so all words are kept",
    )
    assert flow.erase_due().erased == 0


def test_todays_rules_are_for_all_versions_of_a_program_and_for_no_other(store):
    """A schedule that changes is for old incidents, too; the words of another program follow that
    program.
    """
    (one,) = incident(flow_on(store, rules=(RULES[0] | {"keep": "1 d"},)))
    (two,) = incident(flow_on(store, rules=(), id="other"), "two")
    flow = flow_on(store, version="2")
    flow.clock.now = LATER
    assert listed(flow, at(60 * 24 * 5)) == {
        two: ("undated", "program other@1 has no [[retention]], so all words are kept")
    }
    assert flow.erase_due().erased == 1
    assert store.recall("default", two, audience="all").text == "of two"
    with pytest.raises(NotFound):
        store.recall("default", one, audience="all")


def test_pages_follow_one_another_and_nothing_is_listed_twice(store):
    """Every entry is on one page, whatever the length of a page; the cursor is of this list."""
    flow = flow_on(store)
    ids = [id for n in range(7) for id in incident(flow, f"i-{n}", kinds=["note", "other"])]
    for limit in (1, 3, 14, 100):
        seen, after = [], None
        while True:
            page = flow.retention(LATER, limit=limit, after=after)
            seen += [one.entry for one in page]
            after = page.next
            if after is None:
                break
        assert (len(seen), set(seen)) == (14, set(ids))
    with pytest.raises(InvalidCursor):
        flow.retention(after=flow.find(limit=1).next)
    with pytest.raises(InvalidCursor):
        flow.retention(after="x")


def test_more_than_one_read_is_erased_and_counted(store):
    """More entries than are read at once are all erased, and an agency's alone."""
    flow = flow_on(store)
    for n in range(3):
        store.remember("south", subject=f"p-{n}", kind="draft", audience="all", text="x")
    for n in range(1100):
        store.remember("default", subject=f"p-{n}", kind="draft", audience="all", text="x")
    flow.clock.now = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    assert flow.erase_due().erased == 1100
    assert sum(one.entries for one in store.custody("default")) == 1100
    assert len(store.kept("south")) == 3


def test_nothing_is_erased_before_it_is_due(store):
    """A time in the future is refused: a rule may change until then."""
    flow = flow_on(store)
    incident(flow)
    with pytest.raises(ValueError, match="only when they are due"):
        flow.erase_due(now=LATER)
    with pytest.raises(ValueError, match="time zone"):
        flow.retention(LATER.replace(tzinfo=None))


def test_encrypted_words_lose_their_key_with_the_last_entry(tmp_path):
    """With keys the key of the last entry is destroyed; without keys nothing is erased."""
    (tmp_path / "apart").mkdir()
    keys = LocalKeys.make(tmp_path / "apart" / "night.keys")
    path = str(tmp_path / "night.db")
    with SqlStore.open(path, must_exist=False, keys=keys) as store:
        (one,) = incident(flow_on(store))
    with SqlStore.open(path) as store:
        flow = flow_on(store)
        flow.clock.now = LATER
        with pytest.raises(KeysUnavailable):
            flow.erase_due()
        assert listed(flow) == {one: ("due", "")}
    with SqlStore.open(path, keys=keys) as store:
        flow = flow_on(store)
        flow.clock.now = LATER
        assert flow.erase_due().erased == 1
        assert flow.verify() == ()
    with contextlib.closing(sqlite3.connect(path)) as db:
        states = db.execute("SELECT state, wrapped FROM coresponder_key").fetchall()
    assert states == [("gone", "")]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_erase_each_entry_once(kind, tmp_path, request):
    """What both erased is, by the custody record, exactly what was there."""
    where = (
        str(tmp_path / "night.db")
        if kind == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    with SqlStore.open(where, must_exist=False) as store:
        flow = flow_on(store)
        for n in range(20):
            incident(flow, f"i-{n}")
    children = [os.fork() for _ in range(2)]
    if 0 in children:
        with SqlStore.open(where) as store:
            flow = flow_on(store)
            flow.clock.now = LATER
            flow.erase_due()
        os._exit(0)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with SqlStore.open(where) as store:
        assert store.kept("default") == ()
        assert sum(one.entries for one in store.custody("default")) == 20
        assert flow_on(store).verify() == ()


def test_in_the_hosts_transaction_a_rollback_keeps_the_words(tmp_path):
    """`erase_due` on a connection of the host is undone with it."""
    path = tmp_path / "night.db"
    with SqlStore.open(path, must_exist=False) as store:
        flow = flow_on(store)
        (one,) = incident(flow)
        flow.clock.now = LATER
        for end in ("rollback", "commit"):
            connection = sqlite3.connect(path)
            assert flow.within(connection).erase_due().erased == 1
            getattr(connection, end)()
            connection.close()
            left = {entry.id for entry in store.kept("default")}
            assert left == ({one} if end == "rollback" else set())


def test_an_async_host_asks_the_same(postgres):
    """The twin lists and erases."""

    where = postgres.database()
    SqlStore.open(where, must_exist=False).close()

    async def night():
        engine = create_async_engine("postgresql+psycopg://" + where.removeprefix("postgresql://"))
        flow = await AsyncWorkflow.start(program(), engine, clock=Clock())
        try:
            await flow.receive(received(), incident="one")
            await flow.note("one", "of one", at=at(3), by="c-1", audience="all")
            await flow.record("one", e.IncidentCancelled(at=at(9), by="dispatcher-1"))
            flow.workflow.clock.now = LATER
            (line,) = await flow.retention()
            return line.status, (await flow.erase_due(by="clerk-1")).erased
        finally:
            await engine.dispose()

    assert asyncio.run(night()) == ("due", 1)


def call(*words):
    found = CliRunner().invoke(commands, [str(word) for word in words])
    return found.exit_code, " ".join(found.output.split())


def test_the_command_lists_and_erases(tmp_path):
    """What a clerk types: a list, what a hold keeps, erased once, and never ahead of time."""
    path = tmp_path / "night.db"
    old = dt.timedelta(days=9 * 365)
    with SqlStore.open(path, must_exist=False) as store:
        flow = flow_on(store)
        flow.clock.now = at(60) - old
        for id in ("one", "two"):
            flow.receive(
                e.CallReceived(at=at(0) - old, by="d-1", source="911", nature="psychosis"),
                incident=id,
            )
            flow.note(id, "x", at=at(3) - old, by="c-1", audience="all")
            flow.record(id, e.IncidentCancelled(at=at(9) - old, by="d-1"))
        store.hold("default", "two", by="counsel-1", ground="matter-7")
    code, said = call("retention", path)
    assert (code, "due note" in said, "kept until 2024-03-04 (7 y, schedule 7)" in said) == (
        0,
        True,
        True,
    ), said
    assert "hold 1 by counsel-1 (matter-7)" in said
    code, said = call("retention", path, "--format", "json", "--limit", 1)
    page = json.loads(said)
    assert (len(page["retention"]), page["next"] is None) == (1, False)
    code, said = call("retention", path, "--do", "--before", "2999-01-01T00:00:00Z")
    assert (code, "lies in the future" in said) == (2, True)
    assert call("retention", path, "--do", "--by", "clerk-1") == (
        0,
        "1 entries were erased; 1 are due but under legal hold; 0 have no date and are kept",
    )
    assert call("retention", path, "--do")[1].startswith("0 entries were erased; 1 are due")
    assert "(retention: 7 y after incident end)" in call("custody", path)[1]

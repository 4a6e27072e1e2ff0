"""The feed of an agency: each event once, at a position that never changes, whoever writes and
reads at the same time.
"""

import asyncio
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.ext.asyncio import create_async_engine

from coresponder.asyncio import AsyncWorkflow
from coresponder.cli.commands import commands
from coresponder.delivery.cloudevents import parse_cloudevent
from coresponder.domain import events as e
from coresponder.errors import CorruptRecord, PositionAhead, PositionChanged, StoreUnavailable
from coresponder.program import load_program
from coresponder.roster.events import ResponderJoined
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.stores.sql_feed import MOST_NUMBERED
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.test_crowds import flow, together
from tests.stores.test_crowds import name as name  # noqa: PLC0414 - a fixture

GOLDEN = Path(__file__).parents[1] / "golden"


def seen(minute, by="officer-1"):
    return e.WeaponSeen(at=at(minute), by=by)


def whole(work, limit=100):
    """Read the feed from the beginning, page by page."""
    page, events = work.feed(limit=limit), []
    while page:
        events += page
        page = work.feed(after=page.position, limit=limit)
    return events


def places(events):
    return [(event.subject, event.extensions["number"]) for event in events]


def test_an_event_is_a_cloudevent_that_its_own_decoder_reads(name):
    """The envelope has the position, the incident, the number of the event there and its program;
    the data is the event.
    """
    with SqlStore.open(name) as store:
        work = flow(store)
        work.receive(received(), incident="one")
        work.record("one", seen(3))
        first, second = work.feed()
        assert parse_cloudevent(first.to_json()) == first
        assert (second.type, second.subject) == ("coresponder.event.WeaponSeen", "one")
        assert second.source == "/coresponder/default"
        assert second.time == at(3)
        assert second.data == work.case("one").history[-1].to_dict()
        assert second.id == store.load("default", "one").rows[1].digest
        assert second.extensions == {
            "sequence": "0000000000000000002",
            "recordedtime": "2026-03-02T13:00:00.000000+00:00",
            "number": 2,
            "program": load_program("cit").name,
        }


def test_a_crowd_writes_while_two_read(name):
    """No gap, no event at two positions, none lost; both readers see the same, and an incident's
    events come in their order.
    """
    incidents, steps = 24, 10
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        done = threading.Event()

        def write(number):
            work = flow(store if number % 2 else other)
            work.receive(received(), incident=f"i-{number}")
            for step in range(1, steps):
                work.record(f"i-{number}", seen(step, f"officer-{number}-{step}"))

        def read(number):
            work, events, after = flow((store, other)[number]), [], 0
            while True:
                last = done.is_set()
                page = work.feed(after=after, limit=7)
                events += page
                after = page.position
                if last and not page:
                    return events

        readers = []
        follow = threading.Thread(target=lambda: readers.extend(together(2, read)))
        follow.start()
        assert set(together(incidents, write)) == {None}
        done.set()
        follow.join(120)
        one, two = readers
        assert [event.id for event in one] == [event.id for event in two]
        assert [int(event.extensions["sequence"]) for event in one] == [
            *range(1, incidents * steps + 1)
        ]
        assert sorted(places(one)) == sorted(
            (f"i-{i}", n) for i in range(incidents) for n in range(1, steps + 1)
        )
        for incident in range(incidents):
            order = [n for subject, n in places(one) if subject == f"i-{incident}"]
            assert order == [*range(1, steps + 1)]
        assert store.verify("default") == ()


def test_a_page_has_what_another_reader_numbered_meanwhile(name, monkeypatch):
    """Between the look at the page and the numbering another reader may give the positions: the
    page has those events still, since they were committed before it was asked for.
    """
    with SqlStore.open(name) as store, SqlStore.open(name) as other:
        work = flow(store)
        work.receive(received(), incident="one")
        number = SqlStore.number

        def late(self, agency):
            number(other, agency)
            return number(self, agency)

        monkeypatch.setattr(SqlStore, "number", late)
        assert places(work.feed()) == [("one", 1)]


def test_many_are_numbered_a_thousand_at_a_time(name):
    """However much was written before the feed is first read, every event gets one position, in
    several transactions.
    """
    with SqlStore.open(name) as store:
        work = flow(store)
        for incident in ("b", "a"):
            history = [received(), *(seen(1 + n / 100) for n in range(MOST_NUMBERED))]
            work.replay(incident, history)
        assert store.number("default") == MOST_NUMBERED
        found = whole(work, limit=900)
        assert len({event.id for event in found}) == 2 * MOST_NUMBERED + 2
        assert places(found) == [(i, n) for i in "ab" for n in range(1, MOST_NUMBERED + 2)]
        assert store.number("default") == 0
        assert store.verify("default") == ()


def test_what_a_host_may_undo_has_no_position(name):
    """Inside a batch the feed is not read; what a host has not committed is in nobody's feed, and
    leaves no gap when it is undone.
    """
    with SqlStore.open(name) as store:
        work = flow(store)
        work.receive(received(), incident="one")
        with store.batch(), pytest.raises(StoreUnavailable, match="cannot be read inside a batch"):
            work.feed()
        if store.dialect.name == "postgresql":
            import psycopg

            connection = psycopg.connect(name)
            joined = work.within(connection)
            joined.receive(received(), incident="two")
            joined.record("one", seen(3))
            assert joined.store.number("default") == 0
            assert places(work.feed()) in ([], [("one", 1)])  # it is held: later, never lost
            connection.rollback()
            connection.close()
            assert places(whole(work)) == [("one", 1)]
        else:
            assert places(whole(work)) == [("one", 1)]
        work.record("one", seen(4))
        assert places(whole(work)) == [("one", 1), ("one", 2)]
        assert store.verify("default") == ()


def test_memory_gives_the_same_feed(tmp_path):
    """The memory store and SQLite put the same events at the same positions, with the same ids."""
    feeds = []
    with SqlStore.sqlite(tmp_path / "x.db") as sql:
        for store in (MemoryStore(), sql):
            work = flow(store)
            for incident in ("a", "b"):
                work.receive(received(), incident=incident, request=f"cad-{incident}")
                whole(work)
                work.record(incident, seen(2), request=f"mdt-{incident}")
            feeds.append([event.to_json() for event in whole(work, limit=1)])
    assert feeds[0] == feeds[1]


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_migration_numbers_what_was_written_before(tmp_path, version):
    """After it every event has a position, and `rebuild` changes none."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((GOLDEN / f"store.v{version}.sql").read_text())
    connection.close()
    assert SqlStore.migrate(path) == (version, 10)
    with SqlStore.open(path, read_only=True) as store:
        numbered = store.feed("default", limit=1000)
        events = sum(summary.version for summary in store.find("default"))
        assert [one.position for one in numbered] == [*range(1, events + 1)]
        assert events > 1
    with SqlStore.sqlite(path) as store:
        assert store.rebuild("default") == store.verify("default") == ()
        assert store.feed("default", limit=1000) == numbered


@pytest.fixture
def three(tmp_path):
    """A file with a feed of three events, and how to change it behind the library's back."""
    path = tmp_path / "x.db"
    with SqlStore.sqlite(path) as store:
        work = flow(store)
        work.receive(received(), incident="one")
        work.record("one", seen(1))
        work.receive(received(), incident="two")
        work.feed()

    def change(text):
        with sqlite3.connect(path) as connection:
            connection.execute(text)
        connection.close()
        return SqlStore.sqlite(path)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM coresponder_feed WHERE position = 2", "position 2 is missing"),
        (
            "UPDATE coresponder_feed SET digest = 'x' WHERE position = 2",
            "position 2: the row was changed",
        ),
        (
            "UPDATE coresponder_feed SET number = 7 WHERE position = 2",
            "position 2: the row was changed",
        ),
        (
            "DELETE FROM coresponder_incident WHERE incident = 'one'",
            "position 1: the row was changed",
        ),
        (
            "UPDATE coresponder_event SET body = replace(body, 'officer-1', 'officer-2')",
            "position 2: event 2 of incident one was changed",
        ),
    ],
)
def test_what_was_changed_is_named_with_its_position(three, change, said):
    """A reader of the feed and `verify` both find a position, or the event at it, that is not as it
    was written.
    """
    with three(change) as store:
        with pytest.raises(CorruptRecord, match=said):
            flow(store).feed()
        assert any(said in fault for fault in store.verify("default"))


def test_positions_against_the_order_of_an_incident_are_named(three):
    """`verify` finds events of an incident whose positions were exchanged, though each row is that
    of an event.
    """
    exchange = "UPDATE coresponder_feed SET position = {} WHERE position = {}"
    three(exchange.format(9, 1)).close()
    three(exchange.format(1, 2)).close()
    with three(exchange.format(2, 9)) as store:
        assert any(
            "position 1: event 2 of incident one does not follow" in f
            for f in store.verify("default")
        )


def test_an_event_without_position_is_named_and_rebuilt(three):
    """An incident that is marked though its last event has no position is named by `verify`;
    `rebuild` numbers it, after all others.
    """
    with three("DELETE FROM coresponder_feed WHERE position = 3") as store:
        work = flow(store)
        assert ["position of incident two is missing" in f for f in store.verify("default")] == [
            True
        ]
        assert len(work.feed()) == 2
        assert store.rebuild("default") == ()
        assert places(work.feed()) == [("one", 1), ("one", 2), ("two", 1)]
        assert store.verify("default") == ()


def test_a_reader_that_may_not_write_sees_what_is_numbered(three, tmp_path):
    """A store that is open for reading gives the positions that there are, and makes none."""
    with three("SELECT 1") as store:
        flow(store).record("two", seen(2))
    with SqlStore.open(tmp_path / "x.db", read_only=True) as store:
        assert [one.position for one in store.feed("default")] == [1, 2, 3]
    with SqlStore.sqlite(tmp_path / "x.db") as store:
        assert [one.position for one in store.feed("default", after=3)] == [4]


def test_an_older_copy_of_the_store_is_told(three):
    """A reader that has come further than the feed is told so, and not that nothing is new."""
    with three("SELECT 1") as store:
        with pytest.raises(PositionAhead, match="position 4 was given, but the feed ends at 3"):
            flow(store).feed(after=4)
        with pytest.raises(ValueError, match="-1 is not a position"):
            store.feed("default", after=-1)
        with pytest.raises(ValueError, match="limit: 0 is too few"):
            flow(store).feed(limit=0)


def test_a_restored_store_that_has_grown_again_is_told(tmp_path):
    """Whoever keeps a cursor is told that another event stands where it had come to; the number alone
    does not show it. The same event that is recorded again is another one.
    """
    path, backup = tmp_path / "x.db", tmp_path / "backup.db"

    def later(minute):
        with SqlStore.sqlite(path) as store:
            Workflow(load_program("cit"), store, clock=lambda: at(minute)).record("one", seen(2))
            page = flow(store).feed(after=1)
            assert (len(page), page.position) == (1, 2)
            return page

    with SqlStore.sqlite(path) as store:
        flow(store).receive(received(), incident="one")
        first = flow(store).feed()
    shutil.copyfile(path, backup)
    page = later(minute=61)
    assert page.cursor == f"2:{page[0].id}"
    shutil.copyfile(backup, path)
    with SqlStore.sqlite(path) as store, pytest.raises(PositionAhead, match="the feed ends at 1"):
        flow(store).feed(after=page.cursor)
    later(minute=62)
    with SqlStore.sqlite(path) as store:
        with pytest.raises(PositionChanged, match="position 2 has another event") as told:
            flow(store).feed(after=page.cursor)
        assert told.value.position == 2
        assert flow(store).feed(after=page.position) == ()
        assert places(flow(store).feed(after=first.cursor)) == [("one", 2)]
    again = CliRunner().invoke(commands, ["feed", str(path), "--after", page.cursor])
    assert again.exit_code == 2
    assert "position 2 has another event" in again.output


@pytest.mark.parametrize(
    "after",
    ["", "x", "-1", -1, 3.5, None, True, "1:", "1:abc", f"0:{'a' * 64}", "9" * 20, "\u0662"],
)
def test_what_is_no_place_in_the_feed_is_refused(after, tmp_path):
    """With what to give instead; a position may be a number or its text."""
    work = flow(MemoryStore())
    work.receive(received(), incident="one")
    with pytest.raises(ValueError, match="is no place in the feed; give 0 for the beginning"):
        work.feed(after=after)
    assert work.feed(after="1") == work.feed(after="0000000000000000001") == work.feed(after=1)
    with SqlStore.sqlite(tmp_path / "x.db") as store:
        flow(store).receive(received(), incident="one")
    said = CliRunner().invoke(commands, ["feed", str(tmp_path / "x.db"), "--after", str(after)])
    assert (said.exit_code, "--after: " in said.output) == (2, True)


def test_the_roster_has_a_feed_of_its_own():
    """What happens to responders is not among the incidents' events; it is in the feed of the
    roster.
    """
    work = flow(MemoryStore())
    work.receive(received(), incident="one")
    work.roster.record(
        ResponderJoined(at=at(0), by="chief-1", responder="officer-1", role="patrol_officer")
    )
    assert places(work.feed()) == [("one", 1)]
    assert [event.type for event in work.roster.desk.feed()] == [
        "coresponder.event.ResponderJoined"
    ]


def test_the_command_goes_on_where_it_stopped(tmp_path):
    """`coresponder feed` prints one CloudEvent a line; the position of the last one gives the rest,
    and a position that is not there yet is an error.
    """
    path = str(tmp_path / "x.db")
    with SqlStore.sqlite(path) as store:
        work = flow(store)
        work.receive(received(), incident="one")
        work.record("one", seen(1))
        work.record("one", seen(2))

    def call(*words):
        done = CliRunner().invoke(commands, ["feed", path, *words])
        return done.exit_code, [parse_cloudevent(line) for line in done.stdout.splitlines()]

    code, first = call("--limit", "2")
    assert (code, places(first)) == (0, [("one", 1), ("one", 2)])
    told = CliRunner().invoke(commands, ["feed", path, "--limit", "2"]).stderr
    assert told == f"--after 2:{first[-1].id}\n"
    assert call(*told.split()) == call("--after", "2")
    code, rest = call("--after", str(int(first[-1].extensions["sequence"])))
    assert (code, places(rest)) == (0, [("one", 3)])
    assert call("--after", "3") == (0, [])
    assert CliRunner().invoke(commands, ["feed", path, "--after", "4"]).exit_code == 2


def test_an_async_host_follows_too(tmp_path):
    """`AsyncWorkflow.feed` gives what `Workflow.feed` gives."""
    path = tmp_path / "x.db"
    with SqlStore.sqlite(path) as store:
        flow(store).receive(received(), incident="one")

    async def follow():
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        try:
            return await (await AsyncWorkflow.start(load_program("cit"), engine)).feed()
        finally:
            await engine.dispose()

    page = asyncio.run(follow())
    with SqlStore.sqlite(path) as store:
        assert page == flow(store).feed()
    assert (places(page), page.position) == ([("one", 1)], 1)

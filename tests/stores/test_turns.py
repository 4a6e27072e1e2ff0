"""Of the notices of an incident and channel the first has a turn: `verify` names a turn that is lost
or forged, and `outbox --order-anew` finds it out again.
"""

import sqlite3

import psycopg
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.relay import Relay
from coresponder.program import Notice, load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.test_verify import Database

LATER = "2999-01-01T00:00:00.000000+00:00"
HEAD, BEHIND, OVER = (
    f"UPDATE coresponder_outbox SET turn_at = {{}} WHERE id = {id}" for id in (2, 3, 1)
)
HARM = {
    "lost": ([HEAD.format("NULL")], "of its notices for channel 'page' none comes next"),
    "late": ([HEAD.format(f"'{LATER}'")], "id 2 of incident one: its turn is not when"),
    "too early": ([HEAD.format("'2000'")], "id 2 of incident one: its turn is not when"),
    "forged": (
        [HEAD.format("NULL"), BEHIND.format("'2026'")],
        "for channel 'page' one comes before an earlier one",
    ),
    "of one that is over": (
        [HEAD.format("NULL"), OVER.format("'2026'")],
        "id 1 of incident one: it is over and has a turn",
    ),
}


def notice(number, incident="one", channel="page"):
    """Make one of several notices of an incident and channel."""
    return Notice(
        incident=incident,
        about=f"number {number}",
        to="supervisor",
        event="CallReceived",
        number=number,
        channel=channel,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """A lane of which one notice is delivered, the next has failed once, and two are behind it."""
    if request.param == "sqlite":
        path = tmp_path / "night.db"
        made = Database(str(path), lambda: sqlite3.connect(path))
    else:
        dsn = request.getfixturevalue("postgres").database()
        made = Database(dsn, lambda: psycopg.connect(dsn))
    with SqlStore.open(made.name, must_exist=False) as store:
        Workflow(load_program("cit"), store, clock=lambda: at(0)).receive(
            received(), incident="one"
        )
        store.notify("default", [notice(number) for number in (1, 2, 3, 4)], at=at(0))
        (first,) = store.claim("default", now=at(1), until=at(2))
        store.delivered("default", first.id, at=at(2))
        (second,) = store.claim("default", now=at(3), until=at(4))
        store.failed("default", second.id, error="no answer", at=at(4), next_at=at(9))
        assert [out.notice.number for out in (first, second)] == [1, 2]
    return made


@pytest.mark.parametrize("name", HARM)
def test_a_turn_that_is_lost_or_forged_is_named_and_found_out_again(database, name):
    """`verify` names the lane and the command that helps; after it every notice goes out, in
    order.
    """
    changes, said = HARM[name]
    with SqlStore.open(database.name) as store:
        before = store.verify("default")
        for change in changes:
            assert database.change(change) == 1
        faults = [fault for fault in store.verify("default") if fault not in before]
    assert said in faults[-1]
    assert all("coresponder outbox STORE --order-anew" in fault for fault in faults)
    listed = CliRunner().invoke(commands, ["outbox", database.name, "--order-anew"])
    assert listed.exit_code == 0, listed.output
    sent = MemoryNotifier()
    with SqlStore.open(database.name) as store:
        assert store.verify("default") == before
        assert store.claim("default", now=at(8), until=at(9)) == ()
        Relay(store=store, notifier=sent, clock=lambda: at(10)).drain()
    assert [one.number for one in sent.sent] == [2, 3, 4]


def test_a_new_notice_is_claimed_when_its_time_has_come(database):
    """A claim takes in as many new notices as it may have, and none of them before its time."""
    with SqlStore.open(database.name) as store:
        store.notify("default", [notice(1, incident) for incident in "abc"], at=at(4))
        first, second = store.claim("default", now=at(4), until=at(5), limit=2)
        assert [first.notice.incident, second.notice.incident] == ["a", "b"]
        store.failed("default", second.id, error="gone", at=at(4), next_at=None)
        store.resend("default", second.id, at=at(7))
        due = [store.claim("default", now=at(m), until=at(20)) for m in (6, 7)]
        assert [[out.notice.incident for out in found] for found in due] == [["a", "c"], ["b"]]
        assert not [fault for fault in store.verify("default") if "--order-anew" in fault]

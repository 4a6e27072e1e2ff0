"""A step writes only the columns that it changes, and the row is then what it would be if all had
been written.
"""

import sqlite3
from contextlib import suppress

import pytest

from coresponder.domain import events as e
from coresponder.errors import Refused, ResponderTaken
from coresponder.program import load_program
from coresponder.simulation.field import START, Field
from coresponder.stores.memory import MemoryStore
from coresponder.stores.projections import lists_of
from coresponder.stores.rows import incident_row
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

NOTED = e.WeaponSeen(at=at(5), by="officer-1")


def row_of(path, incident="one"):
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM coresponder_incident WHERE incident = ?"
        return dict(connection.execute(query, (incident,)).fetchone())


def team_times(path):
    with sqlite3.connect(path) as connection:
        query = "SELECT DISTINCT opened_at, first_due FROM coresponder_team"
        return connection.execute(query).fetchall()


def told(program):
    """The cases of a night, as they were told to a store in memory."""
    flow = Workflow(program, MemoryStore(), clock=lambda: START)
    Field(flow, seed=3).play(12)
    return [flow.case(one.incident) for one in flow.find(limit=12)]


def test_after_each_step_every_column_is_as_if_all_had_been_written(tmp_path):
    """Each column of the incident's row that can change does so in some night, and each row is that
    of the whole case, with the times of those who were sent.
    """
    changed = set()
    for name in ("new-haven-cdcp", "hartford-vt"):
        program, path = load_program(name), tmp_path / f"{name}.db"
        with SqlStore.sqlite(path) as store:
            flow = Workflow(program, store, clock=lambda: START.replace(year=2100))
            for case in told(program):
                before = {}
                for event in case.recorded():
                    with suppress(Refused, ResponderTaken):
                        flow.record(case.id, event)
                    row = row_of(path, case.id)
                    lists = lists_of("default", program, flow.case(case.id))
                    whole = incident_row(lists, "", row["head"])
                    assert row == {column: whole[column] for column in row}
                    changed |= {column for column in before if row[column] != before[column]}
                    before = row
                store.checkpoint("default", at=START)
            assert store.verify("default") == ()
    assert changed >= {"state", "version", "head", "digest", "obligations", "next_due"}
    assert changed >= {"first_due", "disposition"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "night.db"


@pytest.fixture
def flow(path):
    with SqlStore.sqlite(path) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        flow.record("one", e.ResponderArrived(at=at(3), by="officer-1", responder="officer-1"))
        yield flow


def test_a_step_that_changes_no_list_touches_no_index_of_lists(flow):
    """The statement names the version, the head and the digest alone."""
    said = []
    flow.store.connections.mine.cursor.connection.set_trace_callback(said.append)
    flow.record("one", NOTED)
    (update,) = (one for one in said if one.startswith("UPDATE coresponder_incident"))
    names = update.partition(" SET ")[2].partition(" WHERE ")[0]
    assert {part.partition("=")[0].strip() for part in names.split(", ")} == {
        "version",
        "head",
        "digest",
    }
    assert not any("UPDATE coresponder_team" in one for one in said)


DAMAGE = {
    "first_due": "UPDATE coresponder_incident SET first_due = '2020-01-01'",
    "nature": "UPDATE coresponder_incident SET nature = 'other'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_row_that_somebody_else_wrote_is_not_taken_for_the_remembered_one(flow, path, damage):
    """What the lists have of an incident, and no digest covers, is right again after the next step."""
    right = row_of(path)
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    assert row_of(path) != right
    flow.record("one", NOTED)
    for column in ("nature", "first_due"):
        assert row_of(path)[column] == right[column]
    assert team_times(path) == [(right["opened_at"], right["first_due"])]
    assert flow.store.verify("default") == ()


def test_a_step_after_a_checkpoint_of_another_process_is_new_again(flow, path):
    """The remembered row says that no checkpoint lists it, the stored one that one does."""
    with SqlStore.sqlite(path) as other:
        other.checkpoint("default", at=at(61))
    assert row_of(path)["sealed"] == 1
    flow.record("one", NOTED)
    assert row_of(path)["sealed"] == 0
    assert flow.store.verify("default") == ()


def test_a_step_after_one_of_another_process_goes_on_from_it(flow, path):
    """Two processes take turns on one incident; each writes what the other changed meanwhile."""
    with SqlStore.sqlite(path) as store:
        other = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for minute, one in enumerate((other, flow, other, flow), start=6):
            one.record("one", e.WeaponSeen(at=at(minute), by="officer-1"))
    assert row_of(path)["version"] == 6
    assert flow.store.verify("default") == ()

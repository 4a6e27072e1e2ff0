"""What lists have of an incident follows from its log, and can be made anew from it."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received

GOLDEN = Path(__file__).parents[1] / "golden"
LISTS = ("coresponder_obligation", "coresponder_team")
DAMAGE = (
    "DELETE FROM coresponder_obligation",
    "UPDATE coresponder_obligation SET due = '2030-01-01T00:00:00.000000+00:00'",
    "UPDATE coresponder_team SET name = 'officer-2'",
    "DELETE FROM coresponder_team",
    "UPDATE coresponder_incident SET nature = 'other', first_due = NULL",
    "UPDATE coresponder_team SET first_due = NULL",
)


def run(*words):
    found = CliRunner().invoke(commands, [str(word) for word in words])
    return found.exit_code, found.output


def rows(path):
    with sqlite3.connect(path) as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall())
            for table in (*LISTS, "coresponder_incident")
        }


def fill(path, program):
    with SqlStore.sqlite(path) as store:
        flow = Workflow(program, store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        flow.record("one", e.ResponderArrived(at=at(3), by="officer-1", responder="officer-1"))
        high = Screening(level="high")
        flow.record("one", e.Screened(at=at(4), by="officer-1", person="p-1", screening=high))
        flow.feed()


@pytest.mark.parametrize("damage", DAMAGE)
def test_lists_that_were_changed_are_named_and_made_anew(tmp_path, damage):
    """`verify` names what does not follow from the log; after `rebuild` every row is as before."""
    path = tmp_path / "night.db"
    fill(path, load_program("cit"))
    before = rows(path)
    assert all(before.values())
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    code, said = run("verify", path)
    assert (code, "coresponder rebuild STORE" in said) == (1, True), said
    assert run("rebuild", path) == (0, "1 of 1 incidents are on the lists\n")
    assert rows(path) == before
    assert run("verify", path)[0] == 0


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_migrated_store_is_on_the_lists(tmp_path, version):
    """The migration lists every incident; making the lists anew changes nothing of them."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript((GOLDEN / f"store.v{version}.sql").read_text())
    connection.close()
    SqlStore.migrate(path)
    lists = {table: rows(path)[table] for table in LISTS}
    assert lists["coresponder_obligation"]
    assert all(row[2] for row in lists["coresponder_obligation"])
    assert run("rebuild", path)[0] == 0
    assert {table: rows(path)[table] for table in LISTS} == lists
    assert run("verify", path)[0] == 0


def test_one_incident_that_cannot_be_read_is_named_and_the_others_are_listed(tmp_path):
    """It stands marked among what is owed; the others are on the lists all the same."""
    path = tmp_path / "night.db"
    fill(path, load_program("cit"))
    with SqlStore.sqlite(path) as store:
        Workflow(load_program("cit"), store, clock=lambda: at(60)).receive(
            received(), incident="two"
        )
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE coresponder_event SET body = '{' WHERE incident = 'two'")
        connection.execute("DELETE FROM coresponder_obligation")
    code, said = run("rebuild", path)
    assert (code, "incident two: " in said, "1 of 2 incidents" in said) == (1, True, True), said
    with SqlStore.sqlite(path) as store:
        assert store.unlisted("default") == ("two",)
    assert {row[1] for row in rows(path)["coresponder_obligation"]} == {"one", "two"}


def test_a_program_built_in_python_is_given_to_rebuild(tmp_path):
    """It is not in the store, so whoever built it hands it over."""
    path, built = tmp_path / "night.db", load_program("cit")
    fill(path, built)
    before = rows(path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM coresponder_program")
        connection.execute("DELETE FROM coresponder_team")
    with SqlStore.sqlite(path) as store:
        assert store.rebuild("default")[0].startswith("incident one: ")
        assert store.unlisted("default") == ("one",)
        assert store.rebuild("default", programs={built.name: built}) == ()
    assert rows(path) == before

"""The commands of whoever keeps a store running, as that person types them."""

import json
import sqlite3
from importlib import resources

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.program import load_program, shipped_programs
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.test_schema import KEPT


def call(*words):
    found = CliRunner().invoke(commands, [str(word) for word in words])
    return found.exit_code, found.output


@pytest.fixture(params=["sqlite", "postgresql"])
def name(request, tmp_path):
    """A store with one incident, for which nobody could be sent."""
    name = (
        str(tmp_path / "night.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    with SqlStore.open(name, must_exist=False) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="2026-004711")
        flow.record("2026-004711", e.TeamUnavailable(at=at(2), by="dispatcher-1"))
    return name


def test_the_outbox_is_listed_and_what_was_given_up_is_sent_again(name):
    """A dead letter is seen with its reason (exit 1), re-sent by its number or all at once, and
    waits again (exit 0).
    """
    code, said = call("outbox", name)
    assert (code, "1 wait, 0 were given up" in said) == (0, True), said
    assert "to supervisor: team unavailable: incident 2026-004711 (event 2)" in " ".join(
        said.split()
    )
    with SqlStore.open(name) as store:
        out = store.claim("default", now=at(61), until=at(62))[0]
        store.failed("default", out.id, error="DeliveryFailed: 410 Gone", at=at(61), next_at=None)
    code, said = call("outbox", name)
    assert code == 1
    assert "given up" in said
    assert "[1 attempts; DeliveryFailed: 410 Gone]" in said
    assert f"Next: coresponder outbox {name} --resend ID" in said
    code, said = call("outbox", name, "--format", "json")
    assert json.loads(said)["given_up"][0]["error"] == "DeliveryFailed: 410 Gone"
    code, said = call("outbox", name, "--resend", out.id, "--now", "2026-03-02T14:00:00Z")
    assert (code, f"{out.id} will be tried again" in said) == (0, True), said
    with SqlStore.open(name) as store:
        assert store.claim("default", now=at(121), until=at(122))[0].key == out.key
        store.failed("default", out.id, error="again", at=at(122), next_at=None)
    code, said = call("outbox", name, "--resend", "all", "--format", "json")
    assert json.loads(said)["resent"] == [out.id]
    code, said = call("outbox", name, "--resend", out.id)
    assert (code, "no notice" in said) == (2, True), said
    assert call("outbox", name, "--resend", "first")[0] == 2


def test_a_tick_tells_what_is_overdue_once(tmp_path):
    """Run every minute it says each thing once."""
    program = tmp_path / "mine.toml"
    program.write_text(
        '[program]\nid = "mine"\nversion = "1"\ntitle = "Mine"\n'
        '[[policy]]\nid = "arrive"\ntemplate = "response"\na = "CallReceived"\nb = "ResponderArrived"\nwithin = "20 min"\nauthority = "local choice"\n'
        '[[notice]]\nto = "supervisor"\non = "overdue"\nfields = ["what", "incident.call.nature"]\nchannel = "page"\n'
        '[[notice]]\nto = "clinician"\non = "due_soon"\nbefore = "5 min"\n'
    )
    store = tmp_path / "night.db"
    with SqlStore.sqlite(store) as opened:
        Workflow(load_program(program), opened, clock=lambda: at(60)).receive(
            received(), incident="one"
        )
    assert call("tick", store, "--now", "2026-03-02T12:10:00Z")[1] == "0 new notices\n"
    assert call("tick", store, "--now", "2026-03-02T12:16:00Z")[1] == "1 new notices\n"
    assert call("tick", store, "--now", "2026-03-02T12:17:00Z")[1] == "0 new notices\n"
    assert json.loads(
        call("tick", store, "--now", "2026-03-02T12:30:00Z", "--format", "json")[1]
    ) == {"new": 1}
    said = " ".join(call("outbox", store)[1].split())
    assert (
        "to clinician: Due soon: incident one (policy arrive, due 2026-03-02 12:20 +00:00)" in said
    )
    assert (
        "to supervisor: Overdue: incident one (policy arrive, due 2026-03-02 12:20 +00:00, what Record “responder arrived”, call.nature psychosis)"
        in said
    )


def test_schema_is_printed_and_migrate_runs(tmp_path):
    """For a host that runs its own migrations, and for one that does not."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(KEPT[1])
    connection.close()
    code, said = call("verify", path)
    assert code == 2
    assert "coresponder migrate STORE" in said
    assert call("migrate", path) == (0, "schema version 1 became 10\n")
    assert call("migrate", path) == (0, "schema version 10: nothing to do\n")
    assert call("verify", path)[0] == 0
    code, said = call("schema", "postgresql", "--row-security", "--role", "north_app=north")
    assert code == 0
    assert "CREATE POLICY coresponder_agency ON coresponder_event" in said
    assert "INSERT INTO coresponder_access VALUES ('north_app', 'north')" in said
    assert call("schema", "sqlite", "--since", "1")[1].startswith("ALTER TABLE")
    for words in (
        ("sqlite", "--row-security"),
        ("postgresql", "--role", "a=b"),
        ("postgresql", "--row-security", "--role", "a"),
        ("sqlite", "--since", "11"),
    ):
        assert call("schema", *words)[0] == 2
    assert call("migrate", tmp_path / "none.db")[0] == 2


def test_every_command_takes_a_postgresql_store(postgres):
    """A DSN stands wherever a file does: run, due, timeline, permitted, verify, tick."""
    dsn = postgres.database()
    assert call("run", "cit", "--incidents", "3", "--store", dsn)[0] == 0
    for words in (
        ("due",),
        ("timeline", "night-1-00001"),
        ("permitted", "night-1-00001"),
        ("tick",),
        ("verify",),
    ):
        code, said = call(words[0], dsn, *words[1:])
        assert code == 0, said
    written = resources.files("coresponder.programs").joinpath("cit.roster.csv")
    asked = ("--program", "cit", "--now", "2026-03-02T12:00:00Z")
    with resources.as_file(written) as path:
        code, said = call("roster", "import", path, "--program", "cit", "--store", dsn)
        assert code == 0, said
        assert call("roster", "show", dsn, *asked)[1].startswith("31 responders, 6 on a shift")
        week = ("coverage", "cit", "--from", "2026-03-02", "--roster")
        assert call(*week, dsn) == call(*week, path)
    assert call("verify", "postgresql://tester@/none?host=/nowhere")[0] == 2
    assert "write it like 'postgresql://user@host/database'" in call("verify", "mysql://x")[1]


@pytest.mark.parametrize("program", shipped_programs())
def test_the_supervisor_is_told_what_is_overdue_after_a_night(program, tmp_path):
    """Of a shipped program as it is: what the night left undone is told once, by time alone, and
    waits for a relay.
    """
    path, incidents = tmp_path / "night.db", 60
    assert call("run", program, "--incidents", incidents, "--seed", 6, "--store", path)[0] == 0
    code, said = call("tick", path)
    new = int(said.split()[0])
    assert (code, new > 0) == (0, True)
    assert call("tick", path)[1].startswith("0 new notices")
    waiting = [
        line
        for agency in ("default", "default.roster")
        for line in call("outbox", path, "--agency", agency)[1].splitlines()
        if line.startswith("waits")
    ]
    assert len(waiting) == new
    assert all("to supervisor: Overdue: incident" in line for line in waiting)


@pytest.mark.parametrize("command", ["verify", "due", "tick", "outbox"])
def test_a_misspelt_agency_is_no_empty_answer(name, command):
    """That nothing is owed, or that every row is sound, is not said of an agency that has nothing
    here; of an empty store it is true.
    """
    code, said = call(command, name, "--agency", "defualt")
    assert code == 2
    assert (
        "agency 'defualt' has no incidents here, choose another with --agency; did you mean 'default'?"
        in said
    )


def test_an_empty_store_is_sound(tmp_path):
    """Nothing was written yet."""
    SqlStore.sqlite(tmp_path / "new.db").close()
    assert call("verify", tmp_path / "new.db")[0] == 0


def test_a_store_given_for_a_program_is_told_which_commands_read_it(tmp_path):
    """A store is no program: the answer says so, and names commands that read a store."""
    name = tmp_path / "night.db"
    SqlStore.sqlite(name).close()
    for arguments in (("check", name), ("show", name), ("diff", "cit", name), ("run", name)):
        code, said = call(*arguments)
        assert code == 2
        assert f"{name} is a store, and a program belongs here" in said
        assert f"coresponder due {name}" in said


def test_diff_refuses_a_program_given_for_a_store():
    """The remedy is to give the file that `run` wrote, before the long comparison begins."""
    code, said = call("diff", "cit", "hartford-vt", "--store", "cit")
    assert code == 2
    assert "cit is a program, and this command reads a store" in said

"""A snapshot is used only if it is the case that the store gives; whatever happens to it, the answer
is that of the log.
"""

import json
import os
import sqlite3
import stat
import subprocess
import sys

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.domain import events as e
from coresponder.errors import StoreUnavailable
from coresponder.program import load_program, shipped_programs
from coresponder.stores import snapshots as room
from coresponder.stores.memory import MemoryStore
from coresponder.stores.snapshots import Snapshots
from coresponder.stores.sql import SqlStore
from tests.conftest import SMALL, at
from tests.journeys import histories

NAMES = [name for name in shipped_programs() if name not in SMALL]
PROGRAMS = {name: load_program(name) for name in NAMES}
CIT = PROGRAMS["cit"]
STORY = (
    e.CallReceived(at=at(0), by="d-1", source="911", nature=co.Nature.PSYCHOSIS),
    e.PersonInvolved(at=at(3), by="o-1", person="p-1", role="person_in_crisis"),
    e.ResponderArrived(at=at(4), by="o-1", responder="o-1"),
    e.WeaponSeen(at=at(2), by="o-1"),
    e.EnteredInError(at=at(5), by="o-1", event=4, reason="wrong_incident"),
    e.FollowUpScheduled(at=at(9), by="o-1", follow_up="f-1", kind="phone_call", due=at(9000)),
    e.PersonIdentified(at=at(10), by="o-1", person="p-1", identified_as="p-2"),
)


@pytest.fixture
def kept(tmp_path):
    with Snapshots.open(tmp_path / "snapshots") as made:
        yield made


@pytest.fixture
def store(tmp_path):
    with SqlStore.sqlite(tmp_path / "s.db") as made:
        yield made


def process(store, snapshots=None, program=CIT):
    """A workflow that knows no case yet, as a new process does not."""
    return co.Workflow(program, store, snapshots=snapshots, clock=lambda: at(10**6))


def told(store, snapshots, events=STORY):
    """Record a story, and have one process fold it."""
    process(store).replay("i-1", events)
    return process(store, snapshots).case("i-1")


def rows(snapshots):
    return snapshots._db.execute("SELECT * FROM snapshot").fetchall()


def changed(snapshots, **values):
    """Change columns of the only snapshot, and sign it again if no digest is given."""
    row = dict(
        zip(
            ("agency", "incident", "program", "made_by", "version", "head", "body", "digest"),
            rows(snapshots)[0],
            strict=True,
        )
    )
    row |= values
    if "digest" not in values:
        row["digest"] = room._digest(*(row[name] for name in row if name != "digest"))
    snapshots._db.execute("DELETE FROM snapshot")
    snapshots._db.execute(room._KEEP, tuple(row.values()))


def used(snapshots, incident="i-1", program=CIT):
    return snapshots.get("default", incident, {program.name: program}.__getitem__)


@pytest.mark.parametrize("name", NAMES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(history=histories(), cut=st.integers(1, 14))
def test_a_case_of_any_history_is_read_back_as_it_was_folded(name, history, cut, tmp_path_factory):
    """In order, late, out of place and with any fields: a snapshot of every case can be kept, equals
    what was folded, and goes on as it does.
    """
    program, store = PROGRAMS[name], MemoryStore()
    with Snapshots.open(tmp_path_factory.mktemp("kept") / "file") as kept:
        process(store, program=program).replay("i-1", history[:cut])
        process(store, kept, program).case("i-1")
        case, _ = used(kept, program=program)
        assert case == program.replay("i-1", history[:cut])
        assert repr(case.findings) == repr(program.replay("i-1", history[:cut]).findings)
        assert program.resume(case, history[cut:]) == program.replay("i-1", history)


def test_a_case_is_folded_once_for_all_processes(store, kept):
    """The second process reads no event again: it takes the snapshot, with voids, identities and
    events that came late.
    """
    folded = told(store, kept)
    assert process(store, kept).case("i-1") == folded
    assert kept._kept == 1  # whoever folds keeps
    assert folded.findings.voided
    assert folded.findings.who
    assert folded.findings.numbers


def test_a_snapshot_goes_on_with_what_was_recorded_since(store, kept):
    """A snapshot that is behind is brought up to date, for reading and for a step."""
    told(store, kept)
    process(store).record("i-1", e.ForceUsed(at=at(20), by="o-1", kind="hands_on"))
    assert process(store, kept).case("i-1") == process(store).case("i-1")
    step = process(store, kept).record("i-1", e.SceneCleared(at=at(30), by="o-1"))
    assert step.case == process(store).case("i-1")


@pytest.mark.parametrize(
    "column", ["agency", "incident", "program", "made_by", "version", "head", "body", "digest"]
)
def test_a_changed_column_is_not_trusted(store, kept, column):
    """Whatever column is changed, the case is folded from the log."""
    folded = told(store, kept)
    number, text = rows(kept)[0][4], rows(kept)[0][6]
    digest = rows(kept)[0][7]
    new = {"version": number + 1, "body": text.replace("p-2", "p-3")}.get(column, "x")
    changed(kept, **{"digest": digest, column: new})
    assert used(kept) is None
    assert process(store, kept).case("i-1") == folded


def leaves(value, path=()):
    if isinstance(value, dict | list) and value:
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*path, key))
    else:
        yield path


def test_no_value_of_a_case_can_be_changed(store, kept):
    """Every single value of the body is changed in turn; the case stays that of the log."""
    folded = told(store, kept)
    row = rows(kept)[0]
    paths = list(leaves(json.loads(row[6])))
    assert len(paths) > 100
    for path in paths:
        body = json.loads(row[6])
        at_it = body
        for key in path[:-1]:
            at_it = at_it[key]
        old = at_it[path[-1]]
        at_it[path[-1]] = 1 if old is None else old + 1 if type(old) is int else None
        changed(kept, body=json.dumps(body, separators=(",", ":")), digest=row[7])
        assert used(kept) is None, path
        assert process(store, kept).case("i-1") == folded


def test_another_code_or_another_program_does_not_use_it(store, kept):
    """A snapshot is of the code and the declaration that folded it: a release with another fold, or a
    program of the same name with one rule fewer, folds again.
    """
    told(store, kept)
    assert used(kept) is not None
    assert used(kept, program=attrs.evolve(CIT, policies=CIT.policies[:-1])) is None
    changed(kept, made_by="an earlier release")
    assert used(kept) is None


@pytest.mark.parametrize("body", ["{}", "no JSON", '{"incident": 1}', "[]"])
def test_a_body_that_cannot_be_read_is_not_used(store, kept, body):
    """Even under a digest that fits, the case is folded again."""
    folded = told(store, kept)
    changed(kept, body=body)
    assert used(kept) is None
    assert process(store, kept).case("i-1") == folded


def test_a_store_that_has_something_else_is_asked(tmp_path, kept):
    """After a restored backup, or in another store, the events of the same number are others: the
    snapshot is of no use, and is deleted.
    """
    with SqlStore.sqlite(tmp_path / "a.db") as one, SqlStore.sqlite(tmp_path / "b.db") as other:
        told(one, kept)
        process(other).replay("i-1", STORY[:3])
        head = rows(kept)[0][5]
        assert process(other, kept).case("i-1").recorded() == STORY[:3]
        assert rows(kept)[0][5] != head
        assert process(one, kept).case("i-1").recorded() == STORY


def test_an_incident_that_is_gone_is_not_there(tmp_path, kept):
    """A snapshot never answers for a store that has no such incident."""
    with SqlStore.sqlite(tmp_path / "a.db") as one, SqlStore.sqlite(tmp_path / "b.db") as other:
        told(one, kept)
        with pytest.raises(co.NotFound):
            process(other, kept).case("i-1")
        assert rows(kept) == []


def test_what_is_not_committed_is_not_kept(store, kept):
    """A batch may be undone, so no snapshot is made in it."""
    process(store).replay("i-1", STORY)
    with store.batch():
        process(store, kept).case("i-1")
    assert rows(kept) == []


def test_code_of_the_programs_own_is_not_kept(kept):
    """The code of an own event type may change unseen: its program folds each time."""

    @attrs.frozen(kw_only=True, weakref_slot=False)
    class DroneSeen(e.Fact):
        """A drone was seen."""

    store, program = MemoryStore(), attrs.evolve(CIT, events=(DroneSeen,))
    process(store, program=program).replay("i-1", STORY[:2])
    process(store, kept, program).case("i-1")
    assert rows(kept) == []


def test_the_oldest_go(kept, monkeypatch):
    """About `most` snapshots stay, the newest ones."""
    monkeypatch.setattr(room, "_TRIMMED_EVERY", 2)
    store, few = MemoryStore(), attrs.evolve(kept, most=3)
    for number in range(9):
        process(store).replay(f"i-{number}", STORY[:2])
        process(store, few).case(f"i-{number}")
    assert [row[1] for row in rows(few)] == ["i-6", "i-7", "i-8"]


def test_another_process_uses_it(store, kept, tmp_path):
    """A process with another hash seed, which orders sets otherwise, takes the snapshot too."""
    told(store, kept)
    code = (
        "import sys, coresponder as co\n"
        "from coresponder.stores.snapshots import Snapshots\n"
        "found = Snapshots.open(sys.argv[1]).get('default', 'i-1', lambda _: co.load_program('cit'))\n"
        "print(found is not None)"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, str(kept.path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == "True\n"


def test_a_file_with_a_fault_stops_nobody(store, kept, caplog):
    """A file that was damaged or closed is named in the log, and the store answers."""
    folded = told(store, kept)
    kept._db.execute("DROP TABLE snapshot")
    assert process(store, kept).case("i-1") == folded
    assert "delete the file" in caplog.text
    kept.close()
    assert process(store, kept).case("i-1") == folded


def test_a_file_that_somebody_writes_is_not_waited_for(store, kept):
    """While another process holds the file, a case is folded and not kept; reading goes on."""
    process(store).replay("i-1", STORY)
    with sqlite3.connect(kept.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        folded = process(store, kept).case("i-1")
        assert rows(kept) == []
        other.execute("ROLLBACK")
    assert process(store, kept).case("i-1") == folded
    assert used(kept) is not None


def test_another_database_is_refused(tmp_path, store):
    """The store's own file, or any other, is not written by mistake."""
    for file in (tmp_path / "s.db", tmp_path):
        with pytest.raises(StoreUnavailable, match="cannot keep snapshots"):
            Snapshots.open(file)
    (tmp_path / "text").write_text("no database, but longer than the header of one" * 10)
    with pytest.raises(StoreUnavailable, match="cannot keep snapshots"):
        Snapshots.open(tmp_path / "text")


def test_only_the_owner_may_read_it(kept):
    """The file is not for others on the machine."""
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600

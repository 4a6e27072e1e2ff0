"""What a process knows of a case is made up to date by what others recorded since, and by nothing
else: it is always the case that a replay of the store gives.
"""

import contextlib
import shutil
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import coresponder as co
from coresponder.domain import events as e
from coresponder.domain.vocabulary import OverrideReason
from coresponder.errors import CorruptRecord, InvalidEvent, Refused, ResponderTaken, VersionConflict
from coresponder.program import Override, load_program, shipped_programs
from coresponder.stores.codec import events_of
from coresponder.stores.sql import SqlStore
from tests.conftest import at
from tests.journeys import histories

PROGRAMS = {name: load_program(name) for name in shipped_programs()}
OVERRIDE = Override(by="sergeant-1", reason=OverrideReason.SUPERVISOR_ORDER)
BY = {"by": "officer-1"}


def received(minutes=0):
    return e.CallReceived(
        at=at(minutes), by="dispatcher-1", source="911", nature=co.Nature.PSYCHOSIS
    )


def note(minutes):
    return e.WeaponSeen(at=at(minutes), **BY)


@pytest.fixture
def desks(tmp_path):
    """Two processes on one store, as far as what they know goes."""
    with SqlStore.sqlite(tmp_path / "s.db") as one, SqlStore.sqlite(tmp_path / "s.db") as other:
        program = PROGRAMS["cit"]
        yield tuple(co.Workflow(program, store, clock=lambda: at(10**6)) for store in (one, other))


def replayed(store, program, incident):
    return program.replay(
        incident, events_of(store.load("default", incident).rows, program.vocabulary, incident)
    )


@pytest.mark.parametrize("name", PROGRAMS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(history=histories(), data=st.data())
def test_what_several_processes_know_equals_the_replay(name, history, data, tmp_path_factory):
    """Each records in turn: in order, late, overridden, voided. None ever answers from a case that
    the store no longer has, and none replays a case that it knows.
    """
    file, program = tmp_path_factory.mktemp("known") / "s.db", PROGRAMS[name]
    stores = [SqlStore.sqlite(file) for _ in range(3)]
    desks = [co.Workflow(program, store, clock=lambda: at(10**6)) for store in stores]
    desks[0].receive(received(), incident="one")
    for event in history:
        desk, how = data.draw(st.sampled_from(desks)), data.draw(st.integers(0, 3))
        given, step = {"override": OVERRIDE} if how == 1 else {}, event
        if how == 2:
            number = data.draw(st.integers(1, desk.case("one").version))
            step = e.EnteredInError(at=event.at, event=number, reason="duplicate", **BY)
        with contextlib.suppress(Refused, InvalidEvent, ResponderTaken):
            desk.record("one", step, **given)
        if how == 3:
            reader = data.draw(st.sampled_from(desks))
            assert reader.case("one") == replayed(stores[0], program, "one")
    for desk in desks:
        assert desk.case("one") == replayed(stores[0], program, "one")
    for store in stores:
        store.close()


def test_only_what_is_new_is_read(desks, monkeypatch):
    """A case that is known is never read whole again because somebody else recorded a step."""
    one, other = desks
    one.receive(received(), incident="one")
    other.case("one")
    for desk in desks:
        monkeypatch.setattr(type(desk.store), "load", None)
    one.record("one", note(1))
    other.record("one", note(2))
    assert one.case("one") == other.case("one")
    assert one.case("one").version == 3


def test_a_refusal_is_by_what_the_store_has(desks):
    """A process that knows an old case does not refuse what another one has made possible."""
    one, other = desks
    one.receive(received(), incident="one")
    seen = other.case("one")
    given = e.ConsentGiven(at=at(5), person="person-1", scope=co.ConsentScope.SERVICES, **BY)
    one.record("one", given)
    referral = {"referral": "r-1", "person": "person-1"}
    one.record("one", e.ReferralOffered(at=at(6), need=co.Need.HOUSING, **referral, **BY))
    sent = e.ReferralSent(at=at(7), **referral, **BY)
    assert other.program.refusals(seen, sent)
    assert other.record("one", sent).accepted


def test_an_event_of_another_process_can_be_voided(desks):
    """Its number is one that this process did not know yet."""
    one, other = desks
    one.receive(received(), incident="one")
    other.case("one")
    one.record("one", note(1))
    voided = e.EnteredInError(at=at(3), event=2, reason="duplicate", **BY)
    assert other.record("one", voided).case.findings.voided == {2}
    with pytest.raises(InvalidEvent, match="no event 9"):
        other.record("one", e.EnteredInError(at=at(4), event=9, reason="duplicate", **BY))


def test_a_version_that_is_expected_is_compared_with_the_newest(desks):
    """The caller saw what another process wrote, or did not."""
    one, other = desks
    one.receive(received(), incident="one")
    other.case("one")
    one.record("one", note(1))
    assert other.record("one", note(2), expected=2).case.version == 3
    with pytest.raises(VersionConflict) as stale:
        one.record("one", note(3), expected=2)
    assert stale.value.found == 3


def test_a_restored_backup_is_read_whole(tmp_path):
    """A backup that was put back, and went on in another way, is another history of the same length."""
    file, backup = tmp_path / "s.db", tmp_path / "backup.db"
    program = PROGRAMS["cit"]

    def desk():
        return co.Workflow(program, SqlStore.sqlite(file), clock=lambda: at(10**6))

    first = desk()
    first.receive(received(), incident="one")
    first.store.close()
    shutil.copy(file, backup)
    knows = desk()
    knows.record("one", note(1))
    before = knows.case("one")
    rows = sqlite3.connect(file)
    rows.execute("DELETE FROM coresponder_event WHERE number = 2")
    old = sqlite3.connect(backup).execute("SELECT * FROM coresponder_incident").fetchone()
    names = [c[1] for c in rows.execute("PRAGMA table_info(coresponder_incident)")]
    rows.execute(f"UPDATE coresponder_incident SET {', '.join(f'{n} = ?' for n in names)}", old)
    rows.commit()
    desk().record("one", e.ForceUsed(at=at(1), kind="hands_on", **BY))
    after = knows.case("one")
    assert after.version == before.version
    assert after != before
    assert after == replayed(knows.store, program, "one")


@pytest.mark.parametrize("column", ["body", "digest"])
def test_a_row_that_was_changed_is_told(desks, column, tmp_path):
    """Also where only the new rows are read."""
    one, other = desks
    one.receive(received(), incident="one")
    other.case("one")
    one.record("one", note(1))
    rows = sqlite3.connect(tmp_path / "s.db")
    rows.execute(f"UPDATE coresponder_event SET {column} = '{{}}' WHERE number = 2")
    rows.commit()
    with pytest.raises(CorruptRecord, match="event 2 was changed"):
        other.case("one")


def test_a_batch_reads_an_incident_once(tmp_path, monkeypatch):
    """Each step of a batch goes on from the one before it, so a batch costs what its steps cost."""
    loads = []
    monkeypatch.setattr(
        SqlStore, "load", lambda *given, load=SqlStore.load: loads.append(given) or load(*given)
    )
    with SqlStore.sqlite(tmp_path / "s.db") as store:
        desk, other = (co.Workflow(PROGRAMS["cit"], store, clock=lambda: at(10**6)) for _ in "ab")
        desk.receive(received(), incident="i-1")
        with store.batch():
            for minute in range(1, 9):
                other.record("i-1", note(minute))
        assert len(loads) == 1
        assert other.case("i-1") == replayed(store, PROGRAMS["cit"], "i-1")


def test_what_a_batch_lost_is_decided_on_by_nobody(tmp_path):
    """After a part of the host's transaction was rolled back and something else was recorded under
    the same number, the next step is decided on what is there.
    """
    program = PROGRAMS["cit"]
    with SqlStore.sqlite(tmp_path / "s.db") as store:
        co.Workflow(program, store, clock=lambda: at(10**6)).receive(received(), incident="i-1")
    host = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    desk, other = (
        co.Workflow(program, SqlStore.sqlite(tmp_path / "s.db"), clock=lambda: at(10**6))
        for _ in "ab"
    )
    host.execute("BEGIN IMMEDIATE")
    one, two = desk.within(host), other.within(host)
    host.execute("SAVEPOINT part")
    one.record("i-1", note(1))
    host.execute("ROLLBACK TO part")
    two.record("i-1", e.ResponderArrived(at=at(1), responder="o-1", **BY))
    step = one.record("i-1", note(3))
    assert [type(event) for event in step.case.recorded()] == [
        e.CallReceived,
        e.ResponderArrived,
        e.WeaponSeen,
    ]
    host.execute("COMMIT")
    assert desk.case("i-1") == step.case
    host.close()

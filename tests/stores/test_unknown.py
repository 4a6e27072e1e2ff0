"""The answer to a commit is lost on the way: the step is written once, and whoever asked is told
what is known.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from coresponder.domain import events as e
from coresponder.errors import OutcomeUnknown, RequestTaken, StoreUnavailable, VersionConflict
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import received
from tests.stores.wire import Wire

SEEN = e.WeaponSeen(at=at(3), by="officer-2")


@pytest.fixture
def wire(postgres):
    dsn = postgres.database()
    SqlStore.postgresql(dsn).close()
    found = Wire(dsn)
    yield found
    found.close()


@pytest.mark.parametrize("engages", [False, True])
def test_a_step_whose_answer_is_lost_is_looked_for_and_not_doubled(wire, engages):
    """The workflow finds it under the request that was made for it; in one statement and in a
    transaction of several.
    """
    with SqlStore.postgresql(wire.dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        event = (
            e.ResponderArrived(at=at(3), by="officer-2", responder="officer-2", role="cit_officer")
            if engages
            else SEEN
        )
        wire.losses = 1
        step = flow.record("one", event)
        assert (wire.losses, step.events, step.case.version) == (0, (event,), 2)
        assert [row.number for row in store.load("default", "one").rows] == [1, 2]
        assert store.verify("default") == ()


def test_an_outcome_that_stays_unknown_is_said_with_the_request_that_settles_it(wire):
    """It is not told as a failure; from another process, later, the same request returns the step,
    and without one it would be doubled.
    """
    with SqlStore.postgresql(wire.dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")

        def cut(step, write=store.append):
            wire.shut = True
            write(step)

        wire.losses, lossy = 1, Workflow(flow.program, Cut(store, cut), clock=flow.clock)
        with pytest.raises(
            OutcomeUnknown, match="so the outcome is unknown.*record it again with request="
        ) as told:
            lossy.record("one", SEEN)
        wire.shut = False
    with SqlStore.postgresql(wire.dsn) as again:
        later = Workflow(load_program("cit"), again, clock=lambda: at(60 * 24))
        assert later.record("one", SEEN, request=told.value.request).case.version == 2
        assert again.version("default", "one") == 2


class Cut:
    """A store to which the way is cut while it writes."""

    def __init__(self, store, append):
        self.store, self.append = store, append

    def __getattr__(self, name):
        return getattr(self.store, name)


def test_a_failure_that_is_known_is_told_as_one(postgres):
    """The server answered that it did not write."""
    dsn = postgres.database()
    with SqlStore.postgresql(dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "ALTER TABLE coresponder_event ADD CONSTRAINT no_weapons CHECK (kind <> 'WeaponSeen')"
            )
        with pytest.raises(StoreUnavailable, match="nothing of this step was written"):
            flow.record("one", SEEN)


def test_all_of_a_group_are_told_that_the_outcome_is_unknown(postgres, wire):
    """Those who shared the commit that was lost find their steps, each its own, once."""
    with SqlStore.postgresql(wire.dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        for number in range(16):
            flow.receive(received(), incident=f"i-{number}")
        wire.losses = 3
        with ThreadPoolExecutor(16) as pool:
            steps = list(pool.map(lambda number: flow.record(f"i-{number}", SEEN), range(16)))
        assert [step.case.version for step in steps] == [2] * 16
        assert {store.version("default", f"i-{number}") for number in range(16)} == {2}
        assert store.verify("default") == ()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_who_repeat_one_request_get_one_step(kind, tmp_path, request):
    """Every one of them is given the step, and it is there once."""
    where = (
        tmp_path / "x.db" if kind == "sqlite" else request.getfixturevalue("postgres").database()
    )
    with SqlStore.open(where, must_exist=False) as store:
        flows = [Workflow(load_program("cit"), store, clock=lambda: at(60)) for _ in range(3)]
        with ThreadPoolExecutor(12) as pool:
            opened = list(
                pool.map(
                    lambda n: flows[n % 3].receive(received(), request="cad-1").case.id, range(12)
                )
            )
            steps = list(
                pool.map(lambda n: flows[n % 3].record(opened[0], SEEN, request="cad-2"), range(24))
            )
        assert len(set(opened)) == 1
        assert {step.events for step in steps} == {(SEEN,)}
        assert store.version("default", opened[0]) == 2


def test_the_cache_is_changed_under_its_lock_alone():
    """A step that is committed never fails because another thread let the case go meanwhile."""
    from coresponder.stores.recent import Recent

    cache, faults = Recent(2), []

    def work(number):
        try:
            for turn in range(20_000):
                cache.keep(turn % 3, number)
                cache.drop((turn + number) % 3)
        except KeyError as fault:
            faults.append(fault)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    assert faults == []
    assert len(cache) <= 2


def test_a_request_is_told_where_a_step_cannot_be_put():
    """What is raised says which request it was, in another process too."""
    import pickle

    for fault in (RequestTaken("cad-2"), OutcomeUnknown("database x", "gone", "cad-2")):
        again = pickle.loads(pickle.dumps(fault))
        assert (str(again), again.request) == (str(fault), "cad-2")


def test_a_history_whose_answer_is_lost_is_looked_for(wire):
    """It is taken once; the same again is told that it is there."""
    history = [received(), e.TeamUnavailable(at=at(1), by="dispatcher-1")]
    with SqlStore.postgresql(wire.dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        wire.losses = 1
        assert flow.replay("one", history).version == 2
        assert wire.losses == 0
        with pytest.raises(VersionConflict):
            flow.replay("one", history)
        assert flow.verify() == ()


def test_a_note_whose_answer_is_lost_is_there_once_with_its_words(wire):
    """One transaction: no words without their event, and no second copy of them."""
    with SqlStore.postgresql(wire.dsn) as store:
        flow = Workflow(load_program("cit"), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        wire.losses = 1
        flow.note(
            "one",
            "what was said",
            at=at(1),
            by="clinician-1",
            audience="clinical",
            subject="person-1",
        )
        assert (
            wire.losses,
            store.version("default", "one"),
            store.forget("default", "person-1"),
        ) == (0, 2, 1)

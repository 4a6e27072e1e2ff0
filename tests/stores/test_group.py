"""Group commit: who waits shares a commit, and nobody is left waiting, whatever happens to the one
who leads.
"""

import asyncio
import threading

import pytest
from sqlalchemy.util import await_only, greenlet_spawn

from coresponder.errors import OutcomeUnknown, StoreUnavailable, VersionConflict
from coresponder.stores import group as module
from coresponder.stores.group import GroupCommit, TaskGroupCommit


class Writes:
    """Notes the groups that it was given; the first write waits until it is let go."""

    def __init__(self, answer=lambda steps: [None] * len(steps)):
        self.groups, self.answer, self.begun, self.go = (
            [],
            answer,
            threading.Event(),
            threading.Event(),
        )

    def __call__(self, steps):
        first = not self.groups
        self.groups.append(list(steps))
        if first:
            self.begun.set()
            assert self.go.wait(20)
        return self.answer(steps)

    def alone(self, step):
        (refused,) = self([step])
        if refused is not None:
            raise refused


def crowd(writes, count=8):
    """One leads; the others come while it writes. Return what each came to."""
    commit, results = GroupCommit(writes.alone, writes), {}

    def run(number):
        try:
            commit(number)
        except BaseException as error:
            results[number] = error
        else:
            results[number] = None

    threads = [threading.Thread(target=run, args=(0,))]
    threads[0].start()
    assert writes.begun.wait(20)
    for number in range(1, count):
        threads.append(threading.Thread(target=run, args=(number,)))
        threads[-1].start()
    while len(commit._waiting) < count - 1:
        threading.Event().wait(0.001)
    writes.go.set()
    for thread in threads:
        thread.join(20)
    assert not commit._busy
    assert commit._waiting == []
    return results


def test_those_who_come_while_one_writes_share_the_next_commit():
    """Two transactions for eight steps, in the order in which they came."""
    writes = Writes()
    assert set(crowd(writes).values()) == {None}
    assert [len(group) for group in writes.groups] == [1, 7]
    assert sorted(writes.groups[1]) == list(range(1, 8))


def test_one_that_is_refused_is_refused_alone():
    """The others of its group go through."""
    found = crowd(
        Writes(
            lambda steps: [VersionConflict("one", 1, 2) if step == 3 else None for step in steps]
        )
    )
    assert {number for number, error in found.items() if error} == {3}
    assert isinstance(found[3], VersionConflict)


def test_a_fault_of_the_database_takes_only_whom_it_concerns():
    """A group that fails is tried one by one."""

    def answer(steps):
        if 5 in steps:
            raise StoreUnavailable("not this one")
        return [None] * len(steps)

    found = crowd(Writes(answer))
    assert {number for number, error in found.items() if error} == {5}


@pytest.mark.parametrize("when", ["together", "one by one"])
def test_when_the_leader_is_interrupted_the_others_are_told(when):
    """They do not get its interrupt, do not wait for ever, and are not told that they were written."""

    def answer(steps):
        if len(steps) > 1 and when == "one by one":
            raise StoreUnavailable("not together")
        if steps != [0]:
            raise KeyboardInterrupt
        return [None]

    found = crowd(Writes(answer))
    kinds = [type(error) for error in found.values()]
    assert kinds.count(KeyboardInterrupt) == 1
    assert kinds.count(OutcomeUnknown) == 6
    assert found[0] is None


REAL = threading.Lock


class Interrupted:
    """A lock whose first wait is interrupted, as that of a main thread can be."""

    def __init__(self):
        self.lock, self.times = REAL(), 0

    def acquire(self):
        self.times += 1
        if self.times == 2:
            raise KeyboardInterrupt
        return self.lock.acquire()

    def release(self):
        self.lock.release()


def test_who_is_interrupted_while_it_waits_leaves_nobody_waiting(monkeypatch):
    """Before its turn it is taken off the list; afterwards it hands the lead on."""
    writes = Writes()
    commit, results = GroupCommit(writes.alone, writes), []
    leader = threading.Thread(target=commit, args=("leads",))
    leader.start()
    assert writes.begun.wait(20)
    monkeypatch.setattr(module.threading, "Lock", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        commit("interrupted")
    monkeypatch.undo()
    follower = threading.Thread(target=lambda: results.append(commit("follows")))
    follower.start()
    while not commit._waiting:
        threading.Event().wait(0.001)
    writes.go.set()
    leader.join(20)
    follower.join(20)
    assert writes.groups == [["leads"], ["follows"]]
    assert results == [None]
    commit._busy = True
    late = module._Waiting("late", turn=Interrupted())
    late.turn.times = 1
    with pytest.raises(KeyboardInterrupt):
        commit._wait(late)
    assert not commit._busy


def tasks(answer=lambda steps: [None] * len(steps), cancel=()):
    """Several tasks call at once; the first write waits until the others are there. Return the
    groups, and what each came to.
    """
    groups, gate = [], asyncio.Event()

    def together(steps):
        groups.append(list(steps))
        await_only(gate.wait() if len(groups) == 1 else asyncio.sleep(0))
        return answer(steps)

    def alone(step):
        (refused,) = together([step])
        if refused is not None:
            raise refused

    async def main():
        commit = TaskGroupCommit(alone, together)
        running = [asyncio.create_task(greenlet_spawn(commit, number)) for number in range(8)]
        await asyncio.sleep(0.01)
        late = [asyncio.create_task(greenlet_spawn(commit, number)) for number in range(8, 16)]
        await asyncio.sleep(0.01)
        for number in cancel:
            (commit._task if number == "writer" else [*running, *late][number]).cancel()
        gate.set()
        found = await asyncio.gather(*running, *late, return_exceptions=True)
        again = greenlet_spawn(commit, "afterwards")
        assert await asyncio.wait_for(again, 20) is None
        return dict(enumerate(found))

    return groups, asyncio.run(main())


def test_tasks_share_a_commit_too():
    """Those who call at the same moment, and then those who came while it was written."""
    groups, found = tasks()
    assert set(found.values()) == {None}
    assert groups == [list(range(8)), list(range(8, 16)), ["afterwards"]]


def test_a_task_that_is_refused_is_refused_alone():
    """A fault of the database too takes only whom it concerns."""

    def answer(steps):
        if 12 in steps:
            raise StoreUnavailable("not this one")
        return [VersionConflict("one", 1, 2) if step == 3 else None for step in steps]

    groups, found = tasks(answer)
    assert {number: type(error) for number, error in found.items() if error} == {
        3: VersionConflict,
        12: StoreUnavailable,
    }
    assert groups[1:-1] == [list(range(8, 16)), *([number] for number in range(8, 16))]


def test_a_task_that_is_cancelled_takes_nobody_with_it():
    """Before its turn its step is not written; while it is written, it is written all the same."""
    groups, found = tasks(cancel=(0, 10))
    assert {number: type(error) for number, error in found.items() if error} == {
        0: asyncio.CancelledError,
        10: asyncio.CancelledError,
    }
    assert groups[0] == list(range(8))
    assert groups[1] == [8, 9, *range(11, 16)]


def test_when_the_task_that_writes_is_cancelled_all_who_wait_are_told():
    """Nobody waits for ever, and the next one writes again."""
    _, found = tasks(cancel=("writer",))
    assert {type(error) for error in found.values()} == {OutcomeUnknown}

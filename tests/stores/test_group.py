"""Group commit: who waits shares a commit, and nobody is left waiting, whatever happens to the one who leads."""

import threading

import pytest

from coresponder.errors import StaleVersion, StoreUnavailable
from coresponder.stores import group as module
from coresponder.stores.group import GroupCommit


class Writes:
    """Notes the groups that it was given; the first write waits until it is let go."""

    def __init__(self, answer=lambda steps: [None] * len(steps)):
        self.groups, self.answer, self.begun, self.go = [], answer, threading.Event(), threading.Event()

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
    found = crowd(Writes(lambda steps: [StaleVersion("one", 1, 2) if step == 3 else None for step in steps]))
    assert {number for number, error in found.items() if error} == {3}
    assert isinstance(found[3], StaleVersion)


def test_a_fault_of_the_database_takes_only_whom_it_concerns():
    """A group that fails is tried one by one."""

    def answer(steps):
        if 5 in steps:
            raise StoreUnavailable("not this one")
        return [None] * len(steps)

    found = crowd(Writes(answer))
    assert {number for number, error in found.items() if error} == {5}


def test_when_the_leader_is_interrupted_the_others_are_told():
    """They do not get its interrupt, and do not wait for ever."""

    def answer(steps):
        if len(steps) > 1:
            raise KeyboardInterrupt
        return [None]

    found = crowd(Writes(answer))
    kinds = [type(error) for error in found.values()]
    assert kinds.count(KeyboardInterrupt) == 1
    assert kinds.count(StoreUnavailable) == 6
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

"""Kill a run, a relay and a ticking clock again and again at random points, and see that nothing is
lost, doubled or untold.

A program of its own (`python -m tests.stores.killed STORE TURNS SEED`), so that it can fork before
there is any thread.
"""

import datetime as dt
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from coresponder.delivery.relay import Relay
from coresponder.domain import events as e
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import NoticeRule, Program
from coresponder.stores.pages import every
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow

START = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
PROGRAM = Program(
    id="killed",
    version="1",
    policies=(
        Policy(
            id="scene",
            template="response",
            a=Atom(events="CallReceived"),
            b=Atom(events="SceneCleared"),
            within="15 min",
            authority="test",
        ),
    ),
    notices=(
        NoticeRule(to="supervisor", on="WeaponSeen"),
        NoticeRule(to="supervisor", on="overdue"),
    ),
)


def flow(store):
    return Workflow(PROGRAM, store, clock=lambda: START + dt.timedelta(days=1))


class Ledger:
    """Lines that outlive whoever wrote them: one write each, in append mode."""

    def __init__(self, path):
        self.path = path
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, *words):
        os.write(self.file, (" ".join(words) + "\n").encode())

    def wait_for_more(self, most=10.0):
        """Wait until somebody has written another line."""
        size, end = Path(self.path).stat().st_size, time.monotonic() + most
        while Path(self.path).stat().st_size == size and time.monotonic() < end:
            time.sleep(0.001)

    def lines(self):
        return Path(self.path).read_text().splitlines()


class Receiver:
    """Takes a notice and notes its key."""

    def __init__(self, ledger):
        self.ledger = ledger

    def send(self, notice, *, key):
        self.ledger.write(key)


def run(name, accepted, turn):
    """Open an incident and go on with it for ever, noting each step that was accepted."""
    work, incident = flow(SqlStore.open(name)), f"incident-{turn}"
    work.receive(
        e.CallReceived(at=START, by=f"dispatcher-{turn}", source="911", nature="psychosis"),
        incident=incident,
    )
    accepted.write(incident, "1", f"dispatcher-{turn}")
    for number in range(2, 100_000):
        step = work.record(
            incident,
            e.WeaponSeen(at=START + dt.timedelta(seconds=number), by=f"officer-{turn}-{number}"),
        )
        accepted.write(incident, str(step.case.version), f"officer-{turn}-{number}")


def relay(name, told, turn):
    """Carry notices for ever. Each turn is an hour later, so that the claims of those who were
    killed have ended.
    """
    carrier = Relay(
        store=SqlStore.open(name),
        notifier=Receiver(told),
        clock=lambda: START + dt.timedelta(days=2, hours=turn),
    )
    while True:
        carrier.run_once()


def follow(name, read):
    """Follow the feed for ever from where the last reader came to, noting each event."""
    work = flow(SqlStore.open(name))
    lines = read.lines()
    after = int(lines[-1].split()[0]) if lines else 0
    while True:
        page = work.feed(after=after, limit=7)
        for event in page:
            read.write(str(int(event.extensions["sequence"])), event.id)
        after = page.position


def tick(name, turn):
    """Let time pass for ever."""
    work = flow(SqlStore.open(name))
    while True:
        work.tick(START + dt.timedelta(days=1, minutes=turn))


def forked(work, *arguments):
    """Run it in a child; return the child's id."""
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        except BaseException as fault:
            sys.stderr.write(f"{work.__name__}: {type(fault).__name__}: {fault}\n")
            os._exit(3)
        os._exit(0)
    return child


def main(name, turns, seed):
    draw = random.Random(seed)
    folder = Path(sys.argv[4])
    accepted, told = Ledger(folder / "accepted"), Ledger(folder / "told")
    reads = [Ledger(folder / "read-1"), Ledger(folder / "read-2")]
    SqlStore.open(name, must_exist=False).close()
    faults = []
    for turn in range(turns):
        children = [
            forked(run, name, accepted, turn),
            forked(relay, name, told, turn),
            forked(tick, name, turn),
            *(forked(follow, name, read) for read in reads),
        ]
        if turn % 3:  # every third turn is killed while it opens, however busy the machine is
            accepted.wait_for_more()
        time.sleep(draw.uniform(0.002, 0.08))
        for child in draw.sample(children, 5):
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                faults.append(
                    f"turn {turn}: a child ended by itself with {os.waitstatus_to_exitcode(status)}"
                )
    print(json.dumps(judged(name, turns, accepted, told, reads, faults)))


def misread(work, reads, steps):
    """Yield what is wrong with the feed, and with what its readers saw of it."""
    feed, page = [], work.feed(limit=100)
    while page:
        feed += [event.id for event in page]
        page = work.feed(after=page.position, limit=100)
    if len(feed) != steps or len(set(feed)) != steps:
        yield f"the feed has {len(feed)} entries and {len(set(feed))} events, of {steps}"
    for read in reads:
        seen = {tuple(line.split()) for line in read.lines()}
        wrong = seen - {(str(place), id) for place, id in enumerate(feed, start=1)}
        yield from (f"a position changed: {one}" for one in sorted(wrong))
        if len(seen) != max((int(place) for place, _ in seen), default=0):
            yield "a reader missed a position"


def judged(name, turns, accepted, told, reads, faults):
    """Return what came of it, with every fault in words."""
    with SqlStore.open(name) as store:
        work = flow(store)
        incidents = [summary.incident for summary in every(work.find)]
        for incident in incidents:
            events = work.case(incident).history
            if len({event.by for event in events}) != len(events):
                faults.append(f"{incident}: a step is doubled")
        stored = {
            (incident, str(n), ev.by)
            for incident in incidents
            for n, ev in enumerate(work.case(incident).recorded(), start=1)
        }
        known = {tuple(line.split()) for line in accepted.lines()}
        faults += [f"lost: {step}" for step in sorted(known - stored)]
        unsaid = Counter(incident for incident, _, _ in stored - known)
        faults += [
            f"{incident}: {count} steps are there that nobody was told of"
            for incident, count in unsaid.items()
            if count > 1
        ]
        work.tick(START + dt.timedelta(days=1, hours=12))
        Relay(
            store=store,
            notifier=Receiver(told),
            clock=lambda: START + dt.timedelta(days=2, hours=turns + 2),
        ).drain()
        faults += [
            f"untold: {out.key}"
            for out in (*store.outbox("default"), *store.outbox("default", dead=True))
        ]
        with store.connections.reading() as cursor:
            rows = cursor.execute("SELECT key, incident, body FROM coresponder_outbox").fetchall()
        keys = Counter(told.lines())
        faults += [f"never told: {key}" for key, _, _ in rows if not keys[key]]
        wanted = Counter(i for i, _, by in stored if by.startswith("officer"))
        seen = Counter(
            incident for _, incident, body in rows if json.loads(body)["about"] == "WeaponSeen"
        )
        faults += [
            f"{i}: {wanted[i]} steps, {seen[i]} notices" for i in wanted if wanted[i] != seen[i]
        ]
        overdue = Counter(
            incident for _, incident, body in rows if json.loads(body)["about"] == "overdue"
        )
        faults += [
            f"{i}: told {overdue[i]} times that it is overdue"
            for i in {i for i, _, _ in stored}
            if overdue[i] != 1
        ]
        faults += [*misread(work, reads, len(stored)), *store.verify("default")]
    return {
        "turns": turns,
        "steps": len(stored),
        "accepted": len(known),
        "notices": len(rows),
        "told": sum(keys.values()),
        "read": [len(read.lines()) for read in reads],
        "faults": faults,
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

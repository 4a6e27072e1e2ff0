"""FHIR R4 in, from several processes: what two of them take at one moment, what one of them took before
it was killed, and what a host sends again, is recorded once; on SQLite and on PostgreSQL.
"""

import datetime as dt
import json
import multiprocessing
import os
import signal

import attrs
import pytest

from coresponder import MemoryStore, SqlStore, Workflow
from coresponder.domain import events as e
from coresponder.interop.fhir.codes import OUTCOME
from coresponder.workflow import comparing
from coresponder.workflow.taking import take_fhir
from tests.interop.test_fhir import AGENCY, CIT, T0, hours
from tests.interop.test_fhir import task as task_in
from tests.interop.test_fhir_in import BY, PLAN, START, appointment, bundle, of
from tests.interop.test_fhir_servers import INCIDENT
from tests.processes import at_once

ROUNDS = 4
KNOWN = [
    *START,
    e.ReferralOffered(at=hours(2), **BY, referral="r1", person="p1", need="housing"),
    e.ReferralSent(at=hours(3), **BY, referral="r1", person="p1", service="s1"),
    PLAN,
]
SHARED = {"at": hours(9), **BY, "person": "p2", "scope": "sharing"}
GIVEN = e.ConsentGiven(**SHARED, consent="c1", receiver="clinic-1", until=hours(90))
WITHDRAWN = e.ConsentWithdrawn(**SHARED, consent="c1")


def visit(status, **more):
    return appointment(status, end=hours(70).isoformat(), **more)


ACCEPTED, REJECTED = (task_in(status) | INCIDENT for status in ("accepted", "rejected"))
MADE = visit("fulfilled", extension=[{"url": OUTCOME, "valueCode": "safe"}])
MISSED = visit("noshow", cancelationReason={"text": "nobody_home"})
PAIRS = {
    "the same": (bundle(ACCEPTED, of(GIVEN), MADE),) * 2,
    "accepted and rejected": (ACCEPTED, REJECTED | {"statusReason": {"text": "no_capacity"}}),
    "rejected for two reasons": tuple(REJECTED | {"statusReason": {"text": why}} for why in ("no_capacity", "not_eligible")),
    "given and withdrawn": (of(GIVEN), of(WITHDRAWN)),
    "given until two times": (of(GIVEN), of(attrs.evolve(GIVEN, until=hours(50)))),
    "made and missed": (MADE, MISSED),
    "moved to two times": tuple(appointment("booked", start=hours(n).isoformat()) for n in (80, 90)),
    "moved and canceled": (appointment("booked", start=hours(80).isoformat()), appointment("cancelled")),
}  # fmt: skip
"""What two systems say at one moment: the same, or one thing against the other."""


def desk(store):
    return Workflow(CIT, store, clock=lambda: T0 + dt.timedelta(days=900))


def say(document, incident):
    """Return a document about another incident."""
    text = json.dumps(document).replace(f"{AGENCY}:incident:7", f"{AGENCY}:incident:{incident}")
    return json.loads(text.replace(':incident", "value": "7"', f':incident", "value": "{incident}"'))  # fmt: skip


def take(workflow, document, incident):
    return take_fhir(workflow, say(document, incident), by="ehr-1", agency_id=AGENCY)


def incidents():
    return [(f"{n}-{number}", pair) for number, pair in enumerate(PAIRS.values()) for n in range(ROUNDS)]  # fmt: skip


def take_each(store, mine, together):
    """Take one side of each pair at the moment at which another process takes the other; and again."""
    with SqlStore.open(store) as opened:
        workflow = desk(opened)
        for incident, pair in incidents():
            together.wait(60)
            for _ in range(2):
                take(workflow, pair[mine], incident)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """The name of a store with an incident for each round, as the record has it before."""
    on_disk = request.param == "sqlite"
    name = (
        str(tmp_path / "agency.db") if on_disk else request.getfixturevalue("postgres").database()
    )
    with (SqlStore.sqlite if on_disk else SqlStore.postgresql)(name) as opened:
        for incident, _ in incidents():
            desk(opened).replay(incident, KNOWN)
    return name


def one_after_another(pair):
    """Return the record after the first side of a pair and then the other, each of them twice."""
    workflow = desk(MemoryStore())
    workflow.replay("7", KNOWN)
    for document in (*pair, *pair):
        take_fhir(workflow, document, by="ehr-1", agency_id=AGENCY)
    return workflow.case("7").recorded()


def test_two_processes_that_take_at_one_moment_leave_what_two_in_turn_leave(store):
    """Whichever was first: nothing twice, nothing lost, and of two that contradict each other what one
    process would keep. A consent that was withdrawn at that time is withdrawn.
    """
    at_once(take_each, (store, 0), (store, 1))
    with SqlStore.open(store) as opened:
        workflow = desk(opened)
        for incident, pair in incidents():
            either = (one_after_another(pair), one_after_another(pair[::-1]))
            assert workflow.case(incident).recorded() in either
            if pair == PAIRS["given and withdrawn"]:
                (kept,) = workflow.case(incident).incident.person("p2").consents
                assert kept.status == "withdrawn"
            again = [take(workflow, document, incident) for document in pair]
            assert [event for got in again for one in got for event in one.recorded] == []
        assert workflow.verify() == ()


WHOLE = bundle(of(GIVEN), ACCEPTED, MADE, of(attrs.evolve(GIVEN, consent="c2")))


def take_until_killed(store, number, after):
    """Take a Bundle and be killed (-9) before or after the event of this number is written."""
    record, count = comparing._record, []

    def killed(*arguments):
        count.append(1)
        if len(count) == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        step = record(*arguments)
        if len(count) == number and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return step

    comparing._record = killed
    with SqlStore.open(store) as opened:
        take(desk(opened), WHOLE, f"{number}-{int(after)}")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 3])
def test_what_a_killed_process_took_is_not_taken_again(store, number, after):
    """The host sends the same bytes again: what was written is no news, and the rest is recorded."""
    child = multiprocessing.get_context("spawn").Process(
        target=take_until_killed, args=(store, number, after)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    incident = f"{number}-{int(after)}"
    with SqlStore.open(store) as opened:
        workflow = desk(opened)
        written = number if after else number - 1
        assert len(workflow.case(incident).recorded()) == len(KNOWN) + written
        (one,) = take(workflow, WHOLE, incident)
        assert (len(one.recorded), one.not_recorded) == (4 - written, ())
        assert take(workflow, WHOLE, incident)[0].recorded == ()
        assert workflow.case(incident).recorded() == one_after_another((WHOLE,))
        assert workflow.verify() == ()

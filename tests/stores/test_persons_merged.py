"""Separate processes say who an unknown person is, on one store: the last word counts, for all."""

import subprocess
import sys

import pytest

from coresponder import Workflow
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from tests.conftest import NOON, at

PROCESSES = 4
CIT = load_program("cit")
BY = {"by": "officer-1"}
CODE = """
import sys
from coresponder import Workflow
from coresponder.domain import events as e
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from tests.conftest import at

name, number = sys.argv[1], int(sys.argv[2])
with SqlStore.open(name) as store:
    flow = Workflow(load_program("cit"), store, clock=lambda: at(600))
    print("ready", flush=True)
    sys.stdin.readline()
    for turn in range(5):
        minute = 10 + 4 * turn + number
        flow.record("one", e.PersonIdentified(
            at=at(minute), person="unknown", identified_as=f"p-{number}", by=f"clerk-{number}"))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def name(request, tmp_path):
    """A store with an unknown person on a hold, and with people of whom it knows something."""
    name = (
        str(tmp_path / "persons.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    with SqlStore.open(name, must_exist=False) as store:
        flow = Workflow(CIT, store, clock=lambda: at(600))
        call = e.CallReceived(at=NOON, source="911", nature="psychosis", **BY)
        there = e.ResponderArrived(at=at(1), responder="officer-1", **BY)
        person = {"role": "person_in_crisis", **BY}
        for number in range(PROCESSES):
            flow.receive(call, incident=f"before-{number}")
            flow.record(
                f"before-{number}", e.PersonInvolved(at=at(2), person=f"p-{number}", **person)
            )
        flow.receive(call, incident="one")
        flow.record("one", there)
        flow.record("one", e.PersonInvolved(at=at(2), person="unknown", **person))
        flow.record(
            "one",
            e.EmergencyHoldPlaced(at=at(3), person="unknown", grounds=["grave_disability"], **BY),
        )
    return name


def test_processes_that_identify_one_person_agree_in_the_end(name):
    """No word is lost, what is known of each came with it, and the hold is owed of the one whom the
    last word in time names, live as on replay.
    """
    run = [sys.executable, "-c", CODE, name]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    clerks = [subprocess.Popen([*run, str(number)], **pipes) for number in range(PROCESSES)]
    try:
        assert [clerk.stdout.readline() for clerk in clerks] == ["ready\n"] * PROCESSES
        for clerk in clerks:
            clerk.stdin.write("go\n")
            clerk.stdin.flush()
        assert [clerk.wait(60) for clerk in clerks] == [0] * PROCESSES
    finally:
        for clerk in clerks:
            clerk.kill()
            clerk.communicate()
    with SqlStore.open(name) as store:
        flow = Workflow(CIT, store, clock=lambda: at(600))
        case = flow.case("one")
        said = [one for one in case.history if isinstance(one, e.PersonIdentified)]
        assert len({one.at for one in said}) == len(said) == 5 * PROCESSES
        assert {one.prior.contacts_90_days for one in said} == {1}
        last = max(said, key=lambda one: one.at).identified_as
        assert [one.id for one in case.incident.people] == [last]
        owed = [
            one.key for one in CIT.obligations(case, at(60)) if one.policy == "hold-handed-over"
        ]
        assert owed == [last] == ["p-3"]
        again = CIT.replay("one", case.history)
        assert again.incident.people == case.incident.people
        assert store.verify("default") == ()


def test_a_person_parted_in_another_process_is_parted_for_all(name):
    """One process has read the case before another voids the identification; its next step knows."""
    with SqlStore.open(name) as first, SqlStore.open(name) as second:
        one, other = (Workflow(CIT, store, clock=lambda: at(600)) for store in (first, second))
        one.record(
            "one", e.PersonIdentified(at=at(10), person="unknown", identified_as="p-1", **BY)
        )
        assert [person.id for person in other.case("one").incident.people] == ["p-1"]
        number = one.case("one").version
        one.record("one", e.EnteredInError(at=at(11), event=number, reason="wrong_person", **BY))
        step = other.record(
            "one",
            e.HandOverAccepted(at=at(20), person="p-1", facility="emergency_department", **BY),
        )
        owed = [one.key for one in CIT.obligations(step.case, at(60))]
        assert "unknown" in owed
        assert {person.id for person in step.case.incident.people} >= {"unknown"}

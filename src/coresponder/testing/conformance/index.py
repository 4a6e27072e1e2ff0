"""The rules of an index."""

from __future__ import annotations

from collections.abc import Callable

from coresponder.domain import events as e
from coresponder.domain.vocabulary import FollowUpKind, Nature, Need, PersonRole, VoidReason
from coresponder.stores.ports import Index
from coresponder.testing.conformance.basis import (
    a_step,
    at,
    expect,
    interrupted,
    received,
    whole,
    workflow_on,
)

__all__ = ["INDEX_RULES"]


def prior_counts_other_incidents(make: Callable[[], Index]) -> None:
    """A third contact within 90 days is known when the person becomes involved, from the agency's
    own store.
    """
    workflow = workflow_on(whole(index=make()))
    for day, name in ((0, "a"), (30, "b"), (60, "c")):
        workflow.receive(received(60 * 24 * day), incident=name)
        step = workflow.record(
            name,
            e.PersonInvolved(
                at=at(60 * 24 * day + 5),
                by="officer-1",
                person="person-1",
                role=PersonRole.PERSON_IN_CRISIS,
            ),
        )
    prior = step.case.incident.people[0].prior
    expect(prior is not None and prior.contacts_90_days == 2, "two earlier contacts within 90 days")
    expect(
        prior is not None and prior.last_contact == at(60 * 24 * 30 + 5),
        "the last contact is when the person was there",
    )
    workflow.record(
        "c", e.ConsentDeclined(at=at(60 * 24 * 60 + 9), by="officer-1", person="person-1")
    )
    later = workflow.store.prior("north", "person-1", at=at(60 * 24 * 65), excluding="d")
    expect(
        later.declined_at == at(60 * 24 * 60 + 9) and later.days_since_declined == 4,
        "a refusal is known",
    )


def prior_counts_open_work(make: Callable[[], Index]) -> None:
    """Open referrals and follow-ups of a person are known to the next incident."""
    workflow = workflow_on(whole(index=make()))
    workflow.receive(received(), incident="a")
    workflow.record(
        "a",
        e.PersonInvolved(
            at=at(1), by="officer-1", person="person-1", role=PersonRole.PERSON_IN_CRISIS
        ),
    )
    workflow.record(
        "a",
        e.ReferralOffered(
            at=at(2), by="officer-1", referral="r-1", person="person-1", need=Need.HOUSING
        ),
    )
    workflow.record(
        "a",
        e.FollowUpScheduled(
            at=at(3),
            by="officer-1",
            follow_up="f-1",
            kind=FollowUpKind.HOME_VISIT,
            due=at(9),
            owner="o",
            person="person-1",
        ),
    )
    prior = workflow.store.prior("north", "person-1", at=at(60), excluding="b")
    expect((prior.open_referrals, prior.open_follow_ups) == (1, 1), "open work is counted")


def a_person_entered_in_error_is_no_contact(make: Callable[[], Index]) -> None:
    """A person whose involvement is voided is not counted in other incidents, nor found by this
    one.
    """
    workflow = workflow_on(whole(index=make()))
    workflow.receive(received(), incident="a")
    for minute, person in ((1, "person-1"), (2, "person-2")):
        workflow.record(
            "a",
            e.PersonInvolved(
                at=at(minute), by="officer-1", person=person, role=PersonRole.PERSON_IN_CRISIS
            ),
        )
    workflow.record(
        "a", e.EnteredInError(at=at(3), by="officer-1", event=2, reason=VoidReason.WRONG_PERSON)
    )
    counts = [
        workflow.store.prior("north", person, at=at(60), excluding="b").contacts_90_days
        for person in ("person-1", "person-2")
    ]
    expect(counts == [0, 1], "only the person who was there counts")
    expect(workflow.find(person="person-1") == (), "the incident is not found under that person")


def find_goes_by_the_last_step(make: Callable[[], Index]) -> None:
    """Incidents are found by state, person and due time as of their last step, the earliest due
    first.
    """
    workflow = workflow_on(whole(index=make()))
    workflow.receive(received(), incident="a")
    workflow.receive(received(-60), incident="b")
    workflow.record("a", e.CallTriaged(at=at(1), by="dispatcher-1", nature=Nature.PSYCHOSIS))
    workflow.record(
        "a", e.PersonInvolved(at=at(2), by="officer-1", person="person-1", role=PersonRole.VICTIM)
    )
    expect([s.incident for s in workflow.find()] == ["b", "a"], "the earliest due first")
    expect([s.incident for s in workflow.find(state="triaged")] == ["a"], "by state")
    expect([s.incident for s in workflow.find(person="person-1")] == ["a"], "by person")
    expect([s.incident for s in workflow.find(due_before=at(-20))] == ["b"], "by due time")
    expect(len(workflow.find(owing=True)) == 2, "by what is owed")


def each_agency_finds_its_own_incidents(make: Callable[[], Index]) -> None:
    """An agency's lists never show another agency's incidents, people or responders."""
    index = make()
    index.append(a_step("one", 0, received()))
    index.append(a_step("two", 0, received(), agency="south", engages=("officer-1",)))
    expect([one.incident for one in index.find("north")] == ["one"], "find stays within the agency")
    expect(
        index.engaged("north") == () and len(index.engaged("south")) == 1,
        "so does the list of responders",
    )


def busy_responders_are_listed(make: Callable[[], Index]) -> None:
    """Engaged responders are listed until their incident frees them; a forced step takes over a
    responder from another incident.
    """
    index = make()

    def engaged() -> list[tuple[str, str]]:
        return [(one.responder, one.incident) for one in index.engaged("north")]

    index.append(a_step("one", 0, received(), engages=("officer-1", "clinician-1")))
    expect(
        engaged() == [("clinician-1", "one"), ("officer-1", "one")],
        "busy responders are listed, by responder",
    )
    index.append(a_step("one", 1, received(1), recorded_at=at(9), engages=("officer-1",)))
    expect(
        index.engaged("north")[1].since == at(0),
        "a responder who is engaged again is busy since the first time",
    )
    index.append(a_step("two", 0, received(), engages=("clinician-1",), forced=True))
    index.append(a_step("one", 2, received(2), releases=("officer-1", "clinician-1")))
    expect(engaged() == [("clinician-1", "two")], "an incident frees only its own responders")


def a_batch_of_incidents_is_all_or_nothing(make: Callable[[], Index]) -> None:
    """What fails inside a batch takes the whole batch with it."""
    index = make()
    interrupted(index, lambda: index.append(a_step("one", 0, received(), engages=("officer-1",))))
    expect(
        index.find("north") == () and index.engaged("north") == (),
        "nothing of an interrupted batch is written",
    )
    with index.batch():
        index.append(a_step("one", 0, received()))
        index.append(a_step("two", 0, received()))
    expect(len(index.find("north")) == 2, "a whole batch is written")


INDEX_RULES: tuple[Callable[[Callable[[], Index]], None], ...] = (
    prior_counts_other_incidents,
    prior_counts_open_work,
    a_person_entered_in_error_is_no_contact,
    find_goes_by_the_last_step,
    each_agency_finds_its_own_incidents,
    busy_responders_are_listed,
    a_batch_of_incidents_is_all_or_nothing,
)
"""Every rule of an index; each takes a factory that makes an empty one."""

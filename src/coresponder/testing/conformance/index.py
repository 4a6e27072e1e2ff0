"""The rules of an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.domain.vocabulary import (
    FollowUpKind,
    Nature,
    Need,
    PersonRole,
    ResponseModel,
    Role,
    VoidReason,
)
from coresponder.errors import InvalidCursor
from coresponder.stores.base import OwedRow
from coresponder.stores.pages import ALL, Filters, Page, every
from coresponder.stores.ports import Index
from coresponder.testing.conformance.basis import (
    a_step,
    at,
    expect,
    interrupted,
    received,
    refuses,
    whole,
    workflow_on,
)

__all__ = ["INDEX_RULES"]


def prior_counts_other_incidents(make: Callable[[], Index]) -> None:
    """When a person becomes involved for the third time within 90 days, the index knows it from the
    agency's own store.
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
    """The next incident with a person knows the person's open referrals and follow-ups."""
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
    """A voided involvement is no contact: other incidents do not count it, and a search for the
    person does not find this incident.
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
    """Incidents are found by any field of their listing, as of their last step: the newest first,
    or the earliest due first if the search is about what they owe.
    """
    workflow = workflow_on(whole(index=make()))
    workflow.receive(received(), incident="a")
    workflow.receive(received(-60), incident="b")
    workflow.record("a", e.CallTriaged(at=at(1), by="dispatcher-1", nature=Nature.WELFARE_CHECK))
    workflow.record(
        "a", e.PersonInvolved(at=at(2), by="officer-1", person="person-1", role=PersonRole.VICTIM)
    )
    seat = TeamMember(role=Role.CIT_OFFICER, responder="officer-1")
    team = Team(tier="officer-alone", model=ResponseModel.CIT_RESPONSE, members=[seat])
    workflow.record("b", e.TeamDispatched(at=at(3), by="dispatcher-1", team=team))

    def found(**filters: Any) -> list[str]:
        return [summary.incident for summary in workflow.find(**filters)]

    expect(found() == ["a", "b"], "the newest first")
    expect(found(owing=True) == ["b", "a"], "what is owed, the earliest due first")
    expect(found(state="triaged") == ["a"], "by state")
    expect(found(nature="welfare_check") == ["a"], "by nature")
    expect(found(person="person-1") == ["a"], "by person")
    expect(found(responder="officer-1") == ["b"], "by responder")
    expect(found(tier="officer-alone") == ["b"], "by tier")
    expect(
        found(tier="officer-alone", state="dispatched", owing=True) == ["b"], "by several filters"
    )
    expect(
        found(tier="officer-alone", state="triaged") == [], "and only if all of the filters hold"
    )
    expect(
        found(person="person-1", responder="officer-1") == [], "filters by people are combined too"
    )
    expect(found(period=(at(-60), at(0))) == ["b"], "by when it opened, without the end")
    expect(found(due_before=at(-20)) == ["b"], "by due time")
    late = found(overdue=True, now=at(-20))
    expect(late == ["b"] and found(overdue=True, now=at(-60)) == [], "by what is overdue")


def lists_are_read_page_by_page(make: Callable[[], Index]) -> None:
    """The pages of a list add up to the list, even when something is written between two pages; a
    cursor of another list is refused.
    """
    index = make()

    def take(name: str) -> None:
        step = a_step(name, 0, received(), owed=(OwedRow(policy="call-back", due=at(5)),))
        summary = attrs.evolve(step.summary, obligations=1, first_due=at(5))
        index.append(attrs.evolve(step, summary=summary))

    for name in ("one", "two", "three", "four", "five"):
        take(name)
    asks: tuple[Callable[..., Page[Any]], ...] = (index.find, index.owed)
    for number, ask in enumerate(asks):
        first = ask("north", limit=2)
        expect(len(first) == 2 and first.next is not None, "a page is not longer than the limit")
        take(f"zero-{number}")
        second = ask("north", limit=20, after=first.next)
        seen = [one.incident for one in (*first, *second)]
        expect(len({*seen}) == len(seen), "no page repeats an entry of an earlier page")
        expect({*seen} >= {"one", "two", "three", "four", "five"}, "and no entry is left out")
        expect(second.next is None, "the last page has no cursor")
        expect([one.incident for one in every(ask, "north", limit=3)] == [
            one.incident for one in ask("north", limit=20)
        ], "all pages together are the list")  # fmt: skip
        for other in ("south", "north"):
            narrowed = ALL if other == "south" else Filters(state="closed")
            refuses(
                InvalidCursor,
                lambda: ask(other, narrowed, after=first.next),  # noqa: B023 - called at once
                "the cursor of another list is refused",
            )
        refuses(InvalidCursor, lambda: ask("north", after="5"), "and so is any other text")  # noqa: B023


def what_is_owed_is_listed(make: Callable[[], Index]) -> None:
    """Obligations are listed from the step that opens them to the step that meets them: the
    earliest due first, those without a deadline last. An incident that could not be read comes
    before all.
    """
    index = make()
    soon, late = OwedRow(policy="call-back", due=at(5)), OwedRow(policy="see-child", due=at(9))
    open_end = OwedRow(policy="close", key="person-1", since=at(1))
    index.append(a_step("one", 0, received(), owed=(late, open_end)))
    index.append(a_step("two", 0, received(), owed=(soon,)))
    index.append(a_step("two", 0, received(), agency="south", owed=(late,)))

    def listed(filters: Filters = ALL) -> list[tuple[str, OwedRow]]:
        return [(one.incident, one.owed) for one in index.owed("north", filters)]

    expect(listed() == [("two", soon), ("one", late), ("one", open_end)], "what is owed is listed")
    expect(listed(Filters(due_before=at(5))) == [("two", soon)], "by when it is due")
    expect(listed(Filters(overdue_at=at(5))) == [], "overdue is what was due earlier")
    expect(listed(Filters(state="closed")) == [], "by what is known of the incident")
    expect(index.owners("north") == (), "what the team owes has no owner")
    theirs = attrs.evolve(late, owner="peer-1")
    index.append(a_step("three", 0, received(), owed=(theirs, attrs.evolve(soon, owner="a-1"))))
    expect(listed(Filters(owner="peer-1")) == [("three", theirs)], "by its owner")
    found = index.find("north", Filters(owner="peer-1", due_before=at(5)))
    expect(found == (), "an incident of an owner is one in which what is due in time is theirs")
    expect(index.owners("north") == ("a-1", "peer-1"), "owners are listed in order")
    index.append(a_step("three", 1, received(1), met=((late.policy, None), (soon.policy, None))))
    expect(index.owners("north") == (), "as long as they own something that is owed")
    index.append(a_step("one", 1, received(1), met=(("close", "person-1"),)))
    expect(
        listed() == [("two", soon), ("one", late)], "an obligation that was met is no longer listed"
    )
    index.unlist("north", "one")
    first = index.owed("north", Filters(due_before=at(1)))
    expect(
        [one.incident for one in first] == ["one"] and first[0].unreadable is not None,
        "an incident that could not be read comes first",
    )


def what_was_told_waits_for_its_next_time(make: Callable[[], Index]) -> None:
    """An obligation to tell somebody of is listed from its time on, until it was told; if it
    changed meanwhile, it is told again.
    """
    index = make()
    owed = OwedRow(policy="call-back", due=at(5), tell_at=at(3))
    index.append(a_step("one", 0, received(), owed=(owed,)))

    def to_tell(minutes: float) -> list[OwedRow]:
        return [one.owed for one in index.to_tell("north", now=at(minutes))]

    expect(to_tell(2) == [] and to_tell(3) == [owed], "it is to be told from its time on")
    page = index.to_tell("north", now=at(3))
    index.told("north", [(one, at(6)) for one in page])
    expect(to_tell(5) == [] and len(to_tell(6)) == 1, "and then from its next time on")
    index.told("north", [(one, None) for one in page])
    expect(
        len(to_tell(6)) == 1, "an obligation that changed since it was read is not marked as told"
    )
    index.told("north", [(one, None) for one in index.to_tell("north", now=at(6))])
    expect(to_tell(99) == [], "an obligation without a next time is not told of again")
    index.append(a_step("one", 1, received(1), owed=(attrs.evolve(owed, due=at(8)),)))
    expect(len(to_tell(3)) == 1, "a step that changes the obligation starts over")


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
    """Busy responders are listed until their incident frees them; a forced step takes a responder
    over from another incident.
    """
    index = make()

    def engaged() -> list[tuple[str, str]]:
        return [(one.responder, one.incident) for one in index.engaged("north")]

    index.append(a_step("one", 0, received(), engages=("officer-1", "clinician-1")))
    expect(
        engaged() == [("clinician-1", "one"), ("officer-1", "one")],
        "busy responders are listed, by responder",
    )
    named = index.engaged("north", ("officer-1", "peer-1", "officer-1"))
    expect(
        [one.responder for one in named] == ["officer-1"] and index.engaged("north", ()) == (),
        "and of those who are named, if some are, nobody else",
    )
    index.append(a_step("one", 1, received(1), recorded_at=at(9), engages=("officer-1",)))
    expect(
        index.engaged("north")[1].since == at(0),
        "a responder who is engaged twice is busy since the first time",
    )
    index.append(a_step("two", 0, received(), engages=("clinician-1",), forced=True))
    index.append(a_step("one", 2, received(2), releases=("officer-1", "clinician-1")))
    expect(engaged() == [("clinician-1", "two")], "an incident frees only its own responders")
    index.append(a_step("one", 3, received(3), calls=("clinician-1", "officer-1")))
    expect(
        engaged() == [("clinician-1", "two"), ("officer-1", "one")],
        "a responder who is called becomes busy only if free",
    )


def who_is_free_again_is_known_with_the_time(make: Callable[[], Index]) -> None:
    """The index knows since when a responder is free. It does not name those who were never busy,
    nor those who are busy again.
    """
    index = make()
    index.append(a_step("one", 0, received(), engages=("officer-1", "clinician-1")))
    index.append(a_step("one", 1, received(1), recorded_at=at(9), releases=("officer-1",)))
    expect(
        index.freed("north") == {"officer-1": at(9)},
        "a responder who is free again is named with the time",
    )
    index.append(a_step("two", 0, received(), recorded_at=at(10), engages=("officer-1",)))
    expect(index.freed("north") == {}, "a responder who is busy again is not free")
    index.append(a_step("two", 1, received(1), recorded_at=at(12), releases=("officer-1",)))
    expect(index.freed("north") == {"officer-1": at(12)}, "the last time counts")
    expect(index.freed("south") == {}, "each agency has its own")


def a_batch_of_incidents_is_all_or_nothing(make: Callable[[], Index]) -> None:
    """A failure inside a batch undoes the whole batch."""
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
    lists_are_read_page_by_page,
    what_is_owed_is_listed,
    what_was_told_waits_for_its_next_time,
    each_agency_finds_its_own_incidents,
    busy_responders_are_listed,
    who_is_free_again_is_known_with_the_time,
    a_batch_of_incidents_is_all_or_nothing,
)
"""Every rule of an index; each takes a factory that makes an empty index."""

"""The rules of a whole store, which no single part can keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from coresponder.domain import events as e
from coresponder.domain.vocabulary import DisclosureWay, Nature, Purpose, Role, VoidReason
from coresponder.errors import (
    AudienceDenied,
    InvalidEvent,
    NotFound,
    RequestTaken,
    ResponderTaken,
    VersionConflict,
)
from coresponder.program.case import Case
from coresponder.roster import events as r
from coresponder.stores.base import Contact, new_words
from coresponder.stores.ports import Store
from coresponder.testing.conformance.basis import (
    NOON,
    a_notice,
    a_step,
    at,
    expect,
    interrupted,
    received,
    refuses,
    workflow_on,
)
from coresponder.workflow.disclosures import Receiver

__all__ = ["WHOLE_STORE_RULES"]


def a_refused_step_writes_nothing(make: Callable[[], Store]) -> None:
    """Notices and words are written with their step, and are not written when the step is
    refused.
    """
    store = make()
    store.append(a_step("one", 0, received(), notices=(a_notice("one", 1),)))
    words = new_words(
        subject="person-1", kind="note", audience="all", text="of a step that is refused"
    )
    stale = a_step(
        "one", 0, received(), notices=(a_notice("one", 2),), words=(words,), engages=("officer-1",)
    )
    refuses(VersionConflict, lambda: store.append(stale), "a stale step")
    expect(
        [out.notice for out in store.outbox("north")] == [a_notice("one", 1)],
        "one step, one notice",
    )
    refuses(
        NotFound,
        lambda: store.recall("north", words.entry.id, audience="all"),
        "words of a step that was refused",
    )
    expect(store.engaged("north") == (), "and nobody is engaged by it")


def a_batch_is_all_or_nothing(make: Callable[[], Store]) -> None:
    """A failure inside a batch undoes the whole batch, in every part."""
    store = make()
    interrupted(
        store,
        lambda: store.append(
            a_step("one", 0, received(), notices=(a_notice("one", 1),), engages=("officer-1",))
        ),
    )
    expect(
        store.settled and store.version("north", "one") == 0, "nothing of a broken batch is written"
    )
    expect(
        store.find("north") == () and store.outbox("north") == () and store.engaged("north") == (),
        "in no part",
    )
    with store.batch():
        expect(not store.settled, "what is written in a batch is not committed yet")
        store.append(a_step("one", 0, received()))
        store.append(a_step("two", 0, received()))
    expect(len(store.find("north")) == 2, "a whole batch is written")


def a_request_is_recorded_once(make: Callable[[], Store]) -> None:
    """Repeating a request returns the step that was recorded, from any process. Another step under
    the same request is refused, in any incident.
    """
    store = make()
    ours, theirs = workflow_on(store), workflow_on(store)
    made = ours.receive(received(), request="cad-1")
    again = theirs.receive(received(), request="cad-1")
    expect(
        again.case == made.case and len(store.find("north")) == 1,
        "one call under one request opens one incident, even when its id is made",
    )
    incident, seen = made.case.id, e.SupervisorNotified(at=at(1), by="sergeant-1")
    first = ours.record(incident, seen, request="cad-2")
    ours.record(incident, e.SupervisorNotified(at=at(2), by="sergeant-2"))
    later = theirs.record(incident, seen, request="cad-2", expected=1)
    expect(
        later.events == first.events and later.case == first.case,
        "the step that was recorded is returned, whatever came after it",
    )
    expect(store.version("north", incident) == 3, "nothing was written again")
    expect(
        store.recorded("north", "cad-2") == (incident, 2)
        and store.recorded("south", "cad-2") is None,
        "only its own agency finds it",
    )
    other = e.SupervisorNotified(at=at(5), by="sergeant-9")
    refuses(
        InvalidEvent,
        lambda: theirs.record(incident, other, request="cad-2"),
        "another step under the same request",
    )
    refuses(
        RequestTaken,
        lambda: store.append(attrs.evolve(a_step("two", 0, received()), request="cad-2")),
        "in another incident",
    )
    expect(store.version("north", "two") == 0, "nothing of it is written")


def words_are_written_with_their_event(make: Callable[[], Store]) -> None:
    """A note is written whole or not at all, once under its request, and only the audience that it
    names may read it.
    """
    store = make()
    workflow = workflow_on(store)
    workflow.receive(received(), incident="one")
    note: Callable[[str], Any] = lambda text: workflow.note(  # noqa: E731
        "one",
        text,
        at=at(1),
        by="clinician-1",
        audience="clinical",
        subject="person-1",
        request="note-1",
    )
    first: Any = note("what was said").events[0]
    expect(
        note("what was said").events == (first,),
        "repeating the note returns the one that was written",
    )
    refuses(InvalidEvent, lambda: note("something else"), "other words under the same request")
    expect(
        store.recall("north", first.entry, audience="clinical").text == "what was said",
        "its words are there",
    )
    refuses(
        AudienceDenied,
        lambda: store.recall("north", first.entry, audience="police"),
        "another audience",
    )
    expect(store.forget("north", "person-1") == 1, "nothing else is kept")


def a_case_survives_the_store(make: Callable[[], Store]) -> None:
    """A case that is loaded equals the case that was stored."""
    store = make()
    workflow = workflow_on(store)
    workflow.receive(received(), incident="a")
    step = workflow.record("a", e.CallTriaged(at=at(1), by="dispatcher-1", nature=Nature.PSYCHOSIS))
    again: Case = workflow_on(store).case("a")
    expect(again == step.case, "the loaded case equals the stored one")
    expect(attrs.asdict(again.incident) == attrs.asdict(step.case.incident), "in every field")


def the_chain_verifies(make: Callable[[], Store]) -> None:
    """A store finds no fault in what it wrote itself."""
    store = make()
    store.append(a_step("one", 0, received(), received(1)))
    store.append(a_step("two", 0, received()))
    expect(store.verify("north") == (), "an untouched store has no faults")


def a_responder_is_with_one_incident_at_a_time(make: Callable[[], Store]) -> None:
    """A busy responder cannot be sent elsewhere until released. A forced step, which records what
    happened, takes the responder over.
    """
    store = make()
    store.append(a_step("one", 0, received(), engages=("clinician-1", "officer-1")))
    try:
        store.append(a_step("two", 0, received(), engages=("officer-2", "clinician-1")))
    except ResponderTaken as taken:
        expect(
            (taken.responder, taken.incident, taken.since) == ("clinician-1", "one", NOON),
            "the error names the responder, the incident and the time",
        )
    else:
        raise AssertionError("a responder who is engaged was engaged again")
    expect(store.version("north", "two") == 0, "nothing of the refused step is written")
    refuses(
        VersionConflict,
        lambda: store.append(a_step("two", 1, received(1), engages=("clinician-1",))),
        "a stale step that wants a busy responder",
    )
    expect(
        [(e.responder, e.incident) for e in store.engaged("north")]
        == [("clinician-1", "one"), ("officer-1", "one")],
        "busy responders are listed",
    )
    store.append(a_step("one", 0, received(), agency="south", engages=("clinician-1",)))
    store.append(a_step("one", 1, received(1), engages=("clinician-1",)))
    store.append(a_step("one", 2, received(2), releases=("clinician-1", "officer-9")))
    store.append(a_step("two", 0, received(), engages=("clinician-1",)))
    store.append(a_step("three", 0, received(), engages=("clinician-1",), forced=True))
    store.append(a_step("two", 1, received(1), releases=("clinician-1",)))
    expect(
        [(e.responder, e.incident) for e in store.engaged("north")]
        == [("clinician-1", "three"), ("officer-1", "one")],
        "a fact takes over",
    )
    store.append(a_step("four", 0, received(), calls=("clinician-1", "officer-9"), forced=True))
    expect(
        [(e.responder, e.incident) for e in store.engaged("north")]
        == [("clinician-1", "three"), ("officer-1", "one"), ("officer-9", "four")],
        "a responder who is called is engaged if free, and otherwise stays where they are",
    )


def a_checkpoint_covers_what_moved(make: Callable[[], Store]) -> None:
    """A checkpoint changes when an incident has moved, and only then."""
    store = make()
    expect(store.checkpoint("north", at=at(0)) is None, "nothing is there to cover")
    store.append(a_step("one", 0, received()))
    first = store.checkpoint("north", at=at(1))
    expect(first is not None and store.checkpoint("north", at=at(2)) == first, "nothing moved")
    store.append(a_step("one", 1, received(1)))
    expect(store.checkpoint("north", at=at(3)) != first, "an incident moved")
    expect(store.verify("north") == (), "and all verifies")


def what_is_beside_the_log_follows_from_it(make: Callable[[], Store]) -> None:
    """`verify` folds each incident again, and names each state, obligation, contact or notice that
    does not follow from the log.
    """
    store = make()
    workflow = workflow_on(store)
    workflow.receive(received(), incident="one")
    workflow.record("one", e.TeamUnavailable(at=at(1), by="dispatcher-1"))
    workflow.note("one", "words", at=at(1), by="dispatcher-1", audience="clinical")
    workflow.replay("two", [received(), e.TeamUnavailable(at=at(1), by="dispatcher-1")])
    expect(workflow.verify() == (), "what a workflow writes follows")
    lying = a_step("three", 0, received())
    for lie, said in (
        (
            attrs.evolve(lying, summary=attrs.evolve(lying.summary, state="closed")),
            "state is 'closed', not 'received'",
        ),
        (
            attrs.evolve(lying, contacts=(Contact(person="person-1", contact_at=NOON),)),
            "contact of person-1",
        ),
        (
            attrs.evolve(lying, notices=(a_notice("three", 1),), request="lie"),
            "gave rise to none like it",
        ),
        (attrs.evolve(lying, engages=("officer-1",)), "officer-1 is engaged"),
    ):
        store = make()
        told = workflow_on(store)
        store.append(attrs.evolve(lie, request="lie"))
        faults = "; ".join(told.verify())
        expect(said in faults, f"it says {said!r}, not {faults!r}")


def a_roster_lies_beside_the_incidents(make: Callable[[], Store]) -> None:
    """Responders' streams are kept like those of incidents, but in lists of their own: late entries
    are put in their place, mistakes are voided, teams are chosen from them, and both kinds verify.
    """
    store = make()
    flow = workflow_on(store)
    roster, officer = flow.roster, "officer-1"
    flow.receive(received(), incident="one")
    me: dict[str, Any] = {"by": "hr-1", "responder": officer}
    roster.record(r.ResponderJoined(at=at(0), role=Role.PATROL_OFFICER, **me))
    roster.record(r.ShiftStarted(at=at(2), **me))
    roster.record(r.ResponderLeft(at=at(3), **me))
    void = e.EnteredInError(at=at(4), by="hr-1", event=3, reason=VoidReason.WRONG_PERSON)
    roster.record(void, responder=officer)
    late = r.TrainingCompleted(at=at(1), training="basic_de_escalation", **me)
    roster.record(late)
    expect(
        [one.incident for one in store.find(roster.desk.agency)] == [officer]
        and [one.incident for one in store.find(flow.agency)] == ["one"],
        "incidents and responders have lists of their own",
    )
    stored = store.load(roster.desk.agency, officer)
    expect([row.number for row in stored.rows] == [1, 2, 3, 4, 5], "every event is in the record")
    events = roster.desk.case(officer).history
    expect(events.index(late) == 1, "a late entry is in its place")
    expect([one.id for one in roster.free(at(5))] == [officer], "a mistake is void")
    flow.dispatch("one", at=at(5), by="dispatcher-1")
    expect([one.responder for one in store.engaged(flow.agency)] == [officer], "they are sent")
    expect(flow.verify() == roster.desk.verify() == (), "an untouched store verifies")


def a_disclosure_lies_beside_its_incident(make: Callable[[], Store]) -> None:
    """What was shown is found by person and by viewer, page by page, moves no incident, and is
    covered by the chain.
    """
    flow = workflow_on(make())
    log = flow.disclosures
    for incident in ("one", "two"):
        flow.receive(received(), incident=incident)
        for viewer in ("clinician-1", "clinician-2"):
            to = Receiver(viewer=viewer, purpose=Purpose.TREATMENT)
            log.record(
                incident, to, DisclosureWay.VIEW, what=["timeline"], people=["person-1"], at=at(1)
            )
    first = log.of_person("person-1", limit=3)
    rest = log.of_person("person-1", limit=3, after=first.next)
    found = {(one.incident, one.number) for one in (*first, *rest)}
    expect(len(first) == 3 and len(found) == 4 and rest.next is None, "each is on one page")
    expect(len(log.by_viewer("clinician-2")) == 2, "a viewer's are found")
    expect(log.of_person("person-2") == (), "nobody else's are")
    expect(flow.case("one").version == 1, "the incident has not moved")
    expect(flow.verify() == (), "an untouched store verifies")


WHOLE_STORE_RULES: tuple[Callable[[Callable[[], Store]], None], ...] = (
    a_refused_step_writes_nothing,
    a_batch_is_all_or_nothing,
    a_request_is_recorded_once,
    words_are_written_with_their_event,
    a_case_survives_the_store,
    the_chain_verifies,
    a_responder_is_with_one_incident_at_a_time,
    a_checkpoint_covers_what_moved,
    what_is_beside_the_log_follows_from_it,
    a_roster_lies_beside_the_incidents,
    a_disclosure_lies_beside_its_incident,
)
"""The rules of a store as a whole; `STORE_RULES` also has those of its parts."""

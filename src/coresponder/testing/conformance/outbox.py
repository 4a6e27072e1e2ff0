"""The rules of an outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs

from coresponder.domain import events as e
from coresponder.domain.types import UTC
from coresponder.errors import InvalidCursor, NotFound
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Notice, NoticeRule, Program, load_program
from coresponder.stores.pages import every
from coresponder.stores.ports import Outbox
from coresponder.testing.conformance.basis import (
    a_notice,
    a_step,
    at,
    expect,
    interrupted,
    received,
    refuses,
    whole,
)
from coresponder.workflow import Workflow

__all__ = ["OUTBOX_RULES"]


def a_step_brings_its_notices(make: Callable[[], Outbox]) -> None:
    """The notices of a step wait until they are delivered."""
    outbox = make()
    outbox.append(a_step("one", 0, received(), notices=(a_notice("one", 1),)))
    waiting = outbox.outbox("north")
    expect([out.notice for out in waiting] == [a_notice("one", 1)], "one step, one notice")
    outbox.delivered("north", waiting[0].id, at=at(1))
    expect(outbox.outbox("north") == (), "a delivered notice waits no more")


def an_outbox_is_read_page_by_page(make: Callable[[], Outbox]) -> None:
    """The pages of the outbox add up to all waiting notices, the oldest first; their cursor is
    refused by the list of those that were given up.
    """
    outbox = make()
    numbers = [1, 2, 3, 4, 5]
    outbox.notify("north", [a_notice("one", number) for number in numbers], at=at(0))
    first = outbox.outbox("north", limit=2)
    expect([out.notice.number for out in first] == [1, 2], "a page is not longer than the limit")
    outbox.delivered("north", first[0].id, at=at(1))
    rest = outbox.outbox("north", after=first.next)
    expect([out.notice.number for out in rest] == [3, 4, 5], "the next one begins where it ended")
    found = [out.notice.number for out in every(outbox.outbox, "north", limit=2)]
    expect(found == numbers[1:], "all pages together are all that waits")
    refuses(
        InvalidCursor,
        lambda: outbox.outbox("north", after=first.next, dead=True),
        "the cursor of another list is refused",
    )


def notices_are_claimed_in_order(make: Callable[[], Outbox]) -> None:
    """For each incident and channel only the first waiting notice is given out: to one relay at a
    time, and again when that relay's claim has ended.
    """
    outbox = make()
    outbox.append(
        a_step(
            "one",
            0,
            received(),
            notices=(a_notice("one", 1), a_notice("one", 2), a_notice("one", 3, "mail")),
        )
    )
    outbox.append(a_step("two", 0, received(), notices=(a_notice("two", 1),)))
    first = outbox.claim("north", now=at(0), until=at(5))
    seen = [(out.notice.incident, out.notice.number, out.attempts) for out in first]
    expect(
        seen == [("one", 1, 1), ("one", 3, 1), ("two", 1, 1)],
        "the first of each incident and channel is given out",
    )
    expect(
        outbox.claim("north", now=at(1), until=at(6)) == (),
        "a claimed notice is given to nobody else",
    )
    expect(
        outbox.claim("south", now=at(1), until=at(6)) == (),
        "another agency's notices are not given out",
    )
    for out in first:
        outbox.delivered("north", out.id, at=at(2))
    second = outbox.claim("north", now=at(2), until=at(7))
    expect(
        [(out.notice.incident, out.notice.number) for out in second] == [("one", 2)],
        "then the next",
    )
    again = outbox.claim("north", now=at(8), until=at(9))
    expect(
        [(out.key, out.attempts) for out in again] == [(second[0].key, 2)],
        "a notice whose claim ended is given out again, under the same key",
    )
    expect(
        len(outbox.claim("north", now=at(60), until=at(61), limit=1)) == 1,
        "no more than the limit are given out",
    )


def only_the_channels_that_are_asked_for_are_claimed(make: Callable[[], Outbox]) -> None:
    """A relay that carries some channels leaves the notices of all others untouched: their order
    stays, and no attempt is counted.
    """
    outbox = make()
    notices = (
        a_notice("one", 1, "mail"),
        a_notice("one", 2, "page"),
        a_notice("one", 3),
        a_notice("one", 4, "mail"),
    )
    outbox.append(a_step("one", 0, received(), notices=notices))
    expect(
        outbox.claim("north", now=at(0), until=at(5), channels=()) == (),
        "a relay without channels is given nothing",
    )
    mail = outbox.claim(
        "north", now=at(0), until=at(5), limit=1, channels=("page", "mail"), but=("page",)
    )
    expect([out.notice.number for out in mail] == [1], "notices of the channels that are asked for")
    unnamed = outbox.claim("north", now=at(0), until=at(5), channels=("", "fax"))
    expect(
        [out.notice.number for out in unnamed] == [3],
        "the empty name stands for notices without a channel",
    )
    rest = outbox.claim("north", now=at(0), until=at(5), but=("mail", ""))
    expect(
        [(out.notice.number, out.attempts) for out in rest] == [(2, 1)],
        "a notice that was passed over counts no attempt",
    )


def a_claim_that_is_given_back_is_no_attempt(make: Callable[[], Outbox]) -> None:
    """A relay that gives a notice back without trying it lets others claim it at once; it cannot
    give back the claim of another relay.
    """
    outbox = make()
    outbox.append(a_step("one", 0, received(), notices=(a_notice("one", 1),)))
    out = outbox.claim("north", now=at(0), until=at(5))[0]
    outbox.give_back("south", out, at=at(1))
    expect(outbox.claim("north", now=at(1), until=at(5)) == (), "another agency gives back nothing")
    outbox.give_back("north", out, at=at(1))
    again = outbox.claim("north", now=at(1), until=at(2))
    expect(
        [(one.key, one.attempts) for one in again] == [(out.key, 1)],
        "a notice that is given back can be claimed at once, and counts no attempt",
    )
    later = outbox.claim("north", now=at(3), until=at(8))[0]
    outbox.give_back("north", again[0], at=at(4))
    expect(
        outbox.claim("north", now=at(4), until=at(9)) == (),
        "a notice that another relay has claimed since stays with that relay",
    )
    outbox.delivered("north", later.id, at=at(5))
    outbox.give_back("north", later, at=at(6))
    expect(
        outbox.claim("north", now=at(7), until=at(9)) == (),
        "and a delivered notice stays delivered",
    )


def a_notice_that_fails_is_kept(make: Callable[[], Outbox]) -> None:
    """A notice that failed waits for its next attempt and holds back those behind it. Once given
    up, it lets them pass and waits for a person.
    """
    outbox = make()
    outbox.append(a_step("one", 0, received(), notices=(a_notice("one", 1), a_notice("one", 2))))
    out = outbox.claim("north", now=at(0), until=at(1))[0]
    outbox.failed("north", out.id, error="no answer", at=at(1), next_at=at(10))
    expect(
        outbox.claim("north", now=at(9), until=at(10)) == (),
        "it is not tried before its time, nor are those behind it",
    )
    out = outbox.claim("north", now=at(10), until=at(11))[0]
    expect(
        (out.notice.number, out.attempts, out.error) == (1, 2, "no answer"),
        "it is tried again, and says what it failed with",
    )
    outbox.failed("north", out.id, error="gone", at=at(11), next_at=None)
    dead = outbox.outbox("north", dead=True)
    expect(
        [(one.notice.number, one.dead_at, one.error) for one in dead] == [(1, at(11), "gone")],
        "a notice that was given up is listed",
    )
    expect([one.notice.number for one in outbox.outbox("north")] == [2], "and no longer waits")
    expect(
        [one.notice.number for one in outbox.claim("north", now=at(11), until=at(12))] == [2],
        "those behind it pass",
    )
    refuses(
        NotFound, lambda: outbox.resend("north", 12345, at=at(12)), "a notice that was not given up"
    )
    refuses(NotFound, lambda: outbox.resend("south", out.id, at=at(12)), "another agency's notice")
    outbox.resend("north", out.id, at=at(12))
    again = outbox.claim("north", now=at(12), until=at(13))[0]
    expect(
        (again.notice.number, again.attempts, again.key) == (1, 1, out.key),
        "a notice that is sent again starts over, under the same key",
    )
    outbox.delivered("north", again.id, at=at(13))
    expect(outbox.outbox("north", dead=True) == (), "and then it is done")


def the_same_notice_is_added_once(make: Callable[[], Outbox]) -> None:
    """The same notice is added once, even after it was delivered."""
    outbox = make()
    outbox.append(a_step("one", 0, received()))
    late = Notice(
        incident="one",
        about="overdue",
        to="supervisor",
        event="overdue",
        number=0,
        policy="p",
        due=at(5),
    )
    expect(outbox.notify("north", (late, late), at=at(6)) == 1, "one notice is one notice")
    expect(
        outbox.notify(
            "north", (attrs.evolve(late, fields={"incident.state": "triaged"}),), at=at(7)
        )
        == 0,
        "other fields do not make it another notice",
    )
    outbox.delivered("north", outbox.outbox("north")[0].id, at=at(8))
    expect(outbox.notify("north", (late,), at=at(9)) == 0, "a delivered notice is not added again")
    expect(
        outbox.notify("north", (attrs.evolve(late, due=at(50)),), at=at(60)) == 1,
        "another deadline is another notice",
    )


def time_passing_is_told_once(make: Callable[[], Outbox]) -> None:
    """A tick tells of each obligation once when it is due soon and once when it is overdue, however
    often it runs, and changes no incident.
    """
    store = whole(notices=make())
    arrive = Policy(
        id="arrive",
        template="response",
        a=Atom(events="CallReceived"),
        b=Atom(events="ResponderArrived"),
        within="20 min",
        authority="test",
    )
    rules = (
        NoticeRule(to="supervisor", on="overdue", fields=("what", "incident.call.nature")),
        NoticeRule(to="clinician", on="due_soon", before=dt.timedelta(minutes=2)),
    )
    workflow = Workflow(
        Program(id="told", policies=(arrive,), notices=rules),
        store,
        agency="north",
        clock=lambda: at(60 * 24 * 400),
    )
    workflow.receive(received(), incident="a")
    due = min(o.obligation.due for o in workflow.due(at(0)) if o.obligation.due)
    expect(workflow.tick(due - dt.timedelta(minutes=3)) == 0, "before its time nothing is said")
    soon = workflow.tick(due - dt.timedelta(minutes=1))
    expect(soon >= 1 and workflow.tick(due) == 0, "due soon is said once")
    expect(
        {out.notice.to for out in store.outbox("north")} == {"clinician"},
        "to whom the program says",
    )
    late = workflow.tick(due + dt.timedelta(seconds=1))
    expect(late >= 1 and workflow.tick(due + dt.timedelta(seconds=2)) == 0, "overdue is said once")
    told = store.outbox("north")[-1].notice
    expect(
        (told.about, told.due, told.fields["incident.call.nature"])
        == ("overdue", due, "psychosis"),
        "with what the receiver needs",
    )
    expect(store.version("north", "a") == 1, "time alone changes no incident")


def no_clock_of_a_host_holds_a_notice_back(make: Callable[[], Outbox]) -> None:
    """A notice from a host whose clock is hours fast is carried at once, and a fact is taken
    whatever a clock says.
    """
    store = whole(notices=make())
    workflow = Workflow(load_program("cit"), store, agency="north", clock=lambda: at(120))
    workflow.receive(received(), incident="one")
    workflow.record("one", e.TeamUnavailable(at=at(1), by="dispatcher-1"))
    expect(
        len(store.claim("north", now=at(2), until=at(3))) == 1,
        "its notice is given out by a clock that is right",
    )
    slow = Workflow(workflow.program, store, agency="north", clock=lambda: at(-30))
    slow.record("one", e.SceneSecured(at=at(5), by="officer-1"))
    expect(store.version("north", "one") == 3, "a fact that seems to lie in the future is taken")
    expect(
        abs(store.now() - dt.datetime.now(UTC)) < dt.timedelta(minutes=1),
        "the store tells the time",
    )


def a_batch_of_notices_is_all_or_nothing(make: Callable[[], Outbox]) -> None:
    """A failure inside a batch undoes the whole batch."""
    outbox = make()
    interrupted(
        outbox, lambda: outbox.append(a_step("one", 0, received(), notices=(a_notice("one", 1),)))
    )
    expect(outbox.outbox("north") == (), "nothing of an interrupted batch is written")
    with outbox.batch():
        outbox.append(
            a_step("one", 0, received(), notices=(a_notice("one", 1), a_notice("one", 2)))
        )
    expect(len(outbox.outbox("north")) == 2, "a whole batch is written")


OUTBOX_RULES: tuple[Callable[[Callable[[], Outbox]], None], ...] = (
    a_step_brings_its_notices,
    an_outbox_is_read_page_by_page,
    notices_are_claimed_in_order,
    only_the_channels_that_are_asked_for_are_claimed,
    a_claim_that_is_given_back_is_no_attempt,
    a_notice_that_fails_is_kept,
    the_same_notice_is_added_once,
    time_passing_is_told_once,
    no_clock_of_a_host_holds_a_notice_back,
    a_batch_of_notices_is_all_or_nothing,
)
"""Every rule of an outbox; each takes a factory that makes an empty outbox."""

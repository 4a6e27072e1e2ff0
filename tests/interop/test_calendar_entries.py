"""Follow-ups as entries of a calendar: they tell nothing, they follow the record, and what was
changed in the calendar is proposed, never recorded.
"""

import datetime as dt
import random
import re

import icalendar
import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.domain import events as e
from coresponder.domain.vocabulary import FollowUpOutcome
from coresponder.errors import UnreadableFile
from coresponder.interop.calendar_changes import proposals
from coresponder.interop.calendar_entries import calendar_of, planned
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.program.test_advance import BY, received, walk

CIT = load_program("cit")
LATER = at(3 * 24 * 60)


def visit(name, minutes, due, **more):
    return e.FollowUpScheduled(
        at=at(minutes), follow_up=name, kind="home_visit", due=at(due), **{**BY, **more}
    )


def story(*more):
    """A family: a visit to each of two children, and one to the parent, who has a clinician."""
    return walk(
        CIT,
        received(),
        visit("child-1-visit", 10, 600, person="child-1", owner="clinician-1"),
        visit("child-2-visit", 11, 700, person="child-2", owner="clinician-1"),
        visit("parent-visit", 12, 800, person="parent-1"),
        *more,
    )


def entries(case, agency="default"):
    return {one.scheduled.follow_up: one for one in planned(case, agency=agency)}


def read(text):
    return list(icalendar.Calendar.from_ical(text).walk())[1:]


def test_an_entry_tells_neither_who_nor_why():
    """Its title, its UID and its time, and nothing else that could tell."""
    text = calendar_of(planned(story())).decode()
    assert not re.search("child|parent|clinician|visit|home|incident|one", text, re.IGNORECASE)
    assert {str(one["summary"]) for one in read(text)} == {"Follow-up"}
    assert {str(one["class"]) for one in read(text)} == {"PRIVATE"}


def test_an_entry_tells_what_the_caller_names():
    """And nothing besides."""
    text = calendar_of(planned(story()), tells=["kind", "owner"]).decode()
    said = [str(one.get("description")) for one in read(text)]
    assert said == ["kind: home visit\nowner: clinician-1"] * 2 + ["kind: home visit"]
    assert "child" not in text
    with pytest.raises(ValueError, match="did you mean 'kind'"):
        calendar_of([], tells=["kinds"])


def test_a_follow_up_keeps_its_uid_and_each_change_counts_up():
    """Moved, done, missed, canceled, entered in error, and taken back."""
    first = entries(story())
    moved = story(visit("child-1-visit", 20, 900, person="child-1", owner="clinician-1"))
    done = walk_on(
        moved, e.FollowUpDone(at=at(890), follow_up="child-1-visit", kind="home_visit", **BY)
    )
    back = walk_on(
        done, e.EnteredInError(at=at(895), event=done.version, reason="did_not_happen", **BY)
    )
    gone = story(e.EnteredInError(at=at(30), event=2, reason="wrong_incident", **BY))
    told = [
        (one.status, one.sequence, one.scheduled.due, one.done_at)
        for one in (entries(case)["child-1-visit"] for case in (moved, done, back, gone))
    ]
    assert told == [
        ("scheduled", 1, at(900), None),
        ("done", 2, at(900), at(890)),
        ("scheduled", 3, at(900), None),
        ("cancelled", 1, at(600), None),
    ]
    uids = {entries(case)["child-1-visit"].uid for case in (moved, done, back, gone)}
    assert uids == {first["child-1-visit"].uid}
    assert len({one.uid for one in first.values()}) == 3
    assert entries(story(), "north")["parent-visit"].uid != first["parent-visit"].uid


def walk_on(case, event):
    step = CIT.advance(case, event)
    assert step.accepted, step.refusals
    return step.case


def _void_plan():
    case = walk_on(story(), visit("child-1-visit", 20, 600, person="child-2", owner="clinician-2"))
    void = e.EnteredInError(at=at(30), event=case.version, reason="wrong_person", **BY)
    return walk_on(case, void)


def _late_plan():
    """The plan that stands is the later one; the older one was recorded last."""
    case = walk(CIT, received(), visit("child-1-visit", 20, 600, person="child-1", owner="clinician-1"))  # fmt: skip
    return walk_on(case, visit("child-1-visit", 10, 600, person="child-2", owner="clinician-2"))


@pytest.mark.parametrize("make", [_void_plan, _late_plan])
def test_an_entry_is_of_the_plan_that_stands(make):
    """Not of one that is void or older, though it has the same time: neither what it tells nor what
    is proposed may name another child.
    """
    case = make()
    entry = entries(case)["child-1-visit"]
    assert (entry.scheduled.person, entry.scheduled.owner) == ("child-1", "clinician-1")
    text, uid = calendar_of([entry]), entry.uid
    moved = change(text, uid, due=at(900))
    made = change(text, uid, status="COMPLETED", completed=at(590))
    for changed, outcomes in ((moved, {}), (made, {uid: FollowUpOutcome.SAFE})):
        (one,), _ = proposals(changed, [entry], now=at(700), by="x", outcomes=outcomes)
        assert one.event.person == "child-1"


@pytest.mark.parametrize("kind", ["todo", "event"])
def test_a_calendar_that_was_not_changed_proposes_nothing(kind):
    """Whatever happened to the follow-ups; not even for parts of a second."""
    exact = visit("exact", 13, 0).due + dt.timedelta(hours=20, microseconds=17)
    case = story(
        e.FollowUpMissed(at=at(650), follow_up="child-1-visit", reason="nobody_home", **BY),
        e.FollowUpCancelled(at=at(660), follow_up="child-2-visit", **BY),
        e.FollowUpScheduled(at=at(670), follow_up="exact", kind="phone_call", due=exact, **BY),
        e.FollowUpDone(at=at(680), follow_up="parent-visit", kind="home_visit", **BY),
    )
    known = list(planned(case))
    assert len(known) == 4
    assert proposals(calendar_of(known, kind=kind), known, now=LATER, by="x") == ((), ())


def change(text, uid, **values):
    """Change one entry as a calendar does: it counts up."""
    calendar = icalendar.Calendar.from_ical(text)
    for one in calendar.walk():
        if str(one.get("uid")) == uid:
            for name, value in {"sequence": int(one["sequence"]) + 1, **values}.items():
                one.pop(name, None)
                if value is not None:
                    one.add(name, value)
    return calendar.to_ical()


@pytest.mark.parametrize(("kind", "when"), [("todo", "due"), ("event", "dtstart")])
def test_a_new_time_is_proposed_as_an_event_that_the_program_takes(kind, when):
    """For the child whose visit was moved, and for no other."""
    case = story()
    known = entries(case)
    uid = known["child-2-visit"].uid
    text = change(calendar_of(known.values(), kind=kind), uid, **{when: at(1500)})
    (proposal,), ignored = proposals(text, known.values(), now=at(30), by="clinician-1")
    assert ignored == ()
    assert (proposal.incident, proposal.event.follow_up, proposal.event.due, proposal.event.person) == (
        case.id, "child-2-visit", at(1500), "child-2"
    )  # fmt: skip
    after = CIT.advance(case, proposal.event)
    assert after.accepted
    assert entries(after.case)["child-2-visit"].scheduled.due == at(1500)


def test_a_task_that_was_completed_or_canceled_is_proposed_too():
    """A completion with its own time."""
    known = entries(story())
    text = calendar_of(known.values())
    text = change(text, known["child-1-visit"].uid, status="COMPLETED", completed=at(590))
    text = change(text, known["parent-visit"].uid, status="CANCELLED")
    told = {known["child-1-visit"].uid: FollowUpOutcome.SAFE}
    found, _ = proposals(text, known.values(), now=LATER, by="x", outcomes=told)
    assert [(type(one.event).__name__, one.event.at) for one in found] == [
        ("FollowUpDone", at(590)),
        ("FollowUpCancelled", LATER),
    ]
    assert found[0].event.outcome == "safe"


def test_what_came_of_a_completed_contact_is_never_guessed():
    """A calendar says that an entry was ticked off. Without the outcome it is named, and shows how to
    say it; an outcome for another entry, or one that has no new completion, is named too.
    """
    known = entries(story())
    first, second = known["child-1-visit"], known["child-2-visit"]
    text = change(calendar_of(known.values()), first.uid, status="COMPLETED", completed=at(590))
    found, (left,) = proposals(text, known.values(), now=LATER, by="x")
    assert (found, left.uid, left.incident, left.follow_up) == (
        (),
        first.uid,
        "one",
        "child-1-visit",
    )
    assert f"--outcome {first.uid}=OUTCOME (reached, connected_to_care, safe" in left.why
    told = {first.uid: FollowUpOutcome.DECLINED, second.uid: FollowUpOutcome.SAFE, "x": FollowUpOutcome.SAFE}  # fmt: skip
    (proposal,), ignored = proposals(text, known.values(), now=LATER, by="x", outcomes=told)
    assert (proposal.uid, proposal.event.outcome) == (first.uid, "declined")
    assert [(one.uid, one.ours) for one in ignored] == [
        (second.uid, True),
        ("a text of 1 characters", True),
    ]
    assert {one.why for one in ignored} == {
        "an outcome is given for it, and this file has no new completion of it"
    }


def test_a_contact_that_was_made_after_it_was_canceled_says_so():
    """A fact cannot be refused; whoever decides is told that it was canceled."""
    over = e.FollowUpCancelled(at=at(580), follow_up="child-1-visit", **BY)
    known = entries(story(over))
    uid = known["child-1-visit"].uid
    done = ["STATUS:COMPLETED", f"COMPLETED:{stamp(at(590))}"]
    text = raw(calendar_of(known.values()), uid, *done, **NO)
    told = {uid: FollowUpOutcome.REACHED}
    (proposal,), _ = proposals(text, known.values(), now=LATER, by="x", outcomes=told)
    assert proposal.why == "it was marked as completed in the calendar; the follow-up is canceled"


@pytest.mark.parametrize(
    ("lines", "without", "why"),
    [
        (["SEQUENCE:soon"], ["SEQUENCE"], "its SEQUENCE cannot be read"),
        (["SEQUENCE:99999999999999999999"], ["SEQUENCE"], "its SEQUENCE cannot be read"),
        (["DUE:tomorrow"], ["DUE"], "its DUE cannot be read"),
        (["DTSTAMP:now", "PERCENT-COMPLETE:all"], ["DTSTAMP"], "its DTSTAMP and its PERCENT-COMPLETE cannot be read"),
        (["Ann is ill"], [], "a line of it cannot be read"),
        (["DTSTART:20300101T000000Z"], [], "its DTSTART lies after its DUE"),
        (["DTSTART;VALUE=DATE:20300101"], [], "its DTSTART lies after its DUE"),
        (["GEO:here", "PRIORITY:high"], [], None),
        (["DTSTART;VALUE=DATE:20260303"], [], None),
        (["BEGIN:VALARM", "TRIGGER:later", "END:VALARM"], [], None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["todo", "event"])
def test_an_entry_that_cannot_be_read_costs_no_other(kind, lines, without, why):
    """Of three, one is broken and two have a new time: two are proposed and one is named, without its
    words. What is not read anyway (a place, an alarm) stops nothing.
    """
    known = entries(story())
    broken, *others = known.values()
    when = "due" if kind == "todo" else "dtstart"
    if kind == "event":
        lines = [line.replace("DTSTART", "DTEND").replace("2030", "2020") for line in lines]
        lines = [line.replace("DUE", "DTSTART").replace("20260303", "20260401") for line in lines]
        without, why = ["DTSTART"] * ("DUE" in without) or without, why and why.replace("its DUE c", "its DTSTART c").replace("after its DUE", "after its DTEND")  # fmt: skip
    text = calendar_of(known.values(), kind=kind)
    for one in others:
        text = change(text, one.uid, **{when: at(9_000)})
    name = b"VTODO" if kind == "todo" else b"VEVENT"
    text = raw(text.replace(name, b"VTODO"), broken.uid, *lines, **dict.fromkeys(without))
    found, ignored = proposals(text.replace(b"VTODO", name), known.values(), now=at(30), by="x")
    assert {one.uid for one in found} == {one.uid for one in others}
    assert [(one.uid, one.why, one.ours) for one in ignored] == [(broken.uid, why, True)] * bool(
        why
    )
    assert "Ann" not in str(ignored)


def test_of_an_entry_twice_one_of_which_cannot_be_read_none_counts():
    """Nobody knows which is the newer one."""
    known = entries(story())
    visit = known["child-1-visit"]
    moved = change(calendar_of([visit]), visit.uid, due=at(1500))
    broken = raw(moved, visit.uid, "SEQUENCE:soon", SEQUENCE=None)
    for file in (both(moved, broken), both(broken, moved)):
        found, ignored = proposals(file, [visit], now=at(30), by="x")
        assert found == () and {one.why for one in ignored} == {
            "its SEQUENCE cannot be read",
            "another version of it in the file cannot be read",
        }


@pytest.mark.parametrize("name", ["VJOURNAL", "VFREEBUSY", "X-FOO", "x" * 50])
def test_what_is_neither_a_task_nor_an_event_is_named(name):
    """A journal or a list of free times; the entries beside it are read, and so is its broken line."""
    known = entries(story())
    visit = known["child-1-visit"]
    text = change(calendar_of(known.values()), visit.uid, due=at(1500))
    other = f"BEGIN:{name}\r\nUID:u1\r\nDTSTAMP:soon\r\nEND:{name}\r\nEND:VCALENDAR"
    (proposal,), (left,) = proposals(text.replace(b"END:VCALENDAR", other.encode()), known.values(), now=at(30), by="x")  # fmt: skip
    said = name if len(name) < 40 else "a text of 50 characters"
    assert proposal.uid == visit.uid and not left.ours
    assert left.why == f"it is a component {said}, which is not read; VTODO and VEVENT are"


def test_what_cannot_be_used_is_named_and_nothing_is_guessed():
    """A day without a time, a time without a zone, an entry older than the record, one that is over,
    and somebody's own.
    """
    case = story(
        visit("parent-visit", 20, 900),
        e.FollowUpDone(at=at(40), follow_up="child-2-visit", kind="home_visit", **BY),
    )
    known = entries(case)
    text = calendar_of(known.values())
    text = change(text, known["child-1-visit"].uid, due=dt.date(2026, 4, 1))
    text = change(
        text, known["child-2-visit"].uid, due=at(1500), status="NEEDS-ACTION", completed=None
    )
    text = change(text, known["parent-visit"].uid, due=at(1500), sequence=0)
    own = icalendar.Todo()
    own.add("uid", "a birthday")
    calendar = icalendar.Calendar.from_ical(text)
    calendar.add_component(own)
    found, ignored = proposals(calendar.to_ical(), known.values(), now=LATER, by="x")
    assert found == ()
    assert [(one.why, one.ours) for one in ignored] == [
        ("its DUE is a day or has no time zone; give a time with a zone", True),
        ("it has a new time, but the follow-up is done", True),
        ("this entry is older than the record; export the calendar again", True),
        ("no follow-up here has this UID", False),
    ]
    assert "birthday" not in str(ignored)


def raw(text, uid, *lines, **without):
    """Return a calendar in which one entry lacks some lines and has others: `STATUS:completed`."""
    told = text.decode().split("BEGIN:VTODO\r\n")
    for number, entry in enumerate(told):
        if uid in entry:
            kept = [one for one in entry.split("\r\n") if one.split(":")[0].split(";")[0] not in without]  # fmt: skip
            told[number] = "\r\n".join([*lines, *kept])
    return "BEGIN:VTODO\r\n".join(told).encode()


NO = {"STATUS": None}


def stamp(when):
    return f"{when:%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize(
    ("lines", "without", "event", "why"),
    [
        (["STATUS:completed", f"COMPLETED:{stamp(at(590))}"], NO, e.FollowUpDone, "it was marked as completed in the calendar"),
        ([f"COMPLETED:{stamp(at(590))}"], NO, e.FollowUpDone, "it was marked as completed in the calendar"),
        (["PERCENT-COMPLETE:100"], NO, e.FollowUpDone, "it was marked as completed in the calendar, without a time, so now is proposed"),
        (["Status:Cancelled"], NO, e.FollowUpCancelled, "it was canceled in the calendar"),
        (
            ["STATUS:COMPLETED", f"COMPLETED:{stamp(at(590))}", f"DUE:{stamp(at(900))}"],
            NO | {"DUE": None},
            e.FollowUpDone,
            "it was marked as completed in the calendar; its new time is left out",
        ),
        (["STATUS:COMPLETED", f"COMPLETED:{stamp(at(590))}"], NO | {"DUE": None}, e.FollowUpDone, "it was marked as completed in the calendar"),
    ],
)  # fmt: skip
def test_what_is_over_is_read_however_it_is_written(lines, without, event, why):
    """In any case of letters, without a STATUS, without a time."""
    known = entries(story())
    visit = known["child-1-visit"]
    text = raw(calendar_of(known.values()), visit.uid, *lines, **without)
    told = {visit.uid: FollowUpOutcome.REACHED} if event is e.FollowUpDone else {}
    (proposal,), ignored = proposals(text, known.values(), now=LATER, by="x", outcomes=told)
    assert (type(proposal.event), proposal.why, ignored) == (event, why, ())


@pytest.mark.parametrize(
    ("lines", "without", "why"),
    [
        (["RRULE:FREQ=WEEKLY"], {}, "it recurs; plan each contact here"),
        (["DUE;TZID=Asia/Tokyo:00010101T000000"], {"DUE": None}, "its DUE is before the year 1 or after 9999"),
        ([f"RDATE:{stamp(at(900))}"], {}, "it recurs; plan each contact here"),
        ([f"RECURRENCE-ID:{stamp(at(900))}"], {}, "it is one time of a recurring entry; plan each contact here"),
        (["STATUS:DONE"], NO, "its STATUS is none of RFC 5545"),
        ([f"COMPLETED:{stamp(at(590))}"], {}, "it is completed, and its STATUS says another thing"),
        (["STATUS:COMPLETED", f"COMPLETED:{stamp(LATER + dt.timedelta(minutes=1))}"], NO, "its COMPLETED lies in the future"),
        (["STATUS:COMPLETED", f"COMPLETED:{stamp(at(9))}"], NO, "its COMPLETED lies before the follow-up was planned"),
        (["STATUS:COMPLETED", "COMPLETED:20260302"], NO, "its COMPLETED is a day or has no time zone; give a time with a zone"),
        ([f"DUE:{stamp(at(900))}"], {}, "it has more than one DUE"),
        (["STATUS:CANCELLED"], {}, "it has more than one STATUS"),
        (["SEQUENCE:-1"], {"SEQUENCE": None}, "this entry is older than the record; export the calendar again"),
        (["PERCENT-COMPLETE:100"], {}, "it is completed, and its STATUS says another thing"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_followed_is_named(lines, without, why):
    """One that recurs or is one time of many, says two things, or lies where it cannot be true."""
    known = entries(story())
    visit = known["child-1-visit"]
    text = raw(calendar_of(known.values()), visit.uid, *lines, **without)
    found, (left,) = proposals(text, known.values(), now=LATER, by="x")
    assert (found, left.uid, left.why, left.ours) == ((), visit.uid, why, True)


def test_a_completion_counts_from_when_the_visit_was_first_planned():
    """It was made, and the office moved it afterwards, not knowing."""
    known = entries(story(visit("child-1-visit", 700, 900, person="child-1", owner="clinician-1")))
    done = ["STATUS:COMPLETED", f"COMPLETED:{stamp(at(590))}"]
    text = raw(calendar_of(known.values()), known["child-1-visit"].uid, *done, **NO)
    told = {known["child-1-visit"].uid: FollowUpOutcome.REACHED}
    (proposal,), _ = proposals(text, known.values(), now=LATER, by="x", outcomes=told)
    assert proposal.event.at == at(590)


@pytest.mark.parametrize(
    ("method", "count", "why"),
    [
        ("cancel", 3, None),
        ("PUBLISH", 0, None),
        ("REPLY", 0, "METHOD:REPLY is no calendar; export the calendar"),
        ("COUNTER", 0, "METHOD:COUNTER is no calendar; export the calendar"),
        ("for Ann", 0, "METHOD:a text of 7 characters is no calendar; export the calendar"),
    ],
)
def test_the_method_of_a_calendar_counts(method, count, why):
    """CANCEL cancels what is in it, also over the status that an entry had before; an answer is no
    calendar.
    """
    known = entries(story())
    text = calendar_of(known.values()).replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:" + method.encode())  # fmt: skip
    plain = text.replace(b"STATUS:NEEDS-ACTION\r\n", b"")
    found, ignored = proposals(plain, known.values(), now=LATER, by="x")
    assert [type(one.event) for one in found] == [e.FollowUpCancelled] * count
    assert {one.why for one in ignored} == ({why} if why else set())
    if count:
        found, ignored = proposals(text, known.values(), now=LATER, by="x")
        assert [type(one.event) for one in found] == [e.FollowUpCancelled] * count and not ignored
        done = text.replace(b"NEEDS-ACTION", b"COMPLETED")
        found, ignored = proposals(done, known.values(), now=LATER, by="x")
        said = "METHOD:CANCEL cancels it, and it says that it is completed"
        assert found == () and {one.why for one in ignored} == {said}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_calendar_may_begin_with_a_mark_of_its_encoding(encoding):
    """As some calendars write it; also where a second calendar begins in the file."""
    known = entries(story())
    text = calendar_of(known.values()).decode()
    changed = text.replace(f"DUE:{stamp(at(600))}", f"DUE:{stamp(at(900))}")
    assert text != changed
    for file in (changed, text + "\ufeff" + changed.replace("SEQUENCE:0", "SEQUENCE:1")):
        (proposal,), _ = proposals(file.encode(encoding), known.values(), now=at(30), by="x")
        assert proposal.event.due == at(900)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["STATUS:IN-PROCESS", "PERCENT-COMPLETE:50"], "it says STATUS:IN-PROCESS and PERCENT-COMPLETE:50, for which the record has no event"),
        (["PERCENT-COMPLETE:50"], "it says PERCENT-COMPLETE:50, for which the record has no event"),
        (["STATUS:TENTATIVE"], "it says STATUS:TENTATIVE, for which the record has no event"),
        (["STATUS:NEEDS-ACTION", "PERCENT-COMPLETE:0"], None),
        (["STATUS:NEEDS-ACTION", "PERCENT-COMPLETE:150"], "its PERCENT-COMPLETE is not from 0 to 100"),
    ],
)  # fmt: skip
def test_what_is_between_open_and_done_is_named(lines, said):
    """The record has no event for it; a new time beside it is proposed all the same."""
    known = entries(story())
    visit = known["child-1-visit"]
    text = raw(calendar_of(known.values()), visit.uid, *lines, **NO)
    found, ignored = proposals(text, known.values(), now=at(30), by="x")
    assert found == () and [one.why for one in ignored] == ([said] if said else [])
    assert all(one.ours and one.follow_up == "child-1-visit" for one in ignored)
    moved = raw(text, visit.uid, f"DUE:{stamp(at(900))}", DUE=None)
    found, _ = proposals(moved, known.values(), now=at(30), by="x")
    assert len(found) == (said is None or "it says" in said)


def test_an_entry_with_two_uids_is_named_as_ours_if_one_of_them_is():
    """Nobody could say which follow-up it is, so it is no failure of somebody else's entry."""
    known = entries(story())
    first, second = known["child-1-visit"], known["child-2-visit"]
    for other, ours in (
        (second.uid, {True}),
        ("somebody-elses", {True, False}),
        (first.uid, {True}),
    ):
        text = raw(calendar_of([first]), first.uid, f"UID:{other}")
        found, ignored = proposals(text, known.values(), now=at(30), by="x")
        assert found == () and {one.why for one in ignored} == {"it has more than one UID"}
        assert {one.ours for one in ignored} == ours


def both(first, second):
    """Return one calendar with the entries of two."""
    return first + second


def test_of_an_entry_that_is_in_a_file_twice_the_newest_counts():
    """The higher SEQUENCE, and if they are equal the newer DTSTAMP, in any order; the older one is
    named. Two that nobody can tell apart are named.
    """
    known = entries(story())
    visit = known["child-1-visit"]
    text = calendar_of([visit])
    change_to = lambda due, **more: change(text, visit.uid, due=due, **more)
    older, newer = change_to(at(1500)), change_to(at(1600), sequence=2)
    stamped = change_to(at(1700), sequence=2, dtstamp=at(2000))
    left = "an older version of it is in the file, too, and is left out"
    for pair, due in (((older, newer), at(1600)), ((newer, stamped), at(1700))):
        for file in (both(*pair), both(*pair[::-1])):
            (proposal,), (ignored,) = proposals(file, [visit], now=at(30), by="x")
            assert (proposal.event.due, ignored.why) == (due, left)
    found, (ignored,) = proposals(both(older, change_to(at(1650))), [visit], now=at(30), by="x")
    assert found == () and "with one SEQUENCE and one DTSTAMP" in ignored.why
    assert len(proposals(both(older, older), [visit], now=at(30), by="x")[0]) == 1
    recurs = raw(text, visit.uid, f"RECURRENCE-ID:{stamp(at(1500))}")
    found, (ignored,) = proposals(both(older, recurs), [visit], now=at(30), by="x")
    assert found == () and "one time of a recurring entry" in ignored.why


@pytest.mark.parametrize(
    ("record", "lines", "without", "why"),
    [
        ("done", [f"DUE:{stamp(at(1500))}"], {"DUE": None}, "it has a new time, but the follow-up is done"),
        ("done", ["STATUS:CANCELLED"], {"STATUS": None, "COMPLETED": None}, "it is canceled in the calendar, but the follow-up is done"),
        ("done", ["STATUS:NEEDS-ACTION"], {"STATUS": None, "COMPLETED": None}, "it is open in the calendar, but the follow-up is done"),
        ("done", [f"COMPLETED:{stamp(at(700))}"], {"COMPLETED": None}, "it was completed at another time than the follow-up was made"),
        ("canceled", ["STATUS:NEEDS-ACTION"], NO, "it is open in the calendar, but the follow-up is canceled"),
        ("canceled", [f"DUE:{stamp(at(1500))}", "STATUS:NEEDS-ACTION"], {"DUE": None, "STATUS": None}, "it has a new time, but the follow-up is canceled"),
    ],
)  # fmt: skip
def test_a_calendar_that_differs_from_a_follow_up_that_is_over_is_named(
    record, lines, without, why
):
    """Reopened, moved, canceled or completed at another time there: nothing of it is lost."""
    over = {
        "done": e.FollowUpDone(at=at(590), follow_up="child-1-visit", kind="home_visit", **BY),
        "canceled": e.FollowUpCancelled(at=at(590), follow_up="child-1-visit", **BY),
    }
    known = entries(story(over[record]))
    visit = known["child-1-visit"]
    text = raw(calendar_of(known.values()), visit.uid, *lines, **without)
    found, (left,) = proposals(text, known.values(), now=LATER, by="x")
    assert (found, left.why) == ((), why)


def test_an_entry_that_is_gone_from_the_calendar_is_not_compared():
    """A file never says that it has all, so what is not in it proposes nothing."""
    known = list(planned(story()))
    assert proposals(calendar_of(known[:1]), known, now=LATER, by="x") == ((), ())


def test_a_file_that_is_cut_off_or_no_calendar_is_refused_whole():
    """So that half a file is not taken for no change."""
    known = list(planned(story()))
    text = calendar_of(known)
    for broken in (b"", b"hello", text[: len(text) // 2], b"BEGIN:VCALENDAR\r\n" * 3):
        with pytest.raises(UnreadableFile, match="not a complete iCalendar file"):
            proposals(broken, known, now=LATER, by="x")


def test_damaged_files_give_an_answer_or_one_error():
    """Bytes changed at random."""
    known = list(planned(story()))
    text, source = calendar_of(known), random.Random(1)
    for _ in range(2_000):
        damaged = bytearray(text)
        for _ in range(source.randint(1, 8)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        try:
            proposals(bytes(damaged), known, now=LATER, by="x")
        except UnreadableFile:
            continue


def test_a_store_is_exported_and_a_changed_calendar_proposed(tmp_path):
    """By the commands; the store stays as it was."""
    with SqlStore.sqlite(tmp_path / "agency.db") as store:
        flow = Workflow(CIT, store)
        for event in story().recorded():
            flow.record("one", event) if event.at > at(0) else flow.receive(event, incident="one")
    call = CliRunner().invoke
    base, file = [str(tmp_path / "agency.db")], tmp_path / "visits.ics"
    made = call(commands, ["export", "calendar", *base, "-o", str(file), "--owner", "clinician-1"])
    assert made.exit_code == 0, made.output
    assert len(read(file.read_bytes())) == 2
    before = (tmp_path / "agency.db").read_bytes()
    back = ["import", "calendar", *base, str(file), "--by", "clinician-1"]
    assert "proposals: 0, not used: 0" in call(commands, back).output
    file.write_bytes(
        change(file.read_bytes(), str(read(file.read_bytes())[0]["uid"]), due=at(4000))
    )
    said = call(commands, back).output
    passed = "one: it has a new time in the calendar, which has passed. Proposed: FollowUpScheduled"
    assert passed in said
    assert (tmp_path / "agency.db").read_bytes() == before
    assert call(commands, [*back[:-1], "two words"]).exit_code == 2
    uid = str(read(file.read_bytes())[0]["uid"])
    file.write_bytes(change(file.read_bytes(), uid, status="COMPLETED"))
    asked = call(commands, back)
    assert asked.exit_code == 1 and f"not used: {uid} (one, child-1-visit): it was" in asked.output
    answered = call(commands, [*back, "--outcome", f"{uid}=safe"])
    assert answered.exit_code == 0 and '"outcome":"safe"' in answered.output.replace(": ", ":")
    for wrong, why in (
        ("safe", "say of which entry, UID=safe"),
        ("=safe", "say of which entry, UID=safe"),
        (f"{uid}=well", "known: connected_to_care"),
    ):
        refused = call(commands, [*back, "--outcome", wrong])
        assert refused.exit_code == 2 and why in refused.output
        assert "did you mean" not in refused.output

"""The product of policies against the plain stepping of each, over random programs and stories."""

import datetime as dt
import itertools
import random
from collections import Counter

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.errors import InvalidEvent
from coresponder.policy import tables
from coresponder.policy.atoms import Atom
from coresponder.policy.automata import BY_DEADLINE, BY_EVENT, PASSED, RUNS, Timed, Untimed
from coresponder.policy.bounds import Calendar, parse_bound
from coresponder.policy.policy import Policy, compile_policy
from coresponder.policy.templates import TEMPLATES, Verdict
from coresponder.policy.watches import Keys
from coresponder.program import Program, load_program, shipped_programs
from coresponder.stores.projections import changed_owed, owed_of
from tests.conftest import at
from tests.program.test_advance import BY, OVERRIDE, received

PEOPLE = ("PersonInvolved", "Screened", "ConsentGiven", "ReferralOffered", "ImminentDangerSeen")
WORDS = (
    *PEOPLE,
    "ReferralSent",
    "WeaponSeen",
    "SceneSecured",
    "DispositionRecorded",
    "SceneCleared",
)
NAMES = ("p-1", "p-2", "p-3")
CONDITIONS = (
    {}, {}, {}, {"incident.scene.weapon": True}, {"incident.children": {"ge": 1}}, {"incident.state": ["received", "on_scene"]},
    {"incident.open_referrals": {"gt": 0}, "incident.scene.weapon": False},
)  # fmt: skip
MAKERS = (
    lambda at, who, _: e.PersonInvolved(at=at, person=who, role="victim", age_group="child", **BY),
    lambda at, who, _: e.PersonInvolved(at=at, person=who, role="witness", **BY),
    lambda at, who, _: e.Screened(at=at, person=who, screening=Screening(level="high"), **BY),
    lambda at, who, _: e.ConsentGiven(at=at, person=who, scope="services", **BY),
    lambda at, who, ref: e.ReferralOffered(at=at, referral=ref, person=who, need="housing", **BY),
    lambda at, who, ref: e.ReferralSent(at=at, referral=ref, person=who, **BY),
    lambda at, *_: e.ImminentDangerSeen(at=at, **BY),
    lambda at, *_: e.WeaponSeen(at=at, **BY),
    lambda at, *_: e.SceneSecured(at=at, **BY),
    lambda at, *_: e.DispositionRecorded(at=at, disposition="referred", **BY),
    lambda at, *_: e.ResponderArrived(at=at, responder="cit-1", **BY),
    lambda at, *_: e.SceneCleared(at=at, **BY),
    lambda at, *_: e.NoteAdded(at=at, entry="x", digest="y", **BY),
)
BOUNDS = ("20 min", "3 h", "1 business days", "end of next business day")


def plain(program, case):
    """Step each policy's own watch over what happened: cells, and (policy, by what, event, key)."""
    book, lifecycle = program.book, program.lifecycle
    cells = [policy.start(None) for policy in book.policies]
    breaches, happened = Counter(), []
    for entry in case.entries():
        if not entry.happened:
            continue
        before = program.replay(case.id, happened)
        happened.append(attrs.evolve(entry.event))
        after = program.replay(case.id, happened)
        if before.state == lifecycle.initial != after.state:
            for i, policy in enumerate(book.policies):
                if policy.starts_with_opening:
                    cells[i] = policy.begin(cells[i], entry.event.at)
        for i, policy in enumerate(book.policies):
            watch = policy.watches.get(type(entry.event).__name__)
            change = watch and watch(cells[i], entry.event, after.incident)
            if change:
                cells[i], how, key = change
                for one in key if type(key) is Keys else (key,):
                    for by in (BY_DEADLINE, BY_EVENT):
                        if how & by:
                            breaches[policy.id, by, entry.number, one and str(one)] += 1
    return tuple(cells), breaches


def found(case):
    by = {"deadline": BY_DEADLINE, "event": BY_EVENT}
    return Counter((v.policy, by[v.how.value], v.event, v.key) for v in case.violations)


def agrees(program, case):
    """Compare verdicts, obligations, breaches and each policy's cells with the plain stepping."""
    cells, breaches = plain(program, case)
    assert found(case) == breaches
    for policy, mine, theirs in zip(program.book.policies, case.cells, cells, strict=True):
        if not policy.policy.per:
            assert mine == theirs, policy.id
        else:
            unseen = policy.unseen(theirs)
            assert policy.unseen(mine) == unseen
            for key in {*mine, *theirs}:
                assert mine.get(key, unseen) == theirs.get(key, unseen), (policy.id, key)
    book, last = program.book, max(event.at for event in case.history)
    for now in (last, last + dt.timedelta(hours=1), last + dt.timedelta(days=9)):
        mine, theirs = (
            book.obligations(each, case.findings.violations, now) for each in (case.cells, cells)
        )
        assert sorted(mine, key=str) == sorted(theirs, key=str)
        assert program.statuses(case, now) == book.statuses(cells, case.violations, now)
    owed = book.owed(cells, last)
    kept = Counter((policy.id, key) for policy, key in book.still_owed(case.progress, last))
    assert kept == Counter((policy.id, key) for policy, key in owed)
    long_ago = dt.datetime.min.replace(tzinfo=dt.UTC)
    standing = book.standing(case.progress, case.violations)
    theirs = book.obligations(cells, case.violations, long_ago)
    assert sorted(standing, key=str) == sorted(theirs, key=str)
    dues = [one.due for one in book.obligations(cells, (), last) if one.due]
    assert book.load(case.progress) == (min(dues, default=None), len(owed))


def played(program, story):
    """Play a story; what each step opens, and what it changes in a list, is what is owed."""
    case, listed = program.open("one"), {}
    for event in story:
        try:
            step = program.advance(case, event)
        except InvalidEvent:
            continue
        if not step.accepted:
            step = program.advance(case, event, OVERRIDE)
        before, after = program.obligations(case, step.at), program.obligations(step.case, step.at)
        if case.history:
            names = {(one.policy, one.key) for one in before}
            assert {(one.policy, one.key) for one in step.opened} == {
                (one.policy, one.key) for one in after
            } - names
        owed, met = changed_owed(program, case, step.case)
        listed |= {(one.policy, one.key): one for one in owed}
        listed = {duty: one for duty, one in listed.items() if duty not in met}
        assert listed == {(one.policy, one.key): one for one in owed_of(program, step.case)}
        case = step.case
    return case


def atom(draw):
    return Atom(events=draw.sample(WORDS, draw.choice((1, 1, 2))), where=draw.choice(CONDITIONS))


def rules(draw, count):
    """Return so many policies that hold together, of any template, bound, key and release."""
    made = []
    while len(made) < count:
        template = TEMPLATES[draw.choice(sorted(TEMPLATES))]
        bounds = [key for key in ("within", "after") if getattr(template, key)]
        policy = Policy(
            id=f"rule-{len(made)}",
            template=template.name,
            a=Atom(where={"incident.scene.weapon": True}) if template.on_incident else atom(draw),
            b=atom(draw) if template.atoms == 2 else None,
            unless=draw.choice((None, atom(draw))) if template.unless else None,
            count=draw.choice((1, 2, 9)) if template.counted else 1,
            per=draw.choice((None, "person", "referral")) if template.per else None,
            enforcement=draw.choice(("BLOCK", "WARN")),
            **(
                {draw.choice(bounds): draw.choice(BOUNDS)} if bounds and draw.random() < 0.6 else {}
            ),
        )
        if not compile_policy(policy, e.EVENT_TYPES, Calendar())[1]:
            made.append(policy)
    return Program(id="drawn", policies=made)


def story(draw):
    """A call, then events in any order of recording: late, void, about three people."""
    late, events = draw.random() < 0.4, [received()]
    moments = [draw.randrange(60 * 30) for _ in range(draw.randrange(2, 14))]
    for minutes in moments if late else sorted(moments):
        person, referral = draw.choice(NAMES), draw.choice(NAMES)
        events.append(draw.choice(MAKERS)(at(minutes), person, referral))
    if draw.random() < 0.3:
        number = draw.randrange(2, len(events) + 1)
        void = e.EnteredInError(at=at(60 * 31), event=number, reason="duplicate", **BY)
        events.insert(draw.randrange(number, len(events) + 1), void)
    return events


@pytest.mark.parametrize("seed", range(60))
def test_the_product_is_the_policies_stepped_one_by_one(seed):
    """Cells, breaches with their evidence, obligations, verdicts and what a store keeps are those
    of each policy's own watch, also for late, void and overridden events and several people.
    """
    draw = random.Random(seed)
    program = rules(draw, 8)
    for _ in range(3):
        agrees(program, played(program, story(draw)))


@pytest.mark.parametrize("seed", range(12))
def test_a_book_without_room_decides_the_same(seed):
    """What the tables cannot remember they work out anew."""
    draw = random.Random(seed)
    program, told = rules(draw, 8), story(draw)
    cramped = attrs.evolve(program)
    cramped.book.tables.room.left = seed
    assert played(cramped, told) == played(program, told)
    assert cramped.book.tables.room.left <= 0


@pytest.mark.parametrize("name", shipped_programs())
def test_shipped_programs_step_as_their_policies_do(name):
    """The tables that every case of a process shares answer for each of them."""
    draw, program = random.Random(name), load_program(name)
    for _ in range(4):
        agrees(program, played(program, story(draw)))


def test_what_does_not_concern_a_policy_changes_nothing():
    """A template for which not every event counts stays where it is when no atom matches; the
    product passes it over.
    """
    for template in TEMPLATES.values():
        if not template.every:
            table = Untimed(template.times(1))
            assert all(
                table.step(state, 0, at(0)) == (state, 0)
                for state in range(len(table.template.rows))
            )


def test_a_count_above_seven_is_counted_within_a_time():
    """Ten within an hour: three are not enough."""
    policy = Policy(
        id="ten", template="existence", a=Atom(events="WeaponSeen"), count=10, within="1 h"
    )
    program = Program(id="p", policies=[policy])
    seen = [e.WeaponSeen(at=at(minutes), **BY) for minutes in range(1, 11)]
    assert isinstance(program.book["ten"].automaton, Timed)
    for some, verdict in ((3, Verdict.VIOLATED), (9, Verdict.VIOLATED), (10, Verdict.SATISFIED)):
        case = program.replay("one", [received(), *seen[:some]])
        assert program.statuses(case, at(90))[0].verdict is verdict
        assert bool(program.obligations(case, at(90))) is (some < 10)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_state_says_what_its_cell_says(template):
    """The bits of the clock are enough: before, at and after the bound, of every short word."""
    bound = parse_bound("15 min", Calendar())
    automata = [Timed(template, bound, key == "within") for key in BOTH if getattr(template, key)]
    for automaton in (*automata, Untimed(template)):
        for word in itertools.product(range(8), repeat=2):
            cell = automaton.start(at(0))
            for minute, letter in zip((0, 10), word, strict=True):
                cell, _ = automaton.step(cell, letter, at(minute))
            for now in map(at, (10, 15, 16, 25, 26)):
                state = cell
                if isinstance(automaton, Timed):
                    state, instant = cell
                    state |= RUNS if instant else 0
                    state |= PASSED if instant and automaton.passed(instant, now) else 0
                assert automaton.says(state) is automaton.verdict(cell, now)


BOTH = ("within", "after")


def test_progress_is_taken_over_by_the_tables_of_another_program_object():
    """The same program loaded twice has tables of its own, and goes on with the other's case."""
    one, other = load_program("cit"), attrs.evolve(load_program("cit"))
    assert one.book.tables is not other.book.tables
    case = one.advance(one.open("a"), received()).case
    weapon = e.WeaponSeen(at=at(4), **BY)
    assert other.advance(case, weapon).case == one.advance(case, weapon).case
    assert other.book.load(case.progress) == one.book.load(case.progress)


def test_the_room_is_bounded():
    """A book has a cap, so that a program with any number of rules cannot eat a host's memory."""
    assert load_program("cit").book.tables.room.left <= tables.MOST_REMEMBERED


@attrs.frozen(kw_only=True)
class VitalsTaken(e.Fact):
    """An event of an agency's own, with a value that cannot be hashed."""

    pulse: int = 0
    readings: dict[str, int] = attrs.field(factory=dict)


def test_a_value_that_cannot_be_remembered_is_judged_anew():
    """A value that cannot be hashed, and one of more values than are kept, count like any other."""
    taken = Atom(events="VitalsTaken", where={"pulse": {"ge": 100}, "readings": {"exists": True}})
    policy = Policy(id="calm", template="at_most", count=1, a=taken, enforcement="OBSERVE")
    program = Program(id="p", policies=[policy], events=[VitalsTaken])
    vitals = [VitalsTaken(at=at(1), pulse=pulse, readings={"a": 1}, **BY) for pulse in range(102)]
    case = program.replay("one", [received(), *vitals])
    assert [violation.event for violation in case.violations] == [103]

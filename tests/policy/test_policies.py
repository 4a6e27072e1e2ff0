"""Policies: what a file may say, what it means, and what it may not say."""

import datetime as dt

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.domain.objects import Incident
from coresponder.domain.vocabulary import FollowUpKind
from coresponder.errors import InvalidProgram
from coresponder.policy.atoms import Atom, field_type, readable_paths
from coresponder.policy.automata import BY_EVENT, Untimed
from coresponder.policy.bounds import Calendar, parse_bound, say_duration
from coresponder.policy.policy import Policy
from coresponder.policy.refusal import Breach, Violation
from coresponder.policy.templates import TEMPLATES, Template, Verdict
from coresponder.policy.words import remedy_of, say_details, say_policy
from coresponder.program import Program, permitted, program_from_definition
from coresponder.proof import Outcome, check_program
from coresponder.testing.suite import brute_force_disagreements
from tests.conftest import NOON, at
from tests.program.test_advance import BY, received, walk

DAY = 60 * 24
NEW_YORK = Calendar.of("America/New_York", holidays=(dt.date(2026, 3, 4),))


def program(**policy):
    return Program(id="p", policies=[Policy(**{"id": "rule", "authority": "x", **policy})])


def verdict(made, *story, now=at(60 * 24 * 100)):
    return made.statuses(made.replay("one", [received(), *story]), now)[0].verdict


def person(role="victim", minutes=1, **more):
    return e.PersonInvolved(at=at(minutes), role=role, **{"person": "person-1", **more}, **BY)


def weapon(minutes=1):
    return e.WeaponSeen(at=at(minutes), **BY)


@pytest.mark.parametrize(
    ("where", "matches"),
    [
        ({"role": "victim"}, True),
        ({"role": ["witness", "victim"]}, True),
        ({"role": ["witness"]}, False),
        ({"role": {"ne": "witness"}}, True),
        ({"role": {"eq": ["victim"][0]}}, True),
        ({"prior": {"exists": False}}, True),
        ({"prior.contacts_90_days": {"ge": 2}}, False),
        ({"prior.contacts_90_days": 0}, False),
        ({"incident.children": {"gt": 0}}, True),
        ({"incident.children": {"gt": 0, "lt": 1}}, False),
        ({"incident.call.nature": "psychosis"}, True),
        ({"incident.state": "received"}, True),
        ({"role": "victim", "incident.state": "closed"}, False),
        ({"incident.scene.techniques": {"lacks": "mirroring"}}, True),
        ({"incident.scene.techniques": {"has": ["mirroring"]}}, False),
        ({"incident.scene.techniques": "mirroring"}, False),
        ({"at": {"gt": NOON}}, True),
    ],
)
def test_where_reads_the_event_and_the_incident_after_it(where, matches):
    """A missing optional value fails its condition."""
    made = program(template="absence", a=Atom(events="PersonInvolved", where=where))
    found = verdict(made, person(age_group="child"))
    assert (found is Verdict.VIOLATED) is matches


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "my rule", "template": "absence", "a": "WeaponSeen"}, "without spaces"),
        (
            {"template": "respons", "a": "WeaponSeen", "b": "SceneSecured"},
            "did you mean 'response'",
        ),
        ({"template": "response", "a": "WeaponSeen"}, "response needs an atom 'b'"),
        ({"template": "existence", "a": "WeaponSeen", "b": "SceneSecured"}, "has only one atom"),
        ({"template": "absence", "a": "WeponSeen"}, "did you mean 'WeaponSeen'"),
        (
            {"template": "absence", "a": Atom(events="PersonInvolved", where={"rol": "victim"})},
            "did you mean 'role'",
        ),
        (
            {"template": "absence", "a": Atom(events="PersonInvolved", where={"role": "victm"})},
            "did you mean 'victim'",
        ),
        (
            {
                "template": "absence",
                "a": Atom(events="PersonInvolved", where={"prior.contacts": 1}),
            },
            "prior.contacts",
        ),
        (
            {"template": "absence", "a": Atom(events="PersonInvolved", where={"role.x": 1})},
            "there are none",
        ),
        (
            {
                "template": "absence",
                "a": Atom(events="PersonInvolved", where={"role": {"like": "victim"}}),
            },
            "not an operator",
        ),
        (
            {
                "template": "absence",
                "a": Atom(events="PersonInvolved", where={"role": {"gt": "victim"}}),
            },
            "has no order",
        ),
        (
            {
                "template": "absence",
                "a": Atom(events="PersonInvolved", where={"role": {"has": "victim"}}),
            },
            "one value",
        ),
        (
            {
                "template": "absence",
                "a": Atom(
                    events="PersonInvolved",
                    where={"incident.scene.techniques": {"eq": "mirroring"}},
                ),
            },
            "use has or lacks",
        ),
        (
            {
                "template": "absence",
                "a": Atom(events="PersonInvolved", where={"prior": {"exists": 3}}),
            },
            "true or false",
        ),
        (
            {"template": "absence", "a": Atom(events="CallTriaged", where={"weapon": "yes"})},
            "is true or false",
        ),
        (
            {"template": "absence", "a": Atom(events="EnteredInError", where={"event": "one"})},
            "is a number",
        ),
        ({"template": "absence", "a": Atom(where={"incident.children": 1})}, "needs an event type"),
        ({"template": "always", "a": Atom(events="WeaponSeen")}, "remove the event"),
        ({"template": "always", "a": Atom(where={"children": 1})}, "write 'incident.children'"),
        (
            {
                "template": "response",
                "a": "WeaponSeen",
                "b": "SceneSecured",
                "within": "1 h",
                "after": "1 h",
            },
            "never both",
        ),
        ({"template": "at_most", "a": "WeaponSeen", "within": "1 h"}, "does not take 'within'"),
        (
            {
                "template": "responded_existence",
                "a": "WeaponSeen",
                "b": "SceneSecured",
                "after": "1 h",
            },
            "does not take 'after'",
        ),
        (
            {"template": "response", "a": "WeaponSeen", "b": "SceneSecured", "within": "soon"},
            "not a time bound",
        ),
        (
            {
                "template": "response",
                "a": "WeaponSeen",
                "b": "SceneSecured",
                "within": "0 business days",
            },
            "1 to 366",
        ),
        (
            {
                "template": "succession",
                "a": "WeaponSeen",
                "b": "SceneSecured",
                "unless": "NoteAdded",
            },
            "no single meaning for succession",
        ),
        (
            {"template": "existence", "a": "FollowUpDone", "per": "follow_up"},
            "would never apply",
        ),
        (
            {"template": "response", "a": "ReferralSent", "b": "SceneCleared", "per": "referral"},
            "SceneCleared has no field 'referral'",
        ),
        (
            {"template": "response", "a": "WeaponSeen", "b": "SceneSecured", "count": 2},
            "takes no count",
        ),
        ({"template": "existence", "a": "WeaponSeen", "count": 0}, "absence means never"),
        (
            {
                "template": "not_succession",
                "a": "PersonInvolved",
                "b": "SceneCleared",
                "enforcement": "BLOCK",
            },
            "BLOCK cannot stop a fact",
        ),
        (
            {"template": "absence", "a": "ForceUsed", "enforcement": "BLOCK"},
            "only ForceUsed could break this",
        ),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_a_cure(fields, said):
    """The policy and the key are named, and what to write instead."""
    fields = {
        k: Atom(events=v) if k in {"a", "b", "unless"} and isinstance(v, str) else v
        for k, v in fields.items()
    }
    with pytest.raises(InvalidProgram, match=said) as caught:
        program(**fields)
    assert f"[[policy]] {fields.get('id', 'rule')!r}" in str(caught.value)


def test_two_policies_with_one_id_are_refused_and_all_problems_are_told():
    """A file is mended once."""
    one = Policy(id="rule", template="existence", a=Atom(events="WeaponSeen"))
    with pytest.raises(InvalidProgram) as caught:
        Program(id="p", policies=[one, one, Policy(id="other", template="nonsense")])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "start", "deadline"),
    [
        ("90 s", NOON, NOON + dt.timedelta(seconds=90)),
        ("15 min", NOON, at(15)),
        ("72 h", NOON, at(72 * 60)),
        ("7 d", NOON, at(7 * 24 * 60)),
        ("1.5 h", NOON, at(90)),
        (
            "end of next business day",
            NOON,
            dt.datetime(2026, 3, 4, 4, 59, 59, 999999, tzinfo=dt.UTC),
        ),
        ("2 business days", NOON, dt.datetime(2026, 3, 6, 4, 59, 59, 999999, tzinfo=dt.UTC)),
        (
            "1 business day",
            dt.datetime(2026, 3, 7, 23, tzinfo=dt.UTC),
            dt.datetime(2026, 3, 10, 3, 59, 59, 999999, tzinfo=dt.UTC),
        ),
    ],
)
def test_bounds(text, start, deadline):
    """Durations are exact; business days end with the local day, over holidays, weekends and the
    change of clocks.
    """
    assert parse_bound(text, NEW_YORK).deadline(start) == deadline


def test_a_calendar_bound_is_monotone():
    """A later activation never has an earlier deadline: what one instant per cell rests on."""
    bound = parse_bound("2 business days", NEW_YORK)
    deadlines = [bound.deadline(NOON + dt.timedelta(minutes=37 * i)) for i in range(2000)]
    assert deadlines == sorted(deadlines)


@pytest.mark.parametrize("bad", [{"time_zone": "Mars/Olympus"}, {"time_zone": "UTC", "weekend": ("caturday",)},
                                 {"time_zone": "UTC", "weekend": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}])  # fmt: skip
def test_a_calendar_that_cannot_be_is_refused(bad):
    """Zones and day names are checked."""
    with pytest.raises(ValueError, match="time_zone|working day"):
        Calendar.of(**bad)


def test_durations_in_words():
    """Two units are enough."""
    assert say_duration(dt.timedelta(days=2, hours=1, minutes=4)) == "2 d 1 h"
    assert say_duration(dt.timedelta()) == "0 min"


def test_per_keeps_one_cell_for_each_value():
    """Each referral is answered for itself; the verdict is the worst of them."""
    made = program(
        template="response",
        a=Atom(events="ReferralSent"),
        b=Atom(events="ReferralAccepted"),
        per="referral",
        within="1 d",
    )

    def sent(referral, minutes):
        return e.ReferralSent(at=at(minutes), referral=referral, person="person-1", **BY)

    story = [sent("r-1", 1), sent("r-2", 2), e.ReferralAccepted(at=at(3), referral="r-1", **BY)]
    case = made.replay("one", [received(), *story])
    assert verdict(made, *story, now=at(5)) is Verdict.PENDING
    assert [o.key for o in made.obligations(case, at(5))] == ["r-2"]
    assert verdict(made, *story) is Verdict.VIOLATED
    assert verdict(made, now=at(5)) is Verdict.HOLDING
    late = made.replay(
        "one", [received(), *story, e.ReferralAccepted(at=at(9000), referral="r-2", **BY)]
    )
    assert [(v.key, v.at) for v in late.violations] == [("r-2", at(2) + dt.timedelta(days=1))]
    overdue = made.replay("one", [received(), *story, sent("r-2", 9000)])
    (owed,) = made.obligations(overdue, at(9001))
    assert owed.overdue
    assert owed.due == at(2) + dt.timedelta(days=1)
    assert late.violations[0].since == at(2)


def test_unless_releases_permits_and_ends():
    """Its one meaning for each template that takes it."""
    declined = e.ConsentDeclined(at=at(2), person="person-1", **BY)
    response = program(
        template="response",
        a=Atom(events="WeaponSeen"),
        b=Atom(events="SceneSecured"),
        unless=Atom(events="ConsentDeclined"),
    )
    assert verdict(response, weapon()) is Verdict.PENDING
    assert verdict(response, weapon(), declined) is Verdict.HOLDING
    precedence = program(
        template="precedence",
        a=Atom(events="SceneSecured"),
        b=Atom(events="WeaponSeen"),
        unless=Atom(events="ConsentDeclined"),
    )
    assert verdict(precedence, weapon()) is Verdict.VIOLATED
    assert verdict(precedence, declined, weapon(5)) is Verdict.SATISFIED
    forbidden = program(
        template="not_succession",
        a=Atom(events="WeaponSeen"),
        b=Atom(events="SceneCleared"),
        unless=Atom(events="ConsentDeclined"),
    )
    leave = e.SceneCleared(at=at(9), **BY)
    assert verdict(forbidden, weapon(), leave) is Verdict.VIOLATED
    assert verdict(forbidden, weapon(), declined, leave) is Verdict.HOLDING


CHILD = Atom(events="PersonInvolved", where={"age_group": "child"})
PLANNED = {
    "template": "response",
    "a": CHILD,
    "b": Atom(events="SafetyPlanMade"),
    "per": "person",
    "within": "1 d",
    "enforcement": "BLOCK",
}
CANCELLED = Atom(events="IncidentCancelled")


def child(who, minutes=1):
    return person(minutes=minutes, person=who, age_group="child")


def planned(who, minutes=3):
    return e.SafetyPlanMade(at=at(minutes), person=who, **BY)


def test_each_child_unless_the_incident_is_cancelled():
    """A release without the field releases every value: live, permitted, in an audit, in words, and
    for those who are named later.
    """
    made = program(**PLANNED, unless=CANCELLED)
    case = walk(made, received(), child("c-1"), child("c-2"), planned("c-1"))
    assert [o.key for o in made.obligations(case, at(5))] == ["c-2"]
    cancel = e.IncidentCancelled(at=at(6), **BY)
    assert next(p for p in permitted(made, case, at(6)) if p.event == "IncidentCancelled").permitted
    step = made.advance(case, cancel)
    assert step.accepted
    assert [o.key for o in step.met] == ["c-2"]
    assert made.obligations(step.case, at(DAY * 9)) == ()
    assert verdict(made, child("c-1"), child("c-2"), cancel) is Verdict.HOLDING
    assert brute_force_disagreements(made, step.case) == ()
    again = made.replay("one", [received(), child("c-1"), cancel, child("c-2", minutes=9)])
    assert [o.key for o in made.obligations(again, at(10))] == ["c-2"]
    strict = program(**PLANNED)
    assert not next(
        p for p in permitted(strict, case, at(6)) if p.event == "IncidentCancelled"
    ).permitted
    said = "After “person involved” (age group is child), “safety plan made” follows within 1 d for the same person, unless “incident canceled”."
    assert say_policy(made.policies[0]) == said
    assert remedy_of(made.policies[0]).endswith("Or record “incident canceled”.")


def test_what_was_due_for_each_before_the_release_is_counted_for_each():
    """Two deadlines that passed before the release are two breaches, each with its key; after it
    nothing is owed.
    """
    made = program(**PLANNED, unless=CANCELLED)
    story = [received(), child("c-1"), child("c-2"), planned("c-1")]
    late = made.replay(
        "one",
        [
            received(),
            child("c-1"),
            child("c-2"),
            child("c-3", DAY * 3),
            e.IncidentCancelled(at=at(DAY * 3 + 1), **BY),
        ],
    )
    assert [(v.key, v.how) for v in late.violations] == [
        ("c-1", Breach.DEADLINE),
        ("c-2", Breach.DEADLINE),
    ]
    assert made.obligations(late, at(DAY * 9)) == ()
    assert brute_force_disagreements(made, made.replay("one", story)) == ()


def test_a_release_for_all_permits_those_who_are_named_later():
    """Consent before referral for each person, unless there is danger: that somebody is in danger
    is not about one of them.
    """
    made = program(
        template="precedence",
        a=Atom(events="ConsentGiven"),
        b=Atom(events="ReferralOffered"),
        unless=Atom(events="ImminentDangerSeen"),
        per="person",
        enforcement="WARN",
    )

    def offered(who, minutes):
        return e.ReferralOffered(
            at=at(minutes), referral=f"r-{who}", person=who, need="housing", **BY
        )

    danger = e.ImminentDangerSeen(at=at(2), **BY)
    assert verdict(made, offered("p-1", 1)) is Verdict.VIOLATED
    assert verdict(made, danger, offered("p-1", 3), offered("p-2", 4)) is Verdict.HOLDING
    case = made.replay("one", [received(), offered("p-1", 1), danger, offered("p-2", 3)])
    assert [v.key for v in case.violations] == ["p-1"]
    assert brute_force_disagreements(made, case) == ()
    assert made.book.policies[0].parts(made.replay("one", [received(), danger]).cells[0]) == ()


def test_a_key_that_the_atoms_lack_is_still_refused():
    """Only the release may be about all."""
    with pytest.raises(
        InvalidProgram,
        match="SceneCleared has no field 'person' to correlate by; .*take an event that has it, or leave out per",
    ):
        program(
            template="response",
            a=CHILD,
            b=Atom(events="SceneCleared"),
            unless=CANCELLED,
            per="person",
        )


def test_a_rule_for_each_child_that_a_cancelling_releases_is_proved_and_played():
    """The proof goes over the same program: it can be triggered, and the incident can finish."""
    made = Program(
        id="p", policies=[Policy(id="each-child", authority="x", **PLANNED, unless=CANCELLED)]
    )
    proof = check_program(made)
    assert proof.verdict is Outcome.PROVED, proof.findings
    assert "unless “incident canceled”" in say_policy(made.policies[0])


def test_a_release_releases_all_that_is_counted():
    """Two visits within the week, unless the person declines: after that none is owed, and before
    it one visit is not two.
    """
    made = program(
        template="existence",
        a=Atom(events="FollowUpDone"),
        count=2,
        unless=Atom(events="ConsentDeclined"),
        within="7 d",
    )
    declined = e.ConsentDeclined(at=at(60), person="p-1", **BY)
    done = [e.FollowUpDone(at=at(m), follow_up=f"f-{m}", kind="home_visit", **BY) for m in (30, 90)]
    assert verdict(made, done[0], now=at(100)) is Verdict.PENDING
    assert verdict(made, declined) is Verdict.SATISFIED
    assert verdict(made, done[0], declined) is Verdict.SATISFIED
    assert verdict(made, *done) is Verdict.SATISFIED
    assert verdict(made, done[0]) is Verdict.VIOLATED


def test_what_is_counted_stays_owed_until_all_of_it_is_done():
    """After the deadline one of two visits is not enough; the release is."""
    made = program(
        template="existence",
        a=Atom(events="FollowUpDone"),
        count=2,
        unless=Atom(events="ConsentDeclined"),
        within="1 d",
    )
    late = [
        e.FollowUpDone(at=at(DAY * d), follow_up=f"f-{d}", kind="home_visit", **BY) for d in (2, 3)
    ]
    once = made.replay("one", [received(), late[0]])
    assert [(v.how, v.at) for v in once.violations] == [(Breach.DEADLINE, at(DAY))]
    assert [o.overdue for o in made.obligations(once, at(DAY * 2))] == [True]
    twice = made.replay("one", [received(), *late])
    assert len(made.violations(twice, at(DAY * 9))) == 1
    assert made.obligations(twice, at(DAY * 9)) == ()
    released = made.replay(
        "one", [received(), late[0], e.ConsentDeclined(at=at(DAY * 4), person="p-1", **BY)]
    )
    assert made.obligations(released, at(DAY * 9)) == ()


def test_a_release_is_never_too_early():
    """Where one must wait, a release counts at once: it ends what is owed, and it permits without
    waiting.
    """
    declined = Atom(events="ConsentDeclined")
    made = program(
        template="response",
        a=Atom(events="WeaponSeen"),
        b=Atom(events="SceneSecured"),
        unless=declined,
        after="1 h",
    )
    released = e.ConsentDeclined(at=at(2), person="p-1", **BY)
    assert verdict(made, weapon(), e.SceneSecured(at=at(2), **BY)) is Verdict.PENDING
    assert verdict(made, weapon(), released) is Verdict.HOLDING
    wait = program(
        template="precedence",
        a=Atom(events="SceneSecured"),
        b=Atom(events="WeaponSeen"),
        unless=declined,
        after="1 h",
    )
    assert verdict(wait, e.SceneSecured(at=at(1), **BY), weapon(5)) is Verdict.VIOLATED
    assert verdict(wait, e.SceneSecured(at=at(1), **BY), released, weapon(5)) is Verdict.SATISFIED
    soon = program(
        template="precedence",
        a=Atom(events="SceneSecured"),
        b=Atom(events="WeaponSeen"),
        unless=declined,
        within="1 h",
    )
    assert verdict(soon, e.SceneSecured(at=at(1), **BY), weapon(90)) is Verdict.VIOLATED
    assert verdict(soon, released, weapon(90)) is Verdict.SATISFIED


def test_an_ending_that_may_release_what_is_owed_depends():
    """What the decision says decides whether it is refused; that is told, and it is not called
    refused.
    """
    made = program_from_definition(
        {
            "program": {"id": "p", "version": "1"},
            "event": [{"name": "Ended", "kind": "decision", "fields": {"by_family": "boolean"}}],
            "lifecycle": {"add": [{"event": "Ended", "source": "received", "target": "cancelled"}]},
            "policy": [
                {
                    "id": "rule",
                    "template": "response",
                    "a": "WeaponSeen",
                    "b": "SceneSecured",
                    "unless": {"event": "Ended", "where": {"by_family": True}},
                    "enforcement": "BLOCK",
                    "authority": "x",
                }
            ],
        }
    )
    case = made.replay("one", [received(), weapon()])
    answer = next(p for p in permitted(made, case, at(5)) if p.event == "Ended")
    assert answer.permitted
    assert any("weapon seen" in text for text in answer.depends)
    ended = made.event_type("Ended")
    assert made.advance(case, ended(at=at(5), by="x", by_family=True)).accepted
    assert not made.advance(case, ended(at=at(5), by="x")).accepted


def test_always_looks_at_the_incident_after_every_event():
    """A predicate on the incident."""
    made = program(
        template="always",
        a=Atom(where={"incident.scene.force_count": {"le": 0}}),
        enforcement="WARN",
    )
    assert verdict(made, weapon()) is Verdict.HOLDING
    assert verdict(made, e.ForceUsed(at=at(2), kind="restraint", **BY)) is Verdict.VIOLATED
    assert "at all times" in say_policy(made.policies[0]).lower()


def test_an_existence_clock_starts_with_the_case():
    """From the call, also when one that came earlier is recorded late; a fact from before the call
    does not start it, and may have done it.
    """
    made = program(template="existence", a=Atom(events="SceneSecured"), within="1 h")
    secured = e.SceneSecured(at=at(59), **BY)
    assert verdict(made, secured) is Verdict.SATISFIED
    assert verdict(made, received(-5), secured) is Verdict.VIOLATED
    assert verdict(made, e.WeaponSeen(at=at(-5), **BY), secured) is Verdict.SATISFIED
    assert verdict(made, e.SceneSecured(at=at(-5), **BY), now=at(61)) is Verdict.SATISFIED
    assert verdict(made, now=at(59)) is Verdict.PENDING
    assert (
        program(template="existence", a=Atom(events="SceneSecured"), count=2).policies[0].count == 2
    )


def test_an_own_automaton_without_atoms_is_refused_nothing():
    """It may watch without a second atom."""
    made = Program(
        id="p",
        policies=[Policy(id="rule", automaton=Twice(), b=Atom(events="WeaponSeen"), authority="x")],
    )
    assert verdict(made, weapon()) is Verdict.HOLDING


@attrs.frozen
class Twice:
    """An own automaton: a may not happen three times in all."""

    def start(self, opening):
        return 0

    def step(self, cell, letter, at):
        return (min(cell + 1, 3), BY_EVENT if cell >= 2 else 0) if letter & 1 else (cell, 0)

    def verdict(self, cell, now):
        return Verdict.HOLDING

    def deadline(self, cell):
        return None


@attrs.frozen
class Within:
    """An own automaton with a deadline: after a, something is due in an hour."""

    def start(self, opening):
        return None

    def step(self, cell, letter, at):
        return (at if letter & 1 else cell), 0

    def verdict(self, cell, now):
        return Verdict.HOLDING if cell is None else Verdict.PENDING

    def deadline(self, cell):
        return None if cell is None else cell + dt.timedelta(hours=1)


def test_what_an_own_automaton_is_owed_is_kept_beside_the_case():
    """A store lists it like any other obligation: when it is due, and what of it has moved."""
    policy = Policy(id="rule", automaton=Within(), a=Atom(events="WeaponSeen"), authority="x")
    made = Program(id="p", policies=[policy])
    before = made.advance(made.open("one"), received()).case
    after = made.advance(before, weapon()).case
    book, due = made.book, weapon().at + dt.timedelta(hours=1)
    assert (book.load(before.progress), book.standing(before.progress, ())) == ((None, 0), ())
    assert book.load(after.progress) == (due, 1)
    assert [one.due for one in book.standing(after.progress, ())] == [due]
    assert [one.due for one in book.standing(after.progress, (), other=before.progress)] == [due]
    assert book.standing(after.progress, (), other=after.progress) == ()


def test_what_an_own_automaton_is_owed_keeps_the_incident_open():
    """As with any policy that blocks."""
    policy = Policy(
        id="rule",
        automaton=Within(),
        a=Atom(events="WeaponSeen"),
        enforcement="BLOCK",
        authority="x",
    )
    made = Program(id="p", policies=[policy])
    case = made.advance(made.open("one"), received()).case
    case = made.advance(case, weapon()).case
    cancelled = e.IncidentCancelled(at=at(5), **BY)
    (refusal,) = made.advance(case, cancelled).refusals
    assert refusal.policy == "rule"


def test_an_own_automaton_is_a_policy_like_any_other():
    """Four methods are enough; it blocks, explains itself and is asked by `permitted`."""
    policy = Policy(
        id="rule",
        automaton=Twice(),
        a=Atom(events="TeamDispatched"),
        enforcement="BLOCK",
        because="Two teams are enough.",
        authority="x",
    )
    made = Program(id="p", policies=[policy])
    from tests.journeys import TEAM

    case = made.open("one")
    for event in (received(), *(e.TeamDispatched(at=at(i), team=TEAM, **BY) for i in (1, 2))):
        case = made.advance(case, event).case
    (refusal,) = made.advance(case, e.TeamDispatched(at=at(3), team=TEAM, **BY)).refusals
    assert refusal.why == "Two teams are enough."
    (answer,) = [a for a in permitted(made, case, at(3)) if a.event == "TeamDispatched"]
    assert not answer.permitted
    assert made.book["rule"].starts_with_opening
    assert say_policy(attrs.evolve(policy, because=None)).startswith(
        "Rule of the program's own automaton"
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_has_a_sentence_and_a_cure(name):
    """What a person reads for each rule."""
    two = TEMPLATES[name].atoms == 2
    atom = (
        Atom(events=["WeaponSeen", "ForceUsed"])
        if name != "always"
        else Atom(where={"incident.children": {"ge": 1}})
    )
    policy = Policy(
        id="rule",
        template=name,
        a=atom,
        b=Atom(events="SceneSecured", where={"approximate": True}) if two else None,
    )
    text = say_policy(policy)
    assert text[0].isupper() or text[0] == "“"
    assert text.endswith(".")
    assert remedy_of(policy).endswith(".")
    if TEMPLATES[name].within:
        assert "within 2 h" in say_policy(attrs.evolve(policy, within="2 h"))
        assert "business day" in say_policy(attrs.evolve(policy, within="end of next business day"))
    if TEMPLATES[name].after:
        assert "2 h" in say_policy(attrs.evolve(policy, after="2 h"))


def test_a_new_template_is_one_object(monkeypatch):
    """What one object says of a template is enough: programs load, say, refuse, judge and prove it."""
    again = Template(
        name="not_again",
        sentence="{a} does not come twice in a row",
        remedy="Record something else first.{instead}",
        rows="0 1 0 1 | 0 1! 0 1!",
        verdicts="HH",
        atoms=1,
        every=True,
        per=False,
    )
    monkeypatch.setitem(TEMPLATES, "not_again", again)
    made = program(template="not_again", a=Atom(events="SchoolNotified"), enforcement="BLOCK")
    one, two = [e.SchoolNotified(at=at(n), person="person-1", **BY) for n in (2, 3)]
    assert say_policy(made.policies[0]) == "“school notified” does not come twice in a row."
    assert verdict(made, one, two) is Verdict.VIOLATED
    assert verdict(made, one, weapon(2), two) is Verdict.HOLDING
    refused = made.advance(walk(made, received(), person(), one), two).refusals
    assert [refusal.remedy for refusal in refused] == ["Record something else first."]
    assert check_program(made).policies[0].triggered
    with pytest.raises(InvalidProgram, match="not_again does not take 'within'"):
        program(template="not_again", a=Atom(events="WeaponSeen"), within="1 h")


def test_sentences_name_conditions_keys_and_releases():
    """Everything that the rule depends on is in its sentence."""
    policy = Policy(
        id="rule", template="response", a=Atom(events="ReferralSent", where={"owner": {"exists": True}, "warm_hand_off": {"ne": True}}),
        b=Atom(events="ReferralAccepted"), unless=Atom(events="ReferralDeclined"), per="referral",
    )  # fmt: skip
    text = say_policy(policy)
    assert "owner is known and warm hand-off is not yes" in text
    assert "for the same referral, unless “referral declined”" in text
    assert "Or record “referral declined”." in remedy_of(policy)
    gone = attrs.evolve(policy, a=Atom(events="ReferralSent", where={"owner": {"exists": False}}))
    assert "owner is not known" in say_policy(gone)
    wait = Policy(
        id="r",
        template="not_succession",
        a=Atom(events="ConsentDeclined"),
        b=Atom(events="FollowUpScheduled"),
        within="14 d",
        unless=Atom(events="HelpRequested"),
    )
    assert remedy_of(wait) == "Wait until 14 d have passed or until “help requested”."
    assert "nothing" in say_policy(Policy(id="x", template="response"))
    assert "happens at least 3 times" in say_policy(
        Policy(id="x", template="existence", a=Atom(events="WeaponSeen"), count=3)
    )
    assert (
        say_policy(Policy(id="x", template="at_most", a=Atom(events="WeaponSeen")))
        == "“weapon seen” happens at most once."
    )
    assert (
        remedy_of(Policy(id="x", template="exactly", a=Atom(events="WeaponSeen"), count=2))
        == "“weapon seen” must be recorded exactly 2 times."
    )


def test_a_prohibition_says_from_when_it_holds():
    """With `after`, what is forbidden is forbidden later than that; "never not before" would permit
    it.
    """
    late = {"a": Atom(events="WeaponSeen"), "b": Atom(events="SceneCleared"), "after": "3 h"}
    said = {
        name: say_policy(Policy(id="x", template=name, **late))
        for name in ("absence", "not_succession", "not_chain_succession")
    }
    assert said == {
        "absence": "“weapon seen” never happens later than 3 h.",
        "not_succession": "After “weapon seen”, no “scene cleared” later than 3 h.",
        "not_chain_succession": "“scene cleared” never comes right after “weapon seen” later than 3 h.",
    }


def test_permitted_names_what_depends():
    """Where a rule looks at the event itself, the answer is a condition; where it looks at the
    incident, it is an answer.
    """
    made = program(
        template="absence", enforcement="BLOCK",
        a=Atom(events="DispositionRecorded", where={"disposition": "arrested", "incident.children": {"gt": 0}}),
    )  # fmt: skip
    case = walk(made, received(), person(age_group="child"))
    (answer,) = [a for a in permitted(made, case, at(2)) if a.event == "DispositionRecorded"]
    assert answer.permitted
    assert "it depends" in str(answer)
    fixed = program(
        template="absence",
        enforcement="BLOCK",
        a=Atom(events="DispositionRecorded", where={"incident.children": {"gt": 0}}),
    )
    (answer,) = [
        a
        for a in permitted(fixed, walk(fixed, received(), person(age_group="child")), at(2))
        if a.event == "DispositionRecorded"
    ]
    assert not answer.permitted
    (answer,) = [
        a
        for a in permitted(fixed, walk(fixed, received()), at(2))
        if a.event == "DispositionRecorded"
    ]
    assert answer.permitted
    assert not answer.depends


def test_a_violation_is_data():
    """It survives JSON."""
    made = program(template="absence", a=Atom(events="WeaponSeen"))
    (violation,) = made.replay("one", [received(), weapon()]).violations
    assert Violation.from_json(violation.to_json()) == violation
    assert violation.event == 2


def test_untimed_automata_have_no_deadline():
    """Only a bound gives one."""
    automaton = Untimed(TEMPLATES["response"])
    assert automaton.deadline(automaton.start(NOON)) is None
    assert made_standings() == {"PENDING"}


def made_standings():
    made = program(
        template="response", a=Atom(events="PersonInvolved"), b=Atom(events="FollowUpDone")
    )
    found = {verdict(made, person()).name}
    assert (
        verdict(
            made,
            person(),
            e.FollowUpDone(at=at(5), follow_up="f", kind=FollowUpKind.HOME_VISIT, **BY),
        )
        is Verdict.HOLDING
    )
    assert str(Verdict.PENDING) == "pending"
    return found


def test_every_path_that_a_condition_may_read_has_a_type():
    """And leads to a value, not to a person or a referral."""
    paths = list(readable_paths(Incident))
    assert {"state", "children", "call.nature", "scene.techniques"} <= set(paths)
    assert not {"call", "persons", "referrals"} & set(paths)
    assert all(field_type(Incident, path) for path in paths)


def test_the_fields_of_an_event_are_said_in_one_line():
    """Lists are joined, nested fields follow their name, and what is empty is left out."""
    said = say_details({"kinds": ["knife", "blunt"], "seat": {"role": "clinician"}, "hurt": False})
    assert said == "kinds knife + blunt, seat role clinician"


def test_a_word_is_said_as_people_say_it_and_an_id_as_it_is():
    """A follow-up that somebody called `home_visit` keeps its id; its kind is a home visit. A local
    code stays as the agency writes it, and a team is said by its members.
    """
    follow_up = {"follow_up": "home_visit", "kind": "home_visit", "person": "on_scene"}
    said = say_details(follow_up, "FollowUpDone")
    assert said == "follow-up home_visit, kind home visit, person on_scene"
    assert say_details(follow_up, "OfOurOwn") == said
    local = {"local": [{"system": "cad", "code": "welfare_check"}], "nature": "welfare_check"}
    assert say_details(local, "CallReceived").endswith("code welfare_check, nature welfare check")
    members = [
        {"responder": "cit_officer", "role": "cit_officer", "presence": "in_person"},
        {"responder": "hidden"},
    ]
    said = say_details({"team": {"members": members}}, "TeamDispatched")
    assert said == "team members cit_officer (CIT officer, in person) + hidden"
    assert say_details({"team": {"members": [{}]}}, "TeamDispatched") == ""


def test_a_use_of_force_and_an_override_are_said_in_words():
    """Why nobody tried to de-escalate, and which decision was overridden."""
    assert say_details({"no_attempt": "attacked"}, "ForceUsed") == "no attempt because attacked"
    said = say_details({"decision": "ReferralSent"}, "PolicyOverridden")
    assert said == "decision referral sent"

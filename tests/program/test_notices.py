"""Who is told what: notices on events, violations and obligations, and what time alone gives rise
to.
"""

import datetime as dt

import attrs
import pytest

from coresponder.domain import events as e
from coresponder.errors import InvalidProgram
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import NoticeRule, Program, program_from_definition
from tests.conftest import at
from tests.program.test_advance import received, walk

ARRIVE = Policy(
    id="arrive",
    template="response",
    a=Atom(events="CallReceived"),
    b=Atom(events="ResponderArrived"),
    within="20 min",
    authority="local choice",
)
NO_WEAPON = Policy(
    id="no-weapon", template="absence", a=Atom(events="WeaponSeen"), authority="local choice"
)


def program(*rules, policies=(ARRIVE, NO_WEAPON)):
    return Program(id="p", version="1", policies=policies, notices=rules)


def test_an_event_notice_shows_the_fields_that_were_asked_for():
    """Words as their standard value, times as ISO, several values as a list; fields of the incident
    as they are after the event.
    """
    rule = NoticeRule(
        to="clinician",
        on="DeEscalationAttempted",
        channel="page",
        fields=("at", "techniques", "incident.call.nature", "incident.disposition"),
    )
    mine = program(rule)
    case = walk(mine, received())
    step = mine.advance(
        case,
        e.DeEscalationAttempted(
            at=at(5), by="officer-1", techniques=("active_listening", "mirroring")
        ),
    )
    (notice,) = step.notices
    assert (notice.to, notice.about, notice.number, notice.channel) == (
        "clinician",
        "DeEscalationAttempted",
        2,
        "page",
    )
    assert notice.fields == {
        "at": "2026-03-02T12:05:00+00:00", "techniques": ["active_listening", "mirroring"], "incident.call.nature": "psychosis", "incident.disposition": None,
    }  # fmt: skip
    assert str(notice) == (
        "to clinician: de-escalation attempted: incident one (event 2, at 2026-03-02 12:05 UTC, "
        "techniques ['active_listening', 'mirroring'], call.nature psychosis)"
    )


def test_a_violation_and_an_obligation_are_told_with_their_own_fields():
    """Only about the policies that were named; what is owed says by when."""
    rules = (
        NoticeRule(
            to="supervisor",
            on="violation",
            policies=("no-weapon",),
            fields=("how", "incident.state"),
        ),
        NoticeRule(to="supervisor", on="violation", policies=("arrive",)),
        NoticeRule(to="clinician", on="obligation", fields=("what", "due")),
    )
    mine = program(*rules)
    opened = mine.advance(mine.open("one"), received())
    assert [(n.about, n.policy, n.due, n.fields["what"]) for n in opened.notices] == [
        ("obligation", "arrive", at(20), "Record “responder arrived”")
    ]
    broken = mine.advance(opened.case, e.WeaponSeen(at=at(1), by="officer-1"))
    assert [(n.about, n.policy, n.fields) for n in broken.notices] == [
        ("violation", "no-weapon", {"how": "event", "incident.state": "received"})
    ]
    assert broken.notices[0].headline == "Rule broken: incident one"


@pytest.mark.parametrize("on", ["violation", "obligation", "due_soon", "overdue"])
def test_what_is_only_observed_is_told_only_if_it_is_named(on):
    """OBSERVE counts; a notice that names no policy is about those that do more."""
    policies = tuple(attrs.evolve(policy, enforcement="OBSERVE") for policy in (ARRIVE, NO_WEAPON))
    before = dt.timedelta(minutes=5) if on == "due_soon" else None
    found = {}
    for named in ((), ("arrive", "no-weapon")):
        mine = program(
            NoticeRule(to="supervisor", on=on, before=before, policies=named), policies=policies
        )
        first = mine.advance(mine.open("one"), received())
        second = mine.advance(first.case, e.WeaponSeen(at=at(1), by="officer-1"))
        found[named] = [
            *first.notices,
            *second.notices,
            *mine.notices_due(second.case, at(18 if before else 30)),
        ]
    assert found[()] == []
    assert [notice.about for notice in found["arrive", "no-weapon"]] == [on]


def test_time_gives_rise_to_due_soon_and_overdue():
    """Each within its time; the same notice at each later moment, so that it is told once."""
    mine = program(
        NoticeRule(to="clinician", on="due_soon", before=dt.timedelta(minutes=5)),
        NoticeRule(to="supervisor", on="overdue", policies=("arrive",)),
    )
    case = walk(mine, received())
    found = {
        minute: [(n.about, n.to) for n in mine.notices_due(case, at(minute))]
        for minute in (14, 15, 20, 21, 500)
    }
    assert found == {
        14: [],
        15: [("due_soon", "clinician")],
        20: [("due_soon", "clinician")],
        21: [("overdue", "supervisor")],
        500: [("overdue", "supervisor")],
    }
    assert mine.notices_due(case, at(21)) == mine.notices_due(case, at(500))
    assert (
        mine.notices_due(
            walk(
                mine,
                received(),
                e.ResponderArrived(at=at(3), by="officer-1", responder="officer-1"),
            ),
            at(500),
        )
        == ()
    )
    assert program().notices_due(case, at(500)) == ()
    assert (
        program(NoticeRule(to="peer", on="overdue", policies=("no-weapon",))).notices_due(
            case, at(500)
        )
        == ()
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            {"on": "WeaponSen"},
            "on = 'WeaponSen': there is no such event; did you mean 'WeaponSeen'?",
        ),
        ({"on": "overdu"}, "did you mean 'overdue'?"),
        (
            {"on": "due_soon"},
            "on = 'due_soon' needs before = '15 min' or another duration: how long before the deadline",
        ),
        (
            {"on": "overdue", "before": "5 min"},
            "before goes with on = 'due_soon', not with on = 'overdue'",
        ),
        ({"on": "due_soon", "before": "soon"}, "'soon' is not a time bound"),
        (
            {"on": "due_soon", "before": "2 business days"},
            "before = '2 business days' is not a duration; write it like '15 min'",
        ),
        (
            {"on": "WeaponSeen", "policies": ["arrive"]},
            "policies go with violation, obligation, due_soon, overdue, not with the event 'WeaponSeen'",
        ),
        (
            {"on": "overdue", "policies": ["arive"]},
            "there is no policy 'arive'; did you mean 'arrive'?",
        ),
        (
            {"on": "PersonInvolved", "fields": ["age_grup"]},
            "fields: PersonInvolved has no field 'age_grup'; did you mean 'age_group'?",
        ),
        ({"on": "overdue", "fields": ["incident.natur"]}, "fields: Incident has no field 'natur'"),
        (
            {"on": "violation", "fields": ["incident.people"]},
            "fields: incident.people is a whole record; a notice carries single values",
        ),
        ({"on": "TeamDispatched", "fields": ["team"]}, "fields: team is a whole record"),
        ({"on": "violation", "field": "at"}, "there is no key 'field'; did you mean 'fields'?"),
        ({"on": "violation", "channel": "a b"}, "use letters, digits"),
    ],
)
def test_a_notice_that_cannot_be_is_an_error_that_names_it(table, said):
    """Which table, which key, and what to write instead."""
    definition = {
        "program": {"id": "p", "version": "1", "title": "P"},
        "policy": [
            {
                "id": "arrive",
                "template": "response",
                "a": "CallReceived",
                "b": "ResponderArrived",
                "within": "20 min",
                "authority": "local choice",
            }
        ],
        "notice": [{"to": "peer", "on": "violation"}, {"to": "supervisor", **table}],
    }
    with pytest.raises(InvalidProgram) as wrong:
        program_from_definition(definition)
    assert said in str(wrong.value)
    assert "[[notice]]" in str(wrong.value)


def test_a_rule_reads_as_a_sentence():
    """What a program manager sees in `coresponder show`."""
    assert [
        str(rule)
        for rule in (
            NoticeRule(to="supervisor", on="violation", policies=("arrive",)),
            NoticeRule(
                to="community_health_worker", on="WeaponSeen", channel="page", fields=("at",)
            ),
            NoticeRule(to="clinician", on="due_soon", before=dt.timedelta(minutes=5)),
            NoticeRule(to="clinician", on="obligation"),
        )
    ] == [
        "tell the supervisor when a policy is violated (arrive)",
        "tell the community health worker by page when weapon seen is recorded, with at",
        "tell the clinician when something is due within 5 min",
        "tell the clinician when something becomes owed",
    ]

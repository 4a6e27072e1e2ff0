"""What `check` says of windows and notices: which rules are told, what the others would tell."""

import json

import attrs
import pytest
from click.testing import CliRunner

from coresponder import load_program, shipped_programs
from coresponder.cli.commands import commands
from coresponder.domain.vocabulary import Purpose
from coresponder.program import program_from_definition
from coresponder.proof.dependence import reads_of
from coresponder.proof.sights import told_rules
from coresponder.proof.windows import Untold, prove_notices, prove_windows

CIT = load_program("cit")
HEAD = {"role": "supervisor", "purpose": "operations", "authority": "local choice"}
FOLLOWED = {
    "id": "followed",
    "template": "response",
    "a": {"event": "Screened", "where": {"screening.level": "high"}},
    "b": "FollowUpDone",
    "within": "72 h",
    "authority": "local choice",
}
WHOLE = ["at", "person", "screening.level"]


def own(*, rules=(FOLLOWED,), notices=(), screened=WHOLE, **view):
    """Return a program whose supervisor sees visits, and some fields of a screening."""
    views = [
        {"id": "visits", "event": "FollowUpDone", "whole": "*", **HEAD},
        {"id": "screens", "event": "Screened", "whole": screened, **HEAD, **view},
    ]
    return program_from_definition(
        {
            "program": {"id": "own", "version": "1"},
            "policy": [*rules],
            "view": views,
            "notice": [{"to": "supervisor", "on": "overdue", **one} for one in notices],
        }
    )


def test_a_rule_is_told_if_all_that_it_reads_is_seen():
    """The whole set: each event to the second, and the fields of the conditions."""
    (found,) = prove_windows(own())
    assert (found.roles, found.events, found.told) == (("supervisor",), 2, ("followed",))


@pytest.mark.parametrize(
    ("change", "hidden"),
    [
        ({"screened": ["at", "person"]}, "Screened.screening.level"),
        ({"screened": ["screening.level"], "coarse": "at"}, "Screened"),
        ({"with_consent": "sharing"}, "Screened"),
    ],
)
def test_a_rule_that_reads_what_is_hidden_is_named_with_it(change, hidden):
    """A field that is hidden, a time of which only the day is seen, a row with a condition."""
    (found,) = prove_windows(own(**change))
    assert found.untold == (Untold(rule="followed", hidden=(hidden,)),)
    assert found.only == (("with consent to sharing",) if "with_consent" in change else ())


def test_a_rule_that_blocks_and_is_not_told_is_named_as_refusing():
    """Whoever tries the step learns of it from the refusal."""
    rule = {
        "id": "no-close",
        "template": "not_succession",
        "a": FOLLOWED["a"],
        "b": "IncidentClosed",
        "enforcement": "BLOCK",
        "authority": "local choice",
    }
    (found,) = prove_windows(own(rules=[rule, FOLLOWED], screened=["at"]))
    assert found.refusing == ("no-close",)


def test_a_notice_that_tells_what_no_row_shows_is_named():
    """By the rule that it is about, and by a field of the incident that it carries."""
    notices = [{}, {"policies": ["followed"], "fields": ["incident.call.nature"]}]
    one, two = prove_notices(own(notices=notices, screened=["at", "person"]))
    assert one.untold == (Untold(rule="followed", hidden=("Screened.screening.level",)),)
    assert two.untold[0].hidden == ("CallReceived", "CallTriaged", "Screened.screening.level")
    assert prove_notices(own(notices=[{}])) == ()


def test_a_notice_of_an_event_tells_that_event_and_its_fields():
    """A role that sees that there was a screening learns its level from the notice."""
    notice = {"on": "Screened", "fields": ["screening.level"]}
    (found,) = prove_notices(own(notices=[notice], screened=["at"]))
    assert found.untold == (Untold(rule="Screened", hidden=("Screened.screening.level",)),)


def test_what_any_purpose_shows_is_no_leak():
    """A notice has no purpose, so a role may know what it sees for one."""
    program = own(notices=[{}], screened=["at"])
    row = attrs.evolve(
        program.views[1], id="oversight", purposes=(Purpose.OVERSIGHT,), whole=("*",)
    )
    assert prove_notices(attrs.evolve(program, views=(*program.views, row))) == ()


def test_a_program_without_views_has_nothing_to_say():
    """Nobody sees anything, and no notice is measured against rows that were never written."""
    program = attrs.evolve(CIT, views=())
    assert (prove_windows(program), prove_notices(program)) == ((), ())


@pytest.mark.parametrize("name", shipped_programs())
def test_what_is_proved_is_what_a_window_tells(name):
    """For every role and purpose of every shipped program: the same rules, each counted once."""
    program = load_program(name)
    rules = {one.id for one in program.book.policies}
    for found in prove_windows(program):
        for role in found.roles:
            sight = program.sight((role,), found.purpose)
            assert frozenset(found.told) == told_rules(program, sight)
        assert {*found.told} | {one.rule for one in found.untold} == rules
        assert len(found.told) + len(found.untold) == len(rules)


@pytest.mark.parametrize("name", shipped_programs())
def test_what_a_rule_reads_has_all_that_its_declaration_names(name):
    """Read from the declaration, not from what was compiled: events, fields of conditions, `per`."""
    program = load_program(name)
    for compiled in program.book.policies:
        policy, reads = compiled.policy, reads_of(program, compiled)
        for atom in filter(None, (policy.a, policy.b, policy.unless)):
            for event in atom.events:
                assert (event, "at") in reads
                fields = {path for path in atom.where if not path.startswith("incident.")}
                known = {one.name for one in attrs.fields(program.vocabulary[event])}
                fields |= {policy.per} & known
                assert {(event, field) for field in fields} <= reads, policy.id


def test_check_prints_what_a_window_tells_and_what_a_notice_does():
    """In words, and as JSON; the program stays proved."""
    said = CliRunner().invoke(commands, ["check", "foundation"])
    assert said.exit_code == 0
    assert "patrol officer, CIT officer, for operations: " in said.output
    assert "Said by a notice without its name" in said.output
    assert "  - screen-followed-up: " in said.output
    found = json.loads(
        CliRunner().invoke(commands, ["check", "foundation", "--format", "json"]).output
    )
    assert found["windows"][0]["purpose"] == "operations"
    assert {one["to"] for one in found["notices"]} == {"supervisor"}

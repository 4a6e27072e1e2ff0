"""A notice says what the views show to the role that receives it, and else only that there is
something.
"""

import attrs
import pytest
from click.testing import CliRunner

import coresponder as co
from coresponder.cli.commands import commands
from coresponder.delivery.memory import MemoryNotifier
from coresponder.domain import events as e
from coresponder.domain.objects import Screening
from coresponder.program.notices import NoticeRule
from coresponder.proof.windows import prove_notices
from coresponder.workflow.seen_notices import SeenNotifier, seen_notice
from tests.conftest import at
from tests.test_giving import BY, CIT, row

HIGH = e.Screened(at=at(2), person="p-1", screening=Screening(level="high"), **BY)
STORY = (
    e.CallReceived(at=at(0), source="988", nature="suicide_threat", **BY),
    e.PersonInvolved(at=at(1), person="p-1", role="person_in_crisis", age_group="adult", **BY),
    HIGH,
    e.WeaponSeen(at=at(3), kind="knife", **BY),
)


def notice(program=CIT, **changes):
    """Return a notice about the screening of somebody."""
    fields = {
        "incident": "7", "about": "violation", "to": "supervisor", "event": "Screened", "number": 3,
        "policy": "high-screen-safety-plan", "key": "p-1", "fields": {"what": "a safety plan"},
    }  # fmt: skip
    return seen_notice(program, co.Notice(**fields | changes))


def test_a_supervisor_learns_that_there_is_something_and_whom_to_ask():
    """Not that a screen was high: no rule, no person, no time, no word of what is owed."""
    found = notice(due=at(60))
    assert (found.incident, found.about, found.to) == ("7", "violation", "supervisor")
    assert (found.policy, found.key, found.due, found.event, found.number) == (
        None,
        None,
        None,
        "",
        0,
    )
    assert str(found).startswith("to supervisor: Rule broken: incident 7 (ask ")
    assert "clinician" in found.fields["ask"]
    assert "patrol" not in found.fields["ask"]


def test_who_sees_it_is_told_all_of_it():
    """A clinician gets the notice as the program makes it."""
    assert notice(to="clinician") == co.Notice(
        incident="7", about="violation", to="clinician", event="Screened", number=3,
        policy="high-screen-safety-plan", key="p-1", fields={"what": "a safety plan"},
    )  # fmt: skip


def test_of_a_rule_that_is_told_a_hidden_event_and_field_are_left_out():
    """The last event of the step may be another than the rule reads."""
    rule, shown = "emergency-access-reviewed", ("EmergencyAccessOpened", "EmergencyAccessReviewed")
    program = attrs.evolve(CIT, views=(row(event=shown, roles=("supervisor",)),))
    fields = {"what": "a review", "incident.call.nature": "psychosis"}
    found = notice(program, policy=rule, fields=fields)
    assert (found.policy, found.key, found.event, found.number) == (rule, "p-1", "", 0)
    assert found.fields == {"what": "a review"}
    assert notice(program, policy=rule, event=shown[0]).number == 3


def test_a_notice_of_an_event_goes_through_the_rows_too():
    """Its fields one by one; if the event is hidden, not even its name."""
    fields = {"screening.level": "high", "person": "p-1"}
    seen = (row(event=("Screened",), roles=("supervisor",), whole=("at", "person")),)
    program = attrs.evolve(CIT, views=seen)
    about = {"about": "Screened", "policy": None, "key": None, "fields": fields}
    assert notice(program, **about).fields == {"person": "p-1"}
    hidden = notice(program, **about, to="clinician")
    assert (hidden.about, hidden.event, hidden.fields) == ("hidden", "", {"ask": "supervisor"})
    assert str(hidden) == "to clinician: Something was recorded: incident 7 (ask supervisor)"


def test_a_role_without_rows_and_a_program_without_views():
    """Default is nothing; a program that has no views has not said that anything is hidden."""
    assert notice(to="records_desk").policy is None
    assert notice(attrs.evolve(CIT, views=())).policy == "high-screen-safety-plan"


@pytest.mark.parametrize("name", co.shipped_programs())
def test_what_check_names_is_what_a_notice_does_not(name):
    """For each notice of each shipped program and each rule that it is about."""
    program = co.load_program(name)
    untold = {(one.to, each.rule) for one in prove_notices(program) for each in one.untold}
    assert len(untold) > 10
    for rule in program.notices:
        for policy in program.book.policies if rule.on in {"violation", "overdue"} else ():
            if policy.policy.enforcement is co.Enforcement.OBSERVE and not rule.policies:
                continue
            found = notice(program, about=rule.on, to=rule.to, policy=policy.id)
            assert (found.policy is None) == ((rule.to, policy.id) in untold), policy.id


def told(program, *story):
    """Return the notices that a workflow delivers for a story."""
    carrier = MemoryNotifier()
    workflow = co.Workflow(program, co.MemoryStore(), carrier, clock=lambda: at(9000))
    workflow.receive(story[0], incident="7")
    for event in story[1:]:
        workflow.record("7", event)
    workflow.tick(at(9000))
    return carrier.sent


def test_every_delivery_goes_through_the_views():
    """What time alone causes too."""
    rule = NoticeRule(to="supervisor", on="overdue", fields=("what",))
    hidden = told(attrs.evolve(CIT, notices=(rule,)), *STORY)
    assert "screen-followed-up" not in {one.policy for one in hidden}
    assert None in {one.policy for one in hidden}
    seen = told(attrs.evolve(CIT, notices=(attrs.evolve(rule, to="clinician"),)), *STORY)
    assert "screen-followed-up" in {one.policy for one in seen}


def test_the_relay_of_a_store_goes_through_the_views(tmp_path):
    """What the command delivers; the outbox keeps the whole notice."""
    store, channels = tmp_path / "n.db", tmp_path / "channels.toml"
    channels.write_text('default = "desk"\n[[channel]]\nname = "desk"\nkind = "log"\n')
    program = co.load_program("cit")
    with co.SqlStore.sqlite(store) as opened:
        workflow = co.Workflow(program, opened, clock=lambda: at(9000))
        workflow.replay("7", STORY)
        workflow.tick(at(9000))
    run = CliRunner().invoke
    assert "screen-followed-up" in run(commands, ["outbox", str(store)]).output
    done = run(commands, ["relay", str(store), "--channels", str(channels), "--once"])
    assert done.exit_code == 0, done.output
    assert "to supervisor: Overdue: incident 7 (ask " in done.stderr
    assert "screen-followed-up" not in done.output


class Keys:
    """Keeps the key under which each notice came."""

    def __init__(self):
        self.keys = []

    def send(self, notice, *, key):
        self.keys.append(key)


def test_the_key_of_a_notice_does_not_tell_which_rule_it_is_about():
    """It is made of the rule's name, which a receiver could try; always the same for a retry."""
    carrier, one = Keys(), co.Notice(incident="7", about="violation", to="supervisor", event="Screened", number=3, policy="high-screen-safety-plan")  # fmt: skip
    for digest in ("d-1", "d-1", "d-2"):
        SeenNotifier(carrier, lambda _, digest=digest: (CIT, digest)).send(one, key="k")
    first, again, other = carrier.keys
    assert first == again
    assert len({first, other, "k"}) == 3
    SeenNotifier(carrier, lambda _: (CIT, "d-1")).send(attrs.evolve(one, to="clinician"), key="k")
    assert carrier.keys[-1] == "k"


def test_a_record_that_cannot_be_read_is_told_without_asking_it():
    """The program of such a record is not known."""

    def nobody(incident):
        raise AssertionError(incident)

    carrier = MemoryNotifier()
    one = co.Notice(incident="7", about="unreadable", to="supervisor", event="", number=0)
    SeenNotifier(carrier, nobody).send(one, key="k")
    assert carrier.sent == (one,)

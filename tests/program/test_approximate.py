"""A time that is only approximate is never judged as exact, live as in an audit."""

import datetime as dt

import attrs
import pytest

from coresponder.audit.judgment import Judge
from coresponder.domain import events as e
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import Verdict
from coresponder.program import Program
from coresponder.program.notices import NoticeRule
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow
from tests.conftest import NOON, at
from tests.program.test_advance import received

TOLD = Policy(
    id="told-within-the-hour",
    template="response",
    a=Atom(events="ForceUsed"),
    b=Atom(events="SupervisorNotified"),
    within="1 h",
    enforcement="BLOCK",
)
WAIT = Policy(
    id="wait-after-refusal",
    template="not_succession",
    a=Atom(events="ConsentDeclined"),
    b=Atom(events="FollowUpScheduled"),
    within="14 d",
    enforcement="BLOCK",
)
PROGRAM = Program(
    id="p",
    policies=(TOLD, WAIT),
    notices=(
        NoticeRule(to="supervisor", on="violation"),
        NoticeRule(to="supervisor", on="overdue"),
    ),
)


def force(minutes, *, approximate=False):
    return e.ForceUsed(at=at(minutes), by="o-1", kind="hands_on", approximate=approximate)


def told(minutes, *, approximate=False):
    return e.SupervisorNotified(at=at(minutes), by="o-1", approximate=approximate)


def declined(minutes, *, approximate=False):
    return e.ConsentDeclined(at=at(minutes), by="c-1", person="p-1", approximate=approximate)


def visit(minutes):
    return e.FollowUpScheduled(
        at=at(minutes), by="c-1", follow_up="f-1", kind="home_visit", due=at(minutes + 60)
    )


@pytest.mark.parametrize("vague", [False, True])
def test_a_verdict_is_undetermined_live_as_in_an_audit(vague):
    """Told after two hours: a breach if the times are known, and undetermined if one is not."""
    story = [received(), force(10, approximate=vague), told(130)]
    case = PROGRAM.replay("one", story)
    live = PROGRAM.statuses(case, at(200))[0]
    assert (live.verdict, live.breaches) == (
        (Verdict.UNDETERMINED, 0) if vague else (Verdict.VIOLATED, 1)
    )
    assert [v.policy for v in PROGRAM.violations(case, at(200))] == ([] if vague else [TOLD.id])
    judged = Judge(PROGRAM, at(200)).judge(case)
    assert judged.statuses == PROGRAM.statuses(case, at(200))
    assert judged.undetermined == PROGRAM.undetermined(case) == ({TOLD.id} if vague else set())


def test_a_step_says_that_it_may_have_broken_a_rule():
    """It is no violation, and not silent: the step, its notice and the timeline say so."""
    flow = Workflow(PROGRAM, MemoryStore(), clock=lambda: at(200))
    flow.receive(received(), incident="one")
    flow.record("one", force(10, approximate=True))
    step = flow.record("one", told(130))
    assert step.violations == ()
    assert [v.policy for v in step.may_violate] == [TOLD.id]
    (notice,) = step.notices
    assert notice.approximate and notice.headline.startswith("Rule perhaps broken")
    assert [line.may_violate for line in flow.timeline("one")] == [(), (), (TOLD.id,)]
    assert not any(line.violations for line in flow.timeline("one"))
    assert "may violate told-within-the-hour" in str(flow.timeline("one")[-1])


def test_what_is_owed_is_due_about_then():
    """The duty is shown and reminded of at the recorded deadline, with the word `about`."""
    case = PROGRAM.replay("one", [received(), force(10, approximate=True)])
    (owed,) = PROGRAM.obligations(case, at(200))
    assert (owed.due, owed.overdue, owed.approximate) == (at(70), True, True)
    assert "was due about 2026-" in str(owed)
    (notice,) = PROGRAM.notices_due(case, at(200))
    assert notice.approximate and "due about 2026-" in str(notice)
    exact = PROGRAM.obligations(PROGRAM.replay("one", [received(), force(10)]), at(200))
    assert "about" not in str(exact[0])


@pytest.mark.parametrize("vague", [False, True])
def test_a_refusal_says_that_it_is_not_certain(vague):
    """The record decides: the visit is refused, and may be overridden. Whether the time is known is
    said with it, in `permitted` too.
    """
    case = PROGRAM.replay("one", [received(), declined(10, approximate=vague)])
    (refusal,) = PROGRAM.advance(case, visit(60)).refusals
    assert refusal.approximate is vague
    assert ("only approximate" in str(refusal)) is vague
    flow = Workflow(PROGRAM, MemoryStore(), clock=lambda: at(60))
    flow.receive(received(), incident="one")
    flow.record("one", declined(10, approximate=vague))
    found = {one.event: one for one in flow.permitted("one")}["FollowUpScheduled"]
    assert (found.permitted, [one.approximate for one in found.refusals]) == (False, [vague])


def test_what_is_permitted_by_the_record_is_permitted_with_a_warning():
    """After fifteen days the visit is allowed by the recorded time; `permitted` says that it is not
    certain, and the verdict is undetermined.
    """
    case = PROGRAM.replay("one", [received(), declined(10, approximate=True)])
    later = NOON + dt.timedelta(days=15)
    planned = attrs.evolve(visit(60), at=later)
    step = PROGRAM.advance(case, planned)
    assert step.accepted
    assert {s.policy: s.verdict for s in PROGRAM.statuses(step.case, later)}[WAIT.id] is (
        Verdict.UNDETERMINED
    )
    flow = Workflow(PROGRAM, MemoryStore(), clock=lambda: later)
    flow.receive(received(), incident="one")
    flow.record("one", declined(10, approximate=True))
    found = {one.event: one for one in flow.permitted("one")}["FollowUpScheduled"]
    assert found.permitted
    assert any("not certain" in text for text in found.depends)


def test_an_exact_time_settles_it():
    """The approximate event is voided and recorded again: the rule is judged."""
    vague = [received(), force(10, approximate=True), told(130)]
    void = e.EnteredInError(at=at(140), by="o-1", event=2, reason="did_not_happen")
    case = PROGRAM.replay("one", [*vague, void, force(100)])
    assert PROGRAM.undetermined(case) == frozenset()
    assert PROGRAM.violations(case, at(200)) == ()


def test_a_rule_on_the_end_is_open_where_the_last_time_is():
    """Whether the supervisor was told last is not known, so neither is the verdict. That the call
    came first is known, whatever its time.
    """
    ends = Policy(
        id="ends-told", template="end", a=Atom(events="SupervisorNotified"), enforcement="WARN"
    )
    program = Program(id="p", policies=(ends, TOLD))
    story = [received(), force(10), told(20, approximate=True)]
    assert program.undetermined(program.replay("one", story)) == {ends.id, TOLD.id}
    call = attrs.evolve(received(), approximate=True)
    case = program.replay("one", [call, force(10), told(20)])
    assert program.undetermined(case) == frozenset()

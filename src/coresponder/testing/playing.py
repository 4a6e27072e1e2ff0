"""Play scenarios through the real `Workflow`, as a live incident would, and say in a sentence what
differs from their expectations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.relay import Relay
from coresponder.domain.spoken import say_word
from coresponder.errors import InvalidEvent, NotFound, Refused, ResponderTaken
from coresponder.policy.words import say_event
from coresponder.program import Case, Notice, Program
from coresponder.program.notices import OCCASIONS
from coresponder.stores.memory import MemoryStore
from coresponder.testing.scenario import Promise, Scenario, ScenarioStep, Told
from coresponder.workflow import Workflow

__all__ = ["Difference", "Played", "play_scenario", "play_scenarios"]

_About = tuple[str, str]
"""Agency and id of an incident or a responder."""

_VERBS = {
    "refused_by": ("is refused by", "it is not refused"),
    "breaks": ("breaks", "no rule is broken"),
    "cures": ("cures the breach of", "no breach is cured"),
    "owes": ("makes owed", "nothing more is owed"),
    "meets": ("meets", "nothing that is owed is met"),
    "owed": ("leaves owed", "nothing is owed"),
    "overdue": ("finds overdue", "nothing is overdue"),
    "told": ("tells", "nobody is told"),
}


@attrs.frozen(kw_only=True)
class Difference:
    """One way in which a program did not do what a scenario expects.

    Attributes:
        expected: what the scenario expects.
        came: what the program did.
    """

    scenario: Scenario
    step: ScenarioStep
    expected: str
    came: str

    def __str__(self) -> str:
        """Return a sentence that begins with the file and the line."""
        where = (
            f"{self.scenario.file}:{self.step.line}: {self.scenario.title!r},"
            f" {self.scenario.when(self.step.at)}"
        )
        return f"{where}, {_what(self.step)}: expected that it {self.expected}; but {self.came}."


@attrs.frozen(kw_only=True)
class Played:
    """Scenarios after they were played.

    Attributes:
        count: how many there are.
        differences: what differs from the scenarios; empty if everything came as expected.
        unseen: rules that no scenario names: in none they refuse a step, are owed or are broken.
    """

    count: int
    differences: tuple[Difference, ...]
    unseen: tuple[str, ...] = ()


def play_scenarios(program: Program, scenarios: Iterable[Scenario]) -> Played:
    """Play scenarios, each in a store of its own."""
    told = tuple(scenarios)
    named = {
        promise.rule for scenario in told for step in scenario.steps for promise in _promises(step)
    }
    return Played(
        count=len(told),
        differences=tuple(
            difference for scenario in told for difference in play_scenario(program, scenario)
        ),
        unseen=tuple(policy.id for policy in program.policies if policy.id not in named),
    )


def play_scenario(program: Program, scenario: Scenario) -> tuple[Difference, ...]:
    """Play one scenario from its beginning to its end; return what differs from it."""
    stage = _Stage(program, scenario)
    return tuple(difference for step in scenario.steps for difference in stage.play(step))


def _promises(step: ScenarioStep) -> Iterator[Promise]:
    expected = step.expected
    for promises in (
        expected.refused_by,
        expected.breaks,
        expected.cures,
        expected.owes,
        expected.meets,
        expected.owed,
        expected.overdue,
    ):
        yield from promises or ()


def _what(step: ScenarioStep) -> str:
    if step.event is not None:
        return f"“{say_event(type(step.event).__name__)}”"
    return "the dispatch" if step.dispatch is not None else "the passing of time"


@attrs.frozen(kw_only=True)
class _Outcome:
    """What a step did."""

    case: Case | None = None
    team: str | None = None
    refused_by: tuple[Promise, ...] = ()
    out_of_place: bool = False
    failed: str | None = None


@attrs.define
class _Stage:
    """Where one scenario is played."""

    program: Program
    scenario: Scenario
    now: dt.datetime = attrs.field(init=False)
    notifier: MemoryNotifier = attrs.field(init=False, factory=MemoryNotifier)
    workflow: Workflow = attrs.field(init=False)
    heard: int = attrs.field(init=False, default=0)
    breaches: dict[_About, frozenset[tuple[Any, ...]]] = attrs.field(init=False, factory=dict)
    owed: dict[_About, dict[tuple[str, str | None], Promise]] = attrs.field(
        init=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        """Open a store of its own."""
        self.now = self.scenario.begins
        self.workflow = Workflow(self.program, MemoryStore(), clock=lambda: self.now)

    def play(self, step: ScenarioStep) -> Iterator[Difference]:
        """Play one step and yield what differs from the scenario."""
        self.now = step.recorded
        self.workflow.tick(self.now)
        came = self._take(step)
        for expected, found in self._compare(step, came):
            yield Difference(scenario=self.scenario, step=step, expected=expected, came=found)

    def _take(self, step: ScenarioStep) -> _Outcome:
        """Record the step, as a host would."""
        workflow, team, before = self.workflow, None, self._case(step)
        try:
            if step.dispatch is not None:
                available = [self.scenario.responders[name] for name in step.dispatch]
                staffing, done = workflow.dispatch(step.incident, available, at=step.at, by=step.by)
                team = staffing.team.tier if staffing.team else "none"
            elif step.event is not None and step.responder is not None:
                done = workflow.roster.record(
                    step.event, responder=step.responder, override=step.override
                )
            elif step.event is not None:
                done = workflow.record(step.incident, step.event, override=step.override)
            else:
                return _Outcome(case=before)
        except Refused as refused:
            return _Outcome(
                case=before,
                team=team,
                refused_by=tuple(
                    Promise(rule=r.policy or r.kind.value, key=r.key) for r in refused.refusals
                ),
            )
        except ResponderTaken as taken:
            return _Outcome(case=before, refused_by=(Promise(rule="busy", key=taken.responder),))
        except (InvalidEvent, NotFound) as error:
            return _Outcome(case=before, failed=str(error))
        overridden = [
            p
            for event in done.events
            if type(event).__name__ == "PolicyOverridden"
            for p in event.policies  # type: ignore[attr-defined]
        ]
        forced = tuple(Promise(rule=rule) for rule in overridden)
        return _Outcome(
            case=done.case, team=team, refused_by=forced, out_of_place=done.out_of_place
        )

    def _desk(self, step: ScenarioStep) -> Workflow:
        """Return the workflow that a step belongs to: that of incidents, or that of responders."""
        return self.workflow.roster.desk if step.responder else self.workflow

    def _case(self, step: ScenarioStep) -> Case | None:
        try:
            return self._desk(step).case(step.responder or step.incident)
        except NotFound:
            return None

    def _compare(self, step: ScenarioStep, came: _Outcome) -> Iterator[tuple[str, str]]:
        """Yield for each difference what was expected and what came instead."""
        expected, case, desk = step.expected, came.case, self._desk(step)
        about = (desk.agency, step.responder or step.incident)
        what = "responder" if step.responder else "incident"
        if came.failed is not None:
            yield "is recorded", f"it cannot be: {came.failed}"
            return
        cures, breaks = self._changed_breaches(desk.program, case, about)
        before, owed = self.owed.get(about, {}), self._owed(desk.program, case)
        self.owed[about] = owed
        late = {
            key
            for key, promise in owed.items()
            if isinstance(promise.due, dt.datetime) and promise.due < self.now
        }
        overdue = [promise for key, promise in owed.items() if key in late]
        said = {promise.rule for promise in expected.overdue or ()}
        yield from self._differs("refused_by", expected.refused_by, came.refused_by)
        if expected.out_of_place is not came.out_of_place:
            yield "is out of place" if expected.out_of_place else "is in its place", _is(what, case)
        if expected.team not in {None, came.team}:
            yield f"sends {_team(expected.team)}", f"it sends {_team(came.team)}"
        if expected.state is not None and case is not None and expected.state != case.state:
            yield f"leaves the {what} {say_word(expected.state)}", f"it is {say_word(case.state)}"
        yield from self._differs(
            "breaks",
            expected.breaks,
            [one for one in breaks if one.rule not in said or one in expected.breaks],
        )
        yield from self._differs("cures", expected.cures, cures)
        yield from self._differs(
            "owes", expected.owes, [promise for key, promise in owed.items() if key not in before]
        )
        yield from self._differs(
            "meets", expected.meets, [promise for key, promise in before.items() if key not in owed]
        )
        yield from self._differs("owed", expected.owed, list(owed.values()))
        yield from self._differs("overdue", expected.overdue, overdue)
        yield from self._differs("told", expected.told, self._told())
        yield from self._permitted(step, case)

    def _differs(
        self, key: str, expected: Iterable[Any] | None, found: Iterable[Any]
    ) -> Iterator[tuple[str, str]]:
        """Yield one difference if the found and the expected ones of a kind do not match. A
        scenario that says nothing about the kind compares nothing.
        """
        if expected is None:
            return
        wanted, came = list(expected), list(found)
        missing = [one for one in wanted if not any(one.fits(other) for other in came)]
        extra = [one for one in came if not any(other.fits(one) for other in wanted)]
        if missing or extra:
            verb, nothing = _VERBS[key]
            yield (
                f"{verb} {self._list(wanted)}"
                if wanted
                else f"{verb} {'nobody' if key == 'told' else 'nothing'}",
                f"it {verb} {self._list(came)}" if came else nothing,
            )

    def _list(self, ones: Iterable[Promise | Told]) -> str:
        return " and ".join(
            sorted(self._say(one) if isinstance(one, Promise) else str(one) for one in ones)
        )

    def _say(self, promise: Promise) -> str:
        due = promise.due
        when = (
            f" by {self._local(due)}"
            if isinstance(due, dt.datetime)
            else " before the end"
            if due
            else ""
        )
        return promise.rule + (f" for {promise.key}" if promise.key else "") + when

    def _local(self, instant: dt.datetime) -> str:
        return (
            f"{self.scenario.when(instant)}"
            f" ({instant.astimezone(self.program.calendar.time_zone):%a %Y-%m-%d %H:%M})"
        )

    def _changed_breaches(
        self, program: Program, case: Case | None, about: _About
    ) -> tuple[list[Promise], list[Promise]]:
        """Return the breaches that are gone, and those that are new."""
        found = program.violations(case, self.now) if case else ()
        now = frozenset((v.policy, v.key, v.how, v.at) for v in found)
        before, self.breaches[about] = self.breaches.get(about, frozenset()), now
        gone, new = (
            sorted({(one[0], one[1]) for one in some}, key=str)
            for some in (before - now, now - before)
        )
        return [Promise(rule=rule, key=key) for rule, key in gone], [
            Promise(rule=rule, key=key) for rule, key in new
        ]

    def _owed(self, program: Program, case: Case | None) -> dict[tuple[str, str | None], Promise]:
        obligations = program.obligations(case, self.now) if case else ()
        return {
            (o.policy, o.key): Promise(rule=o.policy, key=o.key, due=o.due or "end")
            for o in obligations
        }

    def _told(self) -> list[Told]:
        """Return the notices since the last step, as the program makes them: what of each its
        receiver sees is for the views.
        """
        for desk in (self.workflow, self.workflow.roster.desk):
            relay = Relay(
                store=desk.store,
                notifier=self.notifier,
                agency=desk.agency,
                clock=lambda: self.now,
            )
            while relay.run_once().tried:
                pass
        sent = self.notifier.sent
        new, self.heard = sent[self.heard :], len(sent)
        return [_as_told(notice) for notice in new]

    def _permitted(self, step: ScenarioStep, case: Case | None) -> Iterator[tuple[str, str]]:
        wanted = dict.fromkeys(step.expected.may, True) | dict.fromkeys(
            step.expected.may_not, False
        )
        if not wanted or case is None:
            return
        answers = {one.event: one for one in self._desk(step).permitted(case.id, self.now)}
        for name, may in wanted.items():
            if answers[name].permitted is not may:
                yield (
                    f"{'permits' if may else 'does not permit'} “{say_event(name)}” next",
                    "it does not" if may else "it does",
                )


def _as_told(notice: Notice) -> Told:
    about = notice.about if notice.about in OCCASIONS else notice.event
    return Told(
        to=notice.to, channel=notice.channel, about=about, rule=notice.policy, key=notice.key
    )


def _team(tier: str | None) -> str:
    return "nobody" if tier in {None, "none"} else str(tier)


def _is(what: str, case: Case | None) -> str:
    return f"the {what} is {say_word(case.state)}" if case else f"there is no {what}"

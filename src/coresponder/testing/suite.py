"""A full property suite from one line in an agency's own tests: `TestPolicies =
policy_suite("my-city.toml")`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import attrs
from hypothesis import HealthCheck, given, settings

from coresponder.domain.events import Decision, EnteredInError, Event
from coresponder.policy.atoms import field_names
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.templates import Verdict
from coresponder.program import Case, Program
from coresponder.program.permitted import permission
from coresponder.proof import Outcome, Proof, check_program
from coresponder.stores.memory import MemoryStore
from coresponder.testing.definitions import FORMULAS, Near, Word
from coresponder.testing.histories import Coverage, Journey, as_program, journeys
from coresponder.testing.playing import play_scenario
from coresponder.testing.scenario import Scenario
from coresponder.testing.scenarios import load_scenarios
from coresponder.testing.snapshot import say_changes, snapshot_changes
from coresponder.testing.snapshot_file import load_snapshot
from coresponder.workflow import Workflow

__all__ = ["PolicySuite", "brute_force_disagreements", "policy_suite"]


class PolicySuite:
    """The tests of a program.

    Attributes:
        program: the program.
        coverage: what the journeys have covered so far.
    """

    program: ClassVar[Program]
    coverage: ClassVar[Coverage]


def policy_suite(
    program: Program | str | Path,
    *,
    scenarios: str | Path | None = None,
    snapshot: str | Path | None = None,
    examples: int | None = None,
) -> type[PolicySuite]:
    """Return a test class for a program; pytest collects it under a name that begins with `Test`.

    Args:
        program: a program, a shipped name, or a TOML file.
        scenarios: a file of scenarios; each becomes a test, which fails if anything differs from
            what the scenario expects.
        snapshot: the file that `coresponder check PROGRAM --snapshot FILE` wrote; a test fails if
            the program no longer does what the file records.
        examples: how many journeys for each rule; by default what Hypothesis' profile says.
    """
    loaded = as_program(program)
    coverage = Coverage(loaded)
    options: dict[str, Any] = {
        "deadline": None,
        "suppress_health_check": [HealthCheck.too_slow, HealthCheck.differing_executors],
    }
    if examples is not None:
        options["max_examples"] = examples

    def rule(check: Callable[[Journey], None], drawn: Any) -> Any:
        def test(self: Any, journey: Journey) -> None:
            check(journey)

        test.__doc__ = check.__doc__
        return settings(**options)(given(journey=drawn)(test))

    drawn = journeys(loaded, coverage=coverage)
    tests: dict[str, Any] = {f"test_{check.__name__}": rule(check, drawn) for check in RULES}
    if loaded.for_responders.book.policies and loaded.subject != "responder":
        of_responders = journeys(loaded.for_responders)
        tests |= {
            f"test_of_responders_{check.__name__}": rule(check, of_responders) for check in RULES
        }
    tests["test_the_program_is_proved"] = lambda self: _proved(check_program(loaded))
    if scenarios is not None:
        tests |= {
            f"test_scenario_{i:02d}_{_slug(one.title)}": _comes_true(loaded, one)
            for i, one in enumerate(load_scenarios(scenarios, loaded), 1)
        }
    if snapshot is not None:
        tests["test_the_program_does_what_its_snapshot_says"] = lambda self: _as_accepted(
            loaded, Path(snapshot)
        )
    tests |= {"__doc__": f"The policies of {loaded.name}.", "coverage": coverage, "program": loaded}
    return type("PolicySuite", (PolicySuite,), tests)


def _proved(proof: Proof) -> None:
    """The program is proved: see `coresponder check`."""
    if proof.verdict is not Outcome.PROVED:
        raise AssertionError(
            "\n".join((f"{proof.program} is {proof.verdict}", *proof.findings, *proof.undetermined))
        )


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def _comes_true(program: Program, scenario: Scenario) -> Callable[[Any], None]:
    """Return a test that plays one scenario."""

    def test(self: Any) -> None:
        found = play_scenario(program, scenario)
        if found:
            raise AssertionError("\n".join(map(str, found)))

    test.__doc__ = scenario.title
    return test


def _as_accepted(program: Program, path: Path) -> None:
    """The program behaves exactly as the snapshot says."""
    changes = list(snapshot_changes(program, load_snapshot(path, program)))
    if changes:
        accept = f"coresponder check PROGRAM --snapshot {path.name} --update"
        raise AssertionError(
            "\n".join(
                (
                    f"{program.name} does not do what {path.name} says; to accept it: {accept}",
                    *say_changes(changes),
                )
            )
        )


def _expect(journey: Journey, rule: str, *, holds: bool) -> None:
    if not holds:
        raise AssertionError(f"{rule}; the story:\n{journey.story()}")


def no_accepted_decision_violates_a_blocking_policy(journey: Journey) -> None:
    """A decision that would break a BLOCK policy is refused, or overridden with actor and
    reason.
    """
    for step in journey.steps:
        overridden = len(step.events) > 1
        if (
            not step.accepted
            or overridden
            or not isinstance(step.events[-1], Decision)
            or step.events[-1] is not step.case.history[-1]
        ):
            continue
        broken = [
            v.policy
            for v in (*step.violations, *step.may_violate)
            if v.how.value == "event" and journey.program.book[v.policy].blocks
        ]
        _expect(journey, f"accepted, though it breaks {broken}", holds=not broken)
        ended = (
            step.case.state != step.before.state
            and step.case.state in journey.program.lifecycle.final
        )
        owed = [
            o.policy
            for o in journey.program.obligations(step.case, step.at)
            if journey.program.book[o.policy].blocks
        ]
        _expect(journey, f"ended, though {owed} are owed", holds=not (ended and owed))


def a_refused_step_changes_nothing(journey: Journey) -> None:
    """A refused step leaves the case as it was, and says why and what would satisfy it."""
    for step in journey.steps:
        if not step.accepted:
            _expect(
                journey,
                "a refused step changed the case",
                holds=step.case is step.before and not step.events,
            )
            _expect(
                journey,
                "a refusal has no reason or no remedy",
                holds=all(r.why and r.remedy for r in step.refusals),
            )


def a_fact_is_always_taken(journey: Journey) -> None:
    """In every state a fact is taken and becomes part of the case; only decisions are refused."""
    program = journey.program
    for step in journey.steps:
        if not step.accepted:
            names = {refusal.event for refusal in step.refusals}
            _expect(
                journey,
                f"{names} is a fact and was refused",
                holds=all(issubclass(program.vocabulary[n], Decision) for n in names),
            )
        else:
            _expect(
                journey,
                "an accepted event is not in the history",
                holds=step.events[-1] in step.case.history,
            )


def the_fold_of_the_log_is_the_case(journey: Journey) -> None:
    """Replaying what was recorded gives the same incident, history, cells and findings."""
    again = journey.program.replay(journey.case.id, journey.case.recorded())
    _expect(journey, "the log does not fold to the case", holds=again == journey.case)


def verdicts_agree_with_the_definitions(journey: Journey) -> None:
    """The verdicts step by step, the audit of the whole log, and the templates' definitions (by
    brute force) agree on every policy.
    """
    program, case = journey.program, journey.case
    now = case.history[-1].at
    audit = program.replay(case.id, case.recorded())
    _expect(
        journey,
        "stepwise verdicts differ from the audit",
        holds=program.statuses(audit, now) == program.statuses(case, now),
    )
    for text in brute_force_disagreements(program, case):
        _expect(journey, text, holds=False)


def store_and_reload_changes_nothing(journey: Journey) -> None:
    """A case that was stored and loaded again is the case."""
    store = MemoryStore()
    Workflow(journey.program, store, clock=lambda: journey.now).replay(
        journey.case.id, journey.case.recorded()
    )
    loaded = Workflow(journey.program, store, clock=lambda: journey.now).case(journey.case.id)
    _expect(journey, "what was loaded is not what was stored", holds=loaded == journey.case)


def permitted_agrees_with_advance(journey: Journey) -> None:
    """A decision that is not permitted is refused whatever its fields say; one that is permitted
    without a condition is accepted.
    """
    for event, step in zip(journey.tried, journey.steps, strict=True):
        before = step.before
        if len(step.events) > 1 or not before.history or event.at < before.history[-1].at:
            continue
        name = type(event).__name__
        answer = permission(journey.program, before, event.at, name)
        if not answer.permitted:
            _expect(journey, f"{name} was accepted, and permitted says no", holds=not step.accepted)
        elif not answer.depends:
            _expect(journey, f"{name} was refused, and permitted says yes", holds=step.accepted)


RULES: tuple[Callable[[Journey], None], ...] = (
    no_accepted_decision_violates_a_blocking_policy,
    a_refused_step_changes_nothing,
    a_fact_is_always_taken,
    the_fold_of_the_log_is_the_case,
    verdicts_agree_with_the_definitions,
    store_and_reload_changes_nothing,
    permitted_agrees_with_advance,
)
"""Every rule of the suite; each takes a journey and raises `AssertionError` with its story."""


def brute_force_disagreements(program: Program, case: Case) -> tuple[str, ...]:
    """Compare each policy's verdict at the last event with the template's definition over the whole
    history; return the disagreements.
    """
    told = _after_each_event(program, case)
    if not told:
        return ()
    now, found = told[-1][0].at, []
    for policy, cell in zip(program.book.policies, case.cells, strict=True):
        if policy.policy.automaton is not None:
            continue
        passed = program.book.passed(case.cells, now)
        breached = any(v.policy == policy.id for v in (*case.violations, *passed))
        says = (
            not breached
            and Book(policies=(policy,)).statuses((cell,), (), now)[0].verdict >= Verdict.HOLDING
        )
        formula, near = FORMULAS[policy.policy.template or ""], _near(policy)
        truth = all(
            formula(word, near, policy.policy.count)
            for word in _words(program, policy, told, program.opening(case))
        )
        if says != truth:
            found.append(
                f"policy {policy.id!r} ({policy.policy.template}): the cells say {says}, the"
                f" definition says {truth}"
            )
    return tuple(found)


def _after_each_event(program: Program, case: Case) -> list[tuple[Event, Any]]:
    """Return each event that counts, with the incident after it."""
    bare = attrs.evolve(program, policies=(), notices=())
    told, current = [], bare.open(case.id)
    for event in case.valid():
        if not isinstance(event, EnteredInError):
            current = bare.replay(case.id, (*current.recorded(), event))
        told.append((event, current.incident))
    return told


def _words(
    program: Program,
    policy: CompiledPolicy,
    told: list[tuple[Event, Any]],
    opening: dt.datetime | None,
) -> list[Word]:
    """Return the history as the policy's atoms see it: one word, or one for each correlation key.

    Events that only administer the record are left out. An event before the opening counts as if it
    happened at the opening, because no clock runs before.
    """
    per, vocabulary = policy.policy.per, program.vocabulary
    clocked = policy.template.opening
    words: dict[Any, list[tuple[dt.datetime, int]]] = {} if per else {None: []}
    for_all: list[tuple[dt.datetime, int]] = []
    for event, incident in told:
        name = type(event).__name__
        if (
            event.administrative or (per and per not in field_names(vocabulary[name]))
        ) and name not in policy.mentions:
            continue
        letter = (
            max(event.at, opening or event.at) if clocked else event.at,
            policy.matched(event, incident),
        )
        if per and per not in field_names(type(event)):
            for word in (for_all, *words.values()):
                word.append(letter)
        else:
            words.setdefault(getattr(event, per) if per else None, list(for_all)).append(letter)
    return [tuple(word) for word in words.values()]


def _near(policy: CompiledPolicy) -> Near:
    bound = policy.bound
    if bound is None:
        return lambda x, y: True
    return (
        (lambda x, y: y <= bound.deadline(x))
        if policy.policy.within
        else (lambda x, y: y >= bound.deadline(x))
    )

"""What may be recorded now, as a viewer is told it: only what follows from what they see."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable

import attrs

from coresponder.domain.events import Decision
from coresponder.policy.refusal import Refusal, RefusalKind
from coresponder.policy.words import remedy_of, say_policy
from coresponder.program import Case, Permission, Program
from coresponder.program.permitted import permission, permission_in_time
from coresponder.program.viewing import Sight
from coresponder.program.views import SeenLine
from coresponder.proof.sights import possible_states, tells_opening, tells_parts, told_rules

__all__ = ["seen_permissions"]

_HIDDEN_RULE = "a rule that this view does not show"
_HIDDEN_STATE = "where the incident stands, which this view does not show"
_HIDDEN_PART = "where a referral or follow-up stands, which this view does not show"


def seen_permissions(
    program: Program, sight: Sight, case: Case, lines: Iterable[SeenLine], now: dt.datetime
) -> tuple[Permission, ...]:
    """Return for each event type that is seen whether it may be recorded now.

    Args:
        program: the program of the case.
        sight: what is seen of its events.
        case: the case.
        lines: what is seen of its history.
        now: the time of the question.
    """
    asked = _Asked(program, sight, told_rules(program, sight), now)
    cases = [_standing_in(case, state) for state in possible_states(program, sight, lines)]
    return tuple(
        _permission(asked, name, cases) for name in program.vocabulary if name in sight.readers
    )


def _standing_in(case: Case, state: str) -> Case:
    """Return a case as it would be in a state."""
    return attrs.evolve(case, incident=attrs.evolve(case.incident, state=state))


@attrs.frozen
class _Asked:
    program: Program
    sight: Sight
    told: frozenset[str]
    now: dt.datetime

    @functools.cached_property
    def rules(self) -> dict[str, str]:
        """The rule of each text; if two rules have one text, one that is told."""
        return {
            f"{say_policy(one.policy)} {remedy_of(one.policy)}": one.id
            for one in sorted(self.program.book.policies, key=lambda one: one.id in self.told)
        }

    @functools.cached_property
    def ask(self) -> Callable[..., Permission]:
        """Asks what may be recorded; whether a time is too early is asked only if that is told."""
        return permission if tells_opening(self.program, self.sight) else permission_in_time


def _permission(asked: _Asked, name: str, cases: Iterable[Case]) -> Permission:
    """Return the answer for one event type, from the answers in every state that is possible."""
    program = asked.program
    answers = [_in_state(asked, name, case) for case in cases]
    if not issubclass(program.vocabulary[name], Decision):
        misplaced = all(answer.out_of_place for answer in answers)
        return Permission(event=name, kind="fact", permitted=True, out_of_place=misplaced)
    refused = [answer for answer in answers if not answer.permitted]
    depends = [text for answer in answers for text in answer.depends]
    if len(refused) == len(answers):
        return refused[0]
    return Permission(
        event=name,
        kind="decision",
        permitted=True,
        depends=tuple(dict.fromkeys([*depends, *([_HIDDEN_STATE] if refused else [])])),
    )


def _in_state(asked: _Asked, name: str, case: Case) -> Permission:
    """Return the answer in one state, without what hidden rules add to it."""
    full = asked.ask(asked.program, case, asked.now, name)
    if full.kind == "fact":
        return full
    refusals = tuple(one for one in full.refusals if _is_told(asked, one))
    depends = [*_told_depends(asked, full), *_hidden_depends(asked, name, case.state)]
    return Permission(
        event=name,
        kind=full.kind,
        permitted=not refusals,
        refusals=refusals,
        depends=tuple(dict.fromkeys(depends)) if not refusals else (),
    )


def _is_told(asked: _Asked, refusal: Refusal) -> bool:
    if refusal.policy is not None:
        return refusal.policy in asked.told
    if refusal.kind in {RefusalKind.REFERRAL, RefusalKind.FOLLOW_UP}:
        return tells_parts(asked.program, asked.sight, refusal.event)
    return True


def _told_depends(asked: _Asked, full: Permission) -> list[str]:
    """Return on which rules it depends that the view tells."""
    return [text for text in full.depends if _is_told_text(asked, text, full.event)]


def _is_told_text(asked: _Asked, text: str, event: str) -> bool:
    if text in asked.rules:
        return asked.rules[text] in asked.told
    return tells_parts(asked.program, asked.sight, event)


def _hidden_depends(asked: _Asked, name: str, state: str) -> list[str]:
    """Return what may refuse such a decision and is not told, whatever happened so far."""
    lifecycle = asked.program.lifecycle
    target = lifecycle.table.get(name, {}).get(state, state)
    ends = target != state and target in lifecycle.final
    hidden = any(
        policy.blocks and policy.id not in asked.told and (ends or name in policy.watches)
        for policy in asked.program.book.policies
    )
    parts = not tells_parts(asked.program, asked.sight, name)
    return [_HIDDEN_RULE] * hidden + [_HIDDEN_PART] * parts

"""Survey answers worth trying: only those that a workflow records, whose score is on its scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from coresponder.domain.events import Event, SurveyAnswered
from coresponder.domain.scores import SCORES, score_fault
from coresponder.domain.vocabulary import SurveyScale
from coresponder.proof.interest import Test

__all__ = ["on_scale"]

_Tests = Callable[[str], Iterable[Test]]
"""Returns what the conditions test of a field."""


def on_scale(event: Event, tests: _Tests) -> Event | None:
    """Return the event, or one on its scale that the conditions answer alike; None if there is none,
    so that nobody can record such an event.
    """
    if not isinstance(event, SurveyAnswered) or score_fault(event) is None:
        return event
    return next(
        (
            attrs.evolve(event, scale=scale, score=score)
            for scale in _alike(event.scale, SurveyScale, tests("scale"))
            for score in _alike(event.score, _scores(scale, event.score), tests("score"))
        ),
        None,
    )


def _scores(scale: SurveyScale, score: int) -> Iterable[int]:
    if scale not in SCORES:
        return (score,)
    low, high = SCORES[scale]
    return range(low, high + 1)


def _alike(value: Any, others: Iterable[Any], tests: Iterable[Test]) -> Iterator[Any]:
    """Yield the value first, if it is among the others, and each that the tests answer alike."""
    among, tests = tuple(others), tuple(tests)
    answers = [test(value) for test in tests]
    for other in dict.fromkeys((*(one for one in among if one == value), *among)):
        if [test(other) for test in tests] == answers:
            yield other

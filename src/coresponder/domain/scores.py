"""What a score can be: each scale of a survey goes from one sum to another."""

from __future__ import annotations

from collections.abc import Mapping

from coresponder.domain.events import Event, SurveyAnswered
from coresponder.domain.vocabulary import SurveyScale

__all__ = ["SCORES", "score_fault"]

SCORES: Mapping[SurveyScale, tuple[int, int]] = {
    SurveyScale.CSQ_8: (8, 32),
    SurveyScale.CSQ_4: (4, 16),
    SurveyScale.CSQ_3: (3, 12),
}
"""The lowest and the highest sum of a scale: each question is answered from 1 to 4. A scale that is
not here has any score.
"""


def score_fault(event: Event) -> str | None:
    """Return why the score of an answered survey cannot be on its scale; None if it can.

    What was stored before is read as it is, so an event does not check this when it is made.

    >>> import datetime as dt
    >>> at = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
    >>> score_fault(SurveyAnswered(at=at, by="peer-1", person="p-1", scale="csq_8", score=28))
    """
    if not isinstance(event, SurveyAnswered) or event.scale not in SCORES:
        return None
    low, high = SCORES[event.scale]
    if low <= event.score <= high:
        return None
    return (
        f"score {event.score} of SurveyAnswered: {event.scale.value} goes from {low} to {high}; give"
        " the sum of all its answers, or scale local if another questionnaire was asked"
    )

"""How contacts end: what a study found, and what a made-up night draws."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from coresponder.domain.vocabulary import Disposition

__all__ = ["ENDINGS", "STUDY", "STUDY_EVENTS", "WHY_THEY_DIFFER", "Compared", "Ending", "compared"]

STUDY = (
    "Bailey, Lee, Victor et al., Crisis Event Dispositions Following a Crisis Response Team"
    " Intervention, Psychiatric Rehabilitation Journal 2021"
)
"""Where the published counts come from: a team of one large Midwestern city, 2018 and 2019."""
STUDY_EVENTS = 1426
"""The events of the study; each ended in one of four ways."""
WHY_THEY_DIFFER = (
    "Why they differ: the study's team chose its own calls, all of a mental-health, self-harm or"
    " substance-use crisis, and self-harm went with detention and transport. The made-up night"
    " draws every nature that the program is for, and places a hold only after a high screen; its"
    " shares are local guesses and are not fitted to the study."
    " Which disposition counts as which of the four is a local choice."
)


@attrs.frozen
class Ending:
    """One of the four ways in which an event of the study ended.

    Attributes:
        published: the events of the study that ended so.
        counts: the dispositions that count as this; a local choice.
    """

    what: str
    published: int
    counts: frozenset[Disposition]

    @property
    def share(self) -> float:
        """Its share of the study's events, from 0 to 1."""
        return self.published / STUDY_EVENTS


ENDINGS = (
    Ending(
        "resolved at the scene",
        784,
        frozenset(
            {
                Disposition.RESOLVED_ON_SCENE,
                Disposition.REMAINED_IN_COMMUNITY,
                Disposition.REFERRED,
                Disposition.DECLINED_SERVICES,
                Disposition.HANDED_TO_FAMILY,
            }
        ),
    ),
    Ending("immediate detention", 384, frozenset({Disposition.EMERGENCY_HOLD})),
    Ending("voluntary transport", 200, frozenset({Disposition.VOLUNTARY_TRANSPORT})),
    Ending("arrest", 58, frozenset({Disposition.ARRESTED})),
)
"""The four ways, in the order of the study."""


@attrs.frozen
class Compared:
    """A night beside the study.

    Attributes:
        drawn: for each of `ENDINGS`, how many incidents of the night ended so.
        left_out: what the study has no word for, such as a call that was resolved by phone, or that
            has no disposition (`none`); disposition -> incidents.
    """

    drawn: tuple[int, ...]
    left_out: Mapping[str, int]

    def share(self, i: int) -> float | None:
        """Return the share of one ending among the four; None if no incident ended so."""
        return self.drawn[i] / sum(self.drawn) if any(self.drawn) else None


def compared(by_disposition: Mapping[str, int]) -> Compared:
    """Sort the incidents of a night, counted by disposition, into the four ways of the study."""
    known = {one.value for ending in ENDINGS for one in ending.counts}
    return Compared(
        tuple(sum(by_disposition.get(d, 0) for d in ending.counts) for ending in ENDINGS),
        {name: n for name, n in by_disposition.items() if name not in known},
    )

"""How contacts end: what a study found, and what a made-up night draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

from coresponder.domain.vocabulary import Disposition, Nature

__all__ = [
    "ARREST",
    "DETENTION",
    "ENDINGS",
    "HOW_THEY_COMPARE",
    "STUDIED",
    "STUDY",
    "STUDY_EVENTS",
    "TRANSPORT",
    "Compared",
    "Ending",
    "compared",
]

STUDY = (
    "Bailey, Lee, Victor et al., Crisis Event Dispositions Following a Crisis Response Team"
    " Intervention, Psychiatric Rehabilitation Journal 2021"
)
"""Where the published counts come from: a team of one large Midwestern city, 2018 and 2019."""
STUDY_EVENTS = 1426
"""The events of the study; each ended in one of four ways."""
STUDIED = frozenset(
    {
        Nature.SUICIDE_THREAT,
        Nature.SUICIDE_ATTEMPT,
        Nature.SELF_HARM,
        Nature.PSYCHOSIS,
        Nature.MENTAL_HEALTH_CRISIS,
        Nature.POSTPARTUM_CRISIS,
        Nature.OVERDOSE,
        Nature.INTOXICATION,
        Nature.SUBSTANCE_USE,
    }
)
"""The natures that the study counts: a crisis of mental health, self-harm or substance use. Which
of ours these are is a local choice.
"""
HOW_THEY_COMPARE = (
    "The night draws these contacts from the study's shares where an officer is on scene; without"
    " one, nobody is detained or arrested. Contacts of other natures end by local guesses, and are"
    " not counted here. Which nature and which disposition counts as which is a local choice."
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


RESOLVED = Ending(
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
)
DETENTION = Ending("immediate detention", 384, frozenset({Disposition.EMERGENCY_HOLD}))
TRANSPORT = Ending("voluntary transport", 200, frozenset({Disposition.VOLUNTARY_TRANSPORT}))
ARREST = Ending("arrest", 58, frozenset({Disposition.ARRESTED}))
ENDINGS = (RESOLVED, DETENTION, TRANSPORT, ARREST)
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


def compared(contacts: Iterable[tuple[Nature, str]]) -> Compared:
    """Sort the contacts of a night, each with its nature and disposition (`none` if it has none),
    into the four ways of the study. Those of a nature that the study does not count are left away.
    """
    ended = Counter(disposition for nature, disposition in contacts if nature in STUDIED)
    known = {one.value for ending in ENDINGS for one in ending.counts}
    return Compared(
        tuple(sum(ended[d] for d in ending.counts) for ending in ENDINGS),
        {name: n for name, n in ended.most_common() if name not in known},
    )

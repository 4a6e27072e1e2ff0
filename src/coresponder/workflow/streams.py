"""The names under which a store keeps what belongs to an agency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Streams", "agencies_of", "streams_of"]


class Streams(NamedTuple):
    """The three names of an agency, each with a log, checkpoints and a feed of its own.

    Attributes:
        incidents: the agency itself.
        roster: its responders, one stream for each.
        disclosures: who was shown what, one stream for each incident.
    """

    incidents: str
    roster: str
    disclosures: str


def streams_of(agency: str) -> Streams:
    """Return the names under which a store keeps what belongs to an agency."""
    return Streams(agency, f"{agency}.roster", f"{agency}.disclosures")


def agencies_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the agencies to which names of a store belong, each once.

    >>> agencies_of(["north", "north.disclosures", "north.roster", "south.roster"])
    ('north', 'south')
    """
    ends = streams_of("")[1:]
    found = {name.removesuffix(next(filter(name.endswith, ends), "")) for name in names}
    return tuple(sorted(found))

"""What `coresponder run --describe` prints: every rate of a made-up night with its source, and how
contacts end beside a published study.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from coresponder.cli.borders import cases_of
from coresponder.cli.options import print_json, say, say_wrapped
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Nature
from coresponder.program import Program
from coresponder.simulation.endings import (
    ENDINGS,
    HOW_THEY_COMPARE,
    STUDY,
    STUDY_EVENTS,
    Compared,
    compared,
)
from coresponder.simulation.field import START, Field
from coresponder.simulation.rates import RATES
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow

__all__ = ["print_rates"]

_NOTE = "Which of several values comes (natures, dispositions, facilities, findings), and after how many minutes something happens, is a local guess too."


def print_rates(program: Program, *, incidents: int, seed: int, form: str) -> None:
    """Play a night in memory; print each rate, grouped by its source, and how contacts ended."""
    found = compared(_contacts(program, incidents=incidents, seed=seed))
    if form == "json":
        rates = [attrs.asdict(one) for one in RATES.values()]
        print_json({"rates": rates, "endings": _as_json(found)})
        return
    for source in dict.fromkeys(one.source for one in RATES.values()):
        say(f"{source}:")
        for one in RATES.values():
            if one.source == source:
                say(f"  {100 * one.value:>5.4g} % {one.what}")
    say_wrapped(_NOTE)
    say("")
    _print_endings(program, found, f"{incidents} calls, seed {seed}")


def _contacts(program: Program, *, incidents: int, seed: int) -> Iterator[tuple[Nature, str]]:
    """Play a night in memory; yield the nature and the disposition of each of its contacts."""
    flow = Workflow(program, MemoryStore(), clock=lambda: START)
    Field(flow, seed=seed).play(incidents)
    for case in cases_of(flow):
        incident = case.incident
        if incident.call:
            ended = incident.disposition
            yield incident.call.nature, ended.value if ended else "none"


def _print_endings(program: Program, found: Compared, night: str) -> None:
    say_wrapped(
        f"How contacts with somebody in a crisis end: the {STUDY_EVENTS:,} events of a study, and a"
        f" night of {program.name} ({night}). Study: {STUDY}."
    )
    say("   study    night")
    for i, ending in enumerate(ENDINGS):
        share = found.share(i)
        drawn = "      -" if share is None else f"{100 * share:>5.1f} %"
        say(f"  {100 * ending.share:>4.1f} %  {drawn}  {ending.what} ({found.drawn[i]})")
    if found.left_out:
        names = ", ".join(f"{say_word(name)} {n}" for name, n in found.left_out.items())
        say_wrapped(f"Left out, since the study has no such ending: {names}.")
    if not any(role.sworn for tier in program.tiers for seat in tier.seats for role in seat.roles):
        say_wrapped(f"No crew of {program.name} has an officer.")
    say_wrapped(HOW_THEY_COMPARE)


def _as_json(found: Compared) -> dict[str, Any]:
    return {
        "source": STUDY,
        "shares": [
            {
                "ending": ending.what,
                "counts": sorted(ending.counts),
                "published": ending.share,
                "night": found.share(i),
                "incidents": found.drawn[i],
            }
            for i, ending in enumerate(ENDINGS)
        ],
        "left_out": dict(found.left_out),
        "note": HOW_THEY_COMPARE,
    }

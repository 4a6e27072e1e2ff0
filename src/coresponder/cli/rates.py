"""What `coresponder run --describe` prints: every rate of a made-up night, and its source."""

from __future__ import annotations

import attrs

from coresponder.cli.options import print_json, say, say_wrapped
from coresponder.simulation.rates import RATES

__all__ = ["print_rates"]

_NOTE = "Which of several values comes (natures, dispositions, facilities, findings), and after how many minutes something happens, is a local guess too."


def print_rates(form: str) -> None:
    """Print each rate, the largest last, grouped by its source."""
    if form == "json":
        print_json([attrs.asdict(one) for one in RATES.values()])
        return
    for source in dict.fromkeys(one.source for one in RATES.values()):
        say(f"{source}:")
        for one in RATES.values():
            if one.source == source:
                say(f"  {100 * one.value:>5.4g} % {one.what}")
    say_wrapped(_NOTE)

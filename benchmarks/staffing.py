"""What it costs to choose a team when many responders are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from benchmarks.measure import Bench, Row
from coresponder.domain.objects import Credential, Responder
from coresponder.domain.vocabulary import Nature, Role
from coresponder.program import load_program

_NOW = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
_CROWD = 2_000


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the choice of a team when the last of 2,000 responders is the only one who fits."""
    program, crowd = load_program("cit"), _crowd()

    def choose() -> object:
        return program.staff(crowd, at=_NOW, nature=Nature.PSYCHOSIS)

    yield bench.compare(
        "team_of_2,000",
        choose,
        lambda: [
            one.id
            for one in crowd
            for held in one.credentials
            if held.training == "cit" and (held.hours or 0) >= 40
        ],
        most=12,
        peer_does="a loop over the same responders that compares one training and its hours",
    )
    if not bench.short:
        yield bench.limit(
            "team_of_2,000_ms", bench.seconds(choose, rounds=30) * 1e3, 2.0,
            unit="ms", why="a dispatcher's screen asks for every call that waits",
        )  # fmt: skip


def _crowd() -> list[Responder]:
    """Return CIT officers of whom only the last has all hours: each of the others is looked at."""
    return [
        Responder(
            id=f"o-{i}",
            role=Role.CIT_OFFICER,
            credentials=[Credential(training="cit", hours=40 if i == _CROWD - 1 else 39)],
            status="available",
        )
        for i in range(_CROWD)
    ]

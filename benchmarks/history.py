"""Years of history: policies over columns of events beside the same events replayed, and rows of an
export judged beside the same rows only cut into cells.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Bench, Row
from coresponder.audit.audit import auditing
from coresponder.audit.columns import Columns, Log
from coresponder.audit.sources import cases_of_calls
from coresponder.audit.specimens import Meaning
from coresponder.interop.mapping import mapping_from
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program

TYPES = (
    "CallReceived", "CallTriaged", "TeamDispatched", "ResponderEnRoute", "ResponderArrived",
    "ContactMade", "DispositionRecorded", "SceneCleared",
)  # fmt: skip
UNTIMED = (
    "response", "precedence", "responded_existence", "not_co_existence", "chain_response",
    "not_succession",
)  # fmt: skip
BOUNDS = ("6 min", "25 min", "5 min", "1 h")
MAPPING = {
    "file": {"time_zone": "America/New_York"},
    "columns": {
        "incident": "number", "received": "call", "dispatched": "sent", "en_route": "rolling",
        "arrived": "there", "cleared": "left", "nature": "nature", "disposition": "end",
        "unit": "unit", "keep": ["beat"],
    },
    "nature": {"PSYCH": "psychosis", "SUICID*": "suicide_threat", "WELFARE*": "welfare_check"},
    "disposition": {"RES": "resolved_on_scene", "ARR": "arrested", "GOA": "none"},
}  # fmt: skip

HEADER = ("number", "call", "sent", "rolling", "there", "left", "nature", "end", "unit", "beat")


def rows(bench: Bench) -> Iterator[Row]:
    """Yield 30 policies over columns, and the audit of an export."""
    yield _stepped(bench, 20_000 if bench.short else 1_000_000)
    yield _audited(bench, 4_000 if bench.short else 50_000)


def _stepped(bench: Bench, cases: int) -> Row:
    program = Program(id="plain", policies=tuple(_policies()))
    log = _log(program, cases)
    now, columns = log.at[log.first[1:] - 1], Columns(program.book.policies, range(30))
    letters = [
        np.array([dict(one.matches).get(i, 0) for one in log.meanings], np.int8) for i in range(30)
    ]

    def peer() -> None:
        for each in letters:
            each[log.codes]

    return bench.compare(
        "columns_30_policies",
        lambda: columns.judge(log, now),
        peer,
        most=3.5,
        peer_does="numpy looks up what each event means to each policy; no state, no time, no verdict",
        each=len(log.at),
        peer_each=len(log.at),
    )


def _policies() -> Iterator[Policy]:
    """Yield 22 policies without a bound, and 8 with one."""
    pairs = list(itertools.permutations(TYPES[:6], 2))
    random.Random(7).shuffle(pairs)
    for i in range(22):
        a, b = (Atom(events=name) for name in pairs[i])
        yield Policy(id=f"u{i}", template=UNTIMED[i % 6], a=a, b=b)
    for i in range(8):
        a, b = (Atom(events=name) for name in pairs[i])
        template = ("response", "not_succession")[i % 2]
        yield Policy(id=f"t{i}", template=template, a=a, b=b, within=BOUNDS[i % 4])


def _log(program: Program, cases: int) -> Log:
    """Return incidents of 5 to 15 events, mostly in the order of a call, up to ten minutes apart."""
    draw = np.random.default_rng(1)
    lengths = draw.integers(5, 16, cases)
    first = np.concatenate(([0], np.cumsum(lengths)))
    place = np.arange(first[-1]) - np.repeat(first[:-1], lengths)
    told = np.where(
        draw.random(first[-1]) < 0.7, np.minimum(place, 7), draw.integers(0, 8, first[-1])
    )
    meanings = tuple(Meaning(_matches(program, name), name == TYPES[0]) for name in TYPES)
    at = np.cumsum(draw.integers(0, 600, first[-1]) * 1_000_000)
    return Log(meanings, told.astype(np.uint16), at, first)


def _matches(program: Program, event: str) -> tuple[tuple[int, int], ...]:
    found = ((i, one.guards.get(event, ())) for i, one in enumerate(program.book.policies))
    return tuple((i, sum(letter for letter, _ in guards)) for i, guards in found if guards)


def _audited(bench: Bench, count: int) -> Row:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "calls.csv"
        _write(path, count)
        return bench.compare(
            "audit_of_an_export",
            _audit(path),
            _cut(path),
            most=110.0 if bench.short else 75.0,  # days and hours are learned once for a file
            peer_does="csv cuts the rows into cells; no time is read and nothing is judged",
            each=count,
            peer_each=count,
        )


def _audit(path: Path) -> Callable[[], object]:
    program, mapping = load_program("new-haven-cdcp"), mapping_from(MAPPING)

    def audit() -> None:
        with auditing(program) as found:
            for _ in found.take(cases_of_calls(program, path, mapping)):
                pass

    return audit


def _cut(path: Path) -> Callable[[], object]:
    def cut() -> int:
        with path.open(newline="") as text:
            return sum(len(row) for row in csv.reader(text))

    return cut


def _write(path: Path, count: int) -> None:
    """Write calls some minutes apart; one in ten has no arrival or no end."""
    draw, at = random.Random(3), dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    with path.open("w", newline="") as text:
        out = csv.writer(text)
        out.writerow(HEADER)
        for number in range(count):
            at += dt.timedelta(seconds=draw.randint(20, 240))
            steps = (draw.randint(*each) for each in ((10, 900), (5, 200), (60, 1800), (300, 9000)))
            times = [at, *(at + dt.timedelta(seconds=one) for one in itertools.accumulate(steps))]
            cells = [f"{one:%Y-%m-%d %H:%M:%S}" for one in times]
            cells[draw.choice((3, 4))] *= draw.random() < 0.9
            codes = (
                draw.choice(("PSYCH", "SUICIDE THREAT", "WELFARE CHECK")),
                draw.choice(("RES", "ARR", "GOA", "")),
            )
            out.writerow(
                (
                    f"21-{number:07d}",
                    *cells,
                    *codes,
                    f"U{draw.randint(1, 40)}",
                    f"D{draw.randint(1, 9)}",
                )
            )

"""Measure each budget beside its peer and print `{name, ours, peer, ratio, budget, meets}`."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from benchmarks import databases
from coresponder.domain import events as e
from coresponder.domain.objects import Team, TeamMember
from coresponder.domain.vocabulary import (
    AgeGroup,
    CallSource,
    Disposition,
    Nature,
    PersonRole,
    ResponseModel,
    Role,
    Technique,
)
from coresponder.lifecycle import INCIDENT, trigger_name
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Case, Program, load_program, shipped_programs

NOON = dt.datetime(2026, 1, 9, 12, 0, tzinfo=dt.UTC)


def _policies(count: int) -> tuple[Policy, ...]:
    """The shipped policies of two programs, then as many that speak of events that the story does
    not have.
    """
    real = {
        p.id: p for name in ("hartford-vt", "new-haven-cdcp") for p in load_program(name).policies
    }
    filler = tuple(
        Policy(
            id=f"filler-{i}",
            template="response",
            a=Atom(events="ShiftHandedOver"),
            b=Atom(events="KeysReturned"),
            within="8 h",
        )
        for i in range(count)
    )
    return (tuple(real.values())[:22] + filler)[:count]


class ShiftHandedOver(e.Fact):
    """An event type of the agency's own."""


class KeysReturned(e.Fact):
    """An event type of the agency's own."""


def program(count: int) -> Program:
    return Program(
        id="benchmark", policies=_policies(count), events=(ShiftHandedOver, KeysReturned)
    )


def story(person: str = "person-1") -> list[Callable[[], e.Event]]:
    """A typical contact, each event made anew when it is called."""
    team = Team(
        tier="liaison-on-scene",
        model=ResponseModel.PRIMARY_CO_RESPONSE,
        members=(TeamMember(responder="officer-1", role=Role.CIT_OFFICER),),
    )
    at = [NOON + dt.timedelta(minutes=3 * i) for i in range(10)]
    return [
        partial(
            e.CallReceived,
            at=at[0],
            by="dispatcher-1",
            source=CallSource.NINE_ONE_ONE,
            nature=Nature.WELFARE_CHECK,
        ),
        partial(e.CallTriaged, at=at[1], by="dispatcher-1", nature=Nature.WELFARE_CHECK),
        partial(e.TeamDispatched, at=at[2], by="dispatcher-1", team=team),
        partial(
            e.ResponderEnRoute,
            at=at[3],
            by="officer-1",
            responder="officer-1",
            role=Role.CIT_OFFICER,
        ),
        partial(
            e.ResponderArrived,
            at=at[4],
            by="officer-1",
            responder="officer-1",
            role=Role.CIT_OFFICER,
        ),
        partial(
            e.ContactMade, at=at[5], by="officer-1", responder="officer-1", role=Role.CIT_OFFICER
        ),
        partial(
            e.DeEscalationAttempted,
            at=at[6],
            by="officer-1",
            techniques=(Technique.ACTIVE_LISTENING,),
        ),
        partial(
            e.PersonInvolved,
            at=at[7],
            by="officer-1",
            person=person,
            role=PersonRole.PERSON_IN_CRISIS,
            age_group=AgeGroup.ADULT,
        ),
        partial(
            e.DispositionRecorded,
            at=at[8],
            by="officer-1",
            disposition=Disposition.REMAINED_IN_COMMUNITY,
        ),
        partial(e.SceneCleared, at=at[9], by="officer-1"),
    ]


def best(run: Callable[[], object], repeat: int = 7, number: int = 300) -> float:
    """Return the least seconds for one call."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(number):
            run()
        times.append((time.perf_counter() - start) / number)
    return min(times)


def _walk(
    with_program: Program, makers: list[Callable[[], e.Event]], opened: Case | None = None
) -> Case:
    case = opened or with_program.open("benchmark-1")
    for make in makers:
        case = with_program.advance(case, make()).case
    return case


def step() -> list[dict[str, object]]:
    """A full step with 30 policies beside a bare `transitions` trigger on a reused model; with and
    without making the event itself.
    """
    makers, ours = (
        [make for make in story() if type(make()).__name__ in INCIDENT.table],
        program(30),
    )

    class Model:
        state = "new"

    model = Model()
    machine = INCIDENT.machine()
    machine.add_model(model, initial="new")
    triggers = [getattr(model, trigger_name(type(make()).__name__)) for make in makers]

    def peer() -> None:
        model.state = "new"  # reused, as a host would
        for trigger in triggers:
            trigger()

    opened = ours.open("benchmark-1")
    events = [make() for make in makers]

    def ready() -> None:
        case = opened
        for event in events:
            case = ours.advance(case, event).case

    theirs = best(peer) / len(triggers)
    with_events, without = (
        best(lambda: _walk(ours, makers, opened)) / len(makers),
        best(ready) / len(makers),
    )
    return [
        _row(
            "step_and_its_new_event", with_events, theirs, theirs / with_events, 3.0, at_least=True
        ),
        _row("step", without, theirs, theirs / without, 3.0, at_least=True),
    ]


def policies() -> dict[str, object]:
    """The cost of a step with 88 policies beside 22, when the others do not mention the event."""
    makers, few, many = story(), program(22), program(88)
    small, large = best(lambda: _walk(few, makers), 15), best(lambda: _walk(many, makers), 15)
    return _row(
        "policies_22_to_88",
        large / len(makers),
        small / len(makers),
        large / small,
        1.10,
        at_least=False,
    )


def memory() -> dict[str, object]:
    """Bytes of a live case after six events."""
    makers, ours, count = story()[:6], program(30), 2000
    _walk(ours, makers)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [_walk(ours, story()[:6]) for _ in range(count)]
    each = (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    tracemalloc.stop()
    return _row("memory_bytes", each, 2048.0, each / 2048.0, 1.0, at_least=False)


def start_up() -> dict[str, object]:
    """`import coresponder` over bare Python, in milliseconds; the budget is 60."""

    def run(code: str) -> float:
        times = []
        for _ in range(9):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
        return min(times) * 1000

    bare, ours = run("pass"), run("import coresponder")
    return _row("import_ms", ours, bare, ours - bare, 60.0, at_least=False)


def sqlite() -> dict[str, object]:
    """One step a commit, synchronous FULL: steps per second beside the same SQL with ready
    parameters.
    """
    from coresponder.stores.sql import SqlStore
    from coresponder.workflow import Workflow

    incidents, makers = 60, story()
    with tempfile.TemporaryDirectory() as folder:
        statements: list[tuple[str, Any]] = []
        raw = _connect(Path(folder) / "raw.db")
        store = SqlStore.sqlite(Path(folder) / "ours.db")
        for line in sqlite3.connect(Path(folder) / "ours.db").iterdump():
            if line.startswith("CREATE"):
                raw.execute(line)
        workflow = Workflow(program(30), store)
        with _noted(store, statements):
            for i in range(incidents):
                for make in story(f"noted-{i}-person"):
                    workflow.record(f"noted-{i}", make())
        mine, theirs = [], []
        for turn in range(11):
            start = time.perf_counter()
            for i in range(incidents):
                for make in story(f"turn-{turn}-{i}-person"):
                    workflow.record(f"turn-{turn}-{i}", make())
            mine.append(time.perf_counter() - start)
            ready = [(text, _renamed(values, turn)) for text, values in statements]
            start = time.perf_counter()
            for text, values in ready:
                raw.execute(text, values).fetchall()
            theirs.append(time.perf_counter() - start)
    steps = incidents * len(makers)
    ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
    return _row(
        "sqlite_steps_per_second",
        steps / statistics.median(mine),
        steps / statistics.median(theirs),
        ratio,
        0.8,
        at_least=True,
    )


def _renamed(values: Any, turn: int) -> Any:
    """Return the parameters for other incidents and requests, ready before the clock starts."""
    return (
        {
            k: f"{v}-{turn}"
            if (k == "request" and v) or (isinstance(v, str) and v.startswith("noted-"))
            else v
            for k, v in values.items()
        }
        if values
        else values
    )


@contextmanager
def _noted(store: Any, notes: list[tuple[str, Any]]) -> Iterator[None]:
    """Note every statement that the store runs, with its parameters."""
    real = store.connections.mine.cursor

    class Noting:
        connection = real.connection

        def execute(self, text: str, values: Any = ()) -> Any:
            notes.append((text, values))
            return real.execute(text, values)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    store.connections.mine.cursor = Noting()
    try:
        yield
    finally:
        store.connections.mine.cursor = real


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def run_cad() -> dict[str, object]:
    """The wall time of 2,000 CAD rows beside a bare `csv` read plus the same inserts, in seconds;
    12 times is a watch, not a promise.
    """
    from coresponder.cli.run import run_calls
    from coresponder.interop.mapping import load_mapping
    from coresponder.stores.sql import SqlStore

    mapping = load_mapping(
        Path(__file__).parent.parent / "examples" / "mappings" / "mobile-crisis.toml"
    )
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.csv"
        _made_up_rows(calls, 2000)
        store = SqlStore.sqlite(Path(folder) / "ours.db")
        start = time.perf_counter()
        run_calls(
            load_program("hartford-vt"),
            store,
            calls=calls,
            mapping=mapping,
            rejects=None,
            tick=lambda done: None,
        )
        mine = time.perf_counter() - start
        store.close()
        copy = sqlite3.connect(Path(folder) / "ours.db")
        tables = [
            row[0] for row in copy.execute("select name from sqlite_master where type = 'table'")
        ]
        data = {table: copy.execute(f"select * from {table}").fetchall() for table in tables}
        raw = _connect(Path(folder) / "raw.db")
        for line in copy.iterdump():
            if line.startswith("CREATE"):
                raw.execute(line)
        start = time.perf_counter()
        with calls.open(newline="") as lines:
            assert sum(1 for _ in csv.reader(lines)) == 2001
        raw.execute("BEGIN IMMEDIATE")
        for table, rows in data.items():
            for row in rows:
                raw.execute(f"insert into {table} values ({','.join('?' * len(row))})", row)
        raw.execute("COMMIT")
        theirs = time.perf_counter() - start
    return _row("run_2000_rows", mine, theirs, mine / theirs, 12.0, at_least=False)


def proof() -> list[dict[str, object]]:
    """Seconds to prove each shipped program (budget 1), and 60 policies of three of them together
    (budget 20), with its memory in MB (1,024).
    """
    from coresponder.proof import check_program

    rows = []
    for name in shipped_programs():
        loaded = load_program(name)
        seconds = best(partial(check_program, loaded), repeat=3, number=1)
        rows.append(_row(f"prove_{name.split('-')[0]}", seconds, 1.0, seconds, 1.0, at_least=False))
    policies = [
        attrs.evolve(p, id=f"{name[:3]}-{p.id}")
        for name in shipped_programs()
        for p in load_program(name).policies
    ][:60]
    large = Program(
        id="sixty",
        policies=policies,
        tiers=load_program("cit").tiers,
        calendar=load_program("cit").calendar,
    )
    seconds = best(partial(check_program, large), repeat=1, number=1)
    tracemalloc.start()
    check_program(large)
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    rows.append(_row("prove_60_policies", seconds, 20.0, seconds / 20, 1.0, at_least=False))
    rows.append(
        _row("prove_60_policies_mb", megabytes, 1024.0, megabytes / 1024, 1.0, at_least=False)
    )
    return rows


def journey() -> dict[str, object]:
    """Microseconds for one step of a drawn journey, Hypothesis included; the budget is 250."""
    from hypothesis import HealthCheck, given, settings

    from coresponder.testing import journeys

    steps: list[int] = []

    @settings(
        max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(drawn=journeys("cit"))
    def walk(drawn: Any) -> None:
        steps.append(len(drawn.steps))

    start = time.perf_counter()
    walk()
    each = (time.perf_counter() - start) / sum(steps) * 1e6
    return _row("journey_step_us", each, 250.0, each / 250, 1.0, at_least=False)


def _made_up_rows(path: Path, count: int) -> None:
    columns = [
        "ID",
        "End Point of Dispatch",
        "City",
        "Dispatch Request Date & Time",
        "Dispatch Date & Time",
        "Arrival on Scene Date & Time",
    ]
    columns += [
        "Engagement with Client Date & Time",
        "MCIT Departure Date & Time",
        *(f"Reason for Dispatch #{i}" for i in range(1, 6)),
        "Disposition",
    ]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for i in range(count):
            times = [
                (NOON + dt.timedelta(minutes=37 * i + m)).strftime("%Y-%m-%dT%H:%M:%S")
                for m in (0, 5, 21, 24, 63)
            ]
            writer.writerow(
                [
                    i,
                    "Engaged Client",
                    "Northtown",
                    *times,
                    "Paranoia",
                    "Trauma",
                    "",
                    "",
                    "",
                    "Remained in community",
                ]
            )


PEERS = {
    "step": "transitions moves a state; it folds no incident, steps no policy and returns nothing to store",
    "policies": "the same step of ours with 22 policies",
    "memory": "a budget of ours, no other library",
    "import": "bare Python, which imports nothing of ours",
    "sqlite": "the same SQL with ready parameters; it decides, checks and hashes nothing",
    "run": "reads the rows as CSV and inserts ours ready-made in one transaction; it maps, decides and checks nothing",
    "prove": "a budget of ours, no other library",
    "journey": "a budget of ours, no other library",
    "group": "one thread that writes a page and syncs it, or the commits counted; it stores no step",
    "load": "eventsourcing reads and replays 12 events; it checks no chain and steps no policy",
    "postgresql_per": "pgbench runs the same statement; it decides, checks and hashes nothing",
    "postgresql_eventsourcing": "eventsourcing stores one event; it keeps no chain, outbox, vault or index",
}
"""By the beginning of a row's name: how much of our work the peer does."""


def _row(
    name: str, ours: float, peer: float, ratio: float, budget: float, *, at_least: bool
) -> dict[str, object]:
    meets = ratio >= budget if at_least else ratio <= budget
    if budget <= 0:
        raise ValueError(f"{name}: a budget of {budget} cannot be missed")
    said = next(text for beginning, text in PEERS.items() if name.startswith(beginning))
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "ratio": round(ratio, 3),
        "budget": budget,
        "meets": meets,
        "peer_does": said,
    }


ALL: dict[str, Callable[[], Any]] = {
    "step": step, "policies": policies, "memory": memory, "import": start_up, "sqlite": sqlite, "run": run_cad, "proof": proof, "journey": journey,
    "group": lambda: databases.group(_row, NOON), "load": lambda: databases.load(_row, NOON), "postgresql": lambda: databases.postgresql(_row, NOON),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=ALL)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = [ALL[name]() for name in ([options.name] if options.name else ALL)]
    rows = [row for each in found for row in (each if isinstance(each, list) else [each])]
    print(
        f"measured on {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        file=sys.stderr,
    )
    missed = [row["name"] for row in rows if not row["meets"]]
    if options.json:
        print(json.dumps(rows, indent=2))
        sys.exit(1 if missed else 0)
    for row in rows:
        print(
            f"{row['name']:26} ours {row['ours']:.6g}  peer {row['peer']:.6g}  ratio {row['ratio']}  budget {row['budget']}  {'meets' if row['meets'] else 'MISSES'}\n    peer: {row['peer_does']}"
        )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

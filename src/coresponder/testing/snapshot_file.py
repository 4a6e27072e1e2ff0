"""The file of a snapshot: compact, and identical for identical behavior."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from coresponder.domain.vocabulary import Nature
from coresponder.errors import UnreadableFile
from coresponder.program import Program
from coresponder.simulation.probes import Probes, read_event, write_event
from coresponder.testing.situations import Situation, context_of
from coresponder.testing.snapshot import Seen, Snapshot
from coresponder.testing.surroundings import (
    Days,
    Kind,
)

__all__ = ["load_snapshot", "save_snapshot"]

_FORMAT = 1


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as one JSON document, with a line for each situation and a table of the
    events and texts that recur.
    """
    path.write_text(_text(snapshot), "utf-8")


def _text(snapshot: Snapshot) -> str:
    table = _Table()
    lines: list[str] = []
    for id, (enforcement, wide, seen) in snapshot.rules.items():
        rows = [_row(one, table) for one in seen]
        lines.append(
            f"{json.dumps(id)}:{_plain([enforcement, ' '.join(wide)])[:-1]},\n "
            + ",\n ".join(_plain(row) for row in rows)
            + "]"
        )
    days = {
        id: [[table.of(text) for text in story], list(days.week), dict(days.otherwise)]
        for id, (story, days) in snapshot.days.items()
    }
    head = {
        "format": _FORMAT,
        "program": snapshot.program,
        "pause": snapshot.pause,
        "zone": snapshot.zone,
        "span": [day.isoformat() for day in snapshot.span],
        "named": snapshot.probes.named,
        "teams": snapshot.probes.teams,
        "days": days,
        "kinds": [[_kind_row(kind) for kind in kinds] for kinds in snapshot.kinds],
        "crews": _crew_rows(snapshot.crews),
        "tables": snapshot.tables,
    }
    body = "".join(f"{json.dumps(key)}:{_plain(value)},\n" for key, value in head.items())
    if snapshot.of_responders is not None:
        body += f'"of_responders":{_text(snapshot.of_responders)},\n'
    words = ",\n ".join(_plain(text) for text in table.texts)
    rules = ",\n".join(lines)
    return f'{{{body}"rules":{{\n{rules}}},\n"words":[\n {words}]}}\n'


def _kind_row(kind: Kind) -> tuple[Any, ...]:
    """Return a kind as a row without its rare last fields, as older files have it."""
    row = attrs.astuple(kind)
    return row if kind.languages or kind.vetted else row[:3]


def _held(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@attrs.define
class _Table:
    """Numbers texts, so that a text that recurs is written once."""

    texts: dict[str, int] = attrs.field(factory=dict)

    def of(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))


def _row(seen: Seen, table: _Table) -> list[Any]:
    effects = {
        table.of(effect): [table.of(text) for text in texts]
        for effect, texts in seen.effects.items()
    }
    return [
        [table.of(write_event(event)) for event in seen.situation.story],
        seen.situation.later,
        [table.of(line) for line in seen.standing],
        effects,
    ]


def _crew_rows(crews: dict[str, tuple[str, ...]]) -> list[list[Any]]:
    """Return the natures grouped by equal answers, and the answers as runs of equal tiers."""
    found: dict[tuple[str, ...], list[str]] = {}
    for nature, tiers in crews.items():
        found.setdefault(tiers, []).append(nature)
    return [
        [natures, [[tier, len(list(run))] for tier, run in itertools.groupby(tiers)]]
        for tiers, natures in found.items()
    ]


def load_snapshot(path: Path, program: Program) -> Snapshot:
    """Read a snapshot that is to be compared with a program.

    Raises:
        UnreadableFile: the file does not exist, or is not a snapshot.
    """
    try:
        return _read(json.loads(path.read_text("utf-8")), program)
    except FileNotFoundError:
        raise UnreadableFile(
            f"{path}: there is no snapshot; write it with `coresponder check PROGRAM --snapshot"
            f" {path}`"
        ) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UnreadableFile(
            f"{path}: this is not a snapshot ({type(error).__name__}: {error}); write it anew with"
            f" `coresponder check PROGRAM --snapshot {path} --update`"
        ) from None


def _read(values: dict[str, Any], program: Program) -> Snapshot:
    if values["format"] != _FORMAT:
        raise ValueError(f"format {values['format']} is not {_FORMAT}")
    texts, pause = values["words"], values["pause"]
    rules = {}
    for id, (enforcement, wide, *rows) in values["rules"].items():
        rules[id] = (
            enforcement,
            tuple(wide.split()),
            tuple(_seen(row, texts, pause, program) for row in rows),
        )
    context = tuple(map(write_event, context_of(program)))
    days = {
        id: (_after(context, tuple(texts[i] for i in story)), Days(tuple(week), other))
        for id, (story, week, other) in values["days"].items()
    }
    kinds = [
        tuple(
            Kind(role, how, tuple((n, h) for n, h in training), *map(_held, more))
            for role, how, training, *more in some
        )
        for some in values["kinds"]
    ]
    crews = {
        nature: tuple(_spread(runs)) for natures, runs in values["crews"] for nature in natures
    }
    teams = tuple(
        (tier, model, tuple((role, presence) for role, presence in members))
        for tier, model, members in values["teams"]
    )
    first, last = map(dt.date.fromisoformat, values["span"])
    return Snapshot(
        program=values["program"], pause=pause, zone=values["zone"], span=(first, last), probes=Probes(program.vocabulary, values["named"], teams),
        rules=rules, days=days, kinds=(kinds[0], kinds[1]), crews={**{nature.value: crews[nature.value] for nature in Nature}, **crews}, tables=values["tables"],
        of_responders=_read(values["of_responders"], program.for_responders) if "of_responders" in values else None,
    )  # fmt: skip


def _after(context: tuple[str, ...], story: tuple[str, ...]) -> tuple[str, ...]:
    """Return a story without its context, which older files include."""
    return story[len(context) :] if story[: len(context)] == context else story


def _spread(runs: Iterable[Any]) -> Iterator[str]:
    for tier, count in runs:
        yield from itertools.repeat(tier, count)


def _seen(row: list[Any], texts: list[str], pause: float, program: Program) -> Seen:
    """Return a row as a situation. Events that the program no longer has are left out of the
    story.
    """
    story, passed, standing, effects = row
    events = tuple(
        event
        for event in (read_event(program.vocabulary, texts[i]) for i in story)
        if event is not None
    )
    later = passed + (len(story) - len(events)) * pause
    named = {
        texts[int(effect)]: tuple(texts[i] for i in found) for effect, found in effects.items()
    }
    return Seen(Situation(events, later), tuple(texts[i] for i in standing), named)

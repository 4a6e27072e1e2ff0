"""Pictures of a program: its lifecycle, and a story."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from coresponder.domain.spoken import say_word
from coresponder.lifecycle import Lifecycle
from coresponder.policy.words import say_event
from coresponder.proof import StoryLine
from coresponder.report.parts import Picture, Table
from coresponder.report.pictures import FILL, INK, sketch

__all__ = ["lifecycle_picture", "story_picture"]

_LETTERS = 38
"""How many letters a line of a story has, so that it can be read on a telephone."""
_LANE = 0.35
"""How far two lines of a story's picture are apart, in inches; the text takes nine times as much."""
_LANES = ("person", "responder")


def lifecycle_picture(name: str, lifecycle: Lifecycle, never: Sequence[str] = ()) -> Picture:
    """Draw the states in a row, with an arc for each move: onward above, back below.

    Args:
        name: keeps the picture's ids apart from those of other pictures.
        lifecycle: what is drawn.
        never: moves that no story takes, as `event: source -> target`; they are dotted.
    """
    moves: dict[tuple[str, str], list[str]] = {}
    taken = set[tuple[str, str]]()
    for edge in lifecycle.edges:
        if edge.source != edge.target:
            moves.setdefault((edge.source, edge.target), []).append(edge.event)
            taken |= set() if str(edge) in never else {(edge.source, edge.target)}

    def draw(axes: Axes) -> None:
        for move in moves:
            at, to = map(lifecycle.states.index, move)
            _arc(axes, at, to, "-" if move in taken else ":")
        _states(axes, lifecycle)

    rows = tuple(
        (say_word(source), say_word(target), ", ".join(map(say_event, events)))
        for (source, target), events in moves.items()
    )
    ends = ", ".join(say_word(state) for state in lifecycle.states if state in lifecycle.final)
    return Picture(
        title=f"The {say_word(lifecycle.name)}, state by state",
        says=f"A circle without a filling is an end: {ends}. Moves onward are above the states, moves"
        " back below. Events that keep the state are left out."
        + (" No story takes a dotted move." if len(taken) < len(moves) else ""),
        svg=sketch(name, 4.2, draw),
        table=Table("Moves", ("from", "to", "with"), rows),
    )


def _states(axes: Axes, lifecycle: Lifecycle) -> None:
    """Draw the states, each with its name below."""
    for place, state in enumerate(lifecycle.states):
        filling: Literal["none", "full"] = "none" if state in lifecycle.final else "full"
        axes.plot(place, 0, "o", markersize=13, color=FILL, fillstyle=filling)
        axes.annotate(
            say_word(state), (place, 0), (0, -14), textcoords="offset points", rotation=30,
            ha="right", va="top",
        )  # fmt: skip
    half = 0.17 * len(lifecycle.states)
    axes.set_xlim(-1.2, len(lifecycle.states) - 0.4)
    axes.set_ylim(-half - 1, half + 0.3)


def _arc(axes: Axes, at: int, to: int, line: str) -> None:
    axes.add_patch(
        FancyArrowPatch(
            (at, 0), (to, 0), connectionstyle=f"arc3,rad={-0.34 if to > at else 0.34}", arrowstyle="-|>",
            mutation_scale=9, shrinkA=9, shrinkB=9, linestyle=line, linewidth=0.9, color=INK,
        )
    )  # fmt: skip


def story_picture(name: str, title: str, story: Sequence[StoryLine], says: str = "") -> Picture:
    """Draw a story from top to bottom, with a line for each one that it is about."""
    lanes = list(dict.fromkeys(("incident", *(_lane(line) for line in story))))
    wrapped = [textwrap.wrap(f"{_since(line)}  {line.text}", _LETTERS) for line in story]
    begins = [sum(len(lines) + 0.6 for lines in wrapped[:place]) for place in range(len(story))]
    height = sum(len(lines) + 0.6 for lines in wrapped)

    def draw(axes: Axes) -> None:
        for column, lane in enumerate(lanes):
            axes.plot((column, column), (0.4, -height), color=INK, linewidth=0.6, alpha=0.5)
            axes.text(column, 0.7, lane, rotation=30, va="bottom")
        for number, (line, lines, begin) in enumerate(zip(story, wrapped, begins, strict=True)):
            last = number == len(story) - 1
            mark, color = ("D", INK) if last else ("o", FILL)
            axes.plot(lanes.index(_lane(line)), -begin, mark, markersize=8, color=color)
            axes.text(len(lanes) - 0.4, 0.4 - begin, "\n".join(lines), va="top")
        axes.set_xlim(-0.4, len(lanes) + 8.6)
        axes.set_ylim(-height, 2.4)

    rows = tuple((_since(line), line.text) for line in story)
    table = Table("The story", ("after", "what happens"), rows)
    drawn = sketch(name, 0.6 + 0.22 * (height + 3), draw, width=_LANE * (len(lanes) + 9))
    return Picture(title=title, says=says, svg=drawn, table=table)


def _lane(line: StoryLine) -> str:
    """Return the one that a line is about: a person, a responder, time, or the incident."""
    if line.event is None:
        return "time"
    return next((str(line.details[one]) for one in _LANES if line.details.get(one)), "incident")


def _since(line: StoryLine) -> str:
    """Return the time since the beginning, which is not broken over lines."""
    return str(line).removesuffix(line.text).strip().replace(" ", "\N{NO-BREAK SPACE}")

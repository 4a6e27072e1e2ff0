"""Pictures of coverage as SVG: the week as a heat map, and a curve by number trained. No display is
needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coresponder.domain.vocabulary import Weekday
from coresponder.errors import MissingExtra
from coresponder.roster.coverage import Coverage

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
except ImportError as _missing:
    raise MissingExtra("coverage", "a picture") from _missing

__all__ = ["draw_curve", "draw_week"]


def draw_week(coverage: Coverage, path: Path) -> None:
    """Draw for each hour of the week in which share of it the first tier can be formed."""
    first = [hour[0] * 100 for hour in coverage.week]
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.subplots()
    drawn = axes.imshow(
        [first[day * 24 : day * 24 + 24] for day in range(7)],
        aspect="auto",
        cmap="YlGnBu",
        vmin=0,
        vmax=100,
    )
    axes.set_yticks(range(7), [day.value.capitalize() for day in Weekday])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02}:00" for hour in range(0, 24, 3)])
    axes.set_title(f"{coverage.tiers[0]}: share of each hour in which it can be formed")
    figure.colorbar(drawn, ax=axes, label="%")
    _save(figure, path)


def draw_curve(points: Sequence[tuple[int, float]], what: str, path: Path) -> None:
    """Draw the share of the first tier by how many are trained."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([n for n, _ in points], [share * 100 for _, share in points], marker="o")
    axes.set_xlabel(what)
    axes.set_ylabel("covered, %")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    """Write the picture: the same coverage is the same file, and its words stay words."""
    with mpl.rc_context({"svg.hashsalt": "coresponder", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})

"""Pictures of coverage as SVG: the week as a heat map, and a curve by number trained. No display is
needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from coresponder.domain.vocabulary import Weekday
from coresponder.errors import MissingExtra

try:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ImportError as _missing:
    raise MissingExtra("coverage", "a picture") from _missing

__all__ = ["draw_curves", "draw_weeks"]


def draw_weeks(weeks: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw the share of each hour of the week: one week for each title, below one another.

    Args:
        weeks: the title of each week -> its 168 shares from Monday's midnight on, each 0 to 1.
        path: the file, which is overwritten.
    """
    figure = Figure(figsize=(9, 3.4 * len(weeks)), layout="constrained")
    all_axes = figure.subplots(len(weeks), squeeze=False)[:, 0]
    for axes, (title, shares) in zip(all_axes, weeks.items(), strict=True):
        days = [[share * 100 for share in shares[day * 24 : day * 24 + 24]] for day in range(7)]
        drawn = axes.pcolormesh(days, cmap="YlGnBu", vmin=0, vmax=100, edgecolors="white", lw=0.5)
        axes.set_yticks(
            [day + 0.5 for day in range(7)], [day.value.capitalize() for day in Weekday]
        )
        axes.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
        axes.invert_yaxis()
        axes.set_title(title, wrap=True)
        figure.colorbar(drawn, ax=axes, label="% of the hour")
    _save(figure, path)


def draw_curves(curves: Mapping[str, Sequence[tuple[int, float]]], what: str, path: Path) -> None:
    """Draw shares by number, a line for each name.

    Args:
        curves: the name of each line -> its points.
        what: the label of the numbers.
        path: the file, which is overwritten.
    """
    figure = Figure(figsize=(7, 3.6 + 0.2 * len(curves)), layout="constrained")
    axes = figure.subplots()
    for (name, points), mark in zip(curves.items(), itertools.cycle("osD^v"), strict=False):
        numbers, shares = zip(*((n, share * 100) for n, share in points), strict=True)
        axes.plot(numbers, shares, marker=mark, label=name, clip_on=False)
    axes.set_xlabel(what)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("covered, %")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", frameon=False)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    """Write the picture. The same coverage gives the same file, and its text stays text."""
    with mpl.rc_context({"svg.hashsalt": "coresponder", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})

"""Pictures as SVG inside a page. Their text is text, and their ink has the color of the page's
text, so that light and dark both read well. No display is needed.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from coresponder.errors import MissingExtra

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as _missing:
    raise MissingExtra("report", "a page with pictures") from _missing

__all__ = ["FILL", "INK", "bars", "columns", "heat", "sketch", "spans", "stacks"]

INK = "#010203"
"""Becomes the color of the page's text."""
FILL = "#3987c4"
_FILLS = ("#3987c4", "#d98200", "#2f9e77", "#c2609a", "#8a8f98", "#b5483a", "#7a6fd0")
_HATCHES = ("", "//", "..", "xx", "", "\\\\", "++")
_STYLE: Any = {
    "svg.hashsalt": "coresponder",
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.color": INK,
    "hatch.linewidth": 0.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_WIDTH = 7.5
"""How wide a picture is, in inches, if nothing else is said."""
_REMS = 6.2
"""How wide an inch of a narrow picture is on the page at most: a letter is then as high as one of a
table.
"""
_SUPPRESSED = "suppressed"
_SHADES = 12
Values = Sequence[float | None]


def columns(name: str, labels: Sequence[str], values: Values, unit: str) -> str:
    """Draw a column for each label, and a star for a number that is not shown. `name` keeps the
    picture's ids apart from those of other pictures.
    """
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.0)
        axes.bar(range(len(labels)), [value or 0 for value in values], color=FILL)
        for place, value in enumerate(values):
            if value is None:
                axes.text(place, 0, "*", ha="center", va="bottom")
        step = -(-len(labels) // 12)
        axes.set_xticks(range(0, len(labels), step), list(labels)[::step])
        if max(map(len, labels), default=0) > 5:
            axes.tick_params(axis="x", labelrotation=35)
        axes.set_ylabel(unit)
        return _svg(figure, name)


def bars(
    name: str,
    labels: Sequence[str],
    values: Values,
    unit: str,
    intervals: Sequence[tuple[float, float] | None] = (),
) -> str:
    """Draw a bar for each label, the first on top, with its interval if there is one."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.9 + 0.34 * len(labels))
        axes.barh(range(len(labels)), [value or 0 for value in values], color=FILL, height=0.7)
        for place, (value, interval) in enumerate(
            itertools.zip_longest(values, intervals[: len(values)])
        ):
            if value is None:
                axes.text(0, place, f" {_SUPPRESSED}", va="center")
            elif interval is not None:
                axes.plot(interval, (place, place), color=INK, linewidth=1.4)
        _named_rows(axes, labels, unit)
        return _svg(figure, name)


def spans(name: str, rows: Sequence[tuple[str, float, float | None]], unit: str) -> str:
    """Draw each median as a dot, with a line to the time within which 90 % are."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.9 + 0.4 * len(rows))
        for place, (_, median, within) in enumerate(rows):
            if within is not None:
                axes.plot((median, within), (place, place), color=FILL, linewidth=6, alpha=0.6)
                axes.plot(within, place, marker="|", markersize=14, color=INK)
            axes.plot(median, place, marker="o", markersize=8, color=FILL)
        axes.set_xlim(left=0)
        _named_rows(axes, [label for label, _, _ in rows], unit)
        return _svg(figure, name)


def stacks(name: str, rows: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """Draw a bar of parts for each row; a pattern tells parts apart where color does not."""
    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(1.5 + 0.45 * len(rows))
        begins = [0.0] * len(rows)
        for number, part in enumerate(parts):
            widths = [row.get(part, 0.0) for row in rows.values()]
            look = number % len(_FILLS)
            axes.barh(
                range(len(rows)),
                widths,
                left=begins,
                label=part,
                color=_FILLS[look],
                hatch=_HATCHES[look],
                height=0.7,
            )
            begins = [begin + width for begin, width in zip(begins, widths, strict=True)]
        _named_rows(axes, list(rows), unit)
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
        return _svg(figure, name)


def heat(
    name: str, rows: Sequence[str], labels: Sequence[str], values: Sequence[Values], unit: str
) -> str:
    """Draw a table as shades. A number that is not shown has no shade."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.2)
        shades = [[float("nan") if one is None else one for one in row] for row in values]
        shade = mpl.colormaps["cividis"].resampled(_SHADES)
        drawn = axes.pcolormesh(shades, cmap=shade, vmin=0)
        axes.set_yticks([place + 0.5 for place in range(len(rows))], list(rows))
        axes.set_xticks([place + 0.5 for place in range(0, len(labels), 3)], list(labels)[::3])
        axes.invert_yaxis()
        figure.colorbar(drawn, ax=axes, label=unit)
        return _svg(figure, name)


def sketch(name: str, height: float, draw: Callable[[Axes], None], width: float = _WIDTH) -> str:
    """Return what `draw` puts on axes that are not shown, in a figure of `width` by `height` inches.
    A narrow one is shown as narrow, so that its text is not larger than that of the page.
    """
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(height, width)
        draw(axes)
        axes.set_axis_off()
        drawn = _svg(figure, name)
    if width == _WIDTH:
        return drawn
    return drawn.replace("<svg ", f'<svg style="max-width: {width * _REMS:.1f}rem" ', 1)


def _figure(height: float, width: float = _WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _named_rows(axes: Axes, labels: Sequence[str], unit: str) -> None:
    axes.set_yticks(range(len(labels)), list(labels))
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.set_axisbelow(True)


@attrs.frozen
class _Ids:
    name: str

    def __call__(self, found: re.Match[str]) -> str:
        return f"{found[1]}{self.name}-{found[2]}"


def _svg(figure: Figure, name: str) -> str:
    """Return the picture without the parts that a page does not need: declarations, metadata, and
    namespaces.
    """
    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"| (width|height)="[\d.]+pt"', "", text)
    text = text.replace("xlink:href", "href").replace(INK, "currentColor")
    text = re.sub(r"font: (\d+)px [^;\"]*", r"font: \1px system-ui, sans-serif", text)
    text = re.sub(r'(\bid="|url\(#|href="#)([\w-]+)', _Ids(name), text)
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1).strip()

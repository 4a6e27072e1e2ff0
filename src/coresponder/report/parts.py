"""What a page is made of: tables, pictures and sections."""

from __future__ import annotations

import attrs

__all__ = ["Document", "Picture", "Section", "Table"]


@attrs.frozen
class Table:
    """A table of a page. The first cell of a row is its name."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(kw_only=True)
class Picture:
    """A picture of a page, as SVG, with the same facts as a table."""

    title: str
    says: str
    svg: str
    table: Table


@attrs.frozen(kw_only=True)
class Section:
    """A section of a page, or a part of one.

    Attributes:
        lines: sentences, each a paragraph.
        points: sentences in a list.
        parts: sections below this one.
    """

    title: str
    lines: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    parts: tuple[Section, ...] = ()


@attrs.frozen(kw_only=True)
class Document:
    """A page.

    Attributes:
        about: what it is about, below the title.
        made: by which program it was made.
    """

    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]
    made: str

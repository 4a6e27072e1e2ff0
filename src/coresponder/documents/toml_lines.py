"""Find the line of each key of a TOML file, which the parser does not tell."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import attrs

__all__ = ["Doubled", "TomlLines"]

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<text>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<space>[ \t\r]+)|(?P<newline>\n)|(?P<bare>[A-Za-z0-9_-]+)|(?P<mark>.)",
    re.DOTALL,
)


@attrs.frozen
class Doubled:
    """A key or a table that occurs twice in a file."""

    name: str
    line: int
    first: int
    table: bool


@attrs.frozen
class TomlLines:
    """Line numbers by path: `("policy", 3, "where")` is the fourth policy's `where`."""

    known: dict[Path, int]
    doubled: tuple[Doubled, ...] = ()

    @classmethod
    def of(cls, text: str) -> TomlLines:
        """Find the lines in a text; keys after its first syntax error may be missing."""
        reader = _Reader(_tokens(text))
        with contextlib.suppress(RecursionError):
            reader.file()
        return cls(reader.known, tuple(reader.doubled))

    def at(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest enclosing path that has one."""
        ends = range(len(path), 0, -1)
        return next((self.known[path[:end]] for end in ends if path[:end] in self.known), None)

    def label(self, path: Path) -> str:
        """Return `line 7, ` to begin an error with, or nothing."""
        line = self.at(path)
        return f"line {line}, " if line else ""


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup not in {"comment", "space"}:
            yield found.lastgroup or "", found[0], line
        line += found[0].count("\n")


@attrs.define
class _Reader:
    """Walks through the tokens and notes the line of each key."""

    _tokens: Iterator[tuple[str, str, int]]
    known: dict[Path, int] = attrs.field(factory=dict)
    doubled: list[Doubled] = attrs.field(factory=list)
    _rows: dict[Path, int] = attrs.field(factory=dict)
    _now: tuple[str, str, int] = ("newline", "\n", 1)

    def _next(self) -> tuple[str, str, int]:
        self._now = next(self._tokens, ("end", "", self._now[2]))
        return self._now

    def file(self) -> None:
        """Read the whole file."""
        table: Path = ()
        while self._next()[0] != "end":
            if self._now[1] == "[":
                table = self._header()
            elif self._now[0] != "newline":
                self._pair(table)

    def _header(self) -> Path:
        line, many = self._now[2], self._next()[1] == "["
        names = self._key(self._next() if many else self._now)
        path = self._inside(names[:-1])
        path += names[-1:]
        if many:
            self.known.setdefault(path, line)
            self._rows[path] = self._rows.get(path, 0) + 1
            path += (self._rows[path] - 1,)
        self._note(path, line, table=True)
        self._skip({"newline", "end"})
        return path

    def _inside(self, names: Path) -> Path:
        """Return the path of names; a list of tables stands for its last table."""
        path: Path = ()
        for name in names:
            path += (name,)
            if path in self._rows:
                path += (self._rows[path] - 1,)
        return path

    def _key(self, token: tuple[str, str, int]) -> Path:
        names: list[str | int] = []
        while token[0] in {"bare", "text"} or token[1] == ".":
            if token[1] != ".":
                names.append(token[1] if token[0] == "bare" else token[1][1:-1])
            token = self._next()
        return tuple(names)

    def _pair(self, table: Path) -> None:
        line, names = self._now[2], self._key(self._now)
        for end in range(1, len(names)):
            self.known.setdefault(table + names[:end], line)
        if names:
            self._note(table + names, line)
        if self._now[1] == "=":
            self._next()
            self._value(table + names)

    def _value(self, path: Path) -> None:
        if self._now[1] == "[":
            self._list(path)
        elif self._now[1] == "{":
            self._table(path)
        self._skip({"newline", "end", ",", "]", "}"})

    def _list(self, path: Path) -> None:
        number = 0
        self._next()
        while self._now[1] != "]" and self._now[0] != "end":
            if self._now[0] == "newline" or self._now[1] in {",", "}"}:
                self._next()
                continue
            self.known[(*path, number)] = self._now[2]
            self._value((*path, number))
            number += 1
        self._next()

    def _table(self, path: Path) -> None:
        self._next()
        while self._now[1] != "}" and self._now[0] != "end":
            if self._now[0] in {"bare", "text"}:
                self._pair(path)
            else:
                self._next()
        self._next()

    def _note(self, path: Path, line: int, *, table: bool = False) -> None:
        if path in self.known and path not in self._rows:
            name = ".".join(str(part) for part in path if isinstance(part, str))
            self.doubled.append(Doubled(name, line, self.known[path], table))
        self.known.setdefault(path, line)

    def _skip(self, ends: set[str]) -> None:
        while self._now[0] not in ends and self._now[1] not in ends and self._now[0] != "end":
            self._next()

"""The DECLARE templates as tables, written by hand and proved against brute-force LTLf by a test.

Names: Pesic and van der Aalst; semantics on finite words: De Giacomo et al. 2022. A row is a state, an entry the next state
for one set of atoms that an event matches, in the order: none, a, b, a and b (and the same four with c, the `unless`).
`!` marks a breach; after it watching goes on from the state that is written. What each template means, also where one event
matches several atoms, is defined in `coresponder.testing.definitions` and shown in the reference.
"""

from __future__ import annotations

import enum

import attrs

__all__ = ["TEMPLATES", "Clock", "Letter", "Template", "Verdict", "counted"]


class Verdict(enum.IntEnum):
    """VIOLATED < PENDING < HOLDING < SATISFIED: the worst of several is their minimum."""

    VIOLATED = 0
    PENDING = 1
    HOLDING = 2
    SATISFIED = 3

    def __str__(self) -> str:
        return self.name.lower()


class Letter(enum.IntFlag):
    """Which atoms an event matches."""

    NONE = 0
    A = 1
    B = 2
    C = 4


class Clock(enum.Enum):
    """What a time bound means for a template."""

    NONE = "no bound"
    DUE = "something is owed by then"
    WINDOW = "something is permitted or forbidden until then, or from then on"


Row = tuple[tuple[int, bool], ...]
_V = {"V": Verdict.VIOLATED, "P": Verdict.PENDING, "H": Verdict.HOLDING, "S": Verdict.SATISFIED}


@attrs.frozen(kw_only=True)
class Template:
    """One DECLARE template.

    Attributes:
        atoms: 1 or 2; `one_letter` says which letter a single atom is.
        within, after: whether such a bound is accepted.
        due, window: the states in which the instant of the cell counts.
        opening: the clock starts when the case opens.
        repairable: what was due can still be done after its deadline.
        self_serving: an event that matches both atoms does what it asks for.
        serves: the letters that do what is due.
        unless: the letter of `unless = c`: "c" where the table says what it ends or permits, "b" where c counts as b, or None.
        per: whether one cell for each value makes sense.
        every: every event of the case counts, not only those that an atom mentions.
    """

    name: str
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]
    start: int = 0
    atoms: int = 2
    one_letter: Letter = Letter.A
    clock: Clock = Clock.NONE
    within: bool = False
    after: bool = False
    due: frozenset[int] = frozenset()
    window: frozenset[int] = frozenset()
    opening: bool = False
    repairable: bool = True
    self_serving: bool = False
    serves: Letter = Letter.B
    unless: str | None = None
    per: bool = True
    every: bool = False
    counted: bool = False


def _row(text: str) -> Row:
    entries = tuple((int(entry.rstrip("!")), entry.endswith("!")) for entry in text.split())
    return entries if len(entries) == 8 else entries * 2


def _template(name: str, table: str, verdicts: str, **options: object) -> Template:
    rows = tuple(_row(line) for line in table.split("|"))
    return Template(name=name, rows=rows, verdicts=tuple(_V[v] for v in verdicts), **options)  # type: ignore[arg-type]


_BOTH: dict[str, object] = {"within": True, "after": True}
_DUE: dict[str, object] = {"clock": Clock.DUE, "due": frozenset({1}), **_BOTH}
_WINDOW: dict[str, object] = {"clock": Clock.WINDOW, "window": frozenset({1}), **_BOTH}
_FROM_OPENING: dict[str, object] = {"opening": True, "start": 1, "per": False}

TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        _template(
            "existence", "0 0 0 0 0 0 0 0 | 1 1 0 0 0 0 0 0", "SP",
            atoms=1, one_letter=Letter.B, unless="c", serves=Letter.B | Letter.C, counted=True, **_DUE, **_FROM_OPENING,
        ),
        _template("absence", "0 0 0 0 | 1 1 1! 1!", "SH", atoms=1, one_letter=Letter.B, **_WINDOW, **_FROM_OPENING),
        _template("at_most", "0 1 0 1 | 1 1! 1 1!", "HH", atoms=1, counted=True),
        _template("exactly", "0 1 0 1 | 1 1! 1 1!", "PH", atoms=1, counted=True, per=False),
        _template("init", "2! 1 2! 1 | 1 1 1 1 | 2 2 2 2", "PSV", atoms=1, per=False, every=True),
        _template("end", "0 1 0 1 | 0 1 0 1", "PH", atoms=1, per=False, every=True),
        _template("choice", "0 0 0 0 | 1 0 0 0", "SP", serves=Letter.A | Letter.B, **_DUE, **_FROM_OPENING),
        _template("exclusive_choice", "0 1 2 1! | 1 1 1! 1! | 2 2! 2 2!", "PHH", per=False),
        _template(
            "responded_existence", "0 2 1 1 | 1 1 1 1 | 2 2 1 1", "HSP",
            clock=Clock.DUE, due=frozenset({2}), window=frozenset({1}), within=True, unless="b",
        ),
        _template("co_existence", "0 1 2 3 | 1 1 3 3 | 2 3 2 3 | 3 3 3 3", "HPPS"),
        _template("not_co_existence", "0 1 2 1! | 1 1 1! 1! | 2 2! 2 2!", "HHH"),
        _template(
            "response", "0 1 0 0 0 0 0 0 | 1 1 0 0 0 0 0 0", "HP",
            self_serving=True, unless="c", serves=Letter.B | Letter.C, **_DUE,
        ),
        _template("precedence", "0 1 0! 1 2 2 2 2 | 1 1 1 1 2 2 2 2 | 2 2 2 2 2 2 2 2", "HSS", unless="c", **_WINDOW),
        _template("succession", "0 1 0! 2 | 1 1 2 2 | 2 1 2 2", "HPH"),
        _template("alternate_response", "0 1 0 1 | 1 1! 0 1", "HP", **_DUE),
        _template("alternate_precedence", "0 1 0! 0 | 1 1 0 0", "HH", **_WINDOW),
        _template("chain_response", "0 1 0 1 | 0! 1! 0 1", "HP", repairable=False, every=True, **_DUE),
        _template("chain_precedence", "0 1 0! 1! | 0 1 0 1", "HH", every=True, **_WINDOW),
        _template("not_succession", "0 1 0 1 0 1 0 1 | 1 1 1! 1! 0 1 0 1", "HH", unless="c", **_WINDOW),
        _template("not_chain_succession", "0 1 0 1 | 0 1 0! 1!", "HH", every=True, **_WINDOW),
        _template("always", "0! 0 0! 0", "H", atoms=1, per=False, every=True),
    )
}  # fmt: skip
"""Every template by its DECLARE name."""


def counted(template: Template, count: int) -> Template:
    """Return `existence`, `at_most` or `exactly` for a count: one state for each number seen."""
    if template.name == "existence":
        rows = tuple(_row(f"{i} {i} {max(i - 1, 0)} {max(i - 1, 0)} 0 0 0 0") for i in range(count + 1))
        verdicts = (Verdict.SATISFIED, *[Verdict.PENDING] * count)
        return attrs.evolve(template, rows=rows, verdicts=verdicts, start=count, due=frozenset(range(1, count + 1)))
    rows = (*(_row(f"{i} {i + 1} {i} {i + 1}") for i in range(count)), _row(f"{count} {count}! {count} {count}!"))
    before = Verdict.PENDING if template.name == "exactly" else Verdict.HOLDING
    return attrs.evolve(template, rows=rows, verdicts=(*[before] * count, Verdict.HOLDING))

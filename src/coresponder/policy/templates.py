"""The DECLARE templates, each one object, proved against brute-force LTLf by a test.

Names: Pesic and van der Aalst; semantics on finite words: De Giacomo et al. 2022. Each row is a
state. Each entry is the next state for one set of matched atoms, in the order: none, a, b, a and b
(and the same four with c, the `unless`). `!` marks a breach, after which the policy continues from
the state that is written. `coresponder.testing.definitions` defines what each template means,
including for an event that matches several atoms; the reference shows it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Literal

import attrs

__all__ = ["OWN", "TEMPLATES", "Letter", "Template", "Verdict", "template_of"]


class Verdict(enum.IntEnum):
    """VIOLATED < UNDETERMINED < PENDING < HOLDING < SATISFIED: the worst of several is their minimum.

    A template never answers UNDETERMINED. A program does, for a policy whose verdict depends on a
    time that is only approximate.
    """

    VIOLATED = 0
    UNDETERMINED = 1
    PENDING = 2
    HOLDING = 3
    SATISFIED = 4

    def __str__(self) -> str:
        return self.name.lower()


class Letter(enum.IntEnum):
    """Which atoms an event matches."""

    NONE = 0
    A = 1
    B = 2
    C = 4


Row = tuple[tuple[int, bool], ...]
_V = {"V": Verdict.VIOLATED, "P": Verdict.PENDING, "H": Verdict.HOLDING, "S": Verdict.SATISFIED}


def _row(text: str) -> Row:
    entries = tuple((int(entry.rstrip("!")), entry.endswith("!")) for entry in text.split())
    return entries if len(entries) == 8 else entries * 2


def _rows(table: str | tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(_row(line) for line in table.split("|")) if isinstance(table, str) else table


def _verdicts(text: str | tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    return tuple(_V[v] for v in text) if isinstance(text, str) else text


@attrs.frozen(kw_only=True)
class Template:
    """One DECLARE template, with everything that the library knows about it.

    Attributes:
        sentence, remedy: the rule, and what satisfies it; `coresponder.policy.words` fills in the
            braces.
        rows, verdicts: the table, written as text, and the verdict of each state.
        start: the state in which the table starts.
        activation: the letters that activate it; it applies to no history without one of them.
        atoms: 1 or 2; `one_letter` says which letter a single atom is.
        on_incident: the atom is a condition on the incident, and names no event.
        counting: makes the template for a count, if it takes one.
        within, after: whether such a bound is accepted.
        unless: the letter of `unless`: C where the table says what it ends or permits, B where it
            counts as b, None where it has no single meaning.
        per: whether one cell for each value makes sense.
        every: every event of the case counts, not only those that an atom mentions.
        opening: the clock starts when the case opens.
        window: the states in which something is permitted or forbidden for a time, or from a time
            on.
        settled_by: the kind of bound that leaves nothing to violate once it has passed.
        repairable: what was due can still be done after its deadline.
        serves: the letters that do what is due.
        self_serving: an event that matches both atoms does what it asks for.
        due: the states in which something is owed.
    """

    name: str
    sentence: str
    remedy: str
    rows: tuple[Row, ...] = attrs.field(converter=_rows)
    verdicts: tuple[Verdict, ...] = attrs.field(converter=_verdicts)
    start: int = 0
    activation: int = Letter.A
    atoms: int = 2
    one_letter: int = Letter.A
    on_incident: bool = False
    counting: Callable[[Template, int], Template] | None = None
    within: bool = False
    after: bool = False
    unless: Letter | None = None
    per: bool = True
    every: bool = False
    opening: bool = False
    window: frozenset[int] = frozenset()
    settled_by: Literal["within", "after"] | None = None
    repairable: bool = True
    serves: int = Letter.B
    self_serving: bool = False
    due: frozenset[int] = attrs.field(init=False)

    @due.default
    def _pending_states(self) -> frozenset[int]:
        return frozenset(i for i, found in enumerate(self.verdicts) if found is Verdict.PENDING)

    @property
    def counted(self) -> bool:
        """True if the template takes a count."""
        return self.counting is not None

    def times(self, count: int) -> Template:
        """Return the template for a count; a template that takes none is returned unchanged."""
        return self.counting(self, count) if self.counting else self


def _count_down(template: Template, count: int) -> Template:
    """Return one state for each occurrence still to come: `existence`."""
    left = range(1, count + 1)
    rows = (template.rows[0], *(_row(f"{i} {i} {i - 1} {i - 1} 0 0 0 0") for i in left))
    verdicts = (template.verdicts[0], *(Verdict.PENDING for _ in left))
    return attrs.evolve(template, rows=rows, verdicts=verdicts, start=count)


def _count_up(template: Template, count: int) -> Template:
    """Return one state for each occurrence so far; one more is a breach: `at_most`, `exactly`."""
    seen = tuple(_row(f"{i} {i + 1} {i} {i + 1}") for i in range(count))
    full = _row(f"{count} {count}! {count} {count}!")
    verdicts = (template.verdicts[0],) * count + template.verdicts[-1:]
    return attrs.evolve(template, rows=(*seen, full), verdicts=verdicts)


_WINDOW = frozenset({1})

TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        Template(
            name="existence", sentence="{a} happens{times}{bound}",
            remedy="Record {a}.{instead}",
            rows="0 0 0 0 0 0 0 0 | 1 1 0 0 0 0 0 0", verdicts="SP", start=1,
            activation=Letter.B,
            atoms=1, one_letter=Letter.B, counting=_count_down, within=True, after=True,
            unless=Letter.C, per=False, opening=True, serves=Letter.B | Letter.C,
        ),
        Template(
            name="absence", sentence="{a} never happens{reach}",
            remedy="{while_}",
            rows="0 0 0 0 | 1 1 1! 1!", verdicts="SH", start=1, activation=Letter.B,
            atoms=1, one_letter=Letter.B, within=True, after=True, per=False, opening=True,
            window=_WINDOW, settled_by="within",
        ),
        Template(
            name="at_most", sentence="{a} happens at most {count}",
            remedy="It was done as often as allowed; override if it must be done again.",
            rows="0 1 0 1 | 1 1! 1 1!", verdicts="HH",
            atoms=1, counting=_count_up,
        ),
        Template(
            name="exactly", sentence="{a} happens exactly {count}",
            remedy="{a} must be recorded exactly {count}.",
            rows="0 1 0 1 | 1 1! 1 1!", verdicts="PH",
            atoms=1, counting=_count_up, per=False,
        ),
        Template(
            name="init", sentence="the first event is {a}",
            remedy="The first event cannot be changed; void it if it was entered in error.",
            rows="2! 1 2! 1 | 1 1 1 1 | 2 2 2 2", verdicts="PSV",
            atoms=1, per=False, every=True,
        ),
        Template(
            name="end", sentence="the last event is {a}",
            remedy="End with {a}.",
            rows="0 1 0 1 | 0 1 0 1", verdicts="PH",
            atoms=1, per=False, every=True,
        ),
        Template(
            name="choice", sentence="{a} or {b} happens{bound}",
            remedy="Record {a} or {b}.",
            rows="0 0 0 0 | 1 0 0 0", verdicts="SP", start=1, activation=Letter.A | Letter.B,
            within=True, after=True, per=False, opening=True, serves=Letter.A | Letter.B,
        ),
        Template(
            name="exclusive_choice", sentence="either {a} or {b} happens, but not both",
            remedy="Record one of {a} and {b}.",
            rows="0 1 2 1! | 1 1 1! 1! | 2 2! 2 2!", verdicts="PHH",
            activation=Letter.A | Letter.B,
            per=False,
        ),
        Template(
            name="responded_existence",
            sentence="if {a} happens, {b} happens too, before or after{bound}",
            remedy="Record {b}.{instead}",
            rows="0 2 1 1 | 1 1 1 1 | 2 2 1 1", verdicts="HSP",
            within=True, unless=Letter.B, window=_WINDOW,
        ),
        Template(
            name="co_existence", sentence="{a} and {b} both happen, or neither does",
            remedy="Record the other of {a} and {b}.",
            rows="0 1 2 3 | 1 1 3 3 | 2 3 2 3 | 3 3 3 3", verdicts="HPPS",
            activation=Letter.A | Letter.B,
        ),
        Template(
            name="not_co_existence", sentence="{a} and {b} never both happen",
            remedy="One rules out the other.",
            rows="0 1 2 1! | 1 1 1! 1! | 2 2! 2 2!", verdicts="HHH",
            activation=Letter.A | Letter.B,
        ),
        Template(
            name="response", sentence="after {a}, {b} follows{bound}",
            remedy="Record {b}.{instead}",
            rows="0 1 0 0 0 0 0 0 | 1 1 0 0 0 0 0 0", verdicts="HP",
            within=True, after=True, unless=Letter.C, serves=Letter.B | Letter.C,
            self_serving=True,
        ),
        Template(
            name="precedence", sentence="{b} needs {a} before it{bound}",
            remedy="First record {a}.{instead}",
            rows="0 1 0! 1 2 2 2 2 | 1 1 1 1 2 2 2 2 | 2 2 2 2 2 2 2 2", verdicts="HSS",
            activation=Letter.B,
            within=True, after=True, unless=Letter.C, window=_WINDOW, settled_by="after",
        ),
        Template(
            name="succession", sentence="{a} is followed by {b}, and {b} happens only after {a}",
            remedy="Record {b}, after {a}.",
            rows="0 1 0! 2 | 1 1 2 2 | 2 1 2 2", verdicts="HPH", activation=Letter.A | Letter.B,
        ),
        Template(
            name="alternate_response",
            sentence="after each {a}, {b} follows before the next one{bound}",
            remedy="Record {b}.{instead}",
            rows="0 1 0 1 | 1 1! 0 1", verdicts="HP",
            within=True, after=True, unless=Letter.B,
        ),
        Template(
            name="alternate_precedence", sentence="each {b} needs its own {a} before it{bound}",
            remedy="First record another {a}.",
            rows="0 1 0! 0 | 1 1 0 0", verdicts="HH", activation=Letter.B,
            within=True, after=True, window=_WINDOW,
        ),
        Template(
            name="chain_response", sentence="right after {a} comes {b}{bound}",
            remedy="Record {b} next.",
            rows="0 1 0 1 | 0! 1! 0 1", verdicts="HP",
            within=True, after=True, every=True, repairable=False,
        ),
        Template(
            name="chain_precedence", sentence="right before {b} comes {a}{bound}",
            remedy="Record {a} right before it.",
            rows="0 1 0! 1! | 0 1 0 1", verdicts="HH", activation=Letter.B,
            within=True, after=True, every=True, window=_WINDOW,
        ),
        Template(
            name="not_succession", sentence="after {a}, no {b}{reach}",
            remedy="Wait{until}{release}.",
            rows="0 1 0 1 0 1 0 1 | 1 1 1! 1! 0 1 0 1", verdicts="HH",
            within=True, after=True, unless=Letter.C, window=_WINDOW,
        ),
        Template(
            name="not_chain_succession", sentence="{b} never comes right after {a}{reach}",
            remedy="First record what comes between.",
            rows="0 1 0 1 | 0 1 0! 1!", verdicts="HH",
            within=True, after=True, every=True, window=_WINDOW,
        ),
        Template(
            name="always", sentence="at all times, {a}",
            remedy="First change what the rule checks.",
            rows="0! 0 0! 0", verdicts="H",
            atoms=1, on_incident=True, per=False, every=True,
        ),
    )
}  # fmt: skip
"""Every template by its DECLARE name."""

OWN = Template(
    name="own",
    sentence="rule of the program's own automaton over {a} and {b}",
    remedy="See the rule's authority.",
    rows=(),
    verdicts=(Verdict.VIOLATED, Verdict.PENDING, Verdict.HOLDING, Verdict.SATISFIED),
    activation=Letter.A | Letter.B,
    unless=Letter.C,
    opening=True,
)
"""Stands for a program's own automaton, which may give any verdict in any state."""


def template_of(name: str | None) -> Template:
    """Return the template with that name; None stands for a program's own automaton."""
    return OWN if name is None else TEMPLATES[name]

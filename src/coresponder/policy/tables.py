"""How a book steps: the products of its policies, which serve all cases, and one case's progress in
them.

Policies without a correlation field step in one product. Policies that share a correlation field
step in another, with one place for each value. A program's own automata step one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import attrs

from coresponder.domain.events import Event
from coresponder.domain.frozen import copier
from coresponder.domain.objects import Incident
from coresponder.policy.atoms import path_getter
from coresponder.policy.automata import Cell
from coresponder.policy.matching import Matcher, Matches, Room, matched
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.product import Letter, Place, Product
from coresponder.policy.templates import Verdict
from coresponder.policy.watches import UNSEEN, Keys, Watch

__all__ = ["EMPTY", "MOST_REMEMBERED", "Breaches", "Progress", "Reading", "Tables"]

MOST_REMEMBERED = 16_384
"""How many states, moves and outcomes a book remembers: about 30 MB at most. A shipped program
needs hundreds. Results beyond the cap are computed each time, which is as slow as stepping policy
by policy.
"""

Breaches = list[tuple[int, int, Any]]
"""(index of the policy, how it was breached, correlation key) of each breach."""
_OWN, _MAIN = -2, -1
"""Where a policy steps that is in no product of a correlation field."""
_NO_BREACHES: Breaches = []
"""Shared by all steps, and never changed."""
Places = dict[Any, Place]
Part = tuple[int, Any, Cell]
"""(index of the policy, correlation key, cell)."""


@attrs.frozen(eq=False)
class _Leaf:
    """What an event means to each product."""

    main: Letter | None
    keyed: tuple[tuple[int, Letter], ...]


_NOTHING = _Leaf(None, ())


@attrs.frozen(eq=False)
class Reading:
    """How to read the events of one type.

    Attributes:
        root: the first question about its fields.
        keys: how each correlated product's field is read; None where the event does not have it.
        own: (index, watch) of each own automaton.
    """

    root: Any
    keys: tuple[Callable[[Any], Any] | None, ...]
    own: tuple[tuple[int, Watch], ...]


@attrs.frozen(eq=False, weakref_slot=False)
class Progress:
    """The state of a case's policies: a place in each product, and the cells of own automata.

    It belongs to the tables that made it. The tables of the same program in another process take it
    over by its cells.
    """

    tables: Tables | None
    main: Place
    keyed: tuple[Places, ...]
    own: tuple[Cell, ...]

    def cells(self) -> tuple[Cell, ...]:
        """Return the cell of each policy, in the book's order."""
        return self.own if self.tables is None else self.tables.cells(self)

    def __eq__(self, other: object) -> bool:
        """Compare the cells."""
        return isinstance(other, Progress) and (self is other or self.cells() == other.cells())

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the cells only."""
        return _read_again, (self.cells(),)


def _read_again(cells: tuple[Cell, ...]) -> Progress:
    return attrs.evolve(EMPTY, own=cells)


EMPTY = Progress(None, Product((), (), Room(0)).first, (), ())
"""Progress that belongs to no tables yet."""
_progressed: Callable[..., Progress] = copier(Progress, "main", "keyed", "own")


@attrs.define(eq=False)
class Tables:
    """The products of a book. They fill as cases step, and serve all cases."""

    policies: tuple[CompiledPolicy, ...]
    room: Room = attrs.field(factory=lambda: Room(MOST_REMEMBERED))
    main: Product = attrs.field(init=False)
    keyed: tuple[tuple[str, Product], ...] = attrs.field(init=False)
    own: tuple[int, ...] = attrs.field(init=False)
    first: Progress = attrs.field(init=False)
    _homes: tuple[tuple[int, int], ...] = attrs.field(init=False)
    _leaves: dict[Matches, _Leaf] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Sort the policies into products."""
        groups: dict[str | None, list[int]] = {None: []}
        own = []
        for index, compiled in enumerate(self.policies):
            if compiled.policy.automaton is not None:
                own.append(index)
            else:
                groups.setdefault(compiled.policy.per, []).append(index)
        self.own = tuple(own)
        self.main = self._product(groups.pop(None))
        self.keyed = tuple((per, self._product(found)) for per, found in groups.items() if per)
        cells = tuple(self.policies[index].start(None) for index in own)
        homes = {index: (_OWN, slot) for slot, index in enumerate(own)}
        for number, product in enumerate((self.main, *(one for _, one in self.keyed)), start=_MAIN):
            homes |= {index: (number, slot) for slot, index in enumerate(product.indexes)}
        self._homes = tuple(homes[index] for index in range(len(self.policies)))
        self.first = Progress(self, self.main.first, tuple({} for _ in self.keyed), cells)

    def _product(self, indexes: list[int]) -> Product:
        return Product(tuple(indexes), tuple(self.policies[i] for i in indexes), self.room)

    def reading(self, event: str) -> Reading:
        """Return how an event type is read."""
        concerned = [(i, p) for i, p in enumerate(self.policies) if event in p.guards]
        tabled = [(i, p) for i, p in concerned if i not in self.own]
        atoms = tuple((i, atom, guard) for i, p in tabled for atom, guard in p.guards[event])
        always = tuple(i for i, p in tabled if p.template.every)
        keyless = {p.policy.per for _, p in tabled if p.releases_all(event)}
        return Reading(
            root=Matcher(atoms, always, self._leaf, self.room).branch({}),
            keys=tuple(None if per in keyless else path_getter(per) for per, _ in self.keyed),
            own=tuple((i, p.watches[event]) for i, p in concerned if i in self.own),
        )

    def _leaf(self, matches: Matches) -> _Leaf:
        if not matches:
            return _NOTHING
        found = self._leaves.get(matches)
        if found is None:
            letters = ((i, product.letter(matches)) for i, (_, product) in enumerate(self.keyed))
            keyed = tuple((i, letter) for i, letter in letters if letter is not None)
            found = _Leaf(self.main.letter(matches), keyed)
            if self.room.take():
                self._leaves[matches] = found
        return found

    def step(
        self, progress: Progress, reading: Reading, event: Event, incident: Incident
    ) -> tuple[Progress, Breaches]:
        """Return the progress after an event, with the incident after it, and what it breached."""
        progress = progress if progress.tables is self else self.mine(progress)
        leaf = matched(reading.root, event, incident)
        if leaf is _NOTHING and not reading.own:
            return progress, _NO_BREACHES
        main, keyed, own, breaches = progress.main, progress.keyed, progress.own, _NO_BREACHES
        if leaf.main is not None:
            main, move = self.main.step(main, leaf.main, event.at)
            if move.breaches:
                breaches = [(self.main.indexes[slot], how, None) for slot, how in move.breaches]
        if leaf.keyed:
            keyed, found = self._step_keyed(keyed, leaf, reading, event)
            breaches = breaches + found if found else breaches
        if reading.own:
            own, found = self._step_own(own, reading, event, incident)
            breaches = breaches + found if found else breaches
        if main is progress.main and keyed is progress.keyed and own is progress.own:
            return progress, breaches
        if breaches:
            breaches = sorted(breaches, key=_index)
        return _progressed(progress, main, keyed, own), breaches

    def _step_keyed(
        self,
        keyed: tuple[Places, ...],
        leaf: _Leaf,
        reading: Reading,
        event: Event,
    ) -> tuple[tuple[Places, ...], Breaches]:
        fresh, breaches = keyed, []
        for number, letter in leaf.keyed:
            (_, product), places, read = self.keyed[number], keyed[number], reading.keys[number]
            concerned: Places
            if read is None:
                concerned = {UNSEEN: product.first, **places}
            else:
                key = read(event)
                concerned = {key: places.get(key) or places.get(UNSEEN) or product.first}
            moved = {}
            for key, place in concerned.items():
                after, move = product.step(place, letter, event.at)
                if not move.quiet:
                    moved[key] = after
                breaches += [(product.indexes[slot], how, key) for slot, how in move.breaches]
            if moved:
                fresh = (*fresh[:number], {**places, **moved}, *fresh[number + 1 :])
        return fresh, breaches

    def _step_own(
        self,
        own: tuple[Cell, ...],
        reading: Reading,
        event: Event,
        incident: Incident,
    ) -> tuple[tuple[Cell, ...], Breaches]:
        fresh, breaches = list(own), []
        for index, watch in reading.own:
            slot = self.own.index(index)
            change = watch(own[slot], event, incident)
            if change is not None:
                fresh[slot], how, key = change
                keys = key if type(key) is Keys else (key,)
                breaches += [(index, how, one) for one in keys if how]
        same = all(one is other for one, other in zip(fresh, own, strict=True))
        return own if same else tuple(fresh), breaches

    def begin(self, progress: Progress, at: dt.datetime) -> Progress:
        """Start the clocks that run from the opening; earlier events count as if they happened
        then.
        """
        progress = self.mine(progress)
        own = tuple(
            self.policies[index].begin(cell, at)
            if self.policies[index].starts_with_opening
            else cell
            for index, cell in zip(self.own, progress.own, strict=True)
        )
        return _progressed(progress, self.main.begin(progress.main, at), progress.keyed, own)

    def cells(self, progress: Progress) -> tuple[Cell, ...]:
        """Return the cell of each policy. Under `per`, a value has a cell of its own once the cell
        differs from that of a value that no event has named yet.
        """
        return tuple([self.cell(progress, index) for index in range(len(self.policies))])

    def cell(self, progress: Progress, index: int) -> Cell:
        """Return the cell of one policy, as `cells` does."""
        number, slot = self._homes[index]
        progress = self.mine(progress)
        if number == _OWN:
            return progress.own[slot]
        if number == _MAIN:
            return self.main.cell(progress.main, slot)
        return _by_key(self.keyed[number][1], progress.keyed[number], slot)

    def mine(self, progress: Progress) -> Progress:
        """Return the same progress in these tables."""
        if progress.tables is self:
            return progress
        cells = progress.cells()
        keyed = []
        for _, product in self.keyed:
            mine = [(self.policies[i], cells[i]) for i in product.indexes]
            keys = dict.fromkeys(key for _, by_key in mine for key in by_key)
            keyed.append(
                {
                    key: product.place([each.get(key, p.unseen(each)) for p, each in mine])
                    for key in keys
                }
            )
        main = self.main.place([cells[index] for index in self.main.indexes])
        return Progress(self, main, tuple(keyed), tuple(cells[index] for index in self.own))

    def changes(self, before: Progress, after: Progress) -> tuple[list[Part], list[Part]]:
        """Return what is owed only after, and what was owed only before. Own automata are left out."""
        opened: list[Part] = []
        met: list[Part] = []
        _compare(self.main, None, before.main, after.main, opened, met)
        for (_, product), old, new in zip(self.keyed, before.keyed, after.keyed, strict=True):
            if old is not new:
                for key in {**old, **new}:
                    if key is not UNSEEN:
                        one, other = old.get(key, product.first), new.get(key, product.first)
                        _compare(product, key, one, other, opened, met)
        return opened, met

    def places(self, progress: Progress) -> Iterator[tuple[Product, Any, Place]]:
        """Yield each product with the correlation keys and places of a case in it."""
        yield self.main, None, progress.main
        for (_, product), places in zip(self.keyed, progress.keyed, strict=True):
            for key, place in places.items():
                if key is not UNSEEN:
                    yield product, key, place

    def owed_parts(self, progress: Progress, other: Progress | None) -> list[Part]:
        """Return what is owed. Own automata, and places that are the same in `other`, are left out."""
        there = {} if other is None else {(id(p), key): at for p, key, at in self.places(other)}
        return [
            (product.indexes[slot], key, product.cell(place, slot))
            for product, key, place in self.places(progress)
            if there.get((id(product), key)) is not place
            for slot in place.state.owed
        ]

    def verdicts(self, progress: Progress, now: dt.datetime) -> tuple[list[Verdict], list[Part]]:
        """Return the verdict of each policy at `now`, as if nothing had been breached before, and
        what time alone has breached. Own automata are left out.

        Args:
            progress: a case's progress.
            now: not before the last event of the case.
        """
        progress = self.mine(progress)
        found = [Verdict.HOLDING] * len(self.policies)
        late = list[Part]()
        for product, key, place in self.places(progress):
            for slot, verdict in enumerate(product.says(place, now)):
                index = product.indexes[slot]
                if product is self.main or verdict < found[index]:
                    found[index] = verdict
                if verdict is Verdict.VIOLATED and slot in product.timed:
                    late.append((index, key, product.cell(place, slot)))
        return found, late

    def owed(self, progress: Progress) -> list[tuple[int, Any]]:
        """Return (index of the policy, key) of what is owed. Own automata are left out."""
        return [
            (product.indexes[slot], key)
            for product, key, place in self.places(progress)
            for slot in place.state.owed
        ]


def _compare(
    product: Product, key: Any, old: Place, new: Place, opened: list[Part], met: list[Part]
) -> None:
    before, after = old.state.owed, new.state.owed
    if before is not after and before != after:
        indexes = product.indexes
        opened += [(indexes[slot], key, product.cell(new, slot)) for slot in after - before]
        met += [(indexes[slot], key, product.cell(old, slot)) for slot in before - after]


def _index(breach: tuple[int, int, Any]) -> int:
    return breach[0]


def _by_key(product: Product, places: Places, slot: int) -> Cell:
    first, unseen = product.cell(product.first, slot), places.get(UNSEEN)
    general = first if unseen is None else product.cell(unseen, slot)
    cells = {key: product.cell(place, slot) for key, place in places.items()}
    return {
        key: cell for key, cell in cells.items() if cell != (first if key is UNSEEN else general)
    }

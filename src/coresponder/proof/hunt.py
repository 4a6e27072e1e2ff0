"""Hunt for a story: search a small group of policies, tell what is found to the real program, and add to the group what refuses it.

A story that the group allows and the whole program refuses shows which policy was missing, so the group grows only as far as it must.
When the group allows no story, no larger group does. (Counterexample-guided refinement: Clarke et al. 2000.)

A story is looked for with one followed individual of each kind, then with two, and with three, each time beside any number of others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program
from coresponder.proof.limits import Budget, Fault, LimitReached, Scope
from coresponder.proof.search import Label, Passed, Search, Taken
from coresponder.proof.stories import Told, tell
from coresponder.proof.world import World

__all__ = ["MOST_FOLLOWED", "Hunted", "Hunter", "Quarry", "check_fault", "paths", "refusing"]

Quarry = Callable[[Search, Taken], bool]
"""Is this transition what is looked for?"""
MOST_FOLLOWED = 3
"""How many individuals of each kind a story may need to be found."""
_TRIES = 12
"""How many stories of one search are told before more individuals are followed."""


@attrs.frozen(kw_only=True)
class Hunted:
    """What came of a hunt: a story, or for how many individuals there is none."""

    told: Told | None = None
    scope: Scope = Scope()


@attrs.define(eq=False)
class Hunter:
    """Hunts in one program, and counts the states that it saw.

    Attributes:
        program: whose rules are on.
        budget: how many states and moves all searches together may see.
        worlds: the worlds walked so far; they are walked again and again.
    """

    program: Program
    budget: Budget = attrs.field(kw_only=True, factory=lambda: Budget(2_000_000))
    worlds: dict[tuple[tuple[str, ...], frozenset[str], int, bool], World] = attrs.field(init=False, factory=dict)

    def search(
        self,
        group: Iterable[CompiledPolicy],
        *,
        blocking: bool | None = None,
        odd: bool = True,
        wild: bool = False,
        extra: Iterable[str] = (),
        followed: int = 1,
        others: bool = True,
    ) -> Search:
        """Return a search over a group, not run yet; `blocking` makes all or none of it block, by default those that do."""
        policies = tuple(group)
        blocks = frozenset(i for i, policy in enumerate(policies) if (policy.blocks if blocking is None else blocking))
        world = self.world(policies, extra, followed=followed, others=others)
        return Search(world, policies, blocks, odd=odd, wild=wild, budget=self.budget)

    def world(self, policies: tuple[CompiledPolicy, ...], extra: Iterable[str] = (), *, followed: int = 1, others: bool = True) -> World:
        """Return the world in which a group is searched; raise `LimitReached` where some payloads of it would be left out."""
        key = (tuple(policy.id for policy in policies), frozenset(extra), followed, others)
        if key not in self.worlds:
            self.worlds[key] = World((self.program,), policies, extra=key[1], followed=followed, others=others, budget=self.budget)
        cut = self.worlds[key].cut
        if cut:
            raise LimitReached(f"{', '.join(sorted(cut))}: too many combinations of values to try them all; split the rule")
        return self.worlds[key]

    def run(self, search: Search, quarry: Quarry = lambda search, taken: False) -> Taken | None:
        """Run a search; raise `LimitReached` when it is too large."""
        return search.run(lambda taken: quarry(search, taken))

    def story(self, group: Iterable[CompiledPolicy], quarry: Quarry, *, extra: Iterable[str] = (), odd: bool = True) -> Hunted:
        """Return the shortest story that the real program accepts and that ends in what is looked for, or how far none was found.

        What the lifecycle expects comes first; facts out of place are tried only when nothing else is found.

        Raises:
            LimitReached: a search was too large.
            Fault: the real program disagrees with the search.
        """
        policies = list(group)
        if not self.possible(policies, quarry, extra=extra, odd=odd):
            return Hunted()
        for followed in range(1, MOST_FOLLOWED + 1):
            for place in (False, True) if odd else (False,):
                told = self._story(policies, quarry, extra=extra, odd=place, followed=followed)
                if told is not None:
                    return Hunted(told=told)
            if not self.possible(policies, quarry, extra=extra, odd=odd, followed=followed):
                return Hunted()
        return Hunted(scope=Scope(individuals=MOST_FOLLOWED))

    def possible(self, group: Iterable[CompiledPolicy], quarry: Quarry, *, extra: Iterable[str] = (), odd: bool = True, followed: int = 0) -> bool:
        """Return False only if no story ends in what is looked for, however many individuals there are."""
        return self.run(self.search(group, wild=True, odd=odd, extra=extra, followed=followed), quarry) is not None

    def _story(self, group: list[CompiledPolicy], quarry: Quarry, *, extra: Iterable[str], odd: bool, followed: int) -> Told | None:
        """Look for a story; policies that refuse one join the group."""
        while True:
            told, missing = self.telling(paths(self.search(group, odd=odd, extra=extra, followed=followed), quarry), group)
            if not missing:
                return told
            group += missing

    def telling(self, stories: Iterable[tuple[Label, ...]], group: Iterable[CompiledPolicy]) -> tuple[Told | None, list[CompiledPolicy]]:
        """Tell paths to the real program up to the first that it accepts, or that policies refuse which are not in the group."""
        for path in stories:
            told = tell(self.program, path)
            if not told.refusals:
                return told, []
            missing = refusing(self.program, told, group)
            if missing:
                return None, missing
            check_fault(told, path)
        return None, []


def paths(search: Search, quarry: Quarry) -> Iterator[tuple[Label, ...]]:
    """Yield the paths to what is looked for, the shortest first, up to a limit."""
    found = (search.story(taken) for taken in search.explore() if quarry(search, taken))
    return itertools.islice(found, _TRIES)


def check_fault(told: Told, path: Iterable[Label]) -> None:
    """Raise `Fault` when the real program does not do what the search found, although nothing in the path was left open.

    The cells of individuals that are not followed are not known, and real time rules out some orders.
    """
    if not any(isinstance(label, Passed) or label.others for label in path):
        does = f"refuses it: {told.refusals[0]}" if told.refusals else "takes it without the breach that the search found"
        raise Fault(f"the search takes “{told.lines[-1].text}”, the program {does}")


def refusing(program: Program, told: Told, group: Iterable[CompiledPolicy]) -> list[CompiledPolicy]:
    """Return the policies of a program that refused a story and are not in the group."""
    known = {policy.id for policy in group}
    names = dict.fromkeys(refusal.policy for refusal in told.refusals if refusal.policy and refusal.policy not in known)
    return [program.book[name] for name in names]

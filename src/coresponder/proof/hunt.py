"""Hunt for a story: search a small group of policies, tell what is found to the real program, and add to the group what refuses it.

A story that the group allows and the whole program refuses shows which policy was missing, so the group grows only as far as it must.
When the group allows no story, no larger group does. (Counterexample-guided refinement: Clarke et al. 2000.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program
from coresponder.proof.search import LimitReached, Search, Taken
from coresponder.proof.stories import Told, tell
from coresponder.proof.world import World

__all__ = ["Hunter", "Quarry", "refusing"]

Quarry = Callable[[Search, Taken], bool]
"""Is this transition what is looked for?"""


@attrs.define(eq=False)
class Hunter:
    """Hunts in one program, and counts the states that it saw.

    Args:
        program: whose rules are on.
        limit: how many states one search may see.
        keys: how many values each correlation key takes.
    """

    program: Program
    limit: int = attrs.field(kw_only=True, default=200_000)
    keys: int = attrs.field(kw_only=True, default=1)
    states: int = attrs.field(init=False, default=0)
    _worlds: dict[tuple[tuple[str, ...], frozenset[str]], World] = attrs.field(init=False, factory=dict)

    def search(self, group: Iterable[CompiledPolicy], *, blocking: bool | None = None, odd: bool = True, extra: Iterable[str] = ()) -> Search:
        """Return a search over a group, not run yet; `blocking` makes all or none of it block, by default those that do."""
        policies = tuple(group)
        blocks = frozenset(i for i, policy in enumerate(policies) if (policy.blocks if blocking is None else blocking))
        return Search(self.world(policies, extra), policies, blocks, odd=odd, limit=self.limit)

    def world(self, policies: tuple[CompiledPolicy, ...], extra: Iterable[str] = ()) -> World:
        """Return the world in which a group is searched; it is walked again and again, so it is kept."""
        key = (tuple(policy.id for policy in policies), frozenset(extra))
        if key not in self._worlds:
            self._worlds[key] = World((self.program,), policies, extra=key[1], keys=self.keys)
        return self._worlds[key]

    def run(self, search: Search, quarry: Quarry = lambda search, taken: False) -> Taken | None:
        """Run a search; raise `LimitReached` when it is too large."""
        try:
            return search.run(lambda taken: quarry(search, taken))
        finally:
            self.states += len(search.states)

    def story(self, group: Iterable[CompiledPolicy], quarry: Quarry, *, extra: Iterable[str] = (), odd: bool = True) -> Told | None:
        """Return the shortest story that the real program accepts and that ends in what is looked for; None when there is none.

        What the lifecycle expects comes first; facts out of place are tried only when nothing else is found.

        Raises:
            LimitReached: a search was too large, or the real program disagrees with the search.
        """
        for place in (False, True) if odd else (False,):
            policies = list(group)
            while True:
                search = self.search(policies, odd=place, extra=extra)
                taken = self.run(search, quarry)
                if taken is None:
                    break
                told = tell(self.program, search.story(taken))
                if not told.refusals:
                    return told
                missing = self.missing(told, policies)
                if not missing:
                    raise LimitReached("a story could not be confirmed")
                policies += missing
        return None

    def missing(self, told: Told, group: Iterable[CompiledPolicy]) -> list[CompiledPolicy]:
        """Return the policies that refused a story and are not in the group."""
        return refusing(self.program, told, group)


def refusing(program: Program, told: Told, group: Iterable[CompiledPolicy]) -> list[CompiledPolicy]:
    """Return the policies of a program that refused a story and are not in the group."""
    known = {policy.id for policy in group}
    names = dict.fromkeys(refusal.policy for refusal in told.refusals if refusal.policy and refusal.policy not in known)
    return [program.book[name] for name in names]

"""Where no compliant finish exists any more: policies alone, then pairs and larger groups, with the shortest story that leads there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import attrs

from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.finish import Finisher, Member
from coresponder.proof.hunt import Hunter
from coresponder.proof.report import Conflict, Doom
from coresponder.proof.search import LimitReached, Passed, Search, Taken
from coresponder.proof.stories import StoryLine, tell

__all__ = ["Dooms", "doom_of"]

_LARGEST_GROUP = 3


@attrs.define(eq=False)
class Dooms:
    """Looks for dooms and conflicts among policies whose own searches have run.

    Attributes:
        doomed: steps after which the blocking policies leave no way out.
        conflicts: groups of policies, blocking or not, that leave no compliant finish together.
        undetermined: what could be neither shown nor ruled out.
        searches: the finished search behind each doom.
    """

    hunter: Hunter
    members: tuple[Member, ...]
    doomed: list[Doom] = attrs.field(init=False, factory=list)
    conflicts: list[Conflict] = attrs.field(init=False, factory=list)
    undetermined: list[str] = attrs.field(init=False, factory=list)
    searches: list[Search] = attrs.field(init=False, factory=list)

    def run(self) -> None:
        """Look at each blocking policy alone, then at all policies together."""
        blockers = tuple(member for member in self.members if member.policy.blocks)
        for member in blockers:
            self._look((member.policy,), member.search)
        if self._has_finish(self.members):
            return
        if len(blockers) > 1 and not self._has_finish(blockers):
            self._group(blockers)
        watched = [pair for pair in itertools.combinations(self.members, 2) if _share(pair) and not all(m.policy.blocks for m in pair)]
        for pair in watched:
            if not self._has_finish(pair):
                self._look(tuple(m.policy for m in pair), None)

    def _has_finish(self, members: tuple[Member, ...]) -> bool:
        movers = self.hunter.world(()).events
        try:
            return Finisher.of(self.hunter.program.lifecycle, members, movers).run()
        except LimitReached:
            return False  # nothing is said; the group is searched, which says so if that is too large as well

    def _group(self, blockers: tuple[Member, ...]) -> None:
        """Look at pairs, then at triples that no smaller group explains, until something is found; at last at all of them together."""
        before = len(self.doomed)
        for size in range(2, _LARGEST_GROUP + 1):
            for group in itertools.combinations(blockers, size):
                known = [set(doom.policies) for doom in self.doomed]
                names = {member.policy.id for member in group}
                if not any(found <= names for found in known) and not self._has_finish(group):
                    self._look(tuple(member.policy for member in group), None)
            if len(self.doomed) > before:
                return
        if len(blockers) > _LARGEST_GROUP:
            self._look(tuple(member.policy for member in blockers), None)

    def _look(self, policies: tuple[CompiledPolicy, ...], search: Search | None) -> None:
        """Search a group, and report its first doom."""
        names = tuple(policy.id for policy in policies)
        try:
            found = self._confirmed(list(policies), search, together=len(policies) > 1)
        except LimitReached as reached:
            self.undetermined.append(f"{', '.join(names)} together: {reached}")
            return
        if found is None:
            return
        search, taken, story = found
        if all(policy.blocks for policy in policies):
            event = None if isinstance(taken.label, Passed) else taken.label.name
            self.searches.append(search)
            self.doomed.append(Doom(event=event, state=search.state_of(taken.source), policies=names, story=story))
        if len(policies) > 1:
            self.conflicts.append(Conflict(policies=names, story=story))

    def _confirmed(self, group: list[CompiledPolicy], search: Search | None, *, together: bool) -> tuple[Search, Taken, tuple[StoryLine, ...]] | None:
        """Return a group's first doom with a story that the real program accepts; policies that refuse it join the group."""
        while True:
            if search is None:
                search = self.hunter.search(group, blocking=True)
                self.hunter.run(search)
            taken = doom_of(search, only_together=together)
            if taken is None:
                return None
            search, taken = self._expected(group, search, taken, together=together)
            told = tell(self.hunter.program, search.story(taken))
            if not told.refusals:
                return search, taken, told.lines
            missing = self.hunter.missing(told, group)
            if not missing:
                raise LimitReached("a story could not be confirmed")
            group, search = group + missing, None

    def _expected(self, group: list[CompiledPolicy], search: Search, taken: Taken, *, together: bool) -> tuple[Search, Taken]:
        """Return a doom whose story has only what the lifecycle expects, if there is one."""
        if not any(not isinstance(label, Passed) and label.odd for label in search.story(taken)):
            return search, taken
        plain = self.hunter.search(group, blocking=True, odd=False)
        self.hunter.run(plain)
        found = doom_of(plain, only_together=together)
        return (plain, found) if found else (search, taken)


def _share(pair: tuple[Member, Member]) -> bool:
    """Return whether both policies speak of the same event type."""
    return not pair[0].policy.mentions.isdisjoint(pair[1].policy.mentions)


def doom_of(search: Search, *, only_together: bool = False) -> Taken | None:
    """Return the first transition into a state that has no compliant finish; the search has run.

    With `only_together`, a state counts only if each policy of the group alone would still leave a finish there.
    """
    finishing = search.finishing()
    alone = tuple(_alone(search, i) for i in range(len(search.policies))) if only_together else ()
    for taken in _transitions(search):
        if taken.target in finishing or search.state_of(taken.target) in search.world.lifecycle.rests:
            continue
        if (taken.source in finishing or taken.source == 0) and all(leaves(taken.target) for leaves in alone):
            return taken
    return None


def _transitions(search: Search) -> Iterator[Taken]:
    for at, parent in enumerate(search.parents):
        if parent is not None:
            yield Taken(source=parent[0], label=parent[1], target=at, planned=True)


def _alone(search: Search, index: int) -> Callable[[int], bool]:
    """Return whether one policy of the group, alone in the same world, leaves a finish in a state of the group."""
    policy = search.policies[index]
    single = Search(search.world, (policy,), frozenset({0}), odd=search.odd, limit=search.limit)
    single.run()
    finishing = single.finishing()

    def leaves(at: int) -> bool:
        node, cells = search.states[at]
        return single.reach(node, (cells[index],)) in finishing

    return leaves

"""Where no compliant finish exists any more: policies alone, then pairs and larger groups, with the
shortest story that leads there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import attrs

from coresponder.policy.policy import CompiledPolicy
from coresponder.proof.counterexamples import MOST_FOLLOWED, Counterexamples, paths
from coresponder.proof.finish import Finisher
from coresponder.proof.limits import LimitReached, Scope
from coresponder.proof.member import Member
from coresponder.proof.names import Passed
from coresponder.proof.report import Conflict, DeadEnd
from coresponder.proof.search import Search, Taken
from coresponder.proof.stories import Replayed, tell

__all__ = ["DeadEnds", "dead_end_of"]

_LARGEST_GROUP = 3
Group = tuple[CompiledPolicy, ...]


@attrs.define(eq=False)
class DeadEnds:
    """Looks for dead ends and conflicts among policies whose own searches have run.

    Attributes:
        doomed: steps after which the blocking policies leave no way out.
        conflicts: groups of policies, blocking or not, that leave no compliant finish together.
        undetermined: what could be neither shown nor ruled out.
        scope: for how many individuals it is shown that an incident can always finish.
        searches: the finished search behind each dead end.
    """

    counterexamples: Counterexamples
    members: tuple[Member, ...]
    doomed: list[DeadEnd] = attrs.field(init=False, factory=list)
    conflicts: list[Conflict] = attrs.field(init=False, factory=list)
    undetermined: list[str] = attrs.field(init=False, factory=list)
    scope: Scope = attrs.field(init=False, default=Scope())
    searches: list[Search] = attrs.field(init=False, factory=list)

    def run(self) -> None:
        """Check each blocking policy alone, then all policies together."""
        blockers = tuple(member for member in self.members if member.policy.blocks)
        for member in blockers:
            if dead_end_of(member.search) is not None:
                self._look((member.policy,))
        if self._has_finish(self.members):
            return
        if blockers and not self._has_finish(blockers):
            self._group(blockers)
        watched = [
            pair
            for pair in itertools.combinations(self.members, 2)
            if _share(pair) and not all(m.policy.blocks for m in pair)
        ]
        for pair in watched:
            if not self._has_finish(pair):
                self._look(tuple(m.policy for m in pair))

    def _has_finish(self, members: tuple[Member, ...]) -> bool:
        movers = self.counterexamples.model(()).plain_events
        try:
            return Finisher.of(self.counterexamples.program.lifecycle, members, movers).run()
        except LimitReached:
            # nothing is said; the group is searched, which says so if that is too large as well
            return False

    def _group(self, blockers: tuple[Member, ...]) -> None:
        """Check pairs, then triples that no smaller group explains, until a dead end is found, and
        finally all policies together.
        """
        before = len(self.doomed)
        for size in range(2, _LARGEST_GROUP + 1):
            for group in itertools.combinations(blockers, size):
                known = [set(dead_end.policies) for dead_end in self.doomed]
                names = {member.policy.id for member in group}
                if not any(found <= names for found in known) and not self._has_finish(group):
                    self._look(tuple(member.policy for member in group))
            if len(self.doomed) > before:
                return
        if not self.doomed and not self.undetermined:
            self._bounded(tuple(member.policy for member in blockers))

    def _bounded(self, blockers: Group) -> None:
        """Explore all blocking policies together with one, two and three individuals of each kind,
        if no plan serves any number of them.
        """
        shown = 0
        for followed in range(1, MOST_FOLLOWED + 1):
            search = self.counterexamples.search(blockers, others=False, followed=followed)
            try:
                self.counterexamples.run(search)
            except LimitReached as reached:
                if not shown:
                    self.undetermined.append(
                        "whether an incident can always finish: no plan serves any number of"
                        f" individuals, and {reached}"
                    )
                break
            taken = dead_end_of(search)
            if taken is not None:
                told = tell(self.counterexamples.program, search.story(taken))
                said = " → ".join(line.text for line in told.lines)
                self.undetermined.append(
                    f"whether an incident can finish after: {said}. None was found"
                    f" {Scope(individuals=followed)}"
                )
                break
            shown = followed
        self.scope = Scope(individuals=shown)

    def _look(self, policies: Group) -> None:
        """Search a group, and report its first dead end."""
        names = tuple(policy.id for policy in policies)
        try:
            found = self._confirmed(list(policies), together=len(policies) > 1)
        except LimitReached as reached:
            self.undetermined.append(f"{', '.join(names)} together: {reached}")
            return
        if found is None:
            return
        search, taken, told = found
        if all(policy.blocks for policy in policies):
            event = None if isinstance(taken.label, Passed) else taken.label.name
            self.searches.append(search)
            self.doomed.append(
                DeadEnd(
                    event=event,
                    state=search.state_of(taken.source),
                    policies=names,
                    story=told.lines,
                )
            )
        if len(policies) > 1:
            self.conflicts.append(Conflict(policies=names, story=told.lines))

    def _confirmed(
        self, group: list[CompiledPolicy], *, together: bool
    ) -> tuple[Search, Taken, Replayed] | None:
        """Return a group's first dead end, with a story that the real program accepts. Policies
        that refuse the story join the group.
        """
        for followed in range(MOST_FOLLOWED + 1):
            while True:
                search = self.counterexamples.search(
                    group, blocking=True, wild=True, followed=followed
                )
                self.counterexamples.run(search)
                is_dead_end = into_dead_end(search, only_together=together)
                if not any(is_dead_end(taken) for taken in _transitions(search)):
                    return None
                if not followed:
                    break
                found, missing = self._told(search, group, is_dead_end)
                if found is not None:
                    return (search, *found)
                if not missing:
                    break
                group = group + missing
        raise LimitReached(
            f"what looks like a dead end could not be told as a story with {MOST_FOLLOWED}"
            " individuals of a kind"
        )

    def _told(
        self, search: Search, group: list[CompiledPolicy], is_dead_end: Callable[[Taken], bool]
    ) -> tuple[tuple[Taken, Replayed] | None, list[CompiledPolicy]]:
        """Replay stories into the dead-end states of a search, starting with those that the
        lifecycle expects, or return the policies that refuse one.
        """
        for unexpected in (False, True):
            walk = attrs.evolve(search, unexpected=unexpected, wild=False)
            into: list[Taken] = []

            def wanted(walk: Search, taken: Taken, into: list[Taken] = into) -> bool:
                there = _in(search, walk, taken)
                if there is None or not is_dead_end(there):
                    return False
                into.append(there)
                return True

            told, missing = self.counterexamples.telling(paths(walk, wanted), group)
            if told is not None or missing:
                return (None if told is None else (into[-1], told)), missing
        return None, []


def _in(search: Search, walk: Search, taken: Taken) -> Taken | None:
    """Return a transition of one search as the same transition of another search of the model."""
    source, target = (
        search.find(*walk.states[taken.source]),
        search.find(*walk.states[taken.target]),
    )
    return (
        None
        if source is None or target is None
        else attrs.evolve(taken, source=source, target=target)
    )


def _share(pair: tuple[Member, Member]) -> bool:
    """Return whether both policies mention the same event type."""
    return not pair[0].policy.mentions.isdisjoint(pair[1].policy.mentions)


def dead_end_of(search: Search, *, only_together: bool = False) -> Taken | None:
    """Return the first transition into a state that has no compliant finish; the search has run."""
    is_dead_end = into_dead_end(search, only_together=only_together)
    return next((taken for taken in _transitions(search) if is_dead_end(taken)), None)


def into_dead_end(search: Search, *, only_together: bool = False) -> Callable[[Taken], bool]:
    """Return whether a transition leads into a state that has no compliant finish; the search has
    run.

    With `only_together`, a state counts only if each policy of the group alone would still leave a
    finish there.
    """
    finishing = search.finishing()
    alone: list[Callable[[int], bool]] = []

    def is_dead_end(taken: Taken) -> bool:
        if (
            taken.target in finishing
            or search.state_of(taken.target) in search.model.lifecycle.final
        ):
            return False
        if taken.source not in finishing and taken.source != 0:
            return False
        if only_together and not alone:
            alone.extend(_alone(search, i) for i in range(len(search.policies)))
        return all(leaves(taken.target) for leaves in alone)

    return is_dead_end


def _transitions(search: Search) -> Iterator[Taken]:
    for at, parent in enumerate(search.parents):
        if parent is not None:
            yield Taken(source=parent.source, label=parent.label, target=at, planned=True)


def _alone(search: Search, index: int) -> Callable[[int], bool]:
    """Return whether one policy of the group, alone in the same model, leaves a way to finish from
    a state of the group.
    """
    policy = search.policies[index]
    single = Search(
        search.model,
        (policy,),
        frozenset({0}),
        unexpected=search.unexpected,
        wild=search.wild,
        budget=search.budget,
    )
    single.run()
    finishing = single.finishing()

    def leaves(at: int) -> bool:
        node, cells = search.states[at]
        return single.reach(node, (cells[index],)) in finishing

    return leaves

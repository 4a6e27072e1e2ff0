"""Look for a counterexample: search a small group of policies, tell what is found to the real
program, and add to the group what refuses it.

A story that the group allows and the whole program refuses shows which policy was missing, so the
group grows only as far as it must. If the group allows no story, no larger group does.

The search follows one individual of each kind, then two, then three, each time beside any number of
others. A story that needs what the others went through is refused, and there may be more of them
than can be played. So the same is searched without others, where every story that is found is whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.policy.policy import CompiledPolicy
from coresponder.program import Program
from coresponder.proof.limits import Budget, Fault, LimitReached, Scope
from coresponder.proof.model import Model
from coresponder.proof.names import Label, Passed
from coresponder.proof.outcomes import Verdicts
from coresponder.proof.search import Search, Taken
from coresponder.proof.stories import Replayed, tell

__all__ = [
    "MOST_FOLLOWED",
    "Counterexamples",
    "Result",
    "Target",
    "check_fault",
    "paths",
    "refusing",
]

Target = Callable[[Search, Taken], bool]
"""Return whether a transition is a target of the search."""
MOST_FOLLOWED = 3
"""The most individuals of each kind that a search follows."""
_TRIES = 12
"""How many stories of one search are replayed before more individuals are followed."""
_WHOLE = 100
"""How many stories of one search without others are replayed."""


@attrs.frozen(kw_only=True)
class Result:
    """The result of a search for a counterexample: a story, or the scope in which there is none."""

    told: Replayed | None = None
    scope: Scope = Scope()


@attrs.define(eq=False)
class Counterexamples:
    """Looks for stories in one program, within one budget.

    Attributes:
        program: the program whose rules apply.
        budget: how many states and moves all searches together may see.
        models: the models explored so far, which are reused.
        verdicts: the lifecycle's answers so far.
    """

    program: Program
    budget: Budget = attrs.field(kw_only=True, factory=lambda: Budget(2_000_000))
    models: dict[tuple[tuple[str, ...], frozenset[str], int, bool], Model] = attrs.field(
        init=False, factory=dict
    )
    verdicts: Verdicts = attrs.field(init=False, factory=dict)

    def search(
        self,
        group: Iterable[CompiledPolicy],
        *,
        blocking: bool | None = None,
        unexpected: bool = True,
        wild: bool = False,
        extra: Iterable[str] = (),
        followed: int = 1,
        others: bool = True,
    ) -> Search:
        """Return a search over a group, not run yet. `blocking` makes all of its policies block, or
        none; by default each keeps its own enforcement.
        """
        policies = tuple(group)
        blocks = frozenset(
            i
            for i, policy in enumerate(policies)
            if (policy.blocks if blocking is None else blocking)
        )
        model = self.model(policies, extra, followed=followed, others=others)
        return Search(model, policies, blocks, unexpected=unexpected, wild=wild, budget=self.budget)

    def model(
        self,
        policies: tuple[CompiledPolicy, ...],
        extra: Iterable[str] = (),
        *,
        followed: int = 1,
        others: bool = True,
    ) -> Model:
        """Return the model in which a group is searched; raise `LimitReached` if it would leave out
        some payloads.
        """
        key = (tuple(policy.id for policy in policies), frozenset(extra), followed, others)
        if key not in self.models:
            self.models[key] = Model(
                (self.program,),
                policies,
                extra=key[1],
                followed=followed,
                others=others,
                budget=self.budget,
                verdicts=self.verdicts,
            )
        cut = self.models[key].cut
        if cut:
            raise LimitReached(
                f"{', '.join(sorted(cut))}: too many combinations of values to try them all; split"
                " the rule"
            )
        return self.models[key]

    def run(self, search: Search, wanted: Target = lambda search, taken: False) -> Taken | None:
        """Run a search; raise `LimitReached` if it is too large."""
        return search.run(lambda taken: wanted(search, taken))

    def story(
        self,
        group: Iterable[CompiledPolicy],
        wanted: Target,
        *,
        extra: Iterable[str] = (),
        unexpected: bool = True,
    ) -> Result:
        """Return the shortest story that ends in a target and that the real program accepts, or the
        scope in which none was found.

        Events that the lifecycle expects are tried first, and facts out of place only if these lead
        nowhere. "None" is said only of what was searched to the end.

        Raises:
            LimitReached: a search was too large.
            Fault: the real program disagrees with the search.
        """
        policies = list(group)
        if not self.possible(policies, wanted, extra=extra, unexpected=unexpected):
            return Result()
        places = (False, True) if unexpected else (False,)
        unsettled: LimitReached | None = None
        for followed in range(1, MOST_FOLLOWED + 1):
            for place in places:
                told = self._story(
                    policies, wanted, extra=extra, unexpected=place, followed=followed
                )
                if told is not None:
                    return Result(told=told)
            if not self.possible(
                policies, wanted, extra=extra, unexpected=unexpected, followed=followed
            ):
                return Result()
            try:
                told = self._whole(
                    policies, wanted, extra=extra, unexpected=unexpected, followed=followed
                )
            except LimitReached as reached:
                unsettled = reached
                continue
            if told is not None:
                return Result(told=told)
        if unsettled is not None:
            raise unsettled
        return Result(scope=Scope(individuals=MOST_FOLLOWED))

    def possible(
        self,
        group: Iterable[CompiledPolicy],
        wanted: Target,
        *,
        extra: Iterable[str] = (),
        unexpected: bool = True,
        followed: int = 0,
    ) -> bool:
        """Return False only if no story ends in a target, for any number of individuals."""
        return (
            self.run(
                self.search(
                    group, wild=True, unexpected=unexpected, extra=extra, followed=followed
                ),
                wanted,
            )
            is not None
        )

    def _story(
        self,
        group: list[CompiledPolicy],
        wanted: Target,
        *,
        extra: Iterable[str],
        unexpected: bool,
        followed: int,
    ) -> Replayed | None:
        """Look for a story beside any number of others. Policies that refuse one join the group."""
        while True:
            search = self.search(group, unexpected=unexpected, extra=extra, followed=followed)
            told, missing = self.telling(paths(search, wanted), group)
            if not missing:
                return told
            group += missing

    def _whole(
        self,
        group: list[CompiledPolicy],
        wanted: Target,
        *,
        extra: Iterable[str],
        unexpected: bool,
        followed: int,
    ) -> Replayed | None:
        """Look for a story of the followed individuals alone. There is none if nothing leads to a
        target; raise `LimitReached` if something does and was refused.
        """
        while True:
            search = self.search(
                group, unexpected=unexpected, extra=extra, followed=followed, others=False
            )
            stories, found = itertools.tee(paths(search, wanted, _WHOLE))
            told, missing = self.telling(stories, group)
            if told is None and not missing and next(found, None) is not None:
                raise LimitReached(
                    "the stories that were found need times that do not fit together; whether"
                    " another breaks it is not known"
                )
            if not missing:
                return told
            group += missing

    def telling(
        self, stories: Iterable[tuple[Label, ...]], group: Iterable[CompiledPolicy]
    ) -> tuple[Replayed | None, list[CompiledPolicy]]:
        """Replay paths in the real program, up to the first that it accepts or that policies
        outside the group refuse.
        """
        for path in stories:
            told = tell(self.program, path)
            if not told.refusals:
                return told, []
            missing = refusing(self.program, told, group)
            if missing:
                return None, missing
            check_fault(told, path)
        return None, []


def paths(search: Search, wanted: Target, most: int = _TRIES) -> Iterator[tuple[Label, ...]]:
    """Yield the paths to targets, the shortest first, up to a limit."""
    found = (search.story(taken) for taken in search.explore() if wanted(search, taken))
    return itertools.islice(found, most)


def check_fault(told: Replayed, path: Iterable[Label]) -> None:
    """Raise `Fault` if the real program contradicts the search on a path that leaves nothing open.

    The cells of individuals that are not followed are not known, and real time rules out some
    orders.
    """
    if not any(isinstance(label, Passed) or label.others for label in path):
        does = (
            f"refuses it: {told.refusals[0]}"
            if told.refusals
            else "takes it without the breach that the search found"
        )
        raise Fault(f"the search takes “{told.lines[-1].text}”, the program {does}")


def refusing(
    program: Program, told: Replayed, group: Iterable[CompiledPolicy]
) -> list[CompiledPolicy]:
    """Return the policies of a program that refused a story and are not in the group."""
    known = {policy.id for policy in group}
    names = dict.fromkeys(
        refusal.policy
        for refusal in told.refusals
        if refusal.policy and refusal.policy not in known
    )
    return [program.book[name] for name in names]

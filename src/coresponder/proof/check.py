"""Check a program: each policy alone, the blocking policies together, lifecycle and staffing."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator

import attrs

from coresponder.domain.events import Decision
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.words import say_policy
from coresponder.program import Program
from coresponder.proof.counterexamples import MOST_FOLLOWED, Counterexamples, check_fault, paths
from coresponder.proof.crews import prove_staffing
from coresponder.proof.dead_ends import DeadEnds
from coresponder.proof.edges import prove_lifecycle
from coresponder.proof.limits import Budget, Fault, LimitReached, Scope
from coresponder.proof.member import Member
from coresponder.proof.names import Passed
from coresponder.proof.payloads import START
from coresponder.proof.report import LifecycleProof, Outcome, PolicyProof, Proof
from coresponder.proof.search import Search, Taken
from coresponder.proof.stories import Replayed, tell
from coresponder.proof.windows import prove_notices, prove_windows, rows_without_review

__all__ = ["Progress", "check_program"]

_SHARE = 0.25
"""The share of the remaining limit that one policy may use."""
Progress = Callable[[int, int, str], None]
"""(steps done, all steps, the part that comes next)."""


def check_program(
    program: Program, *, limit: int = 2_000_000, progress: Progress | None = None
) -> Proof:
    """Explore a program exhaustively and return what it can and cannot do, over incidents and, if
    policies are on responders, over their streams.

    Args:
        program: the program.
        limit: how many states and moves all searches together may see. Whatever is unsettled when
            the limit is reached is `undetermined`.
        progress: called before each part.
    """
    told = progress or _quietly
    responders = program.for_responders
    with _without_collection():
        found = _Check(Counterexamples(program, budget=Budget(limit)), told).run()
        if program is responders or not responders.book.policies:
            return found
        return found | _Check(Counterexamples(responders, budget=Budget(limit)), told).run()


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the search for garbage: a third of a proof's time, and it finds almost none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@attrs.define(eq=False)
class _Check:
    """One check of a program, part by part. If a part cannot be settled, the report says so and the
    other parts go on.
    """

    counterexamples: Counterexamples
    progress: Progress
    undetermined: list[str] = attrs.field(init=False, factory=list)
    faults: list[str] = attrs.field(init=False, factory=list)

    def run(self) -> Proof:
        """Check each policy, all policies together, the lifecycle and the staffing."""
        program = self.counterexamples.program
        total = len(program.book.policies) + 3
        proofs, members = self._policies(total)
        self.progress(total - 3, total, "policies together")
        dead_ends = self._together(members)
        self.progress(total - 2, total, "lifecycle")
        lifecycle = self._lifecycle(members)
        self.progress(total - 1, total, "staffing")
        staffing = prove_staffing(program)
        self.undetermined += [
            *dead_ends.undetermined,
            *(f"lifecycle: {text}" for text in lifecycle.undetermined),
        ]
        if staffing.untried:
            self.undetermined.append(f"staffing: not tried: {'; '.join(staffing.untried)}")
        found = Proof(
            program=program.name,
            verdict=Outcome.UNDETERMINED if self.undetermined or self.faults else Outcome.PROVED,
            policies=tuple(proofs),
            conflicts=tuple(dead_ends.conflicts),
            doomed=tuple(dead_ends.doomed),
            lifecycle=lifecycle,
            staffing=staffing,
            states_explored=self.counterexamples.budget.states,
            undetermined=tuple(self.undetermined),
            faults=tuple(self.faults),
            finish=dead_ends.scope,
            windows=prove_windows(program),
            notices=prove_notices(program),
            unreviewed=rows_without_review(program),
        )
        self.progress(total, total, "done")
        refuted = found.findings and not self.faults
        return attrs.evolve(found, verdict=Outcome.REFUTED) if refuted else found

    def _together(self, members: Iterable[Member]) -> DeadEnds:
        """Search for dead ends of the policies that block, together."""
        self.counterexamples.budget.grant(1 - _SHARE)
        dead_ends = DeadEnds(self.counterexamples, tuple(members))
        with self._settling("policies together"):
            dead_ends.run()
        return dead_ends

    def _lifecycle(self, members: list[Member]) -> LifecycleProof:
        """Prove the lifecycle; what could not be settled is in `undetermined`."""
        self.counterexamples.budget.grant(1)
        with self._settling("lifecycle"):
            found = prove_lifecycle(self.counterexamples)
            stuck = _dead_ends(self.counterexamples.program, members)
            return attrs.evolve(found, cannot_finish=stuck)
        return LifecycleProof()

    def _policies(self, total: int) -> tuple[list[PolicyProof], list[Member]]:
        """Check each policy alone."""
        proofs, members = [], []
        for done, policy in enumerate(self.counterexamples.program.book.policies):
            self.progress(done, total, policy.id)
            self.counterexamples.budget.grant(_SHARE)
            proof = _proof(policy, verdict=Outcome.UNDETERMINED, triggered=None, enforceable=None)
            with self._settling(f"policy {policy.id!r}"):
                proof, search = _Alone(self.counterexamples, policy).prove()
                members.append(Member(search))
                self.undetermined += [f"policy {policy.id!r}: {text}" for text in _open(proof)]
            proofs.append(proof)
        return proofs, members

    @contextlib.contextmanager
    def _settling(self, part: str) -> Iterator[None]:
        """Record a part that stops before it is settled."""
        try:
            yield
        except LimitReached as reached:
            self.undetermined.append(f"{part}: {reached}")
        except Fault as fault:
            self.faults.append(f"{part}: {fault}")


def _dead_ends(program: Program, members: Iterable[Member]) -> tuple[str, ...]:
    """Return the lifecycle states from which some blocking policy, by itself, leaves no finish."""
    waiting = [
        s
        for s in program.lifecycle.states
        if s not in program.lifecycle.final and s != program.lifecycle.initial
    ]
    blockers = [member for member in members if member.policy.blocks]
    return tuple(
        state
        for state in waiting
        if any(member.reaches(state) and not member.belief(state) for member in blockers)
    )


def _open(proof: PolicyProof) -> Iterable[str]:
    """Describe what was neither shown nor ruled out for a policy."""
    if proof.triggered is None:
        yield (
            f"whether it is ever triggered: not {Scope(individuals=MOST_FOLLOWED)}, and for more it"
            " is not known"
        )


def _quietly(done: int, total: int, what: str) -> None:
    """Report no progress."""


def _proof(policy: CompiledPolicy, **found: object) -> PolicyProof:
    return PolicyProof(
        id=policy.id,
        sentence=say_policy(policy.policy),
        enforcement=policy.policy.enforcement,
        **found,  # type: ignore[arg-type]
    )


@attrs.define(eq=False)
class _Alone:
    """Proves one policy."""

    counterexamples: Counterexamples
    policy: CompiledPolicy

    def prove(self) -> tuple[PolicyProof, Search]:
        """Return the result, and the finished search of the policy as if it blocked."""
        policy, program = self.policy, self.counterexamples.program
        search = self.counterexamples.search((policy,), blocking=True, wild=True, followed=0)
        self.counterexamples.run(search)
        self._check_own_automaton(search)
        breakable = (
            self.counterexamples.run(
                self.counterexamples.search((policy,), blocking=False, wild=True, followed=0),
                _breaks,
            )
            is not None
        )
        unblocked = self._free() if breakable else None
        result = (
            self.counterexamples.story((policy,), lambda search, taken: 0 in taken.broken)
            if search.broken or not policy.blocks
            else None
        )
        told = result.told if result else None
        if told is not None and not told.violates(program, policy.id):
            raise Fault("a story was accepted and does not break it")
        owed = not policy.blocks and policy.can_owe and self._owed_at_end()
        proof = _proof(
            policy,
            verdict=Outcome.VIOLABLE if told else Outcome.PROVED,
            triggered=self._triggered(search),
            enforceable=not search.broken or (policy.blocks and told is None),
            broken_by=_breaker(told, program) if told else None,
            owed_at_end=owed,
            story=told.lines if told else (),
            unblocked=unblocked.lines if unblocked else (),
            scope=result.scope if result else Scope(),
            harmless=policy.blocks and not breakable,
        )
        return proof, search

    def _check_own_automaton(self, search: Search) -> None:
        """Refuse an own automaton with a deadline. Without one it is explored; a clock of its own
        is not, and so never passes.
        """
        automaton = self.policy.policy.automaton
        if automaton is None:
            return
        parts = (part for _, cells in search.states for _, part in self.policy.parts(cells[0]))
        if any(automaton.deadline(part) is not None for part in parts):
            raise LimitReached(
                "its own automaton has a deadline, and how its clock runs is not known here"
            )

    def _searches(self, *, blocking: bool, unexpected: bool = True) -> Iterable[Search]:
        """Yield searches of the policy with one, two and three followed individuals of each kind,
        beside fresh others.
        """
        for followed in range(1, MOST_FOLLOWED + 1):
            yield self.counterexamples.search(
                (self.policy,), blocking=blocking, unexpected=unexpected, followed=followed
            )

    def _triggered(self, search: Search) -> bool | None:
        """Return whether an event of some story concerns the policy; None if that is not known."""
        if not search.triggered:
            return False
        for tried in self._searches(blocking=True):
            if (
                self.counterexamples.run(tried, lambda search, taken: bool(search.triggered))
                is not None
                or tried.triggered
            ):
                return True
        return None

    def _free(self) -> Replayed | None:
        """Return the shortest story of a violation when no decision is refused, if possible without
        facts out of place.
        """
        for unexpected in (False, True):
            for tried in self._searches(blocking=False, unexpected=unexpected):
                for path in paths(tried, _breaks):
                    told = tell(self.counterexamples.program, path, enforced=False)
                    if told.violates(self.counterexamples.program, self.policy.id):
                        return told
                    check_fault(told, path)
        return None

    def _owed_at_end(self) -> bool:
        def ends_owing(search: Search, taken: Taken) -> bool:
            ends = not isinstance(taken.label, Passed) and taken.label.ends[0]
            return ends and bool(book.owed(search.states[taken.target][1], START))

        book = Book(policies=(self.policy,))
        whatever = self.counterexamples.search(
            (self.policy,), blocking=False, unexpected=False, wild=True, followed=0
        )
        shown = self.counterexamples.search((self.policy,), blocking=False, unexpected=False)
        return all(
            self.counterexamples.run(search, ends_owing) is not None for search in (whatever, shown)
        )


def _breaks(search: Search, taken: Taken) -> bool:
    return bool(taken.broken)


def _breaker(told: Replayed, program: Program) -> str:
    last = told.lines[-1].event
    return (
        "time"
        if last is None
        else "decision"
        if issubclass(program.vocabulary[last], Decision)
        else "fact"
    )

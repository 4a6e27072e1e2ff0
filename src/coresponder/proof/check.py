"""Check a program: each policy alone, the blocking ones together, the lifecycle, the staffing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from coresponder.domain.events import Decision
from coresponder.policy.book import Book
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.words import say_policy
from coresponder.program import Program
from coresponder.proof.crews import prove_staffing
from coresponder.proof.doom import Dooms
from coresponder.proof.edges import prove_lifecycle
from coresponder.proof.finish import Member
from coresponder.proof.hunt import Hunter
from coresponder.proof.payloads import START
from coresponder.proof.report import Outcome, PolicyProof, Proof
from coresponder.proof.search import Label, LimitReached, Passed, Search, Taken
from coresponder.proof.stories import Told, tell

__all__ = ["Progress", "check_program"]

Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, what is looked at)."""


def check_program(program: Program, *, limit: int = 200_000, progress: Progress | None = None) -> Proof:
    """Explore a program exhaustively and return what it can and cannot do.

    Args:
        program: the program.
        limit: how many states one search may see; when it is reached, the verdict is at best `undetermined`.
        progress: called before each part.
    """
    progress = progress or _quietly
    hunter = Hunter(program, limit=limit)
    policies, total = program.book.policies, len(program.book.policies) + 3
    proofs, members, undetermined = [], [], []
    for done, policy in enumerate(policies):
        progress(done, total, policy.id)
        try:
            proof, search = _Alone(hunter, policy).prove()
            members.append(Member(search))
        except LimitReached as reached:
            proof = _proof(policy, verdict=Outcome.UNDETERMINED, triggered=False, enforceable=False)
            undetermined.append(f"policy {policy.id!r}: {reached}")
        proofs.append(proof)
    progress(len(policies), total, "policies together")
    dooms = Dooms(hunter, tuple(members))
    dooms.run()
    progress(len(policies) + 1, total, "lifecycle")
    lifecycle = attrs.evolve(prove_lifecycle(hunter), cannot_finish=_dead_ends(program, members))
    progress(len(policies) + 2, total, "staffing")
    staffing = prove_staffing(program)
    undetermined += [*dooms.undetermined, *(f"lifecycle: {text}" for text in lifecycle.undetermined)]
    if staffing.untried:
        undetermined.append(
            f"staffing: the tiers name more kinds of responders than can be tried in every set; not tried: {'; '.join(staffing.untried)}"
        )
    found = Proof(
        program=program.name,
        verdict=Outcome.UNDETERMINED if undetermined else Outcome.PROVED,
        policies=tuple(proofs),
        conflicts=tuple(dooms.conflicts),
        doomed=tuple(dooms.doomed),
        lifecycle=lifecycle,
        staffing=staffing,
        states_explored=hunter.states,
        undetermined=tuple(undetermined),
    )
    progress(total, total, "done")
    return attrs.evolve(found, verdict=Outcome.REFUTED) if found.findings else found


def _dead_ends(program: Program, members: Iterable[Member]) -> tuple[str, ...]:
    """Return the states of the lifecycle from which some blocking policy never leaves a finish."""
    waiting = [s for s in program.lifecycle.states if s not in program.lifecycle.rests and s != program.lifecycle.initial]
    blockers = [member for member in members if member.policy.blocks]
    return tuple(state for state in waiting if any(member.reaches(state) and not member.belief(state) for member in blockers))


def _quietly(done: int, total: int, what: str) -> None:
    """Tell nobody."""


def _proof(policy: CompiledPolicy, **found: object) -> PolicyProof:
    return PolicyProof(id=policy.id, sentence=say_policy(policy.policy), enforcement=policy.policy.enforcement, **found)  # type: ignore[arg-type]


@attrs.define(eq=False)
class _Alone:
    """Proves one policy."""

    hunter: Hunter
    policy: CompiledPolicy

    def prove(self) -> tuple[PolicyProof, Search]:
        """Return what was found, and the finished search of the policy as if it blocked."""
        policy, program = self.policy, self.hunter.program
        search = self.hunter.search((policy,), blocking=True)
        self.hunter.run(search)
        self._check_own_automaton(search)
        twice = self._with_two_keys()
        free = self._free()
        unblocked = tell(program, free, enforced=False) if free else None
        told = self._blocked() if search.broken or twice or not policy.blocks else None
        proof = _proof(
            policy,
            verdict=Outcome.VIOLABLE if told else Outcome.PROVED,
            triggered=bool(search.triggered),
            enforceable=not search.broken and not twice,
            broken_by=_breaker(told, program) if told else None,
            owed_at_end=not policy.blocks and self._owed_at_end(),
            story=told.lines if told else (),
            unblocked=unblocked.lines if unblocked and unblocked.violates(program, policy.id) else (),
        )
        return proof, search

    def _check_own_automaton(self, search: Search) -> None:
        """An automaton that was brought is explored as long as time does not move it; a clock of its own is not, and is never a pass."""
        automaton = self.policy.policy.automaton
        if automaton is None:
            return
        parts = (part for _, cells in search.states for _, part in self.policy.parts(cells[0]))
        if any(automaton.deadline(part) is not None for part in parts):
            raise LimitReached("its own automaton has a deadline, and how its clock runs is not known here")

    def _free(self) -> tuple[Label, ...]:
        """Return the shortest path to a violation when nothing is refused, without facts out of place if possible."""
        for odd in (False, True):
            search = self.hunter.search((self.policy,), blocking=False, odd=odd)
            taken = self.hunter.run(search, lambda _, taken: bool(taken.broken))
            if taken:
                return search.story(taken)
        return ()

    def _blocked(self) -> Told | None:
        """Return the shortest story of a violation that the real program accepts, with one value of the correlation key or with two."""
        for hunter in (self.hunter, *self._pairs()):
            told = hunter.story((self.policy,), lambda search, taken: 0 in taken.broken)
            if told is not None:
                if not told.violates(hunter.program, self.policy.id):
                    raise LimitReached("a story could not be confirmed")
                return told
        return None

    def _pairs(self) -> tuple[Hunter, ...]:
        """Return a hunter that tells two values of the correlation key apart, if the policy has one."""
        return (Hunter(self.hunter.program, limit=self.hunter.limit, keys=2),) if self.policy.policy.per else ()

    def _with_two_keys(self) -> bool:
        """Return whether a second value of the correlation key makes a violation possible, as if the policy blocked."""
        for pair in self._pairs():
            found = pair.run(pair.search((self.policy,), blocking=True, odd=False), lambda _, taken: bool(taken.broken))
            self.hunter.states += pair.states
            return found is not None
        return False

    def _owed_at_end(self) -> bool:
        def ends_owing(search: Search, taken: Taken) -> bool:
            ends = not isinstance(taken.label, Passed) and taken.label.ends[0]
            return ends and bool(book.owed(search.states[taken.target][1], START))

        book = Book(policies=(self.policy,))
        return self.hunter.run(self.hunter.search((self.policy,), blocking=False, odd=False), ends_owing) is not None


def _breaker(told: Told, program: Program) -> str:
    last = told.lines[-1].event
    return "time" if last is None else "decision" if issubclass(program.vocabulary[last], Decision) else "fact"

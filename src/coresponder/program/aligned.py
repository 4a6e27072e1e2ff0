"""Two versions of a program with the same own events, so that one story can be played under both."""

from __future__ import annotations

import attrs

from coresponder.domain.events import Fact
from coresponder.program.own import merged, same_shape
from coresponder.program.program import Program

__all__ = ["aligned"]


def aligned(old: Program, new: Program) -> tuple[tuple[Program, Program] | None, tuple[str, ...]]:
    """Return both programs with one type of each own event that both declare, and what had to be
    joined for it, in words.

    An event that they declare differently gets the fields of both, which are all optional. None if
    that cannot be.
    """
    before, after = ({cls.__name__: cls for cls in program.events} for program in (old, new))
    shared, said = {}, []
    for name in [
        name for name in before if name in after and not same_shape(before[name], after[name])
    ]:
        common = merged(before[name], after[name])
        if common is None:
            return None, (
                f"no story was told: the two declare {name} with fields that cannot be joined",
            )
        shared[name] = common
        said.append(
            f"stories take {name} with the fields of both, as a"
            f" {'fact' if issubclass(common, Fact) else 'decision'}"
        )
    one, other = (
        attrs.evolve(program, events=[shared.get(cls.__name__, cls) for cls in program.events])
        for program in (old, new)
    )
    return (one, other), tuple(said)

"""Two versions of a program with the same own events, so that one story plays under both."""

from __future__ import annotations

import attrs

from coresponder.domain.events import Fact
from coresponder.program.own import merged, same_shape
from coresponder.program.program import Program

__all__ = ["aligned"]


def aligned(old: Program, new: Program) -> tuple[tuple[Program, Program] | None, tuple[str, ...]]:
    """Return both programs with one type for each own event that both declare, and a sentence on
    each event that had to be merged. An event that they declare differently gets the fields of
    both, all optional. The programs are None if the fields cannot be merged.
    """
    before, after = ({cls.__name__: cls for cls in program.events} for program in (old, new))
    shared, said = {}, []
    for name in [
        name for name in before if name in after and not same_shape(before[name], after[name])
    ]:
        common = merged(before[name], after[name])
        if common is None:
            return None, (
                f"no stories were compared: the two declare {name} with fields that cannot be merged",
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

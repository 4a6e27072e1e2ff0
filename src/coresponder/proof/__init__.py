"""Proof: what a program can and cannot do, found before its first call.

`check_program` explores a program exhaustively; `Proof` is its report. docs/concepts/proof.md says
how far it goes.
"""

from coresponder.proof.check import check_program
from coresponder.proof.limits import Scope
from coresponder.proof.report import (
    Conflict,
    Crew,
    DeadEnd,
    IdleTier,
    LifecycleProof,
    Outcome,
    PolicyProof,
    Proof,
    StaffingProof,
)
from coresponder.proof.stories import StoryLine
from coresponder.proof.windows import NoticeProof, Untold, WindowProof

__all__ = [
    "Conflict", "Crew", "DeadEnd", "IdleTier", "LifecycleProof", "NoticeProof", "Outcome",
    "PolicyProof", "Proof", "Scope", "StaffingProof", "StoryLine", "Untold", "WindowProof",
    "check_program",
]  # fmt: skip

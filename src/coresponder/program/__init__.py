"""Program = lifecycle + staffing + policies + notices."""

from coresponder.domain.objects import Override
from coresponder.program.case import Case, Elsewhere, Entry, Notice, Step
from coresponder.program.notices import NoticeRule
from coresponder.program.permitted import Permission, permitted
from coresponder.program.program import Program
from coresponder.program.spec import load_program, program_from_definition, shipped_programs

__all__ = [
    "Case", "Elsewhere", "Entry", "Notice", "NoticeRule", "Override", "Permission", "Program", "Step",
    "load_program", "permitted",
    "program_from_definition", "shipped_programs",
]  # fmt: skip

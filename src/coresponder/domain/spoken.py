"""Names and values as people say them."""

from __future__ import annotations

import re

__all__ = ["say_word"]

_SPOKEN = {
    "follow up": "follow-up",
    "de escalation": "de-escalation",
    "hand over": "hand-over",
    "hand off": "hand-off",
    "check in": "check-in",
    "walk in": "walk-in",
    "co response": "co-response",
    "non emergency": "non-emergency",
    "self harm": "self-harm",
    "hands on": "hands-on",
    "less lethal": "less-lethal",
    "cancelled": "canceled",
    "summarise": "summarize",
    "ems": "EMS",
    "cit": "CIT",
    "cpr": "CPR",
    "cftsi": "CFTSI",
    "c ssrs": "C-SSRS",
    "csq 3": "CSQ-3",
    "csq 4": "CSQ-4",
    "csq 8": "CSQ-8",
}
_WRITTEN = re.compile(rf"(?<![\w-])({'|'.join(_SPOKEN)})(?![\w-])")


def say_word(word: str) -> str:
    """Return a name or a value as people say it. FHIR, and so what is stored, writes `cancelled`.

    >>> say_word("follow_up_scheduled"), say_word("handed_to_ems"), say_word("cancelled")
    ('follow-up scheduled', 'handed to EMS', 'canceled')
    """
    return _WRITTEN.sub(lambda found: _SPOKEN[found[0]], word.replace("_", " "))

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
    "cancelled": "canceled",
}
_WRITTEN = re.compile(rf"\b({'|'.join(_SPOKEN)})\b")


def say_word(word: str) -> str:
    """Return a name or a value as people say it. FHIR, and so what is stored, writes `cancelled`.

    >>> say_word("follow_up_scheduled"), say_word("basic_de_escalation"), say_word("cancelled")
    ('follow-up scheduled', 'basic de-escalation', 'canceled')
    """
    return _WRITTEN.sub(lambda found: _SPOKEN[found[0]], word.replace("_", " "))

"""Run the conformance suite on an event log of your own, and then the suite of a store that uses
the log.
"""

from coresponder import Append, MemoryStore
from coresponder.stores.memory import MemoryLog
from coresponder.testing import LOG_RULES, STORE_RULES


class LoudLog(MemoryLog):
    """Prints what it writes, and leaves everything else to the log below."""

    def append(self, step: Append) -> None:
        print("writes", len(step.rows), "event(s) of", step.summary.incident)
        super().append(step)


for rule in LOG_RULES:
    rule(LoudLog)
for each in STORE_RULES:
    each(lambda: MemoryStore(log=LoudLog()))
print("all", len(LOG_RULES) + len(STORE_RULES), "rules hold")

"""An event log of your own keeps the same rules as ours: run its suite, and then that of a store
whose history it keeps.
"""

from coresponder import Append, MemoryStore
from coresponder.stores.memory import MemoryLog
from coresponder.testing import LOG_RULES, STORE_RULES


class LoudLog(MemoryLog):
    """Says what it writes; everything else it leaves to the log below."""

    def append(self, step: Append) -> None:
        print("writes", len(step.rows), "event(s) of", step.summary.incident)
        super().append(step)


for rule in LOG_RULES:
    rule(LoudLog)
for each in STORE_RULES:
    each(lambda: MemoryStore(log=LoudLog()))
print("all", len(LOG_RULES) + len(STORE_RULES), "rules hold")

"""A store of your own keeps the same rules as ours: run the conformance suite on it."""

from coresponder.stores.base import Append
from coresponder.stores.memory import MemoryStore
from coresponder.testing import STORE_RULES


class LoudStore(MemoryStore):
    """Says what it writes; everything else it leaves to the store below."""

    def append(self, step: Append) -> None:
        print("writes", len(step.rows), "event(s) of", step.summary.incident)
        super().append(step)


for rule in STORE_RULES:
    rule(LoudStore)
print("all", len(STORE_RULES), "rules hold")

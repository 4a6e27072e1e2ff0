"""One conformance suite for each port. A rule is a function: call it with a factory of your
adapter.

@pytest.mark.parametrize("rule", LOG_RULES, ids=lambda rule: rule.__name__)
def test_my_log(rule):
    rule(MyLog)

A store implements every port, so `STORE_RULES` includes the rules of all ports.
"""

from __future__ import annotations

from collections.abc import Callable

from coresponder.stores.ports import Store
from coresponder.testing.conformance.index import INDEX_RULES
from coresponder.testing.conformance.log import LOG_RULES
from coresponder.testing.conformance.notifier import NOTIFIER_RULES, NotifierRule
from coresponder.testing.conformance.outbox import OUTBOX_RULES
from coresponder.testing.conformance.store import WHOLE_STORE_RULES
from coresponder.testing.conformance.vault import PROGRAM_RULES, VAULT_RULES

__all__ = [
    "INDEX_RULES", "LOG_RULES", "NOTIFIER_RULES", "OUTBOX_RULES", "PROGRAM_RULES", "STORE_RULES",
    "VAULT_RULES", "NotifierRule", "StoreRule",
]  # fmt: skip

StoreRule = Callable[[Callable[[], Store]], None]

STORE_RULES: tuple[StoreRule, ...] = (
    *LOG_RULES,
    *INDEX_RULES,
    *OUTBOX_RULES,
    *VAULT_RULES,
    *PROGRAM_RULES,
    *WHOLE_STORE_RULES,
)
"""Every rule of a store; each takes a factory that makes an empty store."""

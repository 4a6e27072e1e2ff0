"""For those who test programs, stores and notifiers: suites, strategies, journeys, scenarios.

Everything is imported when it is first used: conformance suites need nothing, strategies need Hypothesis (`coresponder[testing]`).
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "conformance": (
        "INDEX_RULES",
        "LOG_RULES",
        "NOTIFIER_RULES",
        "OUTBOX_RULES",
        "PROGRAM_RULES",
        "STORE_RULES",
        "VAULT_RULES",
        "NotifierRule",
        "StoreRule",
    ),
    "histories": ("Coverage", "Journey", "assert_always", "assert_eventually", "assert_never", "journey", "journeys"),
    "playing": ("Difference", "Played", "play_scenario", "play_scenarios"),
    "scenarios": ("Scenario", "load_scenarios", "scenarios_beside"),
    "snapshot": ("Change", "Snapshot", "load_snapshot", "save_snapshot", "snapshot_changes", "snapshot_of"),
    "strategies": ("books", "events", "policies", "programs", "records"),
    "suite": ("policy_suite",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_NEED_HYPOTHESIS = {"histories", "strategies", "suite"}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'coresponder.testing' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"coresponder.testing.{home}"), name)
    except ModuleNotFoundError as error:
        from coresponder.errors import MissingExtra

        if error.name in {"hypothesis", "pytest"} and home in _NEED_HYPOTHESIS:
            raise MissingExtra("testing", f"coresponder.testing.{name}") from None
        raise


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)

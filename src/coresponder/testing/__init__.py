"""For those who test programs, stores and notifiers: suites, strategies, journeys, scenarios.

Each name is imported when it is first used. The conformance suites need no extra; the strategies
need Hypothesis (`coresponder[testing]`). The imports below never run: they tell type checkers and
editors what the table tells the interpreter.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coresponder.testing.conformance import (
        INDEX_RULES as INDEX_RULES,
        LOG_RULES as LOG_RULES,
        NOTIFIER_RULES as NOTIFIER_RULES,
        NotifierRule as NotifierRule,
        OUTBOX_RULES as OUTBOX_RULES,
        PROGRAM_RULES as PROGRAM_RULES,
        STORE_RULES as STORE_RULES,
        StoreRule as StoreRule,
        VAULT_RULES as VAULT_RULES,
    )
    from coresponder.testing.histories import (
        Coverage as Coverage,
        Journey as Journey,
        assert_always as assert_always,
        assert_eventually as assert_eventually,
        assert_never as assert_never,
        journey as journey,
        journeys as journeys,
    )
    from coresponder.testing.playing import (
        Difference as Difference,
        Played as Played,
        play_scenario as play_scenario,
        play_scenarios as play_scenarios,
    )
    from coresponder.testing.scenario import Scenario as Scenario
    from coresponder.testing.scenarios import (
        load_scenarios as load_scenarios,
        scenarios_beside as scenarios_beside,
    )
    from coresponder.testing.snapshot import (
        BehaviorChange as BehaviorChange,
        Snapshot as Snapshot,
        snapshot_changes as snapshot_changes,
        snapshot_of as snapshot_of,
    )
    from coresponder.testing.snapshot_file import (
        load_snapshot as load_snapshot,
        save_snapshot as save_snapshot,
    )
    from coresponder.testing.strategies import (
        books as books,
        events as events,
        policies as policies,
        programs as programs,
        records as records,
    )
    from coresponder.testing.suite import (
        policy_suite as policy_suite,
    )
    from coresponder.testing.windows import (
        answers as answers,
        assert_alike as assert_alike,
        twins as twins,
        views as views,
    )

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
    "histories": (
        "Coverage",
        "Journey",
        "assert_always",
        "assert_eventually",
        "assert_never",
        "journey",
        "journeys",
    ),
    "playing": ("Difference", "Played", "play_scenario", "play_scenarios"),
    "scenario": ("Scenario",),
    "scenarios": ("load_scenarios", "scenarios_beside"),
    "snapshot": ("BehaviorChange", "Snapshot", "snapshot_changes", "snapshot_of"),
    "snapshot_file": ("load_snapshot", "save_snapshot"),
    "strategies": ("books", "events", "policies", "programs", "records"),
    "suite": ("policy_suite",),
    "windows": ("answers", "assert_alike", "twins", "views"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_NEED_HYPOTHESIS = {"histories", "strategies", "suite", "windows"}

if not TYPE_CHECKING:  # a module with `__getattr__` seems to have every name, even a misspelled one
    __all__ = sorted(_HOME_OF)  # noqa: PLE0605

    def __getattr__(name: str) -> object:
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
    return sorted(_HOME_OF)

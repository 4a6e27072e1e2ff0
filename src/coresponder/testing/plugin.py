"""A pytest plugin: `pytest --coresponder-program my-city.toml` runs the whole policy suite without
a line of Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from coresponder.testing import Coverage

__all__ = ["pytest_addoption", "pytest_collection", "pytest_terminal_summary"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("coresponder", "co-responder programs")
    group.addoption(
        "--coresponder-program",
        action="append",
        default=[],
        metavar="PROGRAM",
        help="test this program (a shipped name or a TOML file); repeatable",
    )
    group.addoption(
        "--coresponder-examples",
        type=int,
        default=None,
        metavar="N",
        help="how many journeys for each rule",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[Any]:
    """Add a suite for each program; without other arguments only the suites run."""
    programs = session.config.getoption("--coresponder-program")
    if programs and session.config.args_source is not pytest.Config.ArgsSource.ARGS:
        session.config.args = []
        result = yield
    else:
        result = yield
    for name in programs:
        suite = _Programs.from_parent(session, name=name, path=session.config.rootpath, nodeid=name)
        session.items.extend(session.genitems(suite))
    session.testscollected = len(session.items)
    return result


class _Programs(pytest.Module):
    """One program's suite, as if it were a test module."""

    def _getobj(self) -> Any:
        import types

        from coresponder.errors import CoresponderError

        module = types.ModuleType(self.name)
        snapshot = Path(self.name).with_suffix(".snapshot.json")
        try:
            from coresponder.testing import policy_suite, scenarios_beside

            suite = policy_suite(
                self.name,
                scenarios=scenarios_beside(self.name),
                snapshot=snapshot if snapshot.is_file() else None,
                examples=self.config.getoption("--coresponder-examples"),
            )
        except CoresponderError as error:
            raise pytest.UsageError(str(error)) from None
        suite.__name__ = suite.__qualname__ = "TestPolicies"
        vars(module)["TestPolicies"] = suite
        self.config.stash.setdefault(_COVERAGE, []).append(suite.coverage)
        return module

    def _register_setup_module_fixture(self) -> None:
        """Do nothing: a suite has no set-up."""

    def _register_setup_function_fixture(self) -> None:
        """Do nothing: a suite has no set-up."""


_COVERAGE: pytest.StashKey[list[Coverage]] = pytest.StashKey()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the journeys covered."""
    for coverage in config.stash.get(_COVERAGE, []):
        terminalreporter.write_line(coverage.report())

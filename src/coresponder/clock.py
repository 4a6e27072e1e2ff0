"""The one place that reads the clock. The core never does; whoever needs another time passes another function."""

from __future__ import annotations

import datetime as dt

from coresponder.domain.types import UTC

__all__ = ["utc_now"]


def utc_now() -> dt.datetime:
    """Return the time, with its zone."""
    return dt.datetime.now(UTC)

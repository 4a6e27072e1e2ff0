"""Instants as whole microseconds since 1970, for columns of them."""

from __future__ import annotations

import datetime as dt

from coresponder.domain.types import UTC

__all__ = ["BEGINNING", "TICK", "instant_of", "microseconds"]

BEGINNING = dt.datetime(1970, 1, 1, tzinfo=UTC)
TICK = dt.timedelta(microseconds=1)


def microseconds(instant: dt.datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (instant - BEGINNING) // TICK


def instant_of(at: int) -> dt.datetime:
    """Return the instant that is a number of microseconds after 1970."""
    return BEGINNING + at * TICK

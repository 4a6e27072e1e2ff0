"""Stored rows as objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.errors import CorruptRecord
from coresponder.stores.base import Contact, Summary, instant

__all__ = ["contact_of_row", "summary_of_row"]

_SUMMARY = tuple(field.name for field in attrs.fields(Summary) if field.name != "unreadable")


def summary_of_row(row: Mapping[str, Any]) -> Summary:
    """Return what a list shows of an incident; raise `CorruptRecord` if its head row cannot be read."""
    values = {name: row[name] for name in _SUMMARY}
    try:
        return Summary(**{**values, "opened_at": dt.datetime.fromisoformat(values["opened_at"]), "next_due": instant(values["next_due"])})
    except (TypeError, ValueError) as error:
        raise CorruptRecord(f"incident {values['incident']}: its head row cannot be read ({error}); restore it from a backup") from None


def contact_of_row(row: Mapping[str, Any]) -> Contact:
    """Return a person's part in an incident."""
    return Contact(**{**row, "contact_at": dt.datetime.fromisoformat(row["contact_at"]), "declined_at": instant(row["declined_at"])})

"""Stored rows as objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from coresponder.stores.base import Contact, Summary, instant

__all__ = ["SUMMARY_FIELDS", "contact_of_row", "summary_of_row"]

SUMMARY_FIELDS = tuple(field.name for field in attrs.fields(Summary) if field.name != "unreadable")


def summary_of_row(row: Mapping[str, Any]) -> Summary:
    """Return what a head row says. One that cannot be read does not stop a list of others: it is named in it."""
    values = {name: row[name] for name in SUMMARY_FIELDS}
    try:
        return Summary(**{**values, "opened_at": dt.datetime.fromisoformat(values["opened_at"]), "next_due": instant(values["next_due"])})
    except (ValueError, TypeError):
        said = f"incident {values['incident']}: a time in its head row cannot be read; restore it from a backup"
        return Summary(**{**values, "opened_at": None, "next_due": None, "unreadable": said})


def contact_of_row(row: Mapping[str, Any]) -> Contact:
    """Return a person's part in an incident."""
    return Contact(**{**row, "contact_at": dt.datetime.fromisoformat(row["contact_at"]), "declined_at": instant(row["declined_at"])})

"""For those who test programs, stores and notifiers: rules that every adapter keeps, and a field that plays a night."""

from coresponder.testing.conformance import NOTIFIER_RULES, STORE_RULES
from coresponder.testing.field import Field, made_up_roster

__all__ = ["NOTIFIER_RULES", "STORE_RULES", "Field", "made_up_roster"]

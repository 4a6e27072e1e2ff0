"""How often something happens in a made-up night, and where the number comes from."""

from __future__ import annotations

import attrs

__all__ = ["MADE_UP", "RATES", "Rate", "rate"]

MADE_UP = "local guess"
"""The source of a number for which no source was found."""


@attrs.frozen
class Rate:
    """One number of the night.

    Attributes:
        value: a share of what `what` speaks of, from 0 to 1.
        source: where the number comes from; `MADE_UP` if nowhere.
    """

    name: str
    value: float
    what: str
    source: str = MADE_UP


_ALL = (
    Rate("order-asked", 0.7, "of firearms on scene lead to a request for an extreme-risk order"),
    Rate("order-issued", 0.7, "of extreme-risk orders that are asked for are issued"),
    Rate("survey-offered", 0.5, "of people are asked how the response was"),
    Rate("survey-answered", 0.4, "of those who are asked answer on the scale"),
    Rate("outcome-found", 0.5, "of people are asked after 30 days how they are"),
    Rate("care-plan", 0.1, "of people consent that responders know their care plan"),
    Rate(
        "care-plan-ends",
        0.2,
        "of care plans end within two weeks, by consent taken back or otherwise",
    ),
    Rate("case-management", 0.5, "of people with a care plan are enrolled in case management"),
    Rate("unknown-person", 0.06, "of people are unknown when the crew meets them"),
    Rate("identified-wrongly", 0.1, "of unknown people are taken for somebody else at first"),
    Rate("treatment-starts", 0.7, "of children who were offered treatment begin it"),
    Rate("session-missed", 0.15, "of treatment sessions are missed"),
    Rate("treatment-completed", 0.7, "of children's treatments are completed"),
    Rate("school-records", 0.4, "of children's parents consent that the school is asked"),
    Rate("advocate-wanted", 0.7, "of victims of sexual assault and next of kin want an advocate"),
    Rate("advocate-shares", 0.1, "of advocates' clients consent that something is shared"),
    Rate("told-alone", 0.1, "of death notifications are made by one person alone"),
    Rate("told-by-phone", 0.08, "of death notifications are made by phone"),
)
RATES = {one.name: one for one in _ALL}
"""Every number, by its name."""


def rate(name: str) -> float:
    """Return a number of the night by its name."""
    return RATES[name].value

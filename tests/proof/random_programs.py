"""Small random programs as TOML, each from a number: rules about several people, referrals and
follow-ups in one incident.
"""

from __future__ import annotations

import random
import tomllib

from coresponder.errors import InvalidProgram
from coresponder.program import Program
from coresponder.program.spec import program_from_definition

__all__ = ["draw", "load", "random_toml"]

HEAD = '[program]\nid = "drawn"\nversion = "1"\nauthority = "drawn"\n'
OWN = """
[[event]]
name = "Scored"
kind = "fact"
fields = { first = "integer", second = "integer" }

[[event]]
name = "Planned"
kind = "decision"
fields = { hours = "integer" }
"""
PEOPLE = (
    '{ event = "PersonInvolved", where = { age_group = "child" } }', '{ event = "PersonInvolved", where = { role = "victim" } }',
    '{ event = "PersonInvolved", where = { "prior.contacts_90_days" = { ge = 2 } } }', '"PersonInvolved"', '"SchoolNotified"', '"SchoolNotified"',
    '"ConsentGiven"', '"ConsentDeclined"', '"HelpRequested"',
)  # fmt: skip
REFERRALS = (
    '"ReferralOffered"',
    '"ReferralSent"',
    '"ReferralSent"',
    '"ReferralAccepted"',
    '"ReferralCancelled"',
)
FOLLOW_UPS = ('"FollowUpScheduled"', '"FollowUpScheduled"', '"FollowUpDone"', '"FollowUpCancelled"')
WHOLE = (
    '"ForceUsed"', '"SupervisorNotified"', '"IncidentClosed"', '"IncidentCancelled"', '"DispositionRecorded"', '"SceneCleared"', '"ClinicianEngaged"',
    '{ event = "Scored", where = { first = { ge = 3 } } }', '{ event = "Scored", where = { first = 1, second = { lt = 2 } } }',
    '{ event = "Planned", where = { hours = { gt = 4 } } }', '"Planned"', '"CallTriaged"',
)  # fmt: skip
ENDINGS = (
    '"IncidentClosed"',
    '["IncidentClosed", "IncidentCancelled"]',
    '"DispositionRecorded"',
    '"SchoolNotified"',
    '"FollowUpScheduled"',
    '"Planned"',
)
CONDITIONS = (
    "children = { ge = 1 }", "children = { ge = 2 }", "victims = { ge = 2 }", "children = 1",
    "open_follow_ups = { ge = 2 }", "open_follow_ups = { gt = 0 }",
    "open_referrals = { ge = 1 }", "open_referrals = { ge = 2 }", "loose_ends = { gt = 0 }",
    "loose_ends = { ge = 2 }", "scene.force_count = { ge = 2 }",
    "scene.force_count = { ge = 1 }", "most_contacts_90_days = { ge = 2 }",
    "call.qualifies = false", "call.qualifies = true",
    "scene.clinician = { exists = false }", "open_follow_ups = 0", "victims = { gt = 0 }",
)  # fmt: skip
POOLS = {"person": PEOPLE, "referral": REFERRALS, "follow_up": FOLLOW_UPS}
ONE = ("absence", "absence", "absence", "existence", "at_most", "at_most", "exactly")
TWO = (
    "response", "response", "response", "precedence", "precedence", "not_succession",
    "not_succession", "succession", "alternate_response",
    "alternate_precedence", "not_co_existence", "responded_existence", "co_existence",
)  # fmt: skip
RELEASED = {"existence", "responded_existence", "response", "precedence", "not_succession"}
BOUNDED = {"response", "not_succession", "absence", "existence", "precedence"}


def load(text: str) -> Program:
    """Return the program of a TOML text."""
    return program_from_definition(tomllib.loads(text))


def draw(seed: int) -> tuple[str, Program]:
    """Return the program of a number, as text and loaded: the first of those drawn from it that
    loads.
    """
    source = random.Random(seed)
    while True:
        text = random_toml(source)
        try:
            return text, load(text)
        except InvalidProgram:
            continue


def random_toml(source: random.Random) -> str:
    """Return the text of one to four rules; it may not load, where a template refuses what was
    drawn for it.
    """
    timed = source.random() < 0.2
    rules = [
        _rule(source, number, timed=timed and number == 1)
        for number in range(1, source.choice((1, 2, 2, 3, 3, 4)) + 1)
    ]
    return (
        HEAD
        + (OWN if any(name in rule for rule in rules for name in ("Scored", "Planned")) else "")
        + "".join(rules)
    )


def _rule(source: random.Random, number: int, *, timed: bool) -> str:
    template = source.choice(ONE if source.random() < 0.4 else TWO)
    per = (
        source.choice(("person", "person", "referral", "follow_up"))
        if source.random() < 0.4 and template not in {"absence", "existence", "exactly"}
        else ""
    )
    lines = [
        f'id = "rule-{number}"',
        f'template = "{template}"',
        f"a = {_atom(source, per, conditioned=template == 'absence')}",
    ]
    if template in TWO:
        lines.append(f"b = {_atom(source, per)}")
    if template in RELEASED and source.random() < 0.2:
        lines.append(f"unless = {_atom(source, per)}")
    if template in {"at_most", "existence", "exactly"} and source.random() < 0.3:
        lines.append("count = 2")
    if timed and template in BOUNDED:
        lines.append('within = "1 h"')
    lines += [f'per = "{per}"'] if per else []
    lines += [
        f'enforcement = "{source.choice(("BLOCK", "BLOCK", "BLOCK", "BLOCK", "WARN"))}"',
        'authority = "drawn"',
    ]
    return "\n[[policy]]\n" + "\n".join(lines) + "\n"


def _atom(source: random.Random, per: str, *, conditioned: bool = False) -> str:
    pool = POOLS[per] if per else source.choice((PEOPLE, WHOLE, WHOLE, FOLLOW_UPS, REFERRALS))
    if not conditioned and source.random() < 0.75:
        return source.choice(pool)
    event = source.choice(
        ENDINGS if conditioned else [atom for atom in pool if atom.startswith('"')]
    )
    found = source.sample(CONDITIONS, source.choice((1, 1, 2)))
    paths = {text.split(" = ")[0]: text for text in found}
    return f"{{ event = {event}, where = {{ {', '.join(_quoted(text) for text in paths.values())} }} }}"


def _quoted(text: str) -> str:
    path, _, condition = text.partition(" = ")
    return f'"incident.{path}" = {condition}'

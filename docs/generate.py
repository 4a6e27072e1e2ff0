"""Write the reference pages from the code: `python docs/generate.py`. A test compares what is here with what it would write."""

from __future__ import annotations

import inspect
from pathlib import Path

import attrs

import coresponder
from coresponder.domain import events as e
from coresponder.lifecycle import FOLLOW_UP, INCIDENT, REFERRAL, RESPONDER
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import TEMPLATES
from coresponder.policy.words import say_policy
from coresponder.program import load_program, shipped_programs
from coresponder.testing import load_scenarios
from coresponder.testing.definitions import FORMULAS

HEAD = "<!-- Made by docs/generate.py; do not edit. -->\n\n"


def lifecycles() -> str:
    """Draw the machines."""
    text = "# Lifecycles\n\nDrawn from the code. Events that stay in a state are not drawn.\n"
    for lifecycle in (INCIDENT, REFERRAL, FOLLOW_UP, RESPONDER):
        doc = f"Rests in: {', '.join(sorted(lifecycle.rests))}."
        text += f"\n## {lifecycle.name.replace('_', '-').capitalize()}\n\n{doc}\n\n```mermaid\n{lifecycle.mermaid()}\n```\n"
    return text


def programs() -> str:
    """Write each shipped program with its tiers and policies."""
    text = "# Shipped programs\n"
    for name in shipped_programs():
        program = load_program(name)
        text += f"\n## {program.title}\n\n`{name}`. Source: {program.source}.\n\n| tier | who | source |\n|---|---|---|\n"
        text += "".join(f"| {t.id} | {' + '.join(map(str, t.seats))} | {t.source} |\n" for t in program.tiers)
        text += "\n| policy | | rule | source |\n|---|---|---|---|\n"
        text += "".join(f"| {p.id} | {p.enforcement} | {say_policy(p)} | {p.source} |\n" for p in program.policies)
        text += "\nWho is told:\n\n" + "".join(f"- {rule}\n" for rule in program.notices) if program.notices else ""
        told = load_scenarios(name, program)
        text += f"\nIn stories (`coresponder check {name} --scenarios {name}` plays them):\n\n" + "".join(f"- {one.title}\n" for one in told)
    return text


def templates() -> str:
    """Write each template with its sentence and options."""
    text = "# Templates\n\n| template | says | within | after | unless | per |\n|---|---|---|---|---|---|\n"
    for name, template in TEMPLATES.items():
        a = Atom(where={"incident.children": {"gt": 0}}) if name == "always" else Atom(events="A")
        policy = Policy(id=name, template=name, a=a, b=Atom(events="B") if template.atoms == 2 else None)
        marks = ["yes" if on else "" for on in (template.within, template.after, template.unless, template.per)]
        text += f"| `{name}` | {say_policy(policy)} | {' | '.join(marks)} |\n"
    return text + _definitions()


def _definitions() -> str:
    """Write what the oracle of the tests says of each template."""
    text = (
        "\n## What exactly each says\n\n"
        "These are the definitions that the tests hold the library to, event by event. *In time* means: with\n"
        "`within`, at most so long after; with `after`, at least so long after; without a bound, always. What\n"
        "*happens*, when the incident *opens* and what a *release* (`unless`) does is in\n"
        "[Policies](../concepts/policies.md).\n\n| template | it holds if |\n|---|---|\n"
    )
    for name in TEMPLATES:
        said = " ".join((inspect.getdoc(FORMULAS[name]) or "").removeprefix("Return whether ").split())
        text += f"| `{name}` | {said} |\n"
    return text


def events() -> str:
    """Write each event type with its fields."""
    text = "# Events\n\nEvery event has `at`, `by` and `approximate`.\n\n| event | | meaning | fields |\n|---|---|---|---|\n"
    for name, cls in e.EVENT_TYPES.items():
        fields = [f.name for f in attrs.fields(cls) if f.name not in {"at", "by", "approximate"}]
        kind = "decision" if issubclass(cls, e.Decision) else "fact"
        text += f"| `{name}` | {kind} | {inspect.getdoc(cls)} | {', '.join(f'`{f}`' for f in fields)} |\n"
    return text


def python() -> str:
    """Write each public name with its docstring."""
    text = "# Python names\n\nImported from `coresponder`. The [event types](events.md) are too.\n"
    for name in (name for name in coresponder.__all__ if name not in e.EVENT_TYPES):
        thing = getattr(coresponder, name)
        doc = inspect.getdoc(thing) if inspect.isclass(thing) or inspect.isfunction(thing) else None
        text += f"\n## {name}\n\n"
        if inspect.isfunction(thing):
            text += f"`{name}{inspect.signature(thing)}`\n\n"
        text += f"```text\n{doc or type(thing).__name__}\n```\n"
        if inspect.isclass(thing):
            for method, function in vars(thing).items():
                if inspect.isfunction(function) and not method.startswith("_") and function.__doc__ and function.__module__.startswith("coresponder"):
                    first = inspect.cleandoc(function.__doc__).splitlines()[0]
                    text += f"\n- `{method}`: {first}"
            text += "\n"
    return text


PAGES = {"lifecycles": lifecycles, "programs": programs, "templates": templates, "events": events, "python": python}


def page(name: str) -> str:
    """Return what a page should be."""
    return HEAD + PAGES[name]()


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (Path(__file__).parent / "reference" / f"{name}.md").write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main()

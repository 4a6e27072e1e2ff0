"""Write the reference pages from the code: `python docs/generate.py`.

A test compares what is here with what it would write.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from functools import partial
from pathlib import Path

from made.commands import command_line
from made.field import field
from made.fields import conditions, events, vocabularies
from made.python_names import PYTHON_PAGES, python_page, testing_page
from made.sights import sights
from made.statements import sources
from made.tables import key_tables
from made.timelines import timelines
from made.writing import fill, table

from coresponder.interop.file_keys import described_file, words_of
from coresponder.interop.mapping import Mapped, mapping_from
from coresponder.lifecycle import FOLLOW_UP, INCIDENT, REFERRAL, RESPONDER
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.policy.templates import TEMPLATES
from coresponder.policy.words import say_policy
from coresponder.program import load_program, program_from_definition, shipped_programs
from coresponder.program.tables import ProgramFile
from coresponder.roster.staffing import Tier
from coresponder.testing import load_scenarios
from coresponder.testing.definitions import FORMULAS

HEAD = "<!-- Made by docs/generate.py; do not edit. -->\n\n"


def lifecycles() -> str:
    """Draw the machines."""
    text = ""
    for lifecycle in (INCIDENT, REFERRAL, FOLLOW_UP, RESPONDER):
        title = lifecycle.name.replace("_", "-").capitalize()
        ends = ", ".join(f"`{state}`" for state in sorted(lifecycle.final))
        drawing = f"```mermaid\n{lifecycle.mermaid()}\n```"
        wide = f'<div class="wide" markdown>\n\n{drawing}\n\n</div>'
        text += f"\n## {title}\n\nFinal states: {ends}.\n\n{wide}\n"
    return fill("lifecycles", drawings=text)


def programs() -> str:
    """Write each shipped program with its tiers, its policies, its notices and its stories."""
    return "# Shipped programs\n" + "".join(map(_program, shipped_programs()))


def _who(tier: Tier) -> str:
    seats = " + ".join(map(str, tier.seats))
    return f"{seats}, where {tier.condition}" if tier.where else seats


def _program(name: str) -> str:
    program = load_program(name)
    tiers = [(t.id, _who(t), t.authority) for t in program.tiers]
    rules = [(p.id, p.enforcement, say_policy(p), p.authority) for p in program.policies]
    text = f"\n## {program.title}\n\n`{name}`. Authority: {program.authority}.\n\n"
    text += table("tier", "who", "authority", rows=tiers) + "\n"
    text += table("policy", "enforcement", "rule", "authority", rows=rules)
    if program.notices:
        text += "\nWho is told:\n\n" + "".join(f"- {rule}\n" for rule in program.notices)
    command = f"`coresponder check {name} --scenarios {name}`"
    told = "".join(f"- {one.title}\n" for one in load_scenarios(name, program))
    told += f"\nIts sources, [line by line](sources.md#{name}).\n"
    return f"{text}\nIn stories ({command} plays them):\n\n{told}"


def templates() -> str:
    """Write each template with its sentence, its options, its definition and its pictures."""
    rows, sections = [], ""
    for name, template in TEMPLATES.items():
        options = (template.within, template.after, template.unless, template.per)
        marks = ("yes" if on else "" for on in options)
        rows.append((f"[`{name}`](#{name})", _says(name), *marks))
        definition = (inspect.getdoc(FORMULAS[name]) or "").removeprefix("Return whether ")
        said = f"{_says(name)} It holds if {' '.join(definition.split())}"
        sections += f"\n## {name}\n\n{said}\n\n{timelines(name)}"
    head = ("template", "says", "within", "after", "unless", "per")
    return fill("templates", table=table(*head, rows=rows), sections=sections)


def _says(name: str) -> str:
    a = Atom(where={"incident.children": {"gt": 0}}) if name == "always" else Atom(events="A")
    b = Atom(events="B") if TEMPLATES[name].atoms == 2 else None
    return say_policy(Policy(id=name, template=name, a=a, b=b))


def _plain(text: str) -> str:
    """Leave out where links lead to: nobody can follow them in a code block."""
    return re.sub(r"\[([^]\n]+)\]\([^)\n]+\)", r"\1", text)


def program_file() -> str:
    """Write every table and key of a program file."""
    whole = described_file("program")
    program_from_definition(tomllib.loads(whole), source="program.toml")
    tables = key_tables(ProgramFile, words_of("program"))
    return fill("program-file", tables=tables, whole=_plain(whole))


def mapping() -> str:
    """Write every table and key of a CAD mapping."""
    whole = described_file("mapping")
    for text in (whole, *map(described_file, ("mapping-in-parts", "mapping-in-columns"))):
        mapping_from(tomllib.loads(text))
    tables = key_tables(Mapped, words_of("mapping"))
    return fill("mapping", tables=tables, whole=_plain(whole))


PAGES = {
    "program-file": program_file,
    "templates": templates,
    "events": events,
    "conditions": conditions,
    "vocabularies": vocabularies,
    "lifecycles": lifecycles,
    "programs": programs,
    "sources": sources,
    "views": sights,
    "mapping": mapping,
    "command-line": command_line,
    **{f"python/{name}": partial(python_page, name) for name in PYTHON_PAGES},
    "python/testing": testing_page,
}


BESIDE = {"field": field}
"""Pages that are made and stand beside the reference."""


def page(name: str) -> str:
    """Return what a page should be."""
    text = (PAGES | BESIDE)[name]()
    matter, line, body = text.partition("---\n\n") if text.startswith("---\n") else ("", "", text)
    return matter + line + HEAD + body


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (Path(__file__).parent / "reference" / f"{name}.md").write_text(
            page(name), encoding="utf-8"
        )
    for name in BESIDE:
        (Path(__file__).parent / f"{name}.md").write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What each role sees in the shipped programs: role, purpose, events, fields, consent, authority."""

from __future__ import annotations

from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Purpose
from coresponder.policy.words import say_event
from coresponder.program import Program, load_program, shipped_programs
from coresponder.program.view_rows import shipped_views, view_sets
from coresponder.program.viewing import View
from made.writing import fill, table

__all__ = ["sights"]


def sights() -> str:
    """Write the shipped sets of views as tables, and how each shipped program differs."""
    text = "".join(map(_set, view_sets()))
    return fill("views", sets=text, programs="".join(map(_program, shipped_programs())))


def _set(name: str) -> str:
    views = shipped_views(name)
    text = f"\n## `{name}` {{ #{name} }}\n\n{_at_a_glance(views)}\n"
    return text + "".join(map(_row, views))


def _at_a_glance(views: tuple[View, ...]) -> str:
    roles = dict.fromkeys(role for view in views for role in view.roles)
    head = ("role", *(purpose.value for purpose in Purpose))
    return table(*head, rows=[(say_word(role), *_cells(views, role)) for role in roles])


def _cells(views: tuple[View, ...], role: str) -> list[str]:
    return [
        ", ".join(
            f"[{say_word(view.id.replace('-', ' '))}](#{view.id})"
            for view in views
            if role in view.roles and purpose in view.purposes
        )
        or "nothing"
        for purpose in Purpose
    ]


def _row(view: View) -> str:
    lines = [
        ("role", ", ".join(map(say_word, view.roles))),
        ("purpose", ", ".join(view.purposes)),
        ("events", "all" if "*" in view.events else ", ".join(map(say_event, view.events))),
        ("seen whole", _fields(view.whole)),
        ("seen with less", _fields(view.coarse)),
        ("only", view.condition_text),
        ("opens words for", ", ".join(view.audiences)),
        ("told along with it", view.says),
        ("in the disclosure log", "" if view.logged else "no"),
        ("authority", view.authority),
    ]
    title = say_word(view.id.replace("-", " ")).capitalize()
    rows = [line for line in lines if line[1]]
    return f"\n### {title} {{ #{view.id} }}\n\n{table('', '', rows=rows)}"


def _fields(paths: tuple[str, ...]) -> str:
    return "every field" if "*" in paths else ", ".join(f"`{path}`" for path in paths)


def _program(name: str) -> str:
    program = load_program(name)
    base = program.definition.get("views", {}).get("base", "")
    own = [view for view in program.views if view not in (shipped_views(base) if base else ())]
    said = f"takes [`{base}`](#{base})" if base else "takes no set"
    return f"- `{name}` {said}{_differs(program, base, own)}.\n"


def _differs(program: Program, base: str, own: list[View]) -> str:
    gone = program.definition.get("views", {}).get("without", [])
    parts = [f"leaves out {', '.join(gone)}"] if gone else []
    parts += [f"has its own {', '.join(view.id for view in own)}"] if own else []
    return f"; it {' and '.join(parts)}" if parts else " as it is"

"""Reviewed stories: what a program does in each of a set of stories, kept in a file beside it, so that no change goes unnoticed.

For each policy there is the shortest story to each of its turns, for each state of the lifecycle what each event does there, for each tier
the smallest crews. Review the file once; after that any change of behaviour names the story, what it did, and what it does now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.errors import InvalidProgram, UnreadableFile
from coresponder.policy.policy import CompiledPolicy
from coresponder.policy.words import say_event
from coresponder.program import Program
from coresponder.proof.crews import prove_staffing
from coresponder.proof.edges import accepted_cases, ways_to_take
from coresponder.proof.hunt import Hunter
from coresponder.proof.payloads import START
from coresponder.proof.search import Label, Passed, Search, Taken
from coresponder.proof.stories import Told, tell
from coresponder.record import Record

__all__ = ["ReviewedStory", "load_stories", "replay_differences", "reviewed_stories", "save_stories"]

_STAFFING = "staffing"


@attrs.frozen(kw_only=True)
class ReviewedStory(Record):
    """One story and what came of it.

    Attributes:
        about: what it shows, for people: a policy, an edge, a state.
        events: `{at, event, ...fields}` in order.
        until: when the story ends.
        outcome: for each event what the program does (`accepted`, `out of place`, or the policies that refuse it), then what is violated
            and what is owed at the end.
    """

    about: str
    events: tuple[dict[str, Any], ...]
    until: str
    outcome: tuple[str, ...]


def reviewed_stories(program: Program) -> tuple[ReviewedStory, ...]:
    """Return the stories of a program with their outcomes as they are now."""
    found: dict[str, ReviewedStory] = {}
    hunter = Hunter(program)
    for policy in program.book.policies:
        for about, told in _turns(hunter, policy):
            _put(found, program, about, told.case.recorded(), told.now)
    for state, case in accepted_cases(hunter)[0].items():
        if case.history:
            for edge in dict.fromkeys(edge.event for edge in program.lifecycle.edges):
                for i, events in enumerate(ways_to_take(program, case, edge)):
                    _put(found, program, f"{say_event(edge)} in state {state} ({i})", events, events[-1].at)
    staffing = ReviewedStory(about=_STAFFING, events=(), until=START.isoformat(), outcome=_staffing_lines(program))
    return (*found.values(), staffing)


def _turns(hunter: Hunter, policy: CompiledPolicy) -> Iterator[tuple[str, Told]]:
    """Yield the shortest story to each turn of a policy: in each of its cells each event that it mentions, each deadline, each end."""
    search = hunter.search((policy,), blocking=False, odd=False)
    turns: dict[tuple[Any, ...], tuple[Label, ...]] = {}

    def note(search: Search, taken: Taken) -> bool:
        label, cells = taken.label, search.states[taken.source][1]
        if isinstance(label, Passed) or label.name in policy.mentions or label.ends[0]:
            name = "a deadline passes" if isinstance(label, Passed) else say_event(label.name)
            after = search.states[taken.target][1]
            turns.setdefault((str(cells), name, str(after), bool(taken.broken)), search.story(taken))
        return False

    hunter.run(search, note)
    for i, ((_, name, _, _), path) in enumerate(turns.items(), 1):
        yield f"policy {policy.id}, turn {i}: {name}", tell(hunter.program, path, enforced=False)


def _put(found: dict[str, ReviewedStory], program: Program, about: str, events: Iterable[Event], until: dt.datetime) -> None:
    story = ReviewedStory(about=about, events=tuple(_plain(event) for event in events), until=until.isoformat(), outcome=())
    found[about] = attrs.evolve(story, outcome=_outcome(program, story))


def _plain(event: Event) -> dict[str, Any]:
    return {"event": type(event).__name__, **{k: v for k, v in event.to_dict().items() if v not in (None, [], False)}}


def _outcome(program: Program, story: ReviewedStory) -> tuple[str, ...]:
    """Play a story: refused decisions are noted and then taken all the same, so that what follows can be compared."""
    case, lines = program.open("story"), []
    for told in story.events:
        fields = {key: value for key, value in told.items() if key != "event"}
        cls = program.vocabulary.get(told["event"])
        if cls is None:
            lines.append(f"{told['event']}: no such event")
            continue
        event = cls.from_dict(fields)
        step = program.advance(case, event)
        if step.accepted:
            lines.append(f"{told['event']}: {'out of place' if step.out_of_place else f'accepted, {step.case.state}'}")
            case = step.case
        else:
            lines.append(f"{told['event']}: refused by {', '.join(dict.fromkeys(r.policy or r.kind.value for r in step.refusals))}")
            case = program.replay("story", (*case.recorded(), event))
    now = dt.datetime.fromisoformat(story.until)
    book = program.book
    lines += [f"violated: {v.policy} ({book[v.policy].policy.enforcement}) at {v.at.isoformat()}" for v in program.violations(case, now)]
    lines += [
        f"owed: {o.policy} ({book[o.policy].policy.enforcement}) by {o.due.isoformat() if o.due else 'the end'}"
        for o in program.obligations(case, now)
    ]
    return tuple(lines)


def _staffing_lines(program: Program) -> tuple[str, ...]:
    """Return who gets which tier, as lines to compare."""
    staffing = prove_staffing(program)
    return tuple(
        f"{' + '.join(sorted(crew.available)) or 'nobody'} for {', '.join(crew.natures)}: {crew.tier or 'no team'}"
        for crew in (*staffing.needed, *staffing.without_team)
    )


def replay_differences(program: Program, stories: Iterable[ReviewedStory]) -> tuple[str, ...]:
    """Return what is different now, a paragraph for each story; nothing if all is as it was reviewed."""
    found = []
    for story in stories:
        now = _staffing_lines(program) if story.about == _STAFFING else _outcome(program, story)
        if now != story.outcome:
            gone = [f"  was: {line}" for line in story.outcome if line not in now]
            new = [f"  is:  {line}" for line in now if line not in story.outcome]
            found.append("\n".join((f"{story.about}:", *gone, *new)))
    return tuple(found)


def save_stories(path: Path, program: Program) -> int:
    """Write the stories of a program to a JSON file; return how many."""
    stories = reviewed_stories(program)
    lines = ",\n".join(json.dumps(story.to_dict(), ensure_ascii=False) for story in stories)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(stories)


def load_stories(path: Path) -> tuple[ReviewedStory, ...]:
    """Read a file of reviewed stories.

    Raises:
        UnreadableFile: it is not there, or not such a file.
    """
    try:
        return tuple(ReviewedStory.from_dict(row) for row in json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise UnreadableFile(f"{path}: there are no reviewed stories; write them with `coresponder check PROGRAM --stories {path}`") from None
    except (ValueError, TypeError, InvalidProgram) as error:
        raise UnreadableFile(
            f"{path}: these are not reviewed stories ({error}); write them anew with `coresponder check PROGRAM --stories`"
        ) from None

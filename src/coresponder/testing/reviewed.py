"""Reviewed stories: what a program does in each of a set of stories, kept in a file beside it, so that no change goes unnoticed.

The stories are those of the proof: for each policy the shortest that breaks it when nothing is refused and one that keeps it, for each
edge of the lifecycle one that takes it, for each tier the smallest crews. Review the file once; after that any change of behaviour names
the story, what it did, and what it does now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from coresponder.domain.events import Event
from coresponder.errors import InvalidProgram, UnreadableFile
from coresponder.program import Case, Program
from coresponder.proof import Proof, StoryLine, check_program
from coresponder.proof.edges import accepted_cases
from coresponder.proof.hunt import Hunter
from coresponder.proof.payloads import START
from coresponder.record import Record

__all__ = ["ReviewedStory", "load_stories", "replay_differences", "reviewed_stories", "save_stories"]


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


def reviewed_stories(program: Program, proof: Proof | None = None) -> tuple[ReviewedStory, ...]:
    """Return the stories of a program with their outcomes as they are now.

    Args:
        program: the program.
        proof: its proof, if it was made already.
    """
    proof = proof or check_program(program)
    found: dict[str, ReviewedStory] = {}
    for policy in proof.policies:
        for what, lines in (("broken", policy.unblocked), ("broken all the same", policy.story)):
            if lines:
                _put(found, program, f"policy {policy.id} {what}", _events_of(lines), lines[-1].at)
    for state, case in accepted_cases(Hunter(program))[0].items():
        if case.history:
            _put(found, program, f"state {state}", [_plain(event) for event in case.recorded()], case.history[-1].at)
            _edges_from(found, program, state, case)
    return tuple(found.values())


def _edges_from(found: dict[str, ReviewedStory], program: Program, state: str, case: Case) -> None:
    """Add for each event type what it does after a shortest story to a state."""
    from coresponder.proof.payloads import Interest, samples

    interest = Interest.of(program.book.policies)
    for name in dict.fromkeys(edge.event for edge in program.lifecycle.edges):
        event = samples(program, program.vocabulary[name], interest)[0]
        at = case.history[-1].at + dt.timedelta(minutes=1)
        story = [*(_plain(each) for each in case.recorded()), _plain(attrs.evolve(event, at=at))]
        _put(found, program, f"{name} from {state}", story, at)


def _put(found: dict[str, ReviewedStory], program: Program, about: str, events: list[dict[str, Any]], until: dt.datetime) -> None:
    story = ReviewedStory(about=about, events=tuple(events), until=until.isoformat(), outcome=())
    found[about] = attrs.evolve(story, outcome=_outcome(program, story))


def _events_of(lines: Iterable[StoryLine]) -> list[dict[str, Any]]:
    return [{"at": line.at.isoformat(), "event": line.event, "by": "dispatcher-1", **line.details} for line in lines if line.event]


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
    lines += [f"owed: {o.policy} by {o.due.isoformat() if o.due else 'the end'}" for o in program.obligations(case, now)]
    return tuple(lines)


def staffing_lines(program: Program) -> tuple[str, ...]:
    """Return who gets which tier, as lines to compare."""
    from coresponder.proof.crews import prove_staffing

    staffing = prove_staffing(program)
    return tuple(
        f"{' + '.join(sorted(crew.available)) or 'nobody'} for {', '.join(crew.natures)}: {crew.tier or 'no team'}"
        for crew in (*staffing.needed, *staffing.without_team)
    )


def replay_differences(program: Program, stories: Iterable[ReviewedStory]) -> tuple[str, ...]:
    """Return what is different now, a paragraph for each story; nothing if all is as it was reviewed."""
    found = []
    for story in stories:
        now = staffing_lines(program) if story.about == "staffing" else _outcome(program, story)
        if now != story.outcome:
            gone = [f"  was: {line}" for line in story.outcome if line not in now]
            new = [f"  is:  {line}" for line in now if line not in story.outcome]
            found.append("\n".join((f"{story.about}:", *gone, *new)))
    return tuple(found)


def save_stories(path: Path, program: Program, proof: Proof | None = None) -> int:
    """Write the stories of a program to a JSON file; return how many."""
    stories = reviewed_stories(program, proof)
    staffing = ReviewedStory(about="staffing", events=(), until=START.isoformat(), outcome=staffing_lines(program))
    lines = ",\n".join(json.dumps(story.to_dict(), ensure_ascii=False) for story in (*stories, staffing))
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(stories) + 1


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
        raise UnreadableFile(f"{path}: these are not reviewed stories ({error}); write them anew with `coresponder check PROGRAM --stories`") from None

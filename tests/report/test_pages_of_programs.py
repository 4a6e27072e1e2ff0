"""The pages of a proof and of a changed program."""

import datetime as dt
import itertools
import json
import re
from collections import Counter

import attrs
import pytest
from click.testing import CliRunner

from coresponder.audit.verdicts import ChangedVerdict, comparing
from coresponder.cli.commands import commands
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program, load_program
from coresponder.proof import check_program
from coresponder.proof.review import compare_programs
from coresponder.proof.stories import START, StoryLine
from coresponder.report.diagrams import lifecycle_picture, story_picture
from coresponder.report.proof_page import proof_page
from coresponder.report.review_page import review_page
from tests.report.test_page import Page

CALL, ENDED = Atom(events=("CallReceived",)), Atom(events=("DispositionRecorded",))
CLASH = Program(
    id="clash",
    title="Our <program>",
    policies=(
        Policy(id="must", template="response", a=CALL, b=ENDED, enforcement="BLOCK"),
        Policy(id="never", template="absence", a=ENDED, enforcement="BLOCK"),
    ),
)


def pages_of_programs():
    """Return the page of a proved program, a refuted one, one that is not settled, a review with and without verdicts,
    and a review of the same.
    """
    foundation, clash = load_program("foundation"), check_program(CLASH)
    assert clash.findings
    halted = check_program(foundation, limit=50)
    assert halted.undetermined
    review = compare_programs(CLASH, attrs.evolve(CLASH, policies=CLASH.policies[:1]))
    with comparing(CLASH, CLASH) as found:
        for n in range(120):
            found.changed.add(ChangedVerdict(incident=f"i-{n}", now=("must",)))
        found.incidents = 200
        for rule in found.rules.values():
            rule.neither, rule.only_new = 80, 120
        judged = review_page(CLASH, review, [found], least=1)
        told = review_page(CLASH, review, [found])
    with comparing(foundation, foundation) as nothing:
        same = review_page(foundation, compare_programs(foundation, foundation), [nothing])
    return {
        "proved": proof_page(foundation, check_program(foundation)),
        "refuted": proof_page(CLASH, clash),
        "halted": proof_page(foundation, halted),
        "review": review_page(CLASH, review),
        "judged": judged,
        "told": told,
        "same": same,
    }


@pytest.fixture(scope="module")
def pages():
    """The pages by their names."""
    return pages_of_programs()


NAMES = ("proved", "refuted", "halted", "review", "judged", "told", "same")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_and_asks_no_network(pages, name):
    """Tags are closed, headings go down by one and have something below them, ids are there once,
    references lead somewhere, and nothing is loaded. Each picture has a title and a table, for the
    ear.
    """
    page, tags = Page(pages[name]), Counter(tag for tag, _ in Page(pages[name]).tags)
    assert not page.open
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert [id for id, times in page.ids.items() if times > 1] == []
    assert set(page.refers) <= page.ids.keys()
    assert "://" not in pages[name]
    assert not {"script", "link", "img", "iframe"} & tags.keys()
    assert tags["figure"] == tags["figcaption"] == tags["svg"]
    assert tags["caption"] == tags["table"] >= tags["figure"]
    assert "<program>" not in pages[name]
    assert not re.search(r"</h[23]>\s*</section>", pages[name])


def test_a_proof_is_told_with_its_findings_first(pages):
    """The verdict is the title; what is to be fixed comes before everything else."""
    assert "PROVED" in Page(pages["proved"]).headings[0][1]
    assert "To fix" not in pages["proved"]
    refuted = Page(pages["refuted"])
    assert "REFUTED" in refuted.headings[0][1]
    assert refuted.headings[1] == (2, "To fix")
    assert "leave no way to finish" in pages["refuted"]
    halted = Page(pages["halted"])
    assert "UNDETERMINED" in halted.headings[0][1]
    assert halted.headings[1] == (2, "Not settled")
    for policy in load_program("foundation").policies:
        assert (3, policy.id) in Page(pages["proved"]).headings


def test_a_review_says_what_would_change(pages):
    """And which recorded incidents, a hundred of them; a page with their ids stays in the agency."""
    assert "What is allowed has changed." in pages["review"]
    assert "The last step is" in pages["review"]
    assert "stays in the agency" not in pages["review"]
    assert "120 incidents would get another verdict." in pages["judged"]
    assert "i-99<" in pages["judged"]
    assert "i-100<" not in pages["judged"]
    assert "stays in the agency" in pages["judged"]
    assert "i-1<" not in pages["told"]
    assert "stays in the agency" not in pages["told"]
    assert "60.0%" in pages["told"]
    assert "Nothing is written differently." in pages["same"]
    assert "The two programs allow the same and do the same." in pages["same"]


def test_a_move_that_no_story_takes_is_dotted():
    """And the picture says so; a move that another event takes is not."""
    lifecycle = load_program("foundation").lifecycle
    edge = next(one for one in lifecycle.edges if one.source != one.target)
    alike = [
        f"{one.event}: {one.source} -> {one.target}"
        for one in lifecycle.edges
        if (one.source, one.target) == (edge.source, edge.target)
    ]
    assert "dotted" in lifecycle_picture("a", lifecycle, alike).says
    assert "dotted" not in lifecycle_picture("a", lifecycle).says
    rows = lifecycle_picture("a", lifecycle).table.rows
    assert all(source != target for source, target, _ in rows)


def test_the_commands_write_the_pages():
    """With the exit codes of the other formats."""
    call = CliRunner().invoke
    made = call(commands, ["check", "foundation", "--format", "html"])
    assert (made.exit_code, made.output[:15]) == (0, "<!doctype html>")
    changed = call(commands, ["diff", "foundation", "denver-star", "--format", "html"])
    assert (changed.exit_code, changed.output[:15]) == (1, "<!doctype html>")
    text = call(commands, ["diff", "foundation", "denver-star", "--format", "json"])
    for one in json.loads(text.output)["staffing"][:1]:
        assert one.split()[0] in changed.output


def test_the_words_of_a_story_do_not_run_into_each_other():
    """Each begins at its mark and ends above the next one, however many lines it has; the letters
    are large enough for a telephone.
    """
    lines = [
        StoryLine(at=START + dt.timedelta(minutes=n), text="responder-1, role patrol officer " * n)
        for n in (1, 5, 1, 3)
    ]
    svg = story_picture("story", "A story", lines).svg
    places = [float(y) for y in re.findall(r'translate\([\d.]+ ([\d.]+)\)">', svg)]
    assert places == sorted(places)
    assert all(below - above > 10 for above, below in itertools.pairwise(places))
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    assert 10 * 350 / width > 10, "pixels of a letter where the page is 350 wide"

"""The page for people: one file, whole for the eye, the ear and paper."""

import datetime as dt
import itertools
import re
from collections import Counter
from html.parser import HTMLParser

import attrs
import pytest
from click.testing import CliRunner

from coresponder.audit.audit import auditing
from coresponder.audit.reckoned import Question
from coresponder.audit.sources import Read
from coresponder.cli.commands import commands
from coresponder.domain.vocabulary import Disposition
from coresponder.policy.atoms import Atom
from coresponder.policy.policy import Policy
from coresponder.program import Program
from coresponder.report.page import audit_page
from tests.audit.test_audit import audited
from tests.audit.test_measures import CALL, CLEARED, came, ended, person, sent
from tests.conftest import NOON, at

VOID = {"meta", "link", "br", "img", "input", "hr"}
QUICK = Policy(
    id="quick",
    template="response",
    a=Atom(events=("CallReceived",)),
    b=Atom(events=("ResponderArrived",)),
    within="15 min",
    because="Somebody <comes> soon.",
)
PROGRAM = Program(id="page", policies=(QUICK,), title="Our <program>")
STORIES = (
    ([CALL, sent(7), came(12), CLEARED, ended(61, Disposition.REFERRED), person(13)], 40),
    ([CALL, sent(7), came(30), CLEARED, ended(61, Disposition.ARRESTED)], 4),
    ([CALL, sent(7, tier="second"), came(9), CLEARED, ended(61, Disposition.CITED)], 35),
)


class Page(HTMLParser):
    """What a reader of the page finds."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.headings, self.ids = [], [], [], Counter()
        self.refers, self.words, self.svg_words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids[found["id"]] += 1
        self.refers += found.get("aria-labelledby", "").split()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings.append((int(self.open[-1][1]), data))
        (self.svg_words if "svg" in self.open else self.words).append(data)


def pages_of_an_audit():
    """Return the page for others, and that of the agency; all incidents alike have one story."""
    with auditing(PROGRAM, split=NOON + dt.timedelta(days=1)) as audit:
        found = [
            Read(case=PROGRAM.replay(f"i-{n}-{m}", story), rows=1)
            for n, (story, times) in enumerate(STORIES)
            for m in range(times)
        ]
        list(audit.take(found))
        return audit_page(audit), audit_page(audit, inside=True)


@pytest.fixture(scope="module")
def pages():
    """The page for others, and that of the agency."""
    return pages_of_an_audit()


@pytest.mark.parametrize("number", [0, 1])
def test_a_page_is_whole(pages, number):
    """Every tag is closed, headings go down by one, each id is there once and each reference leads
    somewhere.
    """
    page = Page(pages[number])
    assert not page.open
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert [id for id, times in page.ids.items() if times > 1] == []
    assert set(page.refers) <= page.ids.keys()


def test_a_page_asks_no_network(pages):
    """No address, no script, nothing that is loaded; a browser is told so too."""
    page = Page(pages[1])
    assert "://" not in pages[1]
    assert not {"script", "link", "img", "iframe", "object", "image"} & {
        tag for tag, _ in page.tags
    }
    loads = {"src", "srcset", "data"}
    assert not [found for _, found in page.tags if loads & found.keys()]
    refers = [found["href"] for _, found in page.tags if "href" in found]
    assert all(one.startswith("#") for one in refers)
    assert {one[1:] for one in refers} <= page.ids.keys()
    assert "default-src 'none'" in pages[1]


def test_the_four_questions_come_first(pages):
    """Each is answered, and in the order of a funder. A day has its capital letter."""
    headings = [text for level, text in Page(pages[0]).headings if level == 2]
    assert "Most: Monday, 79." in pages[0]
    assert headings[:4] == [question.asked for question in Question]


def test_a_page_says_to_the_ear_what_it_shows(pages):
    """Each picture has a title, a sentence and a table of the same numbers; its drawing is passed
    over. Tables have a caption and heads with a scope.
    """
    page = Page(pages[0])
    tags = Counter(tag for tag, _ in page.tags)
    assert tags["figure"] == tags["figcaption"] == tags["svg"] >= 8
    assert tags["caption"] == tags["table"] > tags["figure"]
    assert all(found["aria-hidden"] == "true" for tag, found in page.tags if tag == "svg")
    assert all(found.get("scope") in {"row", "col"} for tag, found in page.tags if tag == "th")
    assert ("html", {"lang": "en"}) in page.tags


def test_ink_is_the_color_of_the_page(pages):
    """So that light, dark and paper read well; black would not."""
    assert "currentColor" in pages[0]
    drawn = "".join(re.findall(r"<svg.*?</svg>", pages[0], re.DOTALL))
    assert not re.search(r"#000000|#010203|black", drawn)
    assert "prefers-color-scheme: dark" in pages[0]
    assert "@media print" in pages[0]


def test_words_of_a_program_are_escaped(pages):
    """They are text, also where they look like tags."""
    assert "Our &lt;program&gt;" in pages[0]
    assert "Somebody &lt;comes&gt; soon." in pages[0]
    assert "<comes>" not in pages[0]


def test_others_are_told_no_small_number_and_no_incident(pages):
    """Four broke the policy and were arrested: only the agency's own page says so."""
    outside, inside = ("".join(Page(page).words) for page in pages)
    assert "suppressed" in outside
    assert "suppressed" not in inside
    assert "i-1-0" in inside
    assert not re.search(r"\bi-\d+-\d+\b", outside)
    row = r'<th scope="row">quick</th><td class="n">(.*?)</td>'
    assert re.search(row, pages[0])[1] == "suppressed"
    assert re.search(row, pages[1])[1] == "4"


def test_nothing_is_drawn_of_nothing():
    """An empty record makes a page too."""
    with auditing(PROGRAM) as audit:
        page = Page(audit_page(audit))
    assert "There is nothing to draw." in "".join(page.words)


def test_two_periods_are_compared():
    """With an interval, in words."""
    with auditing(PROGRAM, split=at(60)) as audit:
        for n in range(80):
            begin = 0 if n < 40 else 120
            story = [attrs.evolve(CALL, at=at(begin)), *([sent(begin + 5)] if n % 4 else [])]
            list(audit.take([Read(case=PROGRAM.replay(f"i-{n}", story), rows=1)]))
        page = "".join(Page(audit_page(audit, inside=True)).words)
    assert "30 (75%, 60% to 86%)" in page
    assert "no difference can be told" in page


def test_the_commands_write_pages(tmp_path):
    """For others into a file, which is all there is; for the agency to where it wants it."""
    inside = audited(tmp_path, "--format", "html", code=1)
    assert "2026-03-02 15:15 +00:00" in inside
    words = ["report", tmp_path / "quick.toml", "--calls", tmp_path / "calls.csv"]
    words += ["--mapping", tmp_path / "m.toml", "-o", tmp_path / "r.html", "--compare-since"]
    runner = CliRunner()
    assert runner.invoke(commands, [*map(str, words), "soon"]).exit_code == 2
    found = runner.invoke(commands, [*map(str, words), "2026-01-10"])
    assert found.exit_code == 0, found.output
    assert "3 incidents" in found.output
    page = Page((tmp_path / "r.html").read_text("utf-8"))
    assert (2, "Two periods") in page.headings

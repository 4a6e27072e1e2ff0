"""What a debugger and a traceback show of an object."""

import attrs

from coresponder import MemoryStore, SqlStore, Workflow, check_program
from coresponder.domain.vocabulary import Purpose
from coresponder.interop.eido import eido_from, eido_of, news_of
from coresponder.program.viewing import Viewer
from coresponder.workflow.taking import take_eido
from tests.interop.test_eido import AGENCY, CIT, minutes, story

_MOST = 2100


def _objects():
    """Yield the objects that a host holds, after a common incident, by their names."""
    for store in (MemoryStore(), SqlStore.sqlite(":memory:")):
        workflow = Workflow(CIT, store, clock=lambda: minutes(60))
        step = workflow.receive(attrs.evolve(story()[0], by="d-1"), incident="7")
        for event in story()[1:]:
            step = workflow.record("7", event)
        yield from {"step": step, "case": step.case, "incident": step.case.incident}.items()
        yield from {"store": store, "workflow": workflow, "program": workflow.program}.items()
        yield from {"roster": workflow.roster, "disclosures": workflow.disclosures}.items()
        yield "window", workflow.as_(Viewer(id="v-1", roles=("clinician",)), Purpose.TREATMENT)
        document = eido_of(step.case, agency=AGENCY)
        found = eido_from(document, agency="b.example.org")
        yield from {"eido": found, "news": news_of(found, CIT.open(found.incident))}.items()
        yield "taken", take_eido(Workflow(CIT, MemoryStore(), clock=lambda: minutes(60)), document)
        yield from {"page": workflow.find(), "verdict": workflow.permitted("7")[0]}.items()


def test_the_repr_of_a_common_case_is_short():
    """No compiled program, no history and no store is in it; a traceback stays readable."""
    sizes = {(name, type(value)): len(repr(value)) for name, value in _objects()}
    assert {what: size for what, size in sizes.items() if size > _MOST} == {}


def test_the_repr_of_a_proof_is_short():
    """It says the verdict; the findings are attributes."""
    said = repr(check_program(CIT))
    assert len(said) <= _MOST and "verdict" in said

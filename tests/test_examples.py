"""The examples run as they are; the service answers nothing that anybody sends with an error of its
own.
"""

import datetime as dt
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error

from coresponder.program import load_program
from coresponder.stores.memory import MemoryStore
from coresponder.workflow import Workflow

FOLDER = Path(__file__).parents[1] / "examples"
SAID = {
    "django_rms": [
        "CallReceived -> received",
        "ResponderArrived -> on_scene",
        "refused: ",
        "[('2026-004711', 'on_scene')]",
    ],
    "fastapi_service": ["409 ", "422 a name is refused", "addresses in the OpenAPI document"],
    "sqlalchemy_script": [
        "the host's business fails",
        "reports: ['2026-004711']",
        "incidents: ['2026-004711']",
        "told: 1",
    ],
    "embed": ["refused:", "owed:"],
    "own_store": ["rules hold"],
    "check_proof": ["IncidentLinked, recorded at ", "is event 66 of 281 of records.example.org/"],
    "closed_loop": [
        "opened: 2026-0471 ['CallReceived', 'PersonInvolved', 'IncidentLinked',",
        "again: 0 new events",
        "open now: walk-in",
        "back: ['ReferralCompleted']",
        "calendar: 1 visit, False",
        "the center's number: urn:emergency:uid:incidentid:a1:center.example.org",
        "closed loop: completed",
    ],
    "three_timelines": [
        "Screened {'screening': 'recorded', 'person': 'p-1'}",
        "'level': 'high'",
        "2026-03-02 ReferralOffered {'person': 'p-1', 'referral': 'r-1', 'need': 'mental_health'",
        "token-other-partner 404",
        "nobody 401",
    ],
    "follow": [
        "stopped in between: 0",
        "went on: 3",
        "nothing new: 0",
        "one more: 1",
        "counted: {'CallReceived': 2, 'WeaponSeen': 2}",
    ],
    "use_of_force": [
        "9: no force was used",
        "8: force that the collection does not ask for",
        "7: report it, serious bodily injury",
        "  force: Hands/fists/feet",
    ],
    "year": [
        "2026-01  a CIT officer in   9.5% of the hours, with a clinician in  0.0%",
        "2026-12  a CIT officer in 100.0% of the hours, with a clinician in 100.0%",
    ],
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs_and_says_what_it_promises(path):
    """Run as a person runs it, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for said in SAID[path.stem]:
        assert said in done.stdout, done.stdout


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def app():
    flow = Workflow(
        load_program("cit"),
        MemoryStore(),
        clock=lambda: dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC),
    )
    return example("fastapi_service").service(flow)


schema = schemathesis.openapi.from_asgi("/openapi.json", app())


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
)
def test_no_request_makes_the_service_fail(case):
    """Whatever is sent to any address, well formed or not, is answered with what was wrong with it."""
    case.call_and_validate(checks=[not_a_server_error])

"""What a host must not write: type checkers find each line, with the errors that stand behind it
(test_host.py). It never runs.
"""
# A comment stands behind the line that it is about.
# fmt: off

import datetime as dt

import attrs

import coresponder as co
from coresponder import testing

NOW = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)


def names(program: co.Program, store: co.Store) -> None:
    """A name that there is not."""
    co.Workfow(1, 2, 3)  # error: attr-defined, reportAttributeAccessIssue
    testing.polici_suite(program)  # error: attr-defined, reportAttributeAccessIssue
    co.CallSource.NINE_TWO_ONE  # error: attr-defined, reportAttributeAccessIssue
    co.Workflow(program, store).recieve  # error: attr-defined, reportAttributeAccessIssue


def fields() -> None:
    """A field that is missing, misspelled or of another type."""
    co.CallReceived(at=NOW, by="dispatcher-7", source="911")  # error: call-arg, reportCallIssue
    co.CallReceived(at=NOW, by="dispatcher-7", source="911", nature="other", prority="urgent")  # error: call-arg, reportCallIssue
    co.CallReceived(at=NOW, by="dispatcher-7", source="912", nature="other")  # error: arg-type, reportArgumentType
    co.CallReceived(at="now", by="dispatcher-7", source="911", nature="other")  # error: arg-type, reportArgumentType
    co.CallReceived(NOW, by="dispatcher-7", source="911", nature="other")  # error: call-arg, reportCallIssue
    co.Seat(roles="clinician")  # error: arg-type, reportArgumentType
    co.TeamUnavailable(at=NOW, by="dispatcher-7", missing="pair")  # error: arg-type, reportArgumentType
    co.Override(by="sergeant-1", reason="because")  # error: arg-type, reportArgumentType


def calls(workflow: co.Workflow, step: co.Step, call: co.CallReceived) -> None:
    """A call that could only fail."""
    co.Workflow(1, 2, 3)  # error: arg-type, reportArgumentType
    workflow.receive(co.SceneCleared(at=NOW, by="officer-12"))  # error: arg-type, reportArgumentType
    workflow.record(step, call)  # error: arg-type, reportArgumentType
    workflow.dispatch(step.case.id, [], by="dispatcher-7")  # error: call-arg, reportCallIssue
    step.case.incident.state = "closed"  # error: misc, reportAttributeAccessIssue
    attrs.evolve(call, source=1)  # error: arg-type

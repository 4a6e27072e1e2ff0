"""A FastAPI service. The event classes are its request bodies and its OpenAPI schema; a refusal is
a 409 that says what would satisfy the rule.
"""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

import httpx
from fastapi import Body, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse

import coresponder as co
from coresponder.errors import (
    CoresponderError,
    InvalidEvent,
    NotFound,
    Refused,
    ResponderTaken,
    StoreUnavailable,
    VersionConflict,
)

STATUS = {
    Refused: 409,
    VersionConflict: 409,
    ResponderTaken: 409,
    NotFound: 404,
    InvalidEvent: 422,
    StoreUnavailable: 503,
}
Incident = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["2026-004711"])
]
ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"description": "there is no such incident"},
    409: {"description": "refused, or somebody was faster"},
}


def answer(step: co.Step) -> dict[str, Any]:
    """Return the result of a step."""
    return {
        "incident": step.case.id,
        "state": step.case.state,
        "version": step.case.version,
        "violations": [violation.to_dict() for violation in step.violations],
        "opened": [obligation.to_dict() for obligation in step.opened],
    }


def service(workflow: co.Workflow) -> FastAPI:
    """Return a service with an endpoint for every event type of the program."""
    app = FastAPI(title=workflow.program.title, version=workflow.program.version)

    def problem(request: Request, error: Exception) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        refusals = (
            [refusal.to_dict() for refusal in error.refusals] if isinstance(error, Refused) else []
        )
        return JSONResponse(
            {"error": type(error).__name__, "detail": str(error), "refusals": refusals}, status
        )

    app.add_exception_handler(CoresponderError, problem)

    def recorder(kind: type[co.Event]) -> Callable[..., dict[str, Any]]:
        def record(
            incident: Incident,
            event: Annotated[Any, Body()],
            expected: Annotated[int | None, Query(ge=0, le=2**31)] = None,
        ) -> dict[str, Any]:
            taken = (
                workflow.receive(event, incident=incident)
                if isinstance(event, co.CallReceived)
                else workflow.record(incident, event, expected=expected)
            )
            return answer(taken)

        record.__annotations__["event"] = Annotated[kind, Body()]
        return record

    for name, kind in workflow.program.vocabulary.items():
        app.post(
            f"/incidents/{{incident}}/{name}",
            summary=name,
            description=kind.__doc__,
            name=name,
            responses=ERRORS,
            status_code=201,
        )(recorder(kind))

    @app.get("/incidents/{incident}", responses=ERRORS)
    def show(incident: Incident) -> dict[str, Any]:
        """Return the state and the timeline of an incident."""
        case = workflow.case(incident)
        return {
            "state": case.state,
            "version": case.version,
            "lines": [line.to_dict() for line in workflow.timeline(incident)],
        }

    @app.get("/incidents/{incident}/permitted", responses=ERRORS)
    def permitted(incident: Incident) -> list[dict[str, Any]]:
        """Return for each event whether it may be recorded now, and if not, why."""
        return [one.to_dict() for one in workflow.permitted(incident)]

    @app.get("/due")
    def due() -> list[dict[str, Any]]:
        """Return everything that is owed, the most urgent first."""
        return [{"incident": owed.incident, **owed.obligation.to_dict()} for owed in workflow.due()]

    return app


async def main() -> None:
    now = dt.datetime(2026, 3, 2, 21, 0, tzinfo=dt.UTC)
    workflow = co.Workflow(co.load_program("cit"), co.MemoryStore(), clock=lambda: now)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service(workflow)), base_url="http://rms.example"
    ) as client:
        call = {"at": now.isoformat(), "by": "dispatcher-7", "source": "911", "nature": "psychosis"}
        print((await client.post("/incidents/2026-004711/CallReceived", json=call)).json())
        closing = await client.post(
            "/incidents/2026-004711/IncidentClosed",
            json={"at": now.isoformat(), "by": "officer-12"},
        )
        print(closing.status_code, closing.json()["refusals"][0]["why"])
        print(
            (
                await client.post(
                    "/incidents/2026-004711/CallReceived", json={**call, "by": "Maria Example"}
                )
            ).status_code,
            "a name is refused",
        )
        answers = (await client.get("/incidents/2026-004711/permitted")).json()
        print([one["event"] for one in answers if one["permitted"]][:3])
        print(
            len((await client.get("/openapi.json")).json()["paths"]),
            "addresses in the OpenAPI document",
        )


if __name__ == "__main__":
    asyncio.run(main())

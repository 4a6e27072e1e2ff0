"""A FastAPI service in which the log-in decides what is seen: a patrol officer, a clinician and the
partner agency that a consent names ask for the same incident and get three timelines.
"""

import asyncio
import datetime as dt
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse

import coresponder as co
from coresponder.errors import NotFound

# The host's own log-in: a token stands for somebody whose roles the host knows.
PEOPLE = {
    "token-officer": (co.Viewer(id="o-1", roles=("patrol_officer",)), co.Purpose.OPERATIONS),
    "token-clinician": (co.Viewer(id="c-1", roles=("clinician",)), co.Purpose.TREATMENT),
    "token-partner": (
        co.Viewer(id="s-1", roles=("partner_agency",), agency="walk-in-center"),
        co.Purpose.TREATMENT,
    ),
    "token-other-partner": (
        co.Viewer(id="s-2", roles=("partner_agency",), agency="detox-center"),
        co.Purpose.TREATMENT,
    ),
}


def service(workflow: co.Workflow) -> FastAPI:
    """Return a service whose endpoints have a window and never the workflow."""
    app = FastAPI()

    def window(token: Annotated[str, Header(alias="Authorization")] = "") -> co.Window:
        if token not in PEOPLE:
            raise HTTPException(401, "log in first")
        return workflow.as_(*PEOPLE[token])

    Seeing = Annotated[co.Window, Depends(window)]  # noqa: N806 - a type

    def missing(request: Any, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 404)

    app.add_exception_handler(NotFound, missing)

    @app.get("/incidents/{incident}")
    def timeline(incident: str, seeing: Seeing) -> dict[str, Any]:
        """Return what the caller sees of an incident."""
        return seeing.view(incident).to_dict()

    @app.get("/due")
    def due(seeing: Seeing) -> list[dict[str, Any]]:
        """Return what is owed, as far as the caller may know it."""
        return [{"incident": one.incident, **one.obligation.to_dict()} for one in seeing.due()]

    return app


def one_incident() -> co.Workflow:
    """Return a workflow with one incident: a child in crisis, a knife, a high screen, a referral."""
    noon = dt.datetime(2026, 3, 2, 18, 0, tzinfo=dt.UTC)
    workflow = co.Workflow(co.load_program("cit"), co.MemoryStore(), clock=lambda: noon)
    screening = co.Screening(level="high")
    workflow.replay(
        "one",
        [
            co.CallReceived(at=noon, by="d-1", source="911", nature="suicide_threat"),
            co.ResponderArrived(at=noon, by="o-1", responder="o-1", role="cit_officer"),
            co.PersonInvolved(
                at=noon, by="o-1", person="p-1", role="person_in_crisis", age_band="12_to_17"
            ),
            co.WeaponSeen(at=noon, by="o-1", person="p-1", kind="knife"),
            co.Screened(at=noon, by="c-1", person="p-1", screening=screening),
            co.ConsentGiven(
                at=noon,
                by="c-1",
                person="p-1",
                scope="sharing",
                receiver="walk-in-center",
                given_by="guardian",
                ground="parent",
            ),
            co.ReferralOffered(
                at=noon,
                by="c-1",
                referral="r-1",
                person="p-1",
                need="mental_health",
                service="walk-in-center",
            ),
        ],
    )
    return workflow


async def main() -> None:
    app = service(one_incident())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rms.example") as client:
        for token in (*PEOPLE, "nobody"):
            head = {"Authorization": token}
            found = await client.get("/incidents/one", headers=head)
            owed = await client.get("/due", headers=head)
            print(token, found.status_code)
            for line in found.json().get("lines", ()):
                print("   ", line["at"][:16], line["event"], line["fields"])
            if owed.status_code == 200:
                print("    owed:", sorted({one["policy"] for one in owed.json()}))


if __name__ == "__main__":
    asyncio.run(main())

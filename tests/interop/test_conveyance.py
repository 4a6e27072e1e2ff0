"""Every message of NENA-STA-024 is read if it has what the standard asks for, and refused with the
place if not; each is answered with a code that the standard gives to the answer.
"""

import json

import pytest

import coresponder as co
from coresponder.errors import UnreadableFile
from coresponder.interop.eido import (
    answer,
    answer_unreadable,
    eido_of,
    notify,
    read_message,
    request_service,
    subscribe,
)
from coresponder.interop.eido.message_shapes import ANSWERS, CODES, SHAPES
from coresponder.workflow import take_message
from tests.interop.test_hostile import family

EIDO = json.loads(json.dumps(eido_of(family(), agency="police.example.org")))
OK = {"statusCode": 200, "statusText": "OK"}
ENDING = {"requestId": "r", "subscriptionId": "s"}
RIGHT = {
    "subscribe": subscribe("r")["subscribe"],
    "unsubscribe": ENDING,
    "event": notify([EIDO], subscription="s", transaction="t")["event"],
    "terminate": ENDING,
    "requestForService": request_service("r", EIDO)["requestForService"],
    "subscribeResponse": {**ENDING, "expires": 60, **OK},
    "unsubscribeResponse": {**ENDING, **OK},
    "eventResponse": {"transactionId": "t", **OK},
    "terminateResponse": {**ENDING, **OK},
    "response": {"requestId": "r", "responseCode": 182, "responseText": "Queued"},
}
OPTIONAL = {"statusText", "responseText"}
"""Keys that a message may lack; the other keys of RIGHT are asked for."""


@pytest.mark.parametrize("kind", SHAPES)
def test_a_whole_message_is_read(kind):
    """It has an id or names its subscription, and nothing is left out."""
    found = read_message({kind: RIGHT[kind]})
    assert (found.kind, found.left_out) == (kind, ())
    assert found.id in {"r", "t"}
    more = read_message({kind: {**RIGHT[kind], "minRate": 5}, "signature": 1})
    assert more.left_out == ("message.signature", f"{kind}.minRate")


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, body in RIGHT.items() for key in body if key not in OPTIONAL],
)
@pytest.mark.parametrize("value", [None, "", 5.5, [], {}], ids=repr)
def test_a_message_that_lacks_something_is_refused(kind, key, value):
    """Each key that the standard asks for: missing, empty or of another type."""
    without = {name: one for name, one in RIGHT[kind].items() if name != key}
    for body in (without, {**without, key: value}):
        if key == "eido" and value == {} and body != without:
            continue  # the message is whole, and what is in it is no EIDO
        if key == "requestId" and kind in {"unsubscribeResponse", "terminateResponse"}:
            continue  # an example of the standard has none
        with pytest.raises(UnreadableFile, match=f"^{kind}"):
            read_message({kind: body})


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("body", [{}, [], None, "x", 5], ids=repr)
def test_an_empty_message_is_refused(kind, body):
    """An empty body says nothing that could be answered with yes."""
    with pytest.raises(UnreadableFile, match=f"^{kind}"):
        read_message({kind: body})
    assert answer_unreadable({kind: body}) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requestType": "LOST"}, "requestType: "),
        ({"requestSubType": "all"}, "requestSubType: "),
        ({"requestSubType": "single"}, "incidentId goes with requestSubType single"),
        ({"incidentId": "urn:x"}, "incidentId goes with requestSubType single"),
        ({"subscriptionId": "s"}, "with a subscriptionId it has no requestType, requestSubType"),
        ({"expires": -1}, "expires: "),
        ({"expires": "60"}, "expires: "),
        ({"requestAccepts": "text/html"}, "requestAccepts: "),
        (
            {"requestAccepts": 'application/emergency.eido+json; version="2,11"'},
            "requestAccepts: ",
        ),
    ],
)
def test_a_subscription_to_something_else_is_refused(changes, said):
    """What was asked for is what is granted, so what we do not send is not subscribed to."""
    asked = {"subscribe": {**RIGHT["subscribe"], **changes}}
    with pytest.raises(UnreadableFile, match=said):
        read_message(asked)
    assert answer_unreadable(asked)["subscribeResponse"]["statusCode"] == 400


def test_a_subscription_is_kept_alive_by_its_id():
    """The request names the subscription and nothing new."""
    found = read_message({"subscribe": {"requestId": "r", "subscriptionId": "s", "expires": 60}})
    assert answer(found) == {"subscribeResponse": {**ENDING, "expires": 60, **OK}}


def test_an_accepted_subscription_has_an_id_and_an_end():
    """A subscriber that has neither could not end it."""
    asked = read_message(subscribe("r"))
    with pytest.raises(ValueError, match="has an id and an end"):
        answer(asked, subscription="s")
    with pytest.raises(ValueError, match="has an id and an end"):
        answer(asked, expires=60)
    assert "expires" not in answer(asked, status=403)["subscribeResponse"]


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_has_a_code_of_the_standard_and_is_read_again(kind):
    """Each code of the answer, and no other."""
    asked, response = read_message({kind: RIGHT[kind]}), ANSWERS[kind]
    for status in CODES[response]:
        said = answer(asked, status=status, subscription="s", expires=60)
        found = read_message(said)
        assert (found.kind, found.status, found.id) == (response, status, asked.id)
    every = {code for codes in CODES.values() for code in codes} | {299}
    for status in every - set(CODES[response]):
        with pytest.raises(ValueError, match=f"{status} is not a status of a {response}"):
            answer(asked, status=status)
        code = "responseCode" if response == "response" else "statusCode"
        with pytest.raises(UnreadableFile, match=f"{status} is none of its codes"):
            read_message({response: {**RIGHT[response], code: status}})


def test_what_cannot_be_read_is_answered_by_its_id_or_not_at_all():
    """400 to a message that names itself; a response is never answered."""
    for kind, response in ANSWERS.items():
        id = "transactionId" if kind == "event" else "requestId"
        said = answer_unreadable({kind: {id: "x", "eido": 5}})[response]
        assert (said[id], 400 in said.values()) == ("x", True)
        assert answer_unreadable({response: {id: "x"}}) is None
    for nothing in (None, [], {}, "x", {"resourceMessage": {"requestId": "x"}}):
        assert answer_unreadable(nothing) is None
    with pytest.raises(UnreadableFile, match="this one has resourceMessage"):
        read_message({"resourceMessage": {"requestId": "x"}})


def test_a_message_without_an_incident_is_not_taken():
    """An event that carries nothing is not answered with 200; the same event twice is, and changes
    nothing.
    """
    workflow = co.Workflow(co.load_program("cit"), co.MemoryStore(), agency="sheriff.example.org")
    with pytest.raises(UnreadableFile, match="notification: it is empty"):
        take_message(workflow, notify([], subscription="s", transaction="t"))
    (broken,), said = take_message(workflow, notify([{}], subscription="s", transaction="t"))
    assert (broken.recorded, said["eventResponse"]["statusCode"]) == ((), 400)
    police = co.Workflow(co.load_program("cit"), co.MemoryStore(), agency="police.example.org")
    called = {"at": police.store.now(), "by": "d-1", "source": "911", "nature": "psychosis"}
    police.receive(co.CallReceived(**called), incident="7")
    told = notify(
        [eido_of(police.case("7"), agency="police.example.org")],
        subscription="s",
        transaction="t",
    )
    (first,), said = take_message(workflow, told)
    assert (bool(first.recorded), said["eventResponse"]["statusCode"]) == (True, 200)
    (again,), said = take_message(workflow, told)
    assert (again.recorded, said["eventResponse"]["statusCode"]) == ((), 200)

"""Webhook, mail, Apprise, channels: what they send, and what they say when they cannot."""

import base64
import datetime as dt
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coresponder.delivery.channels import Channels
from coresponder.delivery.cloudevents import parse_cloudevent
from coresponder.delivery.log import LogNotifier
from coresponder.delivery.mail import Mail
from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.services import Services
from coresponder.delivery.signature import new_secret, sign, verify_webhook
from coresponder.delivery.webhook import Webhook
from coresponder.errors import DeliveryFailed, InvalidSignature
from coresponder.program import Notice
from coresponder.testing import NOTIFIER_RULES
from tests.conftest import NOON, SHARED, at, needs_shared
from tests.delivery.receivers import http_receiver, mail_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
NOTICE = Notice(
    incident="2026-004711",
    about="overdue",
    to="supervisor",
    event="overdue",
    number=0,
    policy="child-seen",
    due=at(0),
    fields={"incident.call.nature": "psychosis"},
)


def headers(secret=SECRET, *, id="msg-1", when=NOON, body=BODY):
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": sign(secret, id=id, at=when, body=body),
    }


# --- Standard Webhooks ---------------------------------------------------------------------------------------------------


@needs_shared
def test_the_published_vector():
    """The signature that the specification's own library makes."""
    for case in json.loads((SHARED / "events" / "standard-webhooks" / "vectors.json").read_text())[
        "sign"
    ]:
        when = dt.datetime.fromtimestamp(case["timestamp"], dt.UTC)
        assert (
            sign(case["secret"], id=case["msg_id"], at=when, body=case["payload"].encode())
            == case["signature"]
        )
        given_headers = {
            "Webhook-Id": case["msg_id"],
            "WEBHOOK-TIMESTAMP": str(case["timestamp"]),
            "webhook-signature": case["signature"],
        }
        assert (
            verify_webhook(case["secret"], given_headers, case["payload"].encode(), now=when)
            == case["msg_id"]
        )


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": None}, {"webhook-timestamp": None}, {"webhook-signature": None}, {"webhook-timestamp": "noon"}, {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "²"}, {"webhook-timestamp": "9" * 40}, {"webhook-timestamp": str(int(NOON.timestamp()) - 301)},
        {"webhook-timestamp": str(int(NOON.timestamp()) + 301)}, {"webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()},
        {"webhook-signature": "v1"}, {"webhook-signature": "no comma here"}, {"webhook-signature": "v1,a,b"}, {"webhook-signature": "v1,%%%"},
        {"webhook-signature": "v1,é"}, {"webhook-signature": "   "}, {"webhook-id": "another"}, {"webhook-id": "\udcff"},
    ],
)  # fmt: skip
def test_what_must_be_rejected_is_an_invalid_signature(change):
    """Missing, malformed, old, from the future or wrong: always the same error, never another."""
    hostile = {name: value for name, value in (headers() | change).items() if value is not None}
    with pytest.raises(InvalidSignature):
        verify_webhook(SECRET, hostile, BODY, now=NOON)


def test_another_body_or_secret_is_rejected():
    """A body that is not UTF-8 is only another body."""
    for body in (b"", BODY + b" ", b"\xff\xfe"):
        with pytest.raises(InvalidSignature):
            verify_webhook(SECRET, headers(), body, now=NOON)
    with pytest.raises(InvalidSignature):
        verify_webhook(new_secret(), headers(), BODY, now=NOON)
    assert verify_webhook(SECRET, headers(body=b"\xff\xfe"), b"\xff\xfe", now=NOON) == "msg-1"


@pytest.mark.parametrize("secret", ["", b"", "whsec_", "whsec_!!!", "====="])
def test_a_secret_that_is_none_is_the_users_own_fault(secret):
    """ValueError, for signing and for verifying, and for a webhook when it is made."""
    with pytest.raises(ValueError, match="secret"):
        sign(secret, id="x", at=NOON, body=b"")
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(secret, headers(), BODY, now=NOON)
    if isinstance(secret, str):
        with pytest.raises(ValueError, match="secret"):
            Webhook(url="http://127.0.0.1", secret=secret)


def test_what_must_be_accepted():
    """Several signatures, malformed ones before the right one, any case, with and without prefix
    and padding, several secrets.
    """
    right = headers()["webhook-signature"]
    for given_signature in (
        f"v1,AAAA {right}",
        f"v1a,xyz {right}",
        f"garbage v1 v1,, v1,%%% {right} v2,zzz",
        f"{right} {right}",
    ):
        assert (
            verify_webhook(
                SECRET, headers() | {"webhook-signature": given_signature}, BODY, now=NOON
            )
            == "msg-1"
        )
    for length in (24, 25, 26, 64):
        raw = base64.b64encode(bytes(range(length))).decode()
        variants = {raw, raw.rstrip("="), f"whsec_{raw}", f"whsec_{raw.rstrip('=')}"}
        assert len({sign(one, id="x", at=NOON, body=BODY) for one in variants}) == 1
    assert (
        verify_webhook(
            [new_secret(), SECRET],
            {k.upper(): v for k, v in headers().items()},
            BODY,
            now=NOON + dt.timedelta(minutes=5),
        )
        == "msg-1"
    )


def test_the_time_zone_makes_no_difference():
    """The same instant elsewhere has the same signature; one without a zone is refused."""
    there = NOON.astimezone(dt.timezone(dt.timedelta(hours=-7)))
    assert sign(SECRET, id="x", at=there, body=BODY) == sign(SECRET, id="x", at=NOON, body=BODY)
    with pytest.raises(ValueError, match="time zone"):
        sign(SECRET, id="x", at=NOON.replace(tzinfo=None), body=BODY)


@given(
    st.dictionaries(
        st.sampled_from(
            ["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Signature"]
        ),
        st.text(),
    ),
    st.binary(),
)
def test_nothing_hostile_gets_another_error_out(hostile, body):
    """Whatever the headers hold: InvalidSignature."""
    with pytest.raises(InvalidSignature):
        verify_webhook(SECRET, hostile, body, now=NOON)


# --- webhook -------------------------------------------------------------------------------------------------------------


def test_a_webhook_is_a_signed_cloudevent():
    """A receiver verifies it with the shared secret, old or new, and reads the notice out of the
    envelope.
    """
    old, fresh = new_secret(), new_secret()
    with http_receiver() as receiver:
        hook = Webhook(
            url=receiver.url, secret=(fresh, old), source="/agency/north", clock=lambda: NOON
        )
        hook.send(NOTICE, key="k-1")
        hook.close()
    got, body = receiver.got[0]
    for secret in (old, fresh):
        assert verify_webhook(secret, got, body, now=NOON) == "k-1"
    event = parse_cloudevent(body)
    assert (event.id, event.source, event.type, event.subject) == (
        "k-1",
        "/agency/north",
        "coresponder.notice.overdue",
        "2026-004711",
    )
    assert event.data == {
        "incident": "2026-004711", "about": "overdue", "to": "supervisor", "event": "overdue", "policy": "child-seen",
        "due": "2026-03-02T12:00:00Z", "fields": {"incident.call.nature": "psychosis"},
    }  # fmt: skip
    assert "secret" not in repr(hook)
    assert fresh not in repr(hook)


@pytest.mark.parametrize(
    ("wish", "after"),
    [
        ("120", dt.timedelta(minutes=2)), ("99999999", dt.timedelta(days=1)), ("Mon, 02 Mar 2026 12:10:00 GMT", dt.timedelta(minutes=10)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", dt.timedelta(0)), ("soon", None), ("-5", None), ("Mon, 02 Mar 2026 12:10:00 -0000", None),
    ],
)  # fmt: skip
def test_retry_after_in_seconds_or_as_a_date(wish, after):
    """At most a day; what cannot be read is passed over."""
    with http_receiver() as receiver:
        receiver.answers = [("retry-after", wish)]
        hook = Webhook(url=receiver.url, secret=SECRET, clock=lambda: NOON)
        with pytest.raises(DeliveryFailed, match="answered 503") as failed:
            hook.send(NOTICE, key="k-1")
        hook.close()
    assert (failed.value.after, failed.value.final) == (after, False)


# --- mail ----------------------------------------------------------------------------------------------------------------


def mail(box, **options):
    values = {
        "host": "127.0.0.1",
        "port": box.port,
        "sender": "notices@agency.example",
        "receivers": {"supervisor": ("a@agency.example", "b@agency.example")},
    }
    return Mail(**(values | {"starttls": False, "timeout": 2} | options))


@pytest.mark.parametrize(
    "url", ["", "host/path", "ftp://host/x", "http://[bad", "https://", "http://host:port/"]
)
def test_an_address_that_is_none_is_said_at_once(url):
    """And not at each attempt, until the notice is given up."""
    with pytest.raises(ValueError, match="url is not an address that a webhook can be sent to"):
        Webhook(url=url, secret=new_secret())


def test_what_may_be_secret_in_an_address_is_in_no_error():
    """Errors are kept in the outbox and shown by `coresponder outbox`."""
    hook = Webhook(
        url="http://user:hunter2@127.0.0.1:9/notices?token=hunter3",
        secret=new_secret(),
        timeout=0.5,
    )
    with pytest.raises(DeliveryFailed) as failed:
        hook.send(NOTICE, key="k")
    assert str(failed.value).startswith("http://127.0.0.1:9: ConnectError")
    assert "hunter" not in f"{failed.value} {hook!r}"


def test_a_mail_reaches_the_role_and_says_what_is_the_matter():
    """One message to all addresses, with a subject, a line, and the same Message-ID each time."""
    with mail_receiver() as box:
        for _ in range(2):
            mail(box).send(NOTICE, key="k-1")
    envelope = box.got[0]
    text = envelope.content.decode()
    assert envelope.rcpt_tos == ["a@agency.example", "b@agency.example"]
    assert "Subject: Overdue: incident 2026-004711" in text
    assert (
        "to supervisor: Overdue: incident 2026-004711 (policy child-seen, due 2026-03-02 12:00 UTC, call.nature psychosis)"
        in text.replace("=\r\n", "")
    )
    assert all(b"Message-ID: <k-1@agency.example>" in one.content for one in box.got)


def test_mail_that_is_not_taken_says_so():
    """Later, for good, for some only, nobody's address, no server: each with what to do, none lost
    in silence.
    """
    with mail_receiver() as box:
        box.answers = ["451 try later"] * 2
        with pytest.raises(DeliveryFailed, match="451") as later:
            mail(box).send(NOTICE, key="k")
        box.answers = ["550 no such user"] * 2
        with pytest.raises(DeliveryFailed, match="550") as never:
            mail(box).send(NOTICE, key="k")
        box.answers = [None, "550 no such user"]
        with pytest.raises(
            DeliveryFailed, match="refused address 2 of 'supervisor'; correct the address"
        ) as some:
            mail(box).send(NOTICE, key="k")
        with pytest.raises(
            DeliveryFailed, match="no address is known for role 'supervisor'"
        ) as nobody:
            mail(box, receivers={}).send(NOTICE, key="k")
        with pytest.raises(DeliveryFailed, match="STARTTLS"):
            mail(box, starttls=True).send(NOTICE, key="k")
        with pytest.raises(DeliveryFailed, match="AUTH"):
            mail(box, user="u", password="p").send(NOTICE, key="k")
        closed = box.port
    with pytest.raises(DeliveryFailed, match="ConnectionRefusedError"):
        mail(box, port=closed).send(NOTICE, key="k")
    assert (later.value.final, never.value.final, some.value.final, nobody.value.final) == (
        False,
        True,
        True,
        True,
    )
    assert len(box.got) == 1


# --- Apprise -------------------------------------------------------------------------------------------------------------


def test_apprise_carries_it_to_a_service():
    """Through a service of Apprise's, here its JSON one on a real server."""
    with http_receiver() as receiver:
        to = Services(receivers={"supervisor": (receiver.url.replace("http://", "json://"),)})
        to.send(NOTICE, key="k-1")
        sent = json.loads(receiver.got[0][1])
        assert sent["title"] == "Overdue: incident 2026-004711"
        assert "policy child-seen" in sent["message"]
        receiver.answers = [500]
        with pytest.raises(DeliveryFailed, match="could not reach every address of 'supervisor'"):
            to.send(NOTICE, key="k-1")
    with pytest.raises(
        DeliveryFailed, match="no Apprise address is known for role 'peer'"
    ) as nobody:
        to.send(
            Notice(incident="i", about="overdue", to="peer", event="overdue", number=0), key="k"
        )
    assert nobody.value.final
    with pytest.raises(ValueError, match="address 2 of 'peer' is none that Apprise knows"):
        Services(receivers={"peer": ("json://127.0.0.1", "nonsense")})
    assert "127.0.0.1" not in repr(to)


# --- channels ------------------------------------------------------------------------------------------------------------


def test_each_channel_has_its_notifier_and_an_unknown_one_loses_nothing():
    """A notice goes to the notifier of its channel; where there is none it fails, and stays in the
    outbox.
    """
    page, rest = MemoryNotifier(), MemoryNotifier()
    both = Channels({"page": page}, rest)
    plain = Notice(incident="i", about="overdue", to="peer", event="overdue", number=0)
    both.send(plain, key="1")
    both.send(
        Notice(
            **{
                **{n: getattr(plain, n) for n in ("incident", "about", "to", "event", "number")},
                "channel": "page",
            }
        ),
        key="2",
    )
    assert (len(rest.sent), len(page.sent)) == (1, 1)
    with pytest.raises(
        DeliveryFailed, match="no notifier serves channel 'pgae'; did you mean 'page'"
    ):
        both.send(
            Notice(
                incident="i", about="overdue", to="peer", event="overdue", number=0, channel="pgae"
            ),
            key="3",
        )
    with pytest.raises(DeliveryFailed, match="names no channel"):
        Channels({"page": page}).send(plain, key="4")


# --- one suite for all ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", NOTIFIER_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("kind", ["webhook", "mail", "apprise", "channels"])
def test_every_notifier_keeps_every_rule(kind, rule):
    """The conformance suite of the port, on each adapter with its real receiver."""
    with http_receiver() as receiver, mail_receiver() as box:
        makers = {
            "webhook": (
                lambda: Webhook(url=receiver.url, secret=SECRET),
                lambda _: len(receiver.got),
            ),
            "mail": (lambda: mail(box), lambda _: len(box.got)),
            "apprise": (
                lambda: Services(receivers={"supervisor": (receiver.url.replace("http", "json"),)}),
                lambda _: len(receiver.got),
            ),
            "channels": (lambda: Channels({}, MemoryNotifier()), lambda it: len(it.default.sent)),
        }
        made = []

        def make():
            made.append(makers[kind][0]())
            return made[-1]

        rule(make, makers[kind][1])
        for one in made:
            getattr(one, "close", lambda: None)()


def test_the_log_has_ids_and_no_secret(caplog):
    """One line says all that a person needs to look it up."""
    caplog.set_level("INFO", logger="coresponder.notices")
    LogNotifier().send(NOTICE, key="k-1")
    assert caplog.messages == [
        "to supervisor: Overdue: incident 2026-004711 (policy child-seen, due 2026-03-02 12:00 UTC, call.nature psychosis) [k-1]"
    ]


def test_secrets_are_long_and_never_the_same():
    """256 bits from the system's own source."""
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)
    assert random.Random(1).choice(sorted(made)).startswith("whsec_")

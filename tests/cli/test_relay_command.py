"""Delivery for somebody without Python: `coresponder relay STORE --channels channels.toml`, with
receivers that are real.
"""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from coresponder.cli.commands import commands
from coresponder.delivery.channels_file import channels_from, load_channels
from coresponder.delivery.signature import verify_webhook
from coresponder.documents.reading import read_toml
from coresponder.domain import events as e
from coresponder.domain.types import UTC
from coresponder.errors import InvalidChannels
from coresponder.program import load_program
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import at
from tests.delivery.receivers import http_receiver, mail_receiver
from tests.program.test_advance import received

SECRET = "whsec_dGhpcyBpcyBhIHNlY3JldCBvZiBhIHRlc3Q="
PROGRAM = """
[program]
id = "told"
version = "1"
title = "Replayed"
[[policy]]
id = "arrive"
template = "response"
a = "CallReceived"
b = "ResponderArrived"
authority = "local choice"
[[notice]]
to = "supervisor"
on = "WeaponSeen"
channel = "page"
[[notice]]
to = "clinician"
on = "SceneSecured"
"""
PAGE = '[[channel]]\nname = "page"\nkind = "webhook"\nurl = "{url}"\nsecret_env = "PAGE_SECRET"\n'
LOG = 'default = "log"\n[[channel]]\nname = "log"\nkind = "log"\n'


def call(*words, **env):
    return CliRunner().invoke(commands, [str(word) for word in words], env=env)


def fill(name, program, each=2):
    """Write incidents that give rise to notices for channel `page`, and one without a channel."""
    with SqlStore.open(name, must_exist=False) as store:
        flow = Workflow(load_program(program), store, clock=lambda: at(60))
        flow.receive(received(), incident="one")
        for number in range(each):
            flow.record("one", e.WeaponSeen(at=at(number + 1), by="officer-1"))


@pytest.fixture
def program(tmp_path):
    (tmp_path / "told.toml").write_text(
        PROGRAM.replace('on = "SceneSecured"', 'on = "CallReceived"')
    )
    return tmp_path / "told.toml"


@pytest.fixture(params=["sqlite", "postgresql"])
def name(request, tmp_path, program):
    """A store with two notices for `page` and one without a channel."""
    name = (
        str(tmp_path / "night.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    fill(name, program)
    return name


@pytest.fixture
def channels(tmp_path):
    """Write a file of channels."""

    def write(text):
        (tmp_path / "channels.toml").write_text(text)
        return tmp_path / "channels.toml"

    return write


def test_what_waits_is_carried_once(name, channels):
    """Signed, in order, the default channel too; exit 0, and nothing is left."""
    with http_receiver() as receiver:
        file = channels(LOG + PAGE.format(url=receiver.url))
        found = call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET)
    assert found.exit_code == 0, found.output
    assert "3 sent, 0 attempts failed and will be repeated, 0 given up" in found.output
    assert "0 wait in the outbox, 0 were given up" in found.output
    assert "to clinician: call received: incident one (event 1)" in found.stderr
    assert [json.loads(body)["data"]["number"] for _, body in receiver.got] == [2, 3]
    assert verify_webhook(SECRET, *receiver.got[0], now=dt.datetime.now(UTC)) == receiver.ids[0]
    assert SECRET not in found.output
    again = call(
        "relay", name, "--channels", file, "--once", "--format", "json", PAGE_SECRET=SECRET
    )
    assert json.loads(again.stdout)["sent"] == 0


def test_a_receiver_that_fails_and_comes_back_gets_it_under_the_same_key(name, channels):
    """The attempt is counted, the notice waits (exit 0), and a later run carries it; what the
    receiver was told stays out of what is printed.
    """
    with http_receiver() as receiver:
        receiver.answers = [("retry-after", 1)]
        file = channels(LOG + PAGE.format(url=receiver.url))
        found = call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET)
        assert (
            found.exit_code,
            "1 sent, 1 attempts failed and will be repeated, 0 given up" in found.output,
        ) == (0, True), found.output
        assert "2 wait in the outbox" in found.output
        assert "answered 503" in found.stderr
        time.sleep(1.1)
        _until_sent(name, file, receiver, 3)
    assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]


def _until_sent(name, file, receiver, count):
    """Run again until the wait of our own, which is drawn, has passed too."""
    until = time.monotonic() + 20
    while len(receiver.got) < count:
        assert time.monotonic() < until
        found = call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET)
        assert found.exit_code == 0, found.output
        time.sleep(0.1)


def test_what_is_given_up_waits_for_a_person(name, channels):
    """410 Gone: exit 1 with the command that lists it, in each later run too, until it is sent
    again.
    """
    with http_receiver() as receiver:
        receiver.answers = [410]
        file = channels(LOG + PAGE.format(url=receiver.url))
        found = call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET)
        assert (
            found.exit_code,
            "2 sent, 0 attempts failed and will be repeated, 1 given up" in found.output,
        ) == (1, True), found.output
        assert f"1 were given up. Next: coresponder outbox {name}" in found.output
        found = call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET)
        assert (
            found.exit_code,
            "0 sent, 0 attempts failed and will be repeated, 0 given up" in found.output,
        ) == (1, True), found.output
        call("outbox", name, "--resend", "all")
        assert call("relay", name, "--channels", file, "--once", PAGE_SECRET=SECRET).exit_code == 0
    assert len(receiver.got) == 3


def test_a_channel_that_the_file_does_not_know_is_said_and_counted(name, channels):
    """At the start, also where only the program names it yet; the notices stay, no attempt of
    theirs is used up, and the exit is 1.
    """
    found = call(
        "relay", name, "--channels", channels('[[channel]]\nname = "pag"\nkind = "log"\n'), "--once"
    )
    assert found.exit_code == 1
    assert (
        "no channel 'page', which notices name; add a [[channel]], 2 notices wait for it"
        in found.stderr
    )
    assert (
        'no default, and some notices name no channel; add default = "NAME", 1 notices wait for it'
        in found.stderr
    )
    assert "2 wait for channel 'page', which the file does not have" in found.stdout
    assert "1 wait for a default channel, which the file does not have" in found.stdout
    assert "3 wait in the outbox" in found.stdout
    with SqlStore.open(name) as store:
        assert {out.attempts for out in store.outbox("default")} == {0}
    found = call("relay", name, "--channels", channels(LOG), "--once", "--format", "json")
    assert json.loads(found.stdout)["outbox"]["without_channel"] == {"page": 2}
    with SqlStore.open(name) as store:
        while claimed := store.claim("default", now=at(600_000), until=at(600_001)):
            for out in claimed:
                store.delivered("default", out.id, at=at(600_000))
    found = call(
        "relay", name, "--channels", channels('[[channel]]\nname = "x"\nkind = "log"\n'), "--once"
    )
    assert (
        found.exit_code,
        "no channel 'page'" in found.stderr,
        "0 notices wait for it" in found.stderr,
    ) == (0, True, True), found.output


def test_mail_with_its_addresses(tmp_path, program, channels):
    """A mail channel of the file reaches a mail server."""
    fill(tmp_path / "night.db", program, each=1)
    with mail_receiver() as mailbox:
        mail = f'default = "page"\n[[channel]]\nname = "page"\nkind = "mail"\nhost = "127.0.0.1"\nport = {mailbox.port}\nstarttls = false\n'
        file = channels(
            mail
            + 'sender = "n@agency.example"\n[channel.receivers]\nsupervisor = ["desk@agency.example"]\nclinician = ["c@agency.example"]\n'
        )
        found = call("relay", tmp_path / "night.db", "--channels", file, "--once")
    assert found.exit_code == 0, found.output
    assert sorted(address for envelope in mailbox.got for address in envelope.rcpt_tos) == [
        "c@agency.example",
        "desk@agency.example",
    ]


def test_apprise_with_its_addresses_elsewhere(tmp_path, program, channels):
    """Addresses come from a file beside the file of channels, one a line; a failure tells none of
    them.
    """
    fill(tmp_path / "night.db", program, each=1)
    with http_receiver() as receiver:
        receiver.answers = [200, 500]
        (tmp_path / "chat").write_text(f"json://tok3n:s3cret@127.0.0.1:{receiver.port}/room\n")
        each = (
            'default = "page"\n[[channel]]\nname = "page"\nkind = "apprise"\n[channel.receivers]\n'
        )
        file = channels(
            each
            + 'supervisor = { secret_file = "chat" }\nclinician = { secret_env = "CLINICIAN" }\n'
        )
        found = call(
            "relay",
            tmp_path / "night.db",
            "--channels",
            file,
            "--once",
            CLINICIAN=f"json://k3y:pw@127.0.0.1:{receiver.port}",
        )
    assert (found.exit_code, "1 sent, 1 attempts failed" in found.output) == (0, True), found.output
    assert len(receiver.got) == 2, found.output
    assert not [word for word in ("tok3n", "s3cret", "k3y") if word in found.output]


def start(name, file, *words, **env):
    # stands for whoever runs the installed program: a process of its own
    command = [sys.executable, "-m", "coresponder", "relay", name, "--channels", str(file), *words]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def wait_for(condition):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop(name, program, channels, number):
    """What comes while it runs is carried, also after a failure; then it ends by itself with what
    all came to.
    """
    with http_receiver() as receiver:
        receiver.answers = [500]
        process = start(name, channels(LOG + PAGE.format(url=receiver.url)), PAGE_SECRET=SECRET)
        wait_for(lambda: len(receiver.got) == 3)
        with SqlStore.open(name) as store:
            Workflow(load_program(program), store, clock=lambda: at(60)).record(
                "one", e.WeaponSeen(at=at(9), by="officer-1")
            )
        wait_for(lambda: len(receiver.got) == 4)
        process.send_signal(number)
        said, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "4 sent, 1 attempts failed and will be repeated, 0 given up" in said
    assert "0 wait in the outbox" in said
    assert SECRET not in said + errors


def test_stopped_in_the_middle_it_gives_back_what_it_did_not_begin(name, program, channels):
    """What is under way is waited for; the next relay has the rest at once, and no attempt was
    counted for it.
    """
    with SqlStore.open(name) as store:
        flow = Workflow(load_program(program), store, clock=lambda: at(60))
        for incident in ("two", "three"):
            flow.receive(received(), incident=incident)
            flow.record(incident, e.WeaponSeen(at=at(1), by="officer-1"))
    with http_receiver() as receiver:
        receiver.answers = ["hang"]
        process = start(
            name,
            channels(LOG + PAGE.format(url=receiver.url) + "timeout = 3\n"),
            PAGE_SECRET=SECRET,
        )
        wait_for(lambda: not receiver.answers)
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=20)
        receiver.release.set()
    assert process.returncode == 0, errors
    with SqlStore.open(name) as store:
        waiting = [out for out in store.outbox("default") if out.notice.channel == "page"]
        assert sorted(out.attempts for out in waiting) == [0, 0, 0, 1], said
        tried = {out.notice.incident for out in waiting if out.attempts}
        free = {
            out.notice.incident
            for out in store.claim("default", now=store.now(), until=store.now())
            if out.notice.channel == "page"
        }
        assert free - tried == {"one", "two", "three"} - tried


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[channel]\n", "channels.toml: this is not TOML"),
        ("", "channels.toml: file, channel: it is required; add it"),
        ('[channel]\nname = "a"\nkind = "log"\n', "write [[channel]], in two brackets"),
        (
            'defalt = "a"\n' + LOG.partition("\n")[2],
            "file: there is no key 'defalt'; did you mean 'default'?",
        ),
        (
            LOG.replace('"log"', '"lgo"', 1),
            "default = 'lgo': there is no such channel; did you mean 'log'?",
        ),
        (LOG + LOG.partition("\n")[2], "[[channel]] 'log': there are two of this name"),
        (
            '[[channel]]\nname = "a"\nkind = "webhok"\n',
            "[[channel]] 'a', kind: did you mean 'webhook'?",
        ),
        ('[[channel]]\nname = "a"\n', "[[channel]] 'a', kind: known: apprise, log, mail, webhook"),
        ('[[channel]]\nkind = "log"\n', "[[channel]] number 1, name: it is required"),
        ("channel = [1]\n", "[[channel]] number 1, channel: "),
        (
            '[[channel]]\nname = "a b"\nkind = "log"\n',
            "[[channel]] 'a b', name: use letters, digits and - . _ only",
        ),
        (
            PAGE.format(url="https://a.example") + "timeot = 3\n",
            "[[channel]] 'page': there is no key 'timeot'; did you mean 'timeout'?",
        ),
        (
            PAGE.format(url="https://a.example") + "timeout = 300\n",
            "[[channel]] 'page', timeout: input should be less than or equal to 30",
        ),
        (
            PAGE.format(url="https://a.example") + f'secret = "{SECRET}"\n',
            "there is no key 'secret'; a secret does not belong in this file",
        ),
        (
            PAGE.format(url="https://a.example") + 'secret_file = "x"\n',
            "write one of secret_file or secret_env; there are several",
        ),
        (
            PAGE.format(url="https://a.example").replace("secret_env", "#"),
            "the secret that is shared with the receiver: write one of secret_file",
        ),
        (
            PAGE.format(url="https://a.example").replace("url", "#"),
            "an address: write one of url_file or url_env or url",
        ),
        (PAGE.format(url="https://a:s3cr3t@a.example"), "url has a password or a query in it"),
        (PAGE.format(url="https://a.example?key=s3cr3t"), "url has a password or a query in it"),
        (PAGE.format(url="https://[a.example"), "[[channel]] 'page': url is not an address"),
        (PAGE.format(url="ftp://a.example"), "[[channel]] 'page': url is not an address"),
        (
            PAGE.format(url="https://a.example").replace("PAGE_SECRET", SECRET),
            "secret_env: the environment variable that it names is not set",
        ),
        (
            PAGE.format(url="https://a.example").replace('env = "PAGE_SECRET', 'file = "none'),
            "secret_file: the file that it names cannot be read",
        ),
        (
            PAGE.format(url="https://a.example").replace('env = "PAGE_SECRET', 'file = "empty'),
            "secret_file: the file that it names is empty",
        ),
        (
            PAGE.format(url="https://a.example").replace('env = "PAGE_SECRET', 'file = "latin'),
            "secret_file: the file that it names is not text",
        ),
        (
            PAGE.format(url="https://a.example").replace("PAGE_SECRET", "BAD"),
            "[[channel]] 'page': the webhook secret is not base64",
        ),
        (
            '[[channel]]\nname = "m"\nkind = "mail"\nhost = "h"\nsender = "s"\n',
            "[[channel]] 'm', receivers: it is required",
        ),
        (
            '[[channel]]\nname = "m"\nkind = "mail"\nhost = "h"\nsender = "s"\nreceivers = { supervisr = ["a"] }\n',
            "[[channel]] 'm', receivers.supervisr: there is no such role; did you mean 'supervisor'?",
        ),
        (
            '[[channel]]\nname = "m"\nkind = "mail"\nhost = "h"\nsender = "s"\nuser = "u"\nreceivers = { supervisor = ["a"] }\n',
            "the password of user 'u': write one of secret_file or secret_env",
        ),
        (
            '[[channel]]\nname = "m"\nkind = "mail"\nhost = "h"\nsender = "s"\nsecret_env = "GOOD"\nreceivers = { supervisor = ["a"] }\n',
            "a password without a user; add user",
        ),
        (
            '[[channel]]\nname = "m"\nkind = "mail"\nhost = "h"\nstarttls = false\nuser = "u"\nsender = "s"\nsecret_env = "GOOD"\nreceivers.peer = ["a"]\n',
            "[[channel]] 'm': the password would go to h as plain text",
        ),
        (
            '[[channel]]\nname = "c"\nkind = "apprise"\nreceivers = { supervisor = "json://s3cr3t@h" }\n',
            "[[channel]] 'c', receivers.supervisor: an address of Apprise holds a token; write { secret_env",
        ),
        (
            '[[channel]]\nname = "c"\nkind = "apprise"\nreceivers = { supervisor = { secret_evn = "A" } }\n',
            "there is no key 'receivers.supervisor.secret_evn'; did you mean 'secret_env'?",
        ),
        (
            '[[channel]]\nname = "c"\nkind = "apprise"\nreceivers = { supervisor = {} }\n',
            "the addresses of 'supervisor': write one of receivers.supervisor.secret_file or receivers.supervisor.secret_env",
        ),
        (
            '[[channel]]\nname = "c"\nkind = "apprise"\nreceivers = { supervisor = { secret_env = "BAD" } }\n',
            "[[channel]] 'c': address 1 of 'supervisor' is none that Apprise knows",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_cure(tmp_path, program, channels, text, said):
    """File, table, key and remedy (exit 2), before anything is sent; nothing that may be a secret
    is repeated.
    """
    fill(tmp_path / "night.db", program)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    env = {"GOOD": "s3cr3t", "BAD": "n0-s3cr3t-!"}
    if "SECRET" not in said:
        env["PAGE_SECRET"] = SECRET
    found = call("relay", tmp_path / "night.db", "--channels", channels(text), "--once", **env)
    assert (found.exit_code, said in found.output) == (2, True), found.output
    assert "channels.toml: " in found.output
    assert not [word for word in (SECRET, "s3cr3t") if word in found.output], found.output


def test_every_mistake_is_told_at_once(tmp_path, program, channels):
    """One line for each, so that a file is mended in one go."""
    fill(tmp_path / "night.db", program)
    file = channels(
        'default = "x"\n'
        + PAGE.format(url="https://a.example")
        + PAGE.format(url="https://a.example").replace('"page"', '"other"')
    )
    found = call("relay", tmp_path / "night.db", "--channels", file, "--once")
    assert found.output.count("channels.toml: ") == 3, found.output


def test_a_store_an_agency_or_a_file_that_is_not_there_is_said(tmp_path, program, channels):
    """Exit 2 with what is there instead."""
    fill(tmp_path / "night.db", program)
    file = channels(LOG)
    assert (
        "there is no such file of channels"
        in call("relay", tmp_path / "night.db", "--channels", tmp_path / "none.toml").output
    )
    assert call("relay", tmp_path / "none.db", "--channels", file, "--once").exit_code == 2
    found = call("relay", tmp_path / "night.db", "--channels", file, "--once", "--agency", "defalt")
    assert (found.exit_code, "did you mean 'default'?" in found.output) == (2, True)


def test_the_file_in_the_docs_loads(tmp_path):
    """Each kind of channel, as its reader would write it; without its secrets each of them is asked
    for.
    """
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "notify.md").read_text("utf-8")
    (tmp_path / "channels.toml").write_text(
        page.partition('```toml title="channels.toml"\n')[2].partition("```")[0]
    )
    with pytest.raises(InvalidChannels) as missing:
        load_channels(tmp_path / "channels.toml")
    assert len(missing.value.problems) == 3
    (tmp_path / "page.secret").write_text(f"{SECRET}\n{SECRET}\n")
    env = {"DESK_PASSWORD": "x", "DESK_CHAT": "json://a:b@127.0.0.1\njson://c:d@127.0.0.1"}
    found = channels_from(
        read_toml((tmp_path / "channels.toml").read_text()), folder=tmp_path, env=env
    )
    assert set(found.by_name) == {"page", "desk", "chat", "journal"}
    assert found.default is found.by_name["desk"]
    assert (
        len(found.by_name["page"].secret) == len(found.by_name["chat"].receivers["supervisor"]) == 2
    )

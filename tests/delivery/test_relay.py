"""One suite for whatever carries notices from the outbox: real receivers fail, hang, are slow, are
gone and come back.
"""

import asyncio
import contextlib
import datetime as dt
import socket
import subprocess
import sys
import threading
import time

import attrs
import psycopg
import pytest

from coresponder.delivery.channels import Channels
from coresponder.delivery.memory import MemoryNotifier
from coresponder.delivery.procrastinate import ProcrastinateRelay
from coresponder.delivery.relay import Delivery, Relay, exponential
from coresponder.delivery.webhook import Webhook
from coresponder.domain import events as e
from coresponder.errors import DeliveryFailed
from coresponder.program import Notice, NoticeRule, Program
from coresponder.stores.base import stamp
from coresponder.stores.memory import MemoryStore
from coresponder.stores.sql import SqlStore
from coresponder.workflow import Workflow
from tests.conftest import NOON, at
from tests.delivery.receivers import http_receiver
from tests.program.test_advance import received

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self):
        self.now = NOON + dt.timedelta(hours=1)

    def __call__(self):
        return self.now

    def sleep(self, **length):
        self.now += dt.timedelta(**length)


@pytest.fixture
def clock():
    return Clock()


ENGINES = {}
"""Stores whose outbox procrastinate carries, with their DSN."""


def on_procrastinate(dsn, clock):
    """Open a store with procrastinate's tables and triggers."""
    made = SqlStore.postgresql(dsn)
    ProcrastinateRelay(dsn=dsn, store=made, notifier=MemoryNotifier()).install()
    ENGINES[id(made)] = dsn
    clock.now = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    return made


@pytest.fixture(params=["memory", "sqlite", "postgresql", "procrastinate"])
def store(request, tmp_path, clock):
    made = {
        "memory": MemoryStore,
        "sqlite": lambda: SqlStore.sqlite(tmp_path / "outbox.db"),
        "postgresql": lambda: SqlStore.postgresql(request.getfixturevalue("postgres").database()),
        "procrastinate": lambda: on_procrastinate(
            request.getfixturevalue("postgres").database(), clock
        ),
    }[request.param]()
    yield made
    ENGINES.pop(id(made), None)
    made.close()


class OnEngine:
    """Procrastinate's worker with the face of a relay, so that one suite runs on both."""

    def __init__(self, store, notifier, clock, wait, **options):
        self.store, self.notifier, self.results = store, notifier, []
        self.engine = ProcrastinateRelay(
            dsn=ENGINES[id(store)], store=store, notifier=self, clock=clock, wait=wait, **options
        )

    def send(self, notice, *, key):
        try:
            self.notifier.send(notice, key=key)
        except Exception:
            self.results.append("failed")
            raise
        self.results.append("sent")

    def drain(self):
        """Let procrastinate see the times of the test's clock, and work until nothing is left to do
        now.
        """
        with self.store.connections.writing() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET scheduled_at = CASE WHEN o.next_at <= %(now)s THEN now() ELSE now() + interval '1 day' END "
                "FROM coresponder_outbox o WHERE o.id = (args->>'id')::int AND status = 'todo'",
                {"now": stamp(self.engine.clock())},
            )
        dead = len(self.store.outbox("default", dead=True))
        self.results.clear()
        asyncio.run(self.engine.run(wait=False, concurrency=1))
        given_up = len(self.store.outbox("default", dead=True)) - dead
        return Delivery(
            sent=self.results.count("sent"),
            failed=self.results.count("failed") - given_up,
            given_up=given_up,
        )

    run_once = drain


def program():
    return Program(
        id="p", version="1", policies=(), notices=(NoticeRule(to="supervisor", on="WeaponSeen"),)
    )


def fill(store, clock, incidents=("one",), each=3):
    flow = Workflow(program(), store, clock=clock)
    for incident in incidents:
        flow.receive(received(), incident=incident)
        for number in range(each):
            flow.record(incident, e.WeaponSeen(at=at(number + 1), by="officer-1"))


def relay(store, notifier, clock, **options):
    wait = options.pop("wait", lambda n: dt.timedelta(seconds=2**n))
    if id(store) in ENGINES:
        options.pop("batch", None)
        return OnEngine(store, notifier, clock, wait, **options)
    return Relay(store=store, notifier=notifier, clock=clock, wait=wait, **options)


def order(receiver):
    """Return what came, by incident, in the order in which it came."""
    import json

    found = {}
    for _, body in receiver.got:
        notice = json.loads(body)
        found.setdefault(notice["subject"], []).append(notice["data"]["number"])
    return found


def test_all_arrive_in_order(store, clock):
    """Every notice, in order for each incident, signed under its key."""
    fill(store, clock, ("one", "two"))
    with http_receiver() as receiver:
        done = relay(store, Webhook(url=receiver.url, secret=SECRET), clock).drain()
    assert (done.sent, done.failed, done.given_up) == (6, 0, 0)
    assert order(receiver) == {"one": [2, 3, 4], "two": [2, 3, 4]}
    assert len(set(receiver.ids)) == 6
    assert store.outbox("default") == ()


@pytest.mark.parametrize("trouble", [500, 404, 429, "redirect", "cut", "hang"])
def test_one_that_fails_waits_and_comes_back_in_order(store, clock, trouble):
    """Nothing overtakes it in its incident, others go on, and it arrives under the same key."""
    fill(store, clock, ("one", "two"), each=2)
    with http_receiver() as receiver:
        receiver.answers = [trouble]
        one = relay(store, Webhook(url=receiver.url, secret=SECRET, timeout=0.2), clock, batch=1)
        assert one.run_once().failed == 1
        assert receiver.url.rpartition("/")[0] in store.outbox("default")[0].error
        one.drain()
        assert order(receiver).get("two") == [2, 3]
        before = len(receiver.got)
        clock.sleep(seconds=1)
        assert one.drain().tried == 0
        clock.sleep(seconds=60)
        assert one.drain().sent == 2
        assert order(receiver)["one"][-2:] == [2, 3]
        assert len(receiver.got) == before + 2
        receiver.release.set()


def test_a_slow_answer_is_an_answer(store, clock):
    """It is waited for, and the notice is not sent twice."""
    fill(store, clock, each=1)
    with http_receiver() as receiver:
        receiver.answers = ["slow"]
        assert (
            relay(store, Webhook(url=receiver.url, secret=SECRET, timeout=5), clock).drain().sent
            == 1
        )
    assert len(receiver.got) == 1


def test_a_receiver_that_is_gone_is_given_up_at_once_and_re_sent_by_a_person(store, clock):
    """410 Gone: no use in trying; what is behind it goes on; a person sends it again."""
    fill(store, clock, each=2)
    with http_receiver() as receiver:
        receiver.answers = [410]
        one = relay(store, Webhook(url=receiver.url, secret=SECRET), clock)
        assert (one.drain().given_up, len(store.outbox("default"))) == (1, 0)
        dead = store.outbox("default", dead=True)
        assert "410 Gone" in dead[0].error
        store.resend("default", dead[0].id, at=clock())
        assert one.drain().sent == 1
        assert receiver.ids.count(dead[0].key) == 2
        assert store.outbox("default", dead=True) == ()


def test_a_receiver_who_asks_for_time_gets_it(store, clock):
    """Retry-After is kept, where it is longer than the wait of our own."""
    fill(store, clock, each=1)
    with http_receiver() as receiver:
        receiver.answers = [("retry-after", 600)]
        one = relay(store, Webhook(url=receiver.url, secret=SECRET), clock)
        assert one.drain().failed == 1
        clock.sleep(seconds=599)
        assert one.drain().tried == 0
        clock.sleep(seconds=2)
        assert one.drain().sent == 1


def test_after_too_many_attempts_it_waits_for_a_person(store, clock):
    """The dead letter says how often it was tried, and with what it failed last."""
    fill(store, clock, each=1)
    one = relay(
        store,
        Webhook(url="http://127.0.0.1:9/nobody", secret=SECRET, timeout=0.5),
        clock,
        most_attempts=4,
    )
    tried = []
    while not store.outbox("default", dead=True):
        tried.append(one.drain())
        clock.sleep(hours=1)
    assert [(t.failed, t.given_up) for t in tried] == [(1, 0), (1, 0), (1, 0), (0, 1)]
    assert store.outbox("default", dead=True)[0].attempts == 4
    assert "ConnectError" in store.outbox("default", dead=True)[0].error


def test_a_server_that_comes_back_gets_everything(store, clock):
    """The port is dead, then somebody listens again."""
    fill(store, clock, each=3)
    with http_receiver() as first:
        port = first.port
    hook = Webhook(url=f"http://127.0.0.1:{port}/notices", secret=SECRET, timeout=1)
    one = relay(store, hook, clock)
    assert one.drain().failed == 1
    clock.sleep(hours=1)
    with http_receiver(port) as back:
        assert one.drain().sent == 3
        assert order(back) == {"one": [2, 3, 4]}


class Dies(BaseException):
    """Stands for a process that is killed while it sends."""


def test_a_relay_that_dies_while_sending_loses_nothing(store, clock):
    """Its claim ends; another relay sends the notice, under the same key."""
    fill(store, clock, each=1)
    if id(store) in ENGINES:
        pytest.skip("a worker that dies is killed for real below")
    seen = []

    class Killed:
        def send(self, notice, *, key):
            seen.append(key)
            raise Dies

    with pytest.raises(Dies):
        relay(store, Killed(), clock).run_once()
    other = MemoryNotifier()
    assert relay(store, other, clock).drain().tried == 0
    clock.sleep(minutes=6)
    assert relay(store, other, clock).drain().sent == 1
    assert list(other._sent) == seen


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_relays_side_by_side(kind, request, tmp_path, clock):
    """Eight relays on one outbox: each notice once, in order for each incident; the claims pass one
    another over.
    """
    name = (
        tmp_path / "many.db" if kind == "sqlite" else request.getfixturevalue("postgres").database()
    )
    first, incidents = SqlStore.open(name, must_exist=False), [f"incident-{n}" for n in range(12)]
    fill(first, clock, incidents, each=4)
    got, lock, start = [], threading.Lock(), threading.Barrier(8)

    class Collects:
        def send(self, notice, *, key):
            with lock:
                got.append((notice.incident, notice.number, key))

    def work():
        own = SqlStore.open(name)
        try:
            start.wait(20)
            relay(own, Collects(), clock, batch=3).drain()
        finally:
            own.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    relay(
        first, Collects(), clock
    ).drain()  # one that found nothing free has gone; somebody is left
    assert len({key for _, _, key in got}) == len(got) == 48
    assert all([n for i, n, _ in got if i == incident] == [2, 3, 4, 5] for incident in incidents)
    first.close()


def test_it_runs_until_it_is_stopped(clock):
    """`run` carries what comes while it runs, survives a store that cannot be read for a while, and
    ends when it is told to.
    """
    store, carried, stop = MemoryStore(), MemoryNotifier(), threading.Event()

    class Shaky(MemoryStore):
        calls = 0

        def claim(self, *args, **kwargs):
            Shaky.calls += 1
            if Shaky.calls == 1:
                raise ConnectionError("not now")
            return store.claim(*args, **kwargs)

        def delivered(self, *args, **kwargs):
            store.delivered(*args, **kwargs)

    thread = threading.Thread(
        target=relay(Shaky(), carried, clock).run,
        args=(stop,),
        kwargs={"idle": dt.timedelta(milliseconds=5)},
    )
    thread.start()
    fill(store, clock)
    for _ in range(400):
        if len(carried.sent) == 3:
            break
        stop.wait(0.01)
    stop.set()
    thread.join(5)
    assert len(carried.sent) == 3


def test_the_wait_doubles_with_jitter():
    """No two receivers are tried in step, the bound doubles, and an hour is the most."""
    wait = exponential(dt.timedelta(seconds=2), dt.timedelta(hours=1))
    for attempt in range(1, 30):
        drawn = [wait(attempt).total_seconds() for _ in range(40)]
        assert all(0 <= one <= min(2 * 2 ** (attempt - 1), 3600) for one in drawn)
        assert len(set(drawn)) > 1
    assert max(wait(20).total_seconds() for _ in range(200)) > 1800


def test_order_is_kept_for_each_channel_and_a_dead_channel_holds_up_no_other(store, clock):
    """A webhook that is down does not keep the mail of the same incident from going."""
    notices = [
        Notice(incident="one", about="violation", to="supervisor", event="x", number=n, channel=c)
        for n in (1, 2)
        for c in ("hook", "mail")
    ]
    store.notify("default", notices, at=clock())
    got = []

    class Half:
        def send(self, notice, *, key):
            if notice.channel == "hook":
                raise DeliveryFailed("down")
            got.append(notice.number)

    assert relay(store, Half(), clock).drain().sent == 2
    assert got == [1, 2]
    assert [out.notice.channel for out in store.outbox("default")] == ["hook", "hook"]


# --- what only an engine has ---------------------------------------------------------------------------------------------


def test_a_job_goes_with_the_step_that_made_it(postgres, clock):
    """The defer function runs in the step's transaction: rolled back with the host's work, there is
    no job.
    """
    dsn = postgres.database()
    store = on_procrastinate(dsn, clock)
    flow = Workflow(program(), store, clock=clock)
    flow.receive(received(), incident="one")

    def jobs():
        with store.connections.reading() as cursor:
            return cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'coresponder.carry'"
            ).fetchone()[0]

    for keep in (False, True):
        with psycopg.connect(dsn) as connection:
            flow.within(connection).record("one", e.WeaponSeen(at=at(1), by="officer-1"))
            (connection.commit if keep else connection.rollback)()
        assert jobs() == keep
    ENGINES.pop(id(store))
    store.close()


def test_a_worker_that_is_killed_while_it_sends_loses_nothing(postgres, clock, tmp_path):
    """kill -9 of procrastinate's worker in the middle of a request: another takes the job up when
    the heartbeat is old.
    """
    dsn = postgres.database()
    store = on_procrastinate(dsn, clock)
    fill(store, clock, each=2)
    with http_receiver() as receiver:
        receiver.answers = ["hang"]
        code = (
            "import asyncio, sys\n"
            "from coresponder.delivery.procrastinate import ProcrastinateRelay\nfrom coresponder.delivery.webhook import Webhook\nfrom coresponder.stores.sql import SqlStore\n"
            "dsn, url, secret = sys.argv[1:]\n"
            "engine = ProcrastinateRelay(dsn=dsn, store=SqlStore.postgresql(dsn), notifier=Webhook(url=url, secret=secret, timeout=60))\n"
            "asyncio.run(engine.run(concurrency=1))\n"
        )
        worker = subprocess.Popen([sys.executable, "-c", code, dsn, receiver.url, SECRET])
        for _ in range(400):
            if not receiver.answers:
                break
            time.sleep(0.05)
        assert not receiver.answers
        worker.kill()
        worker.wait(10)
        receiver.release.set()
        with store.connections.writing() as cursor:
            cursor.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'"
            )
        engine = ProcrastinateRelay(
            dsn=dsn, store=store, notifier=Webhook(url=receiver.url, secret=SECRET)
        )
        asyncio.run(engine.run(wait=False))
        assert order(receiver) == {"one": [2, 3]}
    assert store.outbox("default") == ()
    ENGINES.pop(id(store))
    store.close()


def test_the_minute_ticks_and_takes_up_what_was_left(postgres, clock):
    """Timers that fall due run on the engine too."""
    store, ticked = on_procrastinate(postgres.database(), clock), []
    engine = ProcrastinateRelay(
        dsn=ENGINES.pop(id(store)),
        store=store,
        notifier=MemoryNotifier(),
        tick=lambda: ticked.append(1),
    )

    async def minute():
        async with engine.app.open_async():
            await engine.app.tasks["coresponder.minute"].defer_async(timestamp=0)
        await engine.run(wait=False)

    asyncio.run(minute())
    assert ticked
    store.close()


def test_channels_do_not_wait_for_one_another():
    """A receiver that drags its answer out is left behind after `most`; the notices of other
    channels went meanwhile, and its own stay.
    """
    store, end, sent = MemoryStore(), threading.Event(), []

    class Drags:
        def send(self, notice, *, key):
            if notice.channel == "slow":
                end.wait(20)
            sent.append((notice.channel, notice.number))

    notices = [
        Notice(
            incident=f"i-{number}",
            about="violation",
            to="supervisor",
            event="CallReceived",
            number=number,
            channel=channel,
        )
        for number, channel in enumerate(("slow", "slow", "mail", "mail", "page"))
    ]
    store.notify("default", notices, at=at(0))
    relay = Relay(
        store=store,
        notifier=Drags(),
        most=dt.timedelta(seconds=0.3),
        wait=lambda attempt: dt.timedelta(0),
    )
    began = time.monotonic()
    first = relay.run_once()
    assert (first.sent, first.failed, sorted(sent)) == (
        3,
        2,
        [("mail", 2), ("mail", 3), ("page", 4)],
    )
    assert relay.run_once().failed == 2
    assert time.monotonic() - began < 5
    said = {out.notice.number: out.error for out in store.outbox("default")}
    assert "still busy with a notice that does not end" in said[0]
    end.set()
    deadline = time.monotonic() + 10
    while len(store.outbox("default")) and time.monotonic() < deadline:
        relay.run_once()
    assert store.outbox("default") == ()


def of_channels(*channels):
    """Return a notice of an incident of its own for each channel."""
    return [
        Notice(
            incident=f"i-{number}",
            about="violation",
            to="supervisor",
            event="CallReceived",
            number=number,
            channel=channel,
        )
        for number, channel in enumerate(channels)
    ]


def test_a_round_does_not_wait_for_its_slowest_channel():
    """What comes for another channel while one drags is carried at once, also when the slow one has
    more than a batch waiting.
    """
    store, let_go, begun, stop, sent = (
        MemoryStore(),
        threading.Event(),
        threading.Event(),
        threading.Event(),
        [],
    )
    mailed, carried = threading.Event(), []

    class Drags:
        def send(self, notice, *, key):
            if notice.channel == "slow":
                begun.set()
                let_go.wait(20)
            sent.append(notice.channel)
            if notice.channel == "mail":
                mailed.set()

    store.notify("default", of_channels(*["slow"] * 12, "mail"), at=at(0))
    relay = Relay(store=store, notifier=Drags(), batch=10)
    thread = threading.Thread(
        target=lambda: carried.append(relay.run(stop, idle=dt.timedelta(milliseconds=5)))
    )
    thread.start()
    assert begun.wait(20)
    assert mailed.wait(20)
    mailed.clear()
    store.notify(
        "default", [attrs.evolve(one, incident="later") for one in of_channels("mail")], at=at(0)
    )
    assert mailed.wait(20)
    assert sent == ["mail", "mail"]
    stop.set()
    let_go.set()
    thread.join(20)
    assert carried[0].sent == 3
    assert {(out.notice.channel, out.attempts) for out in store.outbox("default")} == {("slow", 0)}


def test_a_relay_with_some_channels_uses_up_no_attempt_of_others():
    """Two relays share an outbox, each with channels of its own: neither gives up what is the
    other's.
    """
    store, mail, page = MemoryStore(), MemoryNotifier(), MemoryNotifier()
    store.notify("default", of_channels("mail", "page", ""), at=at(0))
    theirs = Relay(
        store=store, notifier=Channels({"mail": mail}), channels={"mail"}, most_attempts=1
    )
    assert theirs.drain() == Delivery(sent=1)
    assert [(out.notice.channel, out.attempts, out.error) for out in store.outbox("default")] == [
        ("page", 0, None),
        ("", 0, None),
    ]
    ours = Channels({"page": page}, default=page)
    assert Relay(store=store, notifier=ours, channels=ours.served).drain() == Delivery(sent=2)


def test_a_webhook_that_drips_is_cut_off():
    """A byte every tenth of a second keeps each single wait short: the exchange as a whole has a
    limit.
    """
    door = socket.create_server(("127.0.0.1", 0))

    def drip():
        client = door.accept()[0]
        with client, contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nx-drip: " + b"x" * 300:
                client.sendall(bytes([byte]))
                time.sleep(0.1)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    hook = Webhook(url=f"http://127.0.0.1:{door.getsockname()[1]}/", secret=SECRET, timeout=1.0)
    began = time.monotonic()
    with pytest.raises(DeliveryFailed):
        hook.send(
            Notice(
                incident="one", about="violation", to="supervisor", event="CallReceived", number=1
            ),
            key="k",
        )
    assert time.monotonic() - began < 8
    hook.close()
    thread.join(10)
    door.close()

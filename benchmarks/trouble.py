"""The relay's suite on any engine, in real time: what is lost, doubled or out of order when
receivers and workers fail, and how long it takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.engines import ENGINES, MOST_ATTEMPTS, Carrier, notice, until
from coresponder.delivery.webhook import Webhook

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Points:
    """A notifier that sends to whoever is the receiver now."""

    hook: Any = None

    def send(self, one: Any, *, key: str) -> None:
        self.hook.send(one, key=key)


def _came(receiver: Any, incident: str) -> list[int]:
    bodies = [json.loads(body) for _, body in list(receiver.got)]
    return [body["data"]["number"] for body in bodies if body["subject"] == incident]


def _expect(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def _one_trouble(answer: Any) -> Callable[[Carrier, Any, str], None]:
    """The first answer is bad: what comes after it in its incident waits, another incident goes on,
    nothing comes twice that was taken.
    """

    def scene(carrier: Carrier, receiver: Any, name: str) -> None:
        receiver.answers = [answer]
        carrier.put(notice(1, f"{name}-a"), notice(2, f"{name}-a"), notice(1, f"{name}-b"))
        _expect(
            until(
                lambda: (
                    _came(receiver, f"{name}-a")[-2:] == [1, 2]
                    and _came(receiver, f"{name}-b")[-1:] == [1]
                )
            ),
            "not all arrived, or not in order",
        )
        taken = len(_came(receiver, f"{name}-a")) + len(_came(receiver, f"{name}-b"))
        _expect(
            taken <= (4 if isinstance(answer, int) or answer == "redirect" else 3), "one came twice"
        )

    return scene


def _slow(carrier: Carrier, receiver: Any, name: str) -> None:
    receiver.answers = ["slow"]
    carrier.put(notice(1, name))
    _expect(until(lambda: not carrier.store.outbox("default")), "it is still waiting")
    _expect(_came(receiver, name) == [1], "it was sent twice")


def _gone(carrier: Carrier, receiver: Any, name: str) -> None:
    receiver.answers = [410]
    carrier.put(notice(1, name), notice(2, name))
    _expect(until(lambda: _came(receiver, name) == [1, 2]), "what is behind it did not go on")
    (dead,) = carrier.store.outbox("default", dead=True)
    carrier.again(dead.id)
    _expect(
        until(
            lambda: (
                _came(receiver, name) == [1, 2, 1]
                and not carrier.store.outbox("default", dead=True)
            )
        ),
        "it was not sent again",
    )
    _expect(receiver.ids.count(dead.key) == 2, "it came under another key")


def _asks_for_time(carrier: Carrier, receiver: Any, name: str) -> None:
    receiver.answers = [("retry-after", 2)]
    began = time.perf_counter()
    carrier.put(notice(1, name))
    _expect(until(lambda: len(_came(receiver, name)) == 2), "it did not come again")
    _expect(time.perf_counter() - began >= 1.9, "it came before its time")


def _nobody(carrier: Carrier, receiver: Any, name: str) -> None:
    carrier.put(notice(1, name))
    _expect(until(lambda: carrier.store.outbox("default", dead=True)), "it was not given up")
    (dead,) = carrier.store.outbox("default", dead=True)
    _expect(dead.attempts == MOST_ATTEMPTS, f"it was tried {dead.attempts} times")
    carrier.again(dead.id)
    _expect(until(lambda: carrier.store.outbox("default", dead=True)), "it was not tried again")


def _killed(name: str, dsn: str) -> float:
    """Kill a worker while it sends, start another, and return how long the notice then took."""
    from tests.delivery.receivers import http_receiver

    command = [
        sys.executable,
        "-c",
        f"from benchmarks.trouble import worker; worker({name!r}, {dsn!r})",
    ]
    with http_receiver() as receiver:
        receiver.answers = ["hang"]
        env = {**os.environ, "RECEIVER": receiver.url}
        first = subprocess.Popen([*command], env={**env, "PUT": "1"})
        _expect(until(lambda: not receiver.answers), "the first worker sent nothing")
        first.kill()
        first.wait()
        began = time.perf_counter()
        second = subprocess.Popen(command, env=env)
        try:
            _expect(
                until(lambda: _came(receiver, "killed") == [1, 2], 120),
                f"only {_came(receiver, 'killed')} came",
            )
        finally:
            second.kill()
            second.wait()
            receiver.release.set()
    return time.perf_counter() - began


def worker(name: str, dsn: str) -> None:
    """Carry what there is until the process is killed."""
    hook = Webhook(url=os.environ["RECEIVER"], secret=_SECRET, timeout=30)
    with ENGINES[name](dsn, hook) as carrier:
        if os.environ.get("PUT"):
            carrier.put(notice(1, "killed"), notice(2, "killed"))
        carrier.start()
        threading.Event().wait()


SCENES: dict[str, Callable[[Carrier, Any, str], None]] = {
    **{str(answer): _one_trouble(answer) for answer in (500, 404, 429, "redirect", "cut", "hang")},
    "slow": _slow,
    "gone": _gone,
    "asks-for-time": _asks_for_time,
}


def run(name: str, dsn: str) -> None:
    """Play every scene on an engine, and print how each ended."""
    from tests.delivery.receivers import http_receiver

    points, said = Points(), []

    def play(scene: str, act: Callable[[], object]) -> None:
        began = time.perf_counter()
        try:
            act()
            said.append(f"{scene} {time.perf_counter() - began:.1f} s")
        except AssertionError as fault:
            said.append(f"{scene} FAILED ({fault})")

    with ENGINES[name](dsn, points) as carrier:
        carrier.start()
        for scene, act in SCENES.items():
            with http_receiver() as receiver:
                points.hook = Webhook(url=receiver.url, secret=_SECRET, timeout=0.5)
                play(
                    scene,
                    lambda act=act, receiver=receiver, scene=scene: act(carrier, receiver, scene),
                )
        with http_receiver() as receiver:
            port = receiver.port
        points.hook = Webhook(url=f"http://127.0.0.1:{port}/notices", secret=_SECRET, timeout=0.5)
        play("nobody", lambda: _nobody(carrier, None, "nobody"))
        with http_receiver(port) as receiver:
            (dead,) = carrier.store.outbox("default", dead=True)
            play(
                "comes-back",
                lambda: (
                    carrier.again(dead.id),
                    _expect(until(lambda: _came(receiver, "nobody") == [1]), "it did not arrive"),
                ),
            )
    play("killed", lambda: _killed(name, dsn))
    print(f"{name:14} {'; '.join(said)}", flush=True)

"""The command that delivers notices from a store's outbox to the channels that a file declares."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import AGENCY, STORE, format_option, open_store, print_json, say
from coresponder.outputs import hosts_only

if TYPE_CHECKING:
    from coresponder.delivery.channels import Channels
    from coresponder.delivery.relay import Delivery
    from coresponder.stores.sql import SqlStore

__all__ = ["relay"]


@click.command()
@STORE
@click.option(
    "--channels",
    "file",
    required=True,
    metavar="FILE",
    help="The channels and how to reach them (TOML).",
)
@click.option(
    "--once",
    is_flag=True,
    help="Deliver the waiting notices, then stop; by default run until SIGTERM or Ctrl-C.",
)
@AGENCY
@format_option("text", "json")
def relay(store: str, file: str, once: bool, agency: str, form: str) -> None:
    """Deliver the notices that wait in STORE to their channels.

    Exit 1 if a person has to act: a notice was given up, or names a channel that is not in the
    file.
    """
    from coresponder.delivery.channels_file import load_channels
    from coresponder.delivery.relay import Relay
    from coresponder.workflow.seen_notices import SeenNotifier, programs_in

    channels = load_channels(file)
    with _told(), open_store(store, agency) as opened:
        for line in _unserved_lines(opened, agency, channels, file):
            say(line, err=True)
        with _stopped_by_signals() as stop:
            seen = SeenNotifier(channels, programs_in(opened, agency))
            carrier = Relay(store=opened, notifier=seen, agency=agency, channels=channels.served)
            done = carrier.drain(stop=stop) if once else carrier.run(stop)
        waiting, given_up = opened.undelivered(agency)
    unserved = _unserved(waiting, channels)
    _print(done, sum(waiting.values()), given_up, unserved, store=store, form=form)
    sys.exit(1 if given_up or unserved else 0)


def _unserved(waiting: Mapping[str, int], channels: Channels) -> dict[str, int]:
    """Return how many notices wait for each channel that is not in the file. The empty name stands
    for the default channel.
    """
    return {name: count for name, count in sorted(waiting.items()) if name not in channels.served}


def _unserved_lines(opened: SqlStore, agency: str, channels: Channels, file: str) -> Iterator[str]:
    """Yield a line for each channel that a waiting notice or a kept program names and the file
    lacks.
    """
    waiting, _ = opened.undelivered(agency)
    for name in sorted({*waiting, *_declared(opened)}):
        if name not in channels.served:
            count = f"{waiting.get(name, 0):,} notices wait for it"
            if name:
                yield f"{file}: no channel {name!r}, which notices name; add a [[channel]], {count}"
            else:
                yield (
                    f"{file}: no default, and some notices name no channel; "
                    f'add default = "NAME", {count}'
                )


def _declared(opened: SqlStore) -> set[str]:
    """Return the channels that the kept programs name."""
    tables = [
        notice
        for name in opened.programs()
        for notice in opened.load_program(name).get("notice", ())
    ]
    return {str(notice.get("channel", "")) for notice in tables}


def _print(
    done: Delivery, waiting: int, given_up: int, unserved: dict[str, int], *, store: str, form: str
) -> None:
    if form == "json":
        counts = {"sent": done.sent, "to_be_retried": done.failed, "given_up": done.given_up}
        print_json(
            {
                **counts,
                "outbox": {"waiting": waiting, "given_up": given_up, "without_channel": unserved},
            }
        )
        return
    say(
        f"{done.sent:,} sent, {done.failed:,} attempts failed and will be repeated, "
        f"{done.given_up:,} given up"
    )
    for name, count in unserved.items():
        say(
            f"{count:,} wait for {f'channel {name!r}, which' if name else 'a default channel, which'} the file does not have"
        )
    say(
        f"{waiting:,} wait in the outbox, {given_up:,} were given up"
        + (f". Next: coresponder outbox {store}" if given_up else "")
    )


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Set an event at the first SIGTERM or SIGINT; a second one ends the program as usual."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def ask(number: int, frame: Any) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for known, handler in before.items():
            signal.signal(known, handler)


class _Lines(logging.Handler):
    """Write each log record as a line for a person, without addresses and without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        error = record.exc_info[1] if record.exc_info else None
        say(
            hosts_only(f"{record.getMessage()}: {error}" if error else record.getMessage()),
            err=True,
        )


@contextmanager
def _told() -> Iterator[None]:
    """Print what the relay and the log channel log. Apprise's own log stays off, because its lines
    can contain tokens.
    """
    ours, theirs, handler = logging.getLogger("coresponder"), logging.getLogger("apprise"), _Lines()
    level, propagate, disabled = ours.level, ours.propagate, theirs.disabled
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate, theirs.disabled = False, True
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)
        ours.propagate, theirs.disabled = propagate, disabled

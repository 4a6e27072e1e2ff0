"""A way to a PostgreSQL server on which answers get lost, or do not come."""

import socket
import threading
import time
from contextlib import suppress

import psycopg


class Wire:
    """A way to the server that takes what commits there and never brings the answer back, as often
    as `losses` says.
    """

    def __init__(self, dsn):
        with psycopg.connect(dsn) as connection:
            self.info = connection.info.get_parameters() | {"port": str(connection.info.port)}
        self.losses, self.shut, self.frozen = 0, False, False
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def dsn(self):
        return f"postgresql://{self.info['user']}@127.0.0.1:{self.door.getsockname()[1]}/{self.info['dbname']}?sslmode=disable&gssencmode=disable"

    def _server(self):
        host = self.info["host"]
        if not host.startswith("/"):
            return socket.create_connection((host, int(self.info["port"])))
        found = socket.socket(socket.AF_UNIX)
        found.connect(f"{host}/.s.PGSQL.{self.info['port']}")
        return found

    def _accept(self):
        while True:
            try:
                client = self.door.accept()[0]
            except OSError:
                return
            if self.shut:
                client.close()
            else:
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        lost = threading.Event()
        with client, self._server() as server:
            back = threading.Thread(target=self._answer, args=(server, client, lost), daemon=True)
            back.start()
            while data := _received(client):
                if self.losses and (b"COMMIT" in data or b"WITH moved" in data):
                    self.losses -= 1
                    lost.set()
                server.sendall(data)
            _end(server)
            back.join()

    def _answer(self, server, client, lost):
        while (data := _received(server)) and not lost.is_set():
            while self.frozen:
                time.sleep(0.05)
            client.sendall(data)
        _end(client)

    def close(self):
        _end(self.door)
        self.door.close()


def _end(end):
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


def _received(end):
    try:
        return end.recv(65_536)
    except OSError:
        return b""

"""Receivers that are real: an HTTP server and a mail server on this machine, which fail, hang,
answer slowly, are gone, and come back.
"""

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


class Receiver:
    """What an HTTP receiver got, and how it answers: `answers` is used up first, then 200."""

    def __init__(self):
        self.got, self.answers, self.release = [], [], threading.Event()

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def http_receiver(port=0):
    """Run an HTTP server; an answer is a status, ("retry-after", seconds), "hang", "slow", "cut" or
    "redirect".
    """
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = receiver.answers.pop(0) if receiver.answers else 200
            if answer == "hang":
                receiver.release.wait(20)
                return
            if answer == "cut":
                self.connection.close()
                return
            receiver.got.append(
                ({name.lower(): value for name, value in self.headers.items()}, body)
            )
            if answer == "slow":
                receiver.release.wait(0.3)
                answer = 200
            headers = {}
            if isinstance(answer, tuple):
                answer, headers = 503, {"Retry-After": str(answer[1])}
            if answer == "redirect":
                answer, headers = 302, {"Location": "http://127.0.0.1:9/elsewhere"}
            self.send_response(answer)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_):
            """A connection that was cut is no news."""

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/notices"
    receiver.port = server.server_port
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class Mailbox:
    """What a mail server got, and how it answers a recipient: `answers` is used up first, then 250."""

    def __init__(self):
        self.got, self.answers = [], []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append(envelope)
        return "250 taken"


@contextmanager
def mail_receiver():
    """Run a mail server."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()

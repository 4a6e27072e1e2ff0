"""E-mail: a notice to the addresses of a role, by SMTP."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from email.message import EmailMessage

import attrs

from coresponder.errors import DeliveryFailed
from coresponder.outputs import printable
from coresponder.program.case import Notice

__all__ = ["Mail"]


@attrs.frozen(kw_only=True)
class Mail:
    """Sends each notice as one message. Every attempt of a notice has the same Message-ID.

    Args:
        host: the SMTP server; `port` with it.
        sender: the address that messages come from.
        receivers: role -> addresses. A notice to a role without addresses is given up; re-send it
            when there are addresses.
        starttls: whether to encrypt. Use False only for a server on the same machine, or one that
            asks for no password. user, password: the login; by default none.
        timeout: for each answer of the server, in seconds.

    Raises:
        ValueError: the password would go over a network as plain text.
    """

    host: str
    port: int = 587
    sender: str
    receivers: Mapping[str, tuple[str, ...]]
    starttls: bool = True
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    timeout: float = 20.0

    def __attrs_post_init__(self) -> None:
        """Refuse to send a password in plain text over a network."""
        if self.password is not None and not self.starttls and not _is_here(self.host):
            raise ValueError(
                f"the password would go to {self.host} as plain text; leave starttls=True, or log"
                " in to a server on this machine only"
            )

    def send(self, notice: Notice, *, key: str) -> None:
        """Send the notice; raise `DeliveryFailed` if it was not taken."""
        addresses = tuple(self.receivers.get(notice.to, ()))
        if not addresses:
            raise DeliveryFailed(
                f"no address is known for role {notice.to!r}; add one to receivers, then re-send",
                final=True,
            )
        left_out = self._transmit(self._message(notice, key, addresses), addresses, notice.to)
        # some took it: sending again would reach those twice, and staying silent would lose the
        # rest
        if left_out:
            which = _numbered(left_out, addresses, notice.to)
            raise DeliveryFailed(
                f"{self.host} took it for some, but refused {which}; correct the address, then"
                " re-send",
                final=True,
            )

    def _message(self, notice: Notice, key: str, addresses: tuple[str, ...]) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = ", ".join(addresses)
        message["Subject"] = " ".join(printable(notice.headline).split())
        message["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(printable(f"{notice}\n\n{key}\n"))
        return message

    def _transmit(
        self, message: EmailMessage, addresses: tuple[str, ...], role: str
    ) -> Iterable[str]:
        """Hand the message to the server; return the addresses that it refused while it took others.

        Raises:
            DeliveryFailed: the server took it for nobody, or could not be reached. An answer of the
                server may repeat an address or a user, so only its code is told.
        """
        try:
            return self._to_server(message, addresses)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = sorted({code for code, _ in refused.recipients.values()})
            which = _numbered(refused.recipients, addresses, role)
            raise DeliveryFailed(
                f"{self.host} refused {which} ({', '.join(map(str, codes))})",
                final=all(code >= 500 for code in codes),
            ) from None
        except smtplib.SMTPResponseException as error:
            said = f"{type(error).__name__} {error.smtp_code}"
            raise DeliveryFailed(f"{self.host}:{self.port}: {said}") from None
        except (smtplib.SMTPException, OSError) as error:
            said = f"{type(error).__name__} {error}".rstrip()
            raise DeliveryFailed(f"{self.host}:{self.port}: {said}") from None

    def _to_server(self, message: EmailMessage, addresses: tuple[str, ...]) -> Iterable[str]:
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user is not None:
                server.login(self.user, self.password or "")
            return server.send_message(message, to_addrs=list(addresses))


def _is_here(host: str) -> bool:
    """Return whether the server is on this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _numbered(refused: Iterable[str], addresses: tuple[str, ...], role: str) -> str:
    """Name addresses by their place in `receivers`: an address is often a name, and errors are kept
    and shown.
    """
    places = ", ".join(
        str(addresses.index(address) + 1) for address in addresses if address in set(refused)
    )
    return f"address {places} of {role!r}"

"""E-mail: a notice to the addresses of a role, by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Mapping
from email.message import EmailMessage

import attrs

from coresponder.errors import DeliveryFailed
from coresponder.program.case import Notice

__all__ = ["Mail"]


@attrs.frozen(kw_only=True)
class Mail:
    """Sends each notice as one message. The same notice has the same Message-ID at each attempt.

    Args:
        host: the SMTP server; `port` with it.
        sender: the address it comes from.
        receivers: role -> addresses. A notice to a role without addresses is given up, and re-sent when they are there.
        starttls: encrypt; False only for a server on the same machine.
        user, password: to log in with.
        timeout: for each answer of the server, in seconds.
    """

    host: str
    port: int = 587
    sender: str
    receivers: Mapping[str, tuple[str, ...]]
    starttls: bool = True
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    timeout: float = 20.0

    def send(self, notice: Notice, *, key: str) -> None:
        """Send it, or raise `DeliveryFailed`."""
        addresses = tuple(self.receivers.get(notice.to, ()))
        if not addresses:
            raise DeliveryFailed(f"no address is known for role {notice.to!r}; add one to receivers, then re-send", final=True)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, ", ".join(addresses), notice.headline
        message["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{notice}\n\n{key}\n")
        try:
            left_out = self._transmit(message, addresses)
        except smtplib.SMTPRecipientsRefused as refused:
            final = all(code >= 500 for code, _ in refused.recipients.values())
            raise DeliveryFailed(
                f"{self.host} refused {', '.join(refused.recipients)}: {next(iter(refused.recipients.values()))}", final=final
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"{self.host}:{self.port}: {type(error).__name__} {error}".rstrip()) from error
        if left_out:  # some took it: sending again would reach those twice, and staying silent would lose the rest
            raise DeliveryFailed(f"{self.host} took it for some, but refused {', '.join(left_out)}; correct the address, then re-send", final=True)

    def _transmit(self, message: EmailMessage, addresses: tuple[str, ...]) -> Iterable[str]:
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user is not None:
                server.login(self.user, self.password or "")
            return server.send_message(message, to_addrs=list(addresses))

"""Handing a mail to the company's mail server, and what the server's answers mean for us."""

import logging
import re
import smtplib
from collections.abc import Callable
from email.generator import BytesGenerator
from email.utils import parseaddr
from io import BytesIO
from types import TracebackType
from typing import Self

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from tickets.mail import compose, file_links, keyed, pace
from tickets.models import OutboundMail

log = logging.getLogger(__name__)
# The server wants something of us first (a password, another order): no verdict on this mail.
NOT_ABOUT_THE_MAIL = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
ANSWERS = frozenset({pace.ACKNOWLEDGEMENT, pace.TOO_LARGE})
DONE, GO_ON = range(200, 300), range(354, 355)
UNCLEAR = -1  # smtplib's code of an answer that is none.
_BEGINNING_DOT = re.compile(rb"^\.", re.MULTILINE)  # RFC 5321, 4.5.2


class Deferred(Exception):
    """Not taken now; it certainly did not leave. Try again."""


class Failed(Exception):
    """Refused for good."""


class Unsure(Exception):
    """The line broke after the last byte: it may have arrived."""


class Line:
    """One connection to the mail server, opened with the first mail and used for the next ones."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self.is_dead = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def deliver(self, mail: OutboundMail, *, renew: Callable[[], None]) -> None:
        """Send it, or raise Deferred, Failed or Unsure. `renew` is called before slow steps."""
        try:
            message = build(mail)
            if not isinstance(self._backend, EmailBackend):
                self._backend.send_messages([message])
                return
            content = as_bytes(message)
        except OSError as problem:  # A file that the storage cannot give now.
            raise Deferred(_words(problem)) from problem
        except ValueError as problem:  # An address or header that cannot be one.
            raise Failed(_words(problem)) from problem
        server = self._server()
        renew()
        try:
            self._offer(server, mail, content, renew)
        except smtplib.SMTPResponseException as problem:
            self._judge(problem)
        except OSError as problem:  # SMTPException is one, too.
            self._lose(problem)
            raise Deferred(_words(problem)) from problem
        self._hand_over(server, content, renew)

    def _server(self) -> smtplib.SMTP:
        """A line on which both have greeted; a refusal here is about us, not about the mail."""
        backend = self._backend
        assert isinstance(backend, EmailBackend)
        try:
            backend.open()
            assert backend.connection is not None
            backend.connection.ehlo_or_helo_if_needed()
        except OSError as problem:  # SMTPException is one, too.
            self._hang_up()
            self.is_dead = True
            raise Deferred(_words(problem)) from problem
        return backend.connection

    def _offer(
        self, server: smtplib.SMTP, mail: OutboundMail, content: bytes, renew: Callable[[], None]
    ) -> None:
        """Everything before the mail itself: until the server says “go on”, nothing has left."""
        options = [f"SIZE={len(content)}"] if server.has_extn("size") else []
        if server.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        sender = envelope_sender(mail)
        _expect(server.mail(sender and sanitize_address(sender, "utf-8"), options))
        renew()
        _expect(server.rcpt(sanitize_address(mail.to_address, "utf-8")))
        renew()
        _expect(server.docmd("DATA"), GO_ON)

    def _hand_over(self, server: smtplib.SMTP, content: bytes, renew: Callable[[], None]) -> None:
        """The mail and its final dot. Whoever hears no clear answer to that knows nothing."""
        try:
            renew()
            server.send(_BEGINNING_DOT.sub(b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n")
            _expect(server.getreply())
        except smtplib.SMTPResponseException as problem:
            if problem.smtp_code == UNCLEAR:
                self._drop()
                raise Unsure(_words(problem)) from problem
            self._judge(problem)
        except Unsure:  # Somebody else sends it now; all that is said here would be its content.
            self._drop()
            raise
        except OSError as problem:
            self._lose(problem)
            raise Unsure(_words(problem)) from problem

    def _judge(self, problem: smtplib.SMTPResponseException) -> None:
        """Turn the server's refusal into ours, leaving the line ready for the next mail."""
        code, words = problem.smtp_code, _words(problem)
        server = getattr(self._backend, "connection", None)
        try:
            if code == UNCLEAR or server is None:
                self._drop()
            elif code == 421:
                self._hang_up()
            else:
                server.rset()
        except OSError:
            self._hang_up()
        if code < 500 or code in NOT_ABOUT_THE_MAIL:
            raise Deferred(words) from problem
        raise Failed(words) from problem

    def _lose(self, problem: OSError) -> None:
        """Forget a line that broke. One on which the server was silent is not opened again now.

        Each further mail would wait as long; hanging up may be about this one recipient.
        """
        self._drop()
        silent = (problem, problem.__context__)  # smtplib says only that the line is closed.
        self.is_dead = any(isinstance(each, TimeoutError) for each in silent)

    def _drop(self) -> None:
        """Close the line without a word: nobody there would understand it."""
        if isinstance(self._backend, EmailBackend) and self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None

    def _hang_up(self) -> None:
        try:
            self._backend.close()
        except OSError as problem:
            log.info("mail.line_lost error=%s", type(problem).__name__)
            if isinstance(self._backend, EmailBackend):
                self._backend.connection = None


def envelope_sender(mail: OutboundMail) -> str:
    """Where failures go: nowhere for an automatic answer, else an address that names the mail.

    With the empty return path no machine answers a confirmation (RFC 3834, 3.3), so that two
    desks cannot confirm each other's confirmations for ever.
    """
    if mail.kind in ANSWERS:
        return ""
    return keyed.return_address(parseaddr(mail.from_address)[1], mail.pk)


def build(mail: OutboundMail) -> EmailMultiAlternatives:
    """The stored row as a MIME message."""
    headers = {name: value for name, value in mail.headers.items() if name != "Reply-To"}
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.from_address,
        to=[mail.to_address],
        reply_to=[mail.headers["Reply-To"]] if "Reply-To" in mail.headers else None,
        headers=headers,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    if mail.message is not None and mail.kind in compose.WRITTEN_BY_PEOPLE:
        for file in file_links.split(mail.message)[0]:
            with file.file.open("rb") as content:
                kind = file.type if file.type.count("/") == 1 else "application/octet-stream"
                message.attach(file.name, content.read(), kind)
    return message


def as_bytes(message: EmailMultiAlternatives) -> bytes:
    """As it goes over the line; no line is changed that only looks like one of a mail file."""
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False).flatten(message.message(), linesep="\r\n")
    return out.getvalue()


def _expect(answer: tuple[int, bytes], wanted: range = DONE) -> None:
    code, words = answer
    if code not in wanted:
        raise smtplib.SMTPResponseException(code, words)


def _words(problem: Exception) -> str:
    """The server's own words on one line, or what kind of failure it was."""
    if isinstance(problem, smtplib.SMTPResponseException):
        said = problem.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return " ".join(f"{problem.smtp_code} {text}".split())[:250]
    return f"{type(problem).__name__}: {problem}"[:250]

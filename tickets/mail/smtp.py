"""The SMTP listener: takes letters from the company's mail server; confirmed is what is stored.

It stands behind that server, on the loopback by default; it relays nothing. A letter ends only at
CRLF . CRLF: whatever else looks like an end to some servers (CVE-2023-51764) stays inside it.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import close_old_connections

from tickets.mail import receive

log = logging.getLogger(__name__)
# It writes addresses of people at the level of information.
logging.getLogger("mail.log").setLevel(logging.WARNING)
T = TypeVar("T")
RECIPIENTS_MAX = 100
CONNECTIONS_MAX = 40  # Each may hold a letter of the full size in memory.
SECONDS = 300  # for each command, and for the whole letter after DATA
UNKNOWN = "550 5.1.1 No such mailbox here"
CLOSED = "550 5.2.1 This mailbox is closed"
BUSY = b"421 4.7.0 Too many connections, try again later\r\n"
TOO_MANY = "452 4.5.3 Too many recipients, send the rest again"
LATER = "451 4.3.0 Not stored, try again later"


class Protocol(SMTP):
    """aiosmtpd's own, reading longer lines: broken programs write whole letters in one."""

    line_length_limit: ClassVar[int] = 1024 * 1024  # type: ignore[misc]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        lines = self.event_handler.lines
        if len(lines) >= CONNECTIONS_MAX:
            cast(asyncio.Transport, transport).write(BUSY)
            transport.close()
            return
        lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.session is not None:  # None: it was one too many, and never began.
            self.event_handler.lines.discard(self)
            super().connection_lost(error)


class Handler:
    """What we answer; every question to the database is asked in a thread."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self.lines: set[SMTP] = set()

    async def handle_RCPT(  # noqa: N802 (the name is aiosmtpd's)
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return TOO_MANY
        try:
            refusal = await self._ask(lambda: _refusal(address))
        except Exception as problem:  # noqa: BLE001 (the letter must come again)
            return _not_now("rcpt", problem)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        sender, recipients = envelope.mail_from or "", list(envelope.rcpt_tos)
        try:
            kept = await self._ask(lambda: receive.store_for_all(raw, sender, recipients))
        except Exception as problem:  # noqa: BLE001 (confirmed is what is committed)
            return _not_now("data", problem)
        if not kept:
            return UNKNOWN  # The mailbox was closed between the two commands.
        return f"250 2.0.0 Kept as {', '.join(str(row.pk) for row in kept)}"

    async def handle_exception(self, problem: Exception) -> str:
        """What no command foresaw; aiosmtpd would refuse the letter for good."""
        return _not_now("command", problem)

    async def _ask(self, question: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _with_connection, question)


class Listener(Controller):
    """The handler on a port of this machine, in a thread of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="letters")
        super().__init__(Handler(self._threads), hostname=host, port=port, ready_timeout=10)

    def factory(self) -> SMTP:
        return Protocol(
            self.handler,
            data_size_limit=settings.MAIL_MAX_BYTES,
            enable_SMTPUTF8=True,
            ident="Helpdesk",
            timeout=SECONDS,
        )

    def stop(self, no_assert: bool = False) -> None:
        """Hang up, and let go of the threads and their connections to the database."""
        super().stop(no_assert)
        self._threads.shutdown()


def _refusal(address: str) -> str:
    """Why this recipient is not ours; "" where it is. Unprintable names are nobody's."""
    if not address.isprintable():
        return UNKNOWN
    if receive.mailbox_for(address) is not None:
        return ""
    return CLOSED if receive.is_closed(address) else UNKNOWN


def _with_connection(question: Callable[[], T]) -> T:
    """A thread's connection to the database may be hours old: a broken one is replaced first."""
    close_old_connections()
    try:
        return question()
    finally:
        close_old_connections()


def _not_now(step: str, problem: Exception) -> str:
    level = logging.WARNING if isinstance(problem, DatabaseProblem) else logging.ERROR
    log.log(level, "letter.not_stored step=%s error=%s", step, type(problem).__name__)
    return LATER

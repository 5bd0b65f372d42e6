"""The SMTP listener: takes letters from the company's mail server; confirmed is what is stored.

It stands behind that server, on the loopback by default; it relays nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar

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
UNKNOWN = "550 5.1.1 No such mailbox here"
TOO_MANY = "452 4.5.3 Too many recipients, send the rest again"
LATER = "451 4.3.0 Not stored, try again later"


class Protocol(SMTP):
    """aiosmtpd's own, reading longer lines: broken programs write whole letters in one."""

    line_length_limit: ClassVar[int] = 1024 * 1024  # type: ignore[misc]


class Handler:
    """What we answer; every question to the database is asked in a thread."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

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
            mailbox = await self._ask(lambda: receive.mailbox_for(address))
        except Exception as problem:  # noqa: BLE001 (the letter must come again)
            return _not_now("rcpt", problem)
        if mailbox is None:
            return UNKNOWN
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
            timeout=300,
        )

    def stop(self, no_assert: bool = False) -> None:
        """Hang up, and let go of the threads and their connections to the database."""
        super().stop(no_assert)
        self._threads.shutdown()


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

"""The company's mail server: a real one, that keeps every letter it accepts."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Letterbox:
    """Everything that was accepted, in the order in which it came."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.letters: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 (the name is aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        letter["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.letters.append(letter)
        return "250 OK"

    def to(self, person: str, *words: str) -> list[EmailMessage]:
        """The letters to one of the cast with all these words in their text or subject."""
        mine = [one for one in self.letters if f"{person}@" in str(one["X-Envelope-To"])]
        return [one for one in mine if all(word in all_words(one) for word in words)]

    def wait_for(self, person: str, *words: str, seconds: float = 30) -> EmailMessage:
        """The last such letter, as soon as there is one."""
        deadline = time.monotonic() + seconds
        while not (found := self.to(person, *words)):
            subjects = [f"{one['X-Envelope-To']}: {one['Subject']}" for one in self.letters]
            assert time.monotonic() < deadline, f"no letter to {person} with {words}: {subjects}"
            time.sleep(0.05)
        return found[-1]


def all_words(letter: EmailMessage) -> str:
    """Subject and plain text."""
    return f"{letter['Subject']}\n{text_of(letter)}"


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def any_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def open_letterbox() -> Iterator[Letterbox]:
    """A mail server on a free port of this machine."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    port = any_port()
    box = Letterbox(port)
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=10)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()

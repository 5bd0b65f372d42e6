"""One letter on its way through intake: what is known about it so far, and how it ends."""

from dataclasses import dataclass, field
from datetime import datetime

from departments.models import Person
from tickets.mail.letter import Letter
from tickets.mail.threading import Thread
from tickets.models import Attachment, InboundMail, Message, Ticket
from tickets.reasons import Reason, Reasons

Outcome = InboundMail.Outcome


@dataclass
class Case:
    """Filled step by step; the first step that returns a verdict ends it."""

    row: InboundMail
    letter: Letter
    now: datetime
    sender: Person | None = None
    objection: Reason | None = None  # Why its From is not believed.
    is_machine: bool = False
    is_spammer: bool = False  # Marked as spam before.
    is_echo: bool = False  # It says what its writer has said again and again.
    thread: Thread | None = None
    copies: list[InboundMail] = field(default_factory=list)  # With its Message-ID, at any desk.
    remarks: list[Reason] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """The sender, in the steps after they are known."""
        assert self.sender is not None
        return self.sender


@dataclass(frozen=True)
class Verdict:
    """How a letter ended, and why: reasons for the leads who read the list."""

    outcome: str
    because: Reasons
    ticket: Ticket | None = None
    message: Message | None = None

"""A letter: what a mail says, after everything about its transport has been read away."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header; the address is as written, its domain in lower case."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a mail; the name is made safe to show, never to be used as a path."""

    name: str
    type: str
    content: bytes
    is_inline: bool
    content_id: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """Which addresses could not be reached, and whether that is final."""

    addresses: tuple[str, ...]
    permanent: bool
    original_message_id: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything the rest of the product knows about a mail."""

    message_id: str = ""
    subject: str = ""
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    recipients: tuple[str, ...] = ()
    return_path: str = ""
    date: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    reply_text: str = ""
    attachments: tuple[Attached, ...] = ()
    automatic: bool = False
    automatic_reason: str = ""
    bounce: Bounce | None = None
    important: bool = False
    signed: bool = False
    encrypted: bool = False
    authentication_results: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()


class Remarks:
    """What was found broken and what was cut, each said once, in the order it was met."""

    __slots__ = ("_defects", "_limited")

    def __init__(self) -> None:
        self._defects: dict[str, None] = {}
        self._limited: dict[str, None] = {}

    def defect(self, sentence: str) -> None:
        if len(self._defects) < 50:
            self._defects[sentence] = None

    def limited(self, what: str) -> None:
        self._limited[what] = None

    @property
    def defects(self) -> tuple[str, ...]:
        return tuple(self._defects)

    @property
    def cuts(self) -> tuple[str, ...]:
        return tuple(self._limited)

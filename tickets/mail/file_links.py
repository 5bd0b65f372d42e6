"""The files of a message in a mail: small ones inside it, large ones behind a link that ends.

A link opens without sign-in, for the person whose mail carries it. Whoever follows it is asked
again whether that person may still see the file; of confidential requests there is none.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner, b62_decode
from django.urls import reverse

from departments.models import Person
from departments.when import file_size_words
from tickets.models import Attachment, Message

ATTACHED_BYTES = 5 * 1024 * 1024
KEPT = timedelta(days=14)
SALT = "mail-file"
_TOKEN = re.compile(r"(/files/mail/|/mails/stop/)[^/\s\"<>]+/")


@dataclass(frozen=True)
class FileLink:
    """A file behind a link, as a mail names it."""

    name: str
    size: str
    url: str


@dataclass(frozen=True)
class Proof:
    """A link that we made: its file, for whom, and until when."""

    file: Attachment
    person: Person
    ends_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at

    def may_open(self, *people: Person) -> bool:
        """Whether each of them may see this file now."""
        seen = (Attachment.objects.visible_to(one).filter(pk=self.file.pk) for one in people)
        return all(files.exists() for files in seen)


def split(message: Message | None) -> tuple[list[Attachment], list[Attachment]]:
    """The files that fit into a mail, and those that do not."""
    inside: list[Attachment] = []
    outside: list[Attachment] = []
    left = ATTACHED_BYTES
    for file in message.attachments.all() if message is not None else ():
        fits = file.size <= left
        (inside if fits else outside).append(file)
        left -= file.size if fits else 0
    return inside, outside


def token(file: Attachment, person: Person) -> str:
    return _signer().sign(f"{file.pk}.{person.pk}")


def link(file: Attachment, person: Person) -> FileLink:
    """What a mail to this person says of the file."""
    path = reverse("mail_file", args=[token(file, person)])
    return FileLink(file.name, file_size_words(file.size), f"{settings.PUBLIC_URL}{path}")


def read(given: str) -> Proof | None:
    """What this token proves; None for one that we did not make, or whose file is gone."""
    try:
        file_id, _dot, person_id = _signer().unsign(given).partition(".")
    except BadSignature:
        return None
    readable = Attachment.objects.filter(
        message__kind=Message.Kind.PUBLIC, message__ticket__is_confidential=False
    )
    file = readable.select_related("message__ticket__desk").filter(pk=int(file_id)).first()
    person = Person.objects.filter(pk=int(person_id)).first()
    if file is None or person is None or not person.may_write:
        return None
    made_at = datetime.fromtimestamp(b62_decode(given.rsplit(":", 2)[1]), UTC)
    return Proof(file, person, made_at + KEPT)


def masked(text: str) -> str:
    """The words of a mail for somebody else than its reader: its links open nothing."""
    return _TOKEN.sub(r"\1…/", text)


def _signer() -> TimestampSigner:
    key, *older = settings.MAIL_KEYS
    return TimestampSigner(key=key, salt=SALT, fallback_keys=older)

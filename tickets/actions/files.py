"""Files: kept as soon as they arrive, so that no error elsewhere in a form loses them."""

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets.models import Attachment, Message

# Programs and scripts that a double click would run.
REFUSED_ENDINGS = frozenset(
    {"app", "bat", "cmd", "com", "cpl", "dll", "exe", "hta", "jar", "js", "jse", "lnk", "msi"}
    | {"msp", "pif", "ps1", "reg", "scr", "sh", "vb", "vbe", "vbs", "wsf"}
)
MEGABYTE = 1024 * 1024


def clean_name(name: str) -> str:
    """A name safe to show and to save: no folders, no control or direction-changing signs."""
    base = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(c for c in base if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    return shown.strip(" .")[-200:] or "file"


def check_file(name: str, size: int) -> None:
    """Refused with the cure when the file is too large or of a kind that we never take."""
    if size > settings.ATTACHMENT_MAX_BYTES:
        raise Refused(
            _("“%(name)s” is larger than %(limit)s MB. Send a smaller copy or a link.")
            % {"name": name, "limit": settings.ATTACHMENT_MAX_BYTES // MEGABYTE}
        )
    if size == 0:
        raise Refused(_("“%(name)s” is empty. Choose it again.") % {"name": name})
    if name.rpartition(".")[2].lower() in REFUSED_ENDINGS:
        raise Refused(
            _("We cannot take programs like “%(name)s”. Send a picture of it, or a zip file.")
            % {"name": name}
        )


@transaction.atomic
def keep_file(
    content: "File[bytes]",
    *,
    name: str,
    type: str,  # noqa: A002 - named as the column
    by: Person | None,
    content_id: str = "",
    is_inline: bool = False,
) -> Attachment:
    """Store a file that belongs to no message yet; only its owner sees it."""
    attachment = written(
        content, name=name, type=type, by=by, content_id=content_id, is_inline=is_inline
    )
    attachment.save()
    return attachment


def remember_files(files: Sequence[Attachment]) -> None:
    """Store the rows of files that were written already."""
    Attachment.objects.bulk_create(files)


def written(
    content: "File[bytes]",
    *,
    name: str,
    type: str,  # noqa: A002 - named as the column
    by: Person | None,
    content_id: str,
    is_inline: bool,
) -> Attachment:
    """A file at its place, whose row is not stored yet; Refused as `check_file` says."""
    shown = clean_name(name)
    check_file(shown, content.size)
    attachment = Attachment(
        owner=by,
        name=shown,
        type=type[:120] or "application/octet-stream",
        size=content.size,
        content_id=content_id[:255],
        is_inline=is_inline,
    )
    attachment.file.save(shown, content, save=False)
    return attachment


def discard_file(attachment: Attachment, *, by: Person) -> None:
    """Forget a file that was not sent."""
    if attachment.owner_id == by.pk and attachment.message_id is None:
        attachment.file.delete(save=False)
        attachment.delete()


def attach(message: Message, files: Sequence[Attachment]) -> None:
    """Give kept files to a message. A file that is gone or was sent already is left out."""
    if len(files) > settings.ATTACHMENT_MAX_COUNT:
        raise Refused(
            ngettext(
                "Send at most %(count)s file at once.",
                "Send at most %(count)s files at once.",
                settings.ATTACHMENT_MAX_COUNT,
            )
            % {"count": settings.ATTACHMENT_MAX_COUNT}
        )
    if files:
        Attachment.objects.filter(pk__in=[file.pk for file in files], message=None).update(
            message=message
        )

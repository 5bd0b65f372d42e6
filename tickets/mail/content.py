"""From a letter to what a message holds: the author's own words, the rest, the files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from departments.models import Person
from departments.when import language_of
from helpdesk.lib import html as safe_html
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.mail.letter import Letter
from tickets.mail.pictures import Gallery, unpacked
from tickets.models import Attachment, Message


@dataclass(frozen=True)
class Content:
    """Ready for a message; `html` is clean."""

    summary: str
    body: str
    html: str
    rest: str
    language: str
    seal: str = ""


def storable(text: str) -> str:
    """Text that every database can hold: no NUL, no half surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def content_of(letter: Letter, refused: list[str], files: Sequence[Attachment] = ()) -> Content:
    """The words of a letter. What was folded away, cut or refused is in the rest, by name.

    Pictures among its kept files go to their place in the text.
    """
    text = storable(letter.text).strip()
    own = storable(letter.reply_text).strip() or text
    rest = _rest(text, own)
    remarks = [*refused, *(_("Cut: %(what)s.") % {"what": what} for what in letter.limited)]
    if letter.encrypted:
        own = _("This mail is encrypted and cannot be read here. The original is kept.")
    body = own or _("(no text)")
    gallery = Gallery(files)
    html = _html(letter, body, gallery, is_whole=not rest and bool(own) and not letter.encrypted)
    gallery.hang_up()
    return Content(
        summary=" ".join(storable(letter.subject).split()) or _("(no subject)"),
        body=body,
        html=html,
        rest="\n\n".join(filter(None, [rest, *remarks])),
        language=language_of(body),
        seal=seal_of(letter),
    )


def with_pictures(letter: Letter) -> Letter:
    """The letter with the pictures in its HTML as files."""
    html, found = unpacked(letter.html)
    return replace(letter, html=html, attachments=(*letter.attachments, *found))


def seal_of(letter: Letter) -> str:
    """What the author did to the letter so that others cannot read or change it."""
    if letter.encrypted:
        return Message.Seal.ENCRYPTED
    return Message.Seal.SIGNED if letter.signed else ""


def keep_files(letter: Letter, sender: Person) -> tuple[list[Attachment], list[str]]:
    """Store the attachments; those that we do not take are named with the reason."""
    kept: list[Attachment] = []
    refused: list[str] = []
    for file in letter.attachments:
        if len(kept) >= settings.ATTACHMENT_MAX_COUNT:
            refused.append(_("Not taken, too many files: “%(name)s”.") % {"name": file.name})
            continue
        try:
            kept.append(
                actions.written(
                    ContentFile(file.content),
                    name=storable(file.name),
                    type=storable(file.type),
                    by=sender,
                    content_id=storable(file.content_id),
                    is_inline=file.is_inline,
                )
            )
        except Refused as problem:
            refused.append(str(problem))
    if kept:
        actions.remember_files(kept)
    return kept, refused


def _rest(text: str, own: str) -> str:
    """What of the text is not the author's own; all of it when the two cannot be told apart."""
    if text.split() == own.split():
        return ""
    return text[len(own) :].strip() if text.startswith(own) else text


def _html(letter: Letter, body: str, gallery: Gallery, *, is_whole: bool) -> str:
    """The letter's own HTML if nothing of it was folded away; else the words as paragraphs."""
    if is_whole and letter.html:
        clean = safe_html.clean(gallery.in_html(storable(letter.html))).strip()
        if gallery.shown or safe_html.to_text(clean).strip():
            return clean
    parts = [part.strip("\n") for part in body.replace("\r\n", "\n").split("\n\n")]
    words = "".join(f"<p>{safe_html.plain(part)}</p>" for part in parts if part.strip())
    return gallery.in_words(words)

"""Pictures inside a letter stay where their author put them."""

import base64
import binascii
import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

from tickets.mail.letter import Attached
from tickets.models import Attachment

# Some programs write the picture itself into the HTML.
EMBEDDED = re.compile(
    r"""(<img\b[^>]{0,500}?\bsrc\s*=\s*)(["'])data:image/(png|jpeg|gif|webp);base64,([^"']+)\2""",
    re.IGNORECASE,
)
SOURCE = re.compile(r"""(\bsrc\s*=\s*)(["']?)cid:([^"'\s>]+)\2""", re.IGNORECASE)
# What stands for a picture in the plain text: Outlook, Gmail, and Apple's object mark.
MARK = re.compile(r"\[cid:([^\]\s]{1,255})\]|\[image:\s*([^\]\n]{1,255})\]|\ufffc")
PICTURES_MAX = 50


def unpacked(html: str) -> tuple[str, list[Attached]]:
    """The HTML with its embedded pictures as files of their own, each named by a content id."""
    found: list[Attached] = []

    def taken_out(match: re.Match[str]) -> str:
        before, quote, kind, data = match.groups()
        try:
            content = base64.b64decode(data, validate=False)
        except (binascii.Error, ValueError):
            return f"{before}{quote}{quote}"
        if len(found) >= PICTURES_MAX or not content:
            return f"{before}{quote}{quote}"
        number = len(found) + 1
        name = f"embedded-{number}"
        found.append(
            Attached(f"{name}.{kind.lower()}", f"image/{kind.lower()}", content, True, name)
        )
        return f"{before}{quote}cid:{name}{quote}"

    return EMBEDDED.sub(taken_out, html), found


class Gallery:
    """The pictures of one letter, and which of them were shown in their place."""

    def __init__(self, files: Iterable[Attachment]) -> None:
        pictures = [file for file in files if file.is_picture and file.is_inline]
        self._by_id = {file.content_id: file for file in pictures if file.content_id}
        self._by_name = {file.name: file for file in reversed(pictures)}
        self._order = pictures
        self.shown: set[int] = set()

    def in_html(self, html: str) -> str:
        """`cid:` sources (RFC 2392) as addresses of our own; the HTML still has to be cleaned."""

        def source(match: re.Match[str]) -> str:
            file = self._by_id.get(unquote(unescape(match[3])))
            return f'{match[1]}"{self._show(file)}"' if file else f'{match[1]}""'

        return SOURCE.sub(source, html)

    def in_words(self, html: str) -> str:
        """The same for the marks in plain text that was made HTML; unknown marks stay as words."""

        def picture(match: re.Match[str]) -> str:
            file = self._marked(unescape(match[1] or ""), unescape(match[2] or ""))
            return f'<img src="{self._show(file)}" alt="">' if file else match[0]

        return MARK.sub(picture, html)

    def _marked(self, content_id: str, name: str) -> Attachment | None:
        if content_id:
            return self._by_id.get(content_id)
        if name:
            return self._by_name.get(name)
        return next((file for file in self._order if file.pk not in self.shown), None)

    def _show(self, file: Attachment) -> str:
        self.shown.add(file.pk)
        return file.get_absolute_url()

    def hang_up(self) -> None:
        """Those without a place in the text stand below it, with the other files."""
        left = [file.pk for file in self._order if file.pk not in self.shown]
        if left:
            Attachment.objects.filter(pk__in=left).update(is_inline=False)

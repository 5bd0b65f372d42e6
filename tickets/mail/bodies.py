"""What of a mail is its text and what is a file."""

import html as html_entities
import mimetypes
import re
from dataclasses import dataclass, field

from tickets.mail import charsets, headers, html_text, tnef
from tickets.mail.letter import Attached, Remarks
from tickets.mail.limits import Limits
from tickets.mail.structure import Part

_TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text"})
_CHARSET_IN_HTML = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.I)
_TAG_IN_ENRICHED = re.compile(r"<(/?)([A-Za-z-]{1,60})[^<>]{0,500}>")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXTENSIONS = {"message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt",
               "application/octet-stream": ".bin"}  # fmt: skip


@dataclass(slots=True)
class Block:
    """A stretch of the body in one or both of its forms."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class Allowance:
    """How many characters of text and of HTML may still be taken from the mail."""

    text: int
    html: int

    def take(self, characters: int, *, is_html: bool) -> None:
        if is_html:
            self.html -= characters
        else:
            self.text -= characters


@dataclass(slots=True)
class Bodies:
    """The blocks of the body and the files, both in the order of the mail."""

    limits: Limits
    remarks: Remarks
    left: Allowance
    charset_hint: str = ""
    blocks: list[Block] = field(default_factory=list)
    attachments: list[Attached] = field(default_factory=list)

    @property
    def html(self) -> str:
        """The body as HTML, "" when no part of it was."""
        if not any(block.html for block in self.blocks):
            return ""
        pieces = [block.html or _as_html(block.plain) for block in self.blocks]
        return "\n".join(piece for piece in pieces if piece)

    @property
    def text(self) -> str:
        """The body as text: each block from its plain form, from its HTML where it has no other."""
        pieces: list[str] = []
        left = self.limits.rendered_characters
        for block in self.blocks:
            if block.plain.strip() or not block.html:
                pieces.append(block.plain)
                continue
            if len(block.html) > left:
                self.remarks.limited("text of the HTML body")
            pieces.append(html_text.to_text(block.html[:left]))
            left = max(0, left - len(block.html))
        return "\n".join(piece.strip("\n") for piece in pieces if piece.strip())

    @property
    def marked_text(self) -> str:
        """The text of a mail that has only HTML, its quoted containers marked; "" for others."""
        if any(block.plain.strip() for block in self.blocks):
            return ""
        return html_text.to_text_with_marks(self.html[: self.limits.rendered_characters])

    def read(self, part: Part) -> None:
        """Sort a part and what is below it into text and files."""
        if part.type == "multipart/alternative" and part.children:
            self._read_alternative(part)
        elif part.type == "multipart/related" and part.children:
            self._read_related(part)
        elif part.children:
            for child in part.children:
                self.read(child)
        elif self._is_text(part):
            self.blocks.append(self._block(part))
        elif not part.type.startswith("multipart/"):
            self._attach(part)

    def _read_alternative(self, part: Part) -> None:
        """The same words in several forms: one block of the best of each kind."""
        best = Block()
        inner = Bodies(self.limits, self.remarks, self.left, self.charset_hint)
        for child in part.children:
            inner.read(child)
        for block in inner.blocks:
            best.plain = best.plain or (block.plain.strip("\n") and block.plain)
            if block.html:
                best.html = f"{best.html}\n{block.html}" if best.html else block.html
        self.blocks.append(best)
        self.attachments += inner.attachments

    def _read_related(self, part: Part) -> None:
        """The root may stand anywhere; what belongs to it is shown inside it."""
        start = part.parameters.get("start", "")
        roots = [each for each in part.children if start and _content_id(each) == start.strip("<>")]
        root = roots[0] if roots else part.children[0]
        if self._is_file(root):
            root = next((each for each in part.children if not self._is_file(each)), root)
        self.read(root)
        for child in part.children:
            if child is not root:
                self.read(child)

    def _is_file(self, part: Part) -> bool:
        return not part.children and not self._is_text(part)

    @staticmethod
    def _is_text(part: Part) -> bool:
        if part.type not in _TEXTS or part.disposition.startswith("attachment"):
            return False
        return not (part.disposition_parameters.get("filename") or part.parameters.get("name"))

    def _block(self, part: Part) -> Block:
        text = self._text(part)
        if part.type == "text/html":
            return Block(html=text)
        if part.type in {"text/enriched", "text/richtext"}:
            return Block(plain=_from_enriched(text))
        return Block(plain=text)

    def _text(self, part: Part) -> str:
        """The decoded text of a part, as far as the mail's allowance goes, its line ends as \\n."""
        is_html = part.type == "text/html"
        left = self.left.html if is_html else self.left.text
        content = part.content(self.remarks, 4 * left)
        text, problem = charsets.decode(content, self._charset(part, content), self.charset_hint)
        if problem:
            self.remarks.defect(problem)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _CONTROLS.sub("", text)
        if len(text) > left or len(content) == 4 * left:
            self.remarks.limited("body")
            text = text[:left]
        self.left.take(len(text), is_html=is_html)
        return text

    @staticmethod
    def _charset(part: Part, content: bytes) -> str:
        charset = part.parameters.get("charset", "")
        if part.type == "text/html" and not charsets.codec(charset):
            found = _CHARSET_IN_HTML.search(content, 0, 4096)
            return found[1].decode("ascii") if found else charset
        return charset

    def _attach(self, part: Part) -> None:
        content = part.content(self.remarks)
        if len(content) > self.limits.attachment_bytes:
            self.remarks.limited("attachment")
            return
        name = _name(part, len(self.attachments) + 1)
        if (part.type in tnef.TYPES or name.lower() == "winmail.dat") and self._unpacked(content):
            return
        inline = part.disposition.startswith("inline") or (
            bool(_content_id(part)) and not part.disposition.startswith("attachment")
        )
        self.attachments.append(Attached(name, part.type, content, inline, _content_id(part)))

    def _unpacked(self, content: bytes) -> bool:
        """Take the files out of Outlook's envelope; False when it holds none that can be read."""
        files, body = tnef.read(content)
        if body.strip() and not any(block.plain.strip() for block in self.blocks):
            self.blocks.append(Block(plain=body[: self.left.text].replace("\r\n", "\n")))
            self.left.take(len(body), is_html=False)
        for number, file in enumerate(files, len(self.attachments) + 1):
            kind = file.type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            name = safe_name(file.name) or f"part-{number}"
            inline = bool(file.content_id)
            self.attachments.append(Attached(name, kind, file.content, inline, file.content_id))
        return bool(files or body.strip())


def _content_id(part: Part) -> str:
    return headers.one_line(part.headers.raw("content-id")[:1000].decode("latin-1")).strip("<> ")


def _name(part: Part, number: int) -> str:
    """The sender's file name made safe to show; a made-up one where there is none."""
    given = part.disposition_parameters.get("filename") or part.parameters.get("name") or ""
    name = safe_name(given)
    if name:
        return name
    extension = _EXTENSIONS.get(part.type) or mimetypes.guess_extension(part.type) or ""
    if part.type == "message/rfc822":
        inner, _ = headers.split(part.raw, Limits(), Remarks(), part.start, part.end)
        if subject := safe_name(inner.text("subject")[:100]):
            return f"{subject}.eml"
    kind = part.type.split("/", 1)[0]
    return f"{kind if kind not in {'application', 'text'} else 'part'}-{number}{extension}"


def safe_name(given: str) -> str:
    """The last step of a path, without control and direction characters and leading dots."""
    name = _NOT_IN_NAMES.sub("", given).replace("\\", "/").rsplit("/", 1)[-1]
    name = " ".join(re.sub(r"[<>:\"|?*]", "_", name).split()).lstrip(". ")
    if len(name) > 150:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: 150 - len(extension)]}.{extension}" if dot and len(extension) < 12 else name
        )
    return name[:160]


def _as_html(plain: str) -> str:
    return f"<pre>{html_entities.escape(plain)}</pre>" if plain.strip() else ""


def _from_enriched(text: str) -> str:
    """text/enriched (RFC 1896): commands dropped, `<<` is one bracket, one newline is a space."""
    text = re.sub(r"<param>.{0,500}?</param>", "", text, flags=re.DOTALL | re.IGNORECASE)
    text = text.replace("<<", "\x00")
    return _TAG_IN_ENRICHED.sub("", text).replace("\x00", "<")

"""A letter made again of the parts that a mail provider took it into.

The same parts give the same bytes, so that a replay is known. Headers are written as they were
told: the standard library's modern parser, which anymail puts letters together with, fails for
ever on some that spammers write.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from hashlib import sha256

_NAME = re.compile(r"[!-9;-~]{1,200}")
_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,300}")
_FOLD = re.compile(r"\r?\n[ \t]+")
Header = tuple[str, str]


@dataclass(frozen=True)
class File:
    """One file of the letter; with a content id it is a picture that the text shows."""

    name: str
    type: str
    content: bytes
    content_id: str = ""


def rebuilt(headers: Iterable[Header], text: str, html: str, files: Iterable[File]) -> bytes:
    """The letter's bytes. Its own description of its parts is replaced by ours."""
    head = b"".join(_line(name, value) for name, value in headers if _is_kept(name))
    words = MIMEMultipart("alternative")
    for kind, content in (("plain", text), ("html", html)):
        if content or kind == "plain":
            words.attach(MIMEText(_whole(content), kind, "utf-8"))
    whole = MIMEMultipart("mixed")
    whole.attach(words)
    for file in files:
        whole.attach(_part(file))
    seed = sha256(head + text.encode("utf-8", "replace")).hexdigest()[:24]
    words.set_boundary(f"=_{seed}_words")
    whole.set_boundary(f"=_{seed}_whole")
    return head + whole.as_bytes()


def headers_of(block: str) -> list[Header]:
    """Name and value of each header in a block of them."""
    lines = (line.partition(":") for line in _FOLD.sub(" ", block).splitlines())
    return [(name, value) for name, colon, value in lines if colon]


def plain_bytes(text: str) -> bytes:
    """A raw letter that came as text; halves of signs (JSON knows them) do not stop it."""
    return text.encode("utf-8", "surrogatepass")


def _is_kept(name: str) -> bool:
    kept = name.lower()
    is_ours = kept.startswith("content-") or kept == "mime-version"
    return _NAME.fullmatch(name) is not None and not is_ours


def _line(name: str, value: str) -> bytes:
    return f"{name}: {_one_line(value)}\n".encode()


def _part(file: File) -> MIMEBase:
    kind = file.type.partition(";")[0].strip().lower()
    known = _TYPE.fullmatch(kind) and not kind.startswith(("multipart/", "message/"))
    part = MIMEBase(*(kind if known else "application/octet-stream").split("/"))
    part.set_payload(file.content)
    encode_base64(part)
    content_id = file.content_id.strip().strip("<>")
    shown = "inline" if content_id else "attachment"
    part.add_header("Content-Disposition", shown, filename=("utf-8", "", _one_line(file.name)))
    if _CONTENT_ID.fullmatch(content_id):
        part["Content-ID"] = f"<{content_id}>"
    return part


def _one_line(text: str) -> str:
    return " ".join(_whole(text).split())


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()

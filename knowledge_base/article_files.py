"""Articles as files: Markdown or HTML below a few lines about it, many of them in one zip.

    ---
    title: Connect to the VPN
    lede: You need your laptop and two minutes.
    keywords: remote, home office
    tags: network, home
    services: VPN and network
    ---
    Text.

A file is called `vpn.en.md`: files with the same first part are one article in many languages,
and the first of them alphabetically by `source: yes`, else English, else any is its source.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from helpdesk.lib import markdown

MOST_FILES = 5_000
LARGEST_FILE = 2_000_000
LARGEST_OF_ALL = 200_000_000
FIELDS = ("title", "lede", "keywords", "tags", "services", "source")
_NAME = re.compile(r"(?P<stem>[^/]{1,100})\.(?P<language>[a-z]{2}(?:-[a-z]{2,4})?)\.(?:md|html)")
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)(.*)\Z", re.DOTALL)
_CALLOUT = re.compile(
    r"<blockquote>\s*<p>\[!(TIP|WARNING|NOTE)\](?:<br ?/?>)?\s*(.*?)</blockquote>", re.DOTALL
)


class Unreadable(ValueError):
    """A file that is none of ours; the words say which, and what to do."""


@dataclass(frozen=True)
class ArticleFile:
    """One article in one language."""

    stem: str
    language: str
    title: str
    html: str
    lede: str = ""
    keywords: str = ""
    tags: tuple[str, ...] = field(default=())
    services: tuple[str, ...] = field(default=())
    is_source: bool = False


def read(name: str, content: str) -> ArticleFile:
    """One file; Unreadable says what is wrong with it."""
    known = _NAME.fullmatch(PurePosixPath(name).name)
    if known is None:
        raise Unreadable(f"{name}: call it like vpn.en.md, with its language.")
    front = _FRONT.match(content)
    if front is None:
        raise Unreadable(f"{name}: begin with a line ---, title: …, and a line ---.")
    said = dict(_fields(name, front[1]))
    if not said.get("title"):
        raise Unreadable(f"{name}: it has no title.")
    return ArticleFile(
        stem=known["stem"],
        language=known["language"],
        title=said["title"],
        html=front[2] if name.endswith(".html") else to_html(front[2]),
        lede=said.get("lede", ""),
        keywords=said.get("keywords", ""),
        tags=_several(said.get("tags", "")),
        services=_several(said.get("services", "")),
        is_source=said.get("source", "") == "yes",
    )


def write(file: ArticleFile) -> tuple[str, str]:
    """Name and content of the file that `read` reads as the same article."""
    said = {
        "title": file.title,
        "lede": file.lede,
        "keywords": file.keywords,
        "tags": ", ".join(file.tags),
        "services": ", ".join(file.services),
        "source": "yes" if file.is_source else "",
    }
    front = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in said.items() if value)
    return f"{file.stem}.{file.language}.html", f"---\n{front}\n---\n{file.html}\n"


def to_html(text: str) -> str:
    """Markdown as an article's HTML; `> [!TIP]` opens a callout."""
    return _CALLOUT.sub(
        lambda found: f'<aside data-kind="{found[1].lower()}"><p>{found[2].strip()}</aside>',
        markdown.render(text),
    )


def in_folder(folder: Path) -> Iterator[tuple[str, str]]:
    """Names and contents of the files in a folder, in order."""
    for path in sorted(folder.iterdir()):
        if path.suffix in {".md", ".html"}:
            yield path.name, _decoded(path.name, path.read_bytes()[: LARGEST_FILE + 1])


def in_zip(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Names and contents of the files in a zip. Nothing is unpacked to disk.

    Unreadable where it is no zip, holds too much, or claims a size that is not true.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            wanted = [each for each in packed.infolist() if _is_ours(each)]
            if len(wanted) > MOST_FILES or sum(each.file_size for each in wanted) > LARGEST_OF_ALL:
                raise Unreadable("The zip holds more than we take at once. Split it.")
            for each in sorted(wanted, key=lambda one: one.filename):
                # Never more than the limit is unpacked, whatever size the zip claims.
                with packed.open(each) as content:
                    yield each.filename, _decoded(each.filename, content.read(LARGEST_FILE + 1))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as problem:
        raise Unreadable("This is no zip that can be opened. Pack it again.") from problem


def together(files: Iterable[ArticleFile]) -> Mapping[str, list[ArticleFile]]:
    """The files of each article, its source first."""
    found: dict[str, list[ArticleFile]] = {}
    for file in files:
        found.setdefault(file.stem, []).append(file)
    for same in found.values():
        same.sort(key=lambda file: (not file.is_source, file.language != "en", file.language))
    return found


def _fields(name: str, front: str) -> Iterator[tuple[str, str]]:
    for line in front.splitlines():
        key, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or key.strip().lower() not in FIELDS:
            raise Unreadable(f"{name}: “{line.strip()[:60]}” is none of {', '.join(FIELDS)}.")
        yield key.strip().lower(), value.strip()


def _several(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _is_ours(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    is_inside = not path.is_absolute() and ".." not in path.parts and "__MACOSX" not in path.parts
    return is_inside and not entry.is_dir() and path.suffix in {".md", ".html"}


def _decoded(name: str, content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"{name}: larger than {LARGEST_FILE // 1_000_000} MB.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"{name}: save it as UTF-8.") from problem

"""The HTML of an article: what may stand in it, its headings, and how long it takes to read."""

import re
import unicodedata
from dataclasses import dataclass
from html import escape, unescape

import nh3

from helpdesk.lib.html import DROPPED_WITH_CONTENT, REL, SCHEMES

LONGEST = 500_000
TAGS = {
    "a", "aside", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "dl",
    "dt", "em", "h2", "h3", "h4", "hr", "i", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "s", "samp", "small", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "aside": {"data-kind"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# Callouts, each with its icon.
KINDS = {"tip": "bulb", "warning": "alert", "note": "info"}
_LINK = re.compile(r"(?:https?://|mailto:|tel:|/(?!/)|#)", re.IGNORECASE)
_SIZE = re.compile(r"\d{1,4}")
_SIZED = {"colspan", "rowspan", "start"}
_HEADING = re.compile(r"<h([234])((?:\s[^>]*)?)>(.*?)</h\1>", re.DOTALL)
_CALLOUT = re.compile(r"<aside((?:\s[^>]*)?)>")
_KIND = re.compile(r'data-kind="([a-z]+)"')
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|li|h[234]|tr|pre|blockquote|aside|dd|dt|table)>|<br>")
_NOT_IN_ANCHORS = re.compile(r"[^\w]+")
_SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WORDS_A_MINUTE, _SIGNS_A_MINUTE = 200, 500


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents."""

    level: int
    anchor: str
    text: str


def clean(html: str) -> str:
    """What may be kept of an article as somebody wrote or pasted it."""

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return value if _LINK.match(value) else None
        if attribute == "data-kind":
            return value if value in KINDS else "note"
        if attribute == "dir":
            return value if value in {"ltr", "rtl", "auto"} else None
        if attribute in _SIZED:
            return value if _SIZE.fullmatch(value) else None
        return value

    # The page's title is the only heading of the first level.
    html = re.sub(r"<(/?)h1\b", r"<\1h2", html[:LONGEST], flags=re.IGNORECASE)
    cleaned: str = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=kept,
        url_schemes=SCHEMES,
        link_rel=REL,
        strip_comments=True,
    )
    return cleaned.strip()


def to_text(html: str) -> str:
    """The plain words, a line for each block."""
    text = unescape(_TAG.sub("", _BLOCK_END.sub("\n", html)))
    return "\n".join(line for line in (" ".join(each.split()) for each in text.split("\n")) if line)


def with_contents(html: str) -> tuple[str, list[Heading]]:
    """Clean HTML with anchors at its headings and icons in its callouts, and the contents."""
    found: list[Heading] = []
    taken: set[str] = set()

    def anchored(heading: re.Match[str]) -> str:
        text = to_text(heading[3]).replace("\n", " ")
        anchor = _free(_anchor(text), taken)
        found.append(Heading(int(heading[1]), anchor, text))
        level, attributes, inside = heading[1], heading[2], heading[3]
        return f'<h{level} id="{escape(anchor)}"{attributes}>{inside}</h{level}>'

    return _HEADING.sub(anchored, _CALLOUT.sub(_callout, html)), found


def minutes_to_read(text: str) -> int:
    """At least one; words where they are set apart, signs where they are not."""
    signs = len(_SIGN.findall(text))
    words = len(_SIGN.sub(" ", text).split())
    return max(1, round(words / _WORDS_A_MINUTE + signs / _SIGNS_A_MINUTE))


def slug_of(title: str) -> str:
    """A readable address in any language: small letters and digits with dashes between."""
    plain = unicodedata.normalize("NFKC", title).replace("İ", "i").lower()
    return _NOT_IN_ANCHORS.sub("-", plain).strip("-_")[:80].strip("-")


def _anchor(text: str) -> str:
    return slug_of(text)[:60].strip("-") or "part"


def _free(wanted: str, taken: set[str]) -> str:
    """The anchor, with a number where another heading has it already."""
    anchor, number = wanted, 1
    while anchor in taken:
        number += 1
        anchor = f"{wanted}-{number}"
    taken.add(anchor)
    return anchor


def _callout(found: re.Match[str]) -> str:
    kind = _KIND.search(found[1])
    return f'<aside class="callout callout-{kind[1] if kind else "note"}">'

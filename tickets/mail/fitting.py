"""A message's words as a mail carries them: no longer than programs show, styled in place."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from html import unescape

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from helpdesk.lib import html

# Gmail shows 102 kB of a mail and hides the rest; the frame and what is quoted need room, too.
MOST_BYTES = 56_000
MOST_LINKS = 30
PREHEADER = 110
_LINE = "1px solid #d9dfde"
_MONO = "font-family: Consolas, Menlo, monospace; "
_HEADING = {"style": "margin: 16px 0 8px; font-size: 17px; line-height: 1.4"}
_CELL = {
    "class": "m-line",
    "style": f"padding: 4px 12px 4px 0; border-bottom: {_LINE}; text-align: left",
}
_STYLES: dict[str, dict[str, str]] = {
    "a": {"style": "color: #0f6b72"},
    "p": {"style": "margin: 0 0 12px"},
    "ul": {"style": "margin: 0 0 12px; padding: 0 0 0 24px"},
    "ol": {"style": "margin: 0 0 12px; padding: 0 0 0 24px"},
    "blockquote": {
        "class": "m-line",
        "style": "margin: 0 0 12px; padding: 0 0 0 14px; border-left: 3px solid #d9dfde",
    },
    "pre": {
        "class": "m-line",
        "style": f"margin: 0 0 12px; padding: 10px 12px; border: {_LINE}; {_MONO}"
        "font-size: 14px; white-space: pre-wrap",
    },
    "code": {"style": f"{_MONO}font-size: 14px"},
    "table": {"style": "margin: 0 0 12px; border-collapse: collapse"},
    **dict.fromkeys(("td", "th"), _CELL),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
}
_ATTRIBUTES = {tag: names for tag, names in html.ATTRIBUTES.items() if tag != "img"}
_PREHEADER = re.compile(r"(?s)<div [^>]*mso-hide: all[^>]*>.*?</div>")
_HREF = re.compile(r'<a [^<>]*?href="([^"<>]*)"')


NOTHING = SafeString()


@dataclass(frozen=True)
class Fitted:
    """The same words twice; `is_cut` where there are more of them."""

    text: str = ""
    html: SafeString = NOTHING
    is_cut: bool = False
    links: tuple[str, ...] = ()  # Those that only the HTML shows.


def fitted(body: str, rich: str, most: int = MOST_BYTES) -> Fitted:
    """What a mail says of a message's text and clean HTML; pictures are attached or on the page.

    What is longer than `most` bytes, or has no HTML, is shown as plain text up to there.
    """
    shown = in_place(rich) if len(rich) <= most else ""
    if body and (not shown or max(len(shown.encode()), len(body.encode())) > most):
        start = fitting(body, most)
        plain = mark_safe(html.plain(start))  # noqa: S308 (escaped)
        return Fitted(start, plain, is_cut=start != body)
    links = only_linked(shown, body)
    return Fitted(body, mark_safe(shown), links=links)  # noqa: S308 (nh3 made it)


def fitting(text: str, most: int) -> str:
    """The longest beginning of the text whose HTML has no more bytes than this, up to a word."""

    def size(length: int) -> int:
        return len(html.plain(text[:length]).encode())

    longest = max(0, min(len(text), most))
    length = max(0, bisect_right(range(longest + 1), most, key=size) - 1)
    if length == len(text):
        return text
    words = re.match(r"(?s).*\s", text[max(0, length - 200) : length + 1])
    return text[: max(0, length - 200) + len(words[0])].rstrip() if words else text[:length]


def in_place(rich: str) -> str:
    """Clean HTML as mail programs need it: the looks in each tag, no pictures, whole addresses."""

    def whole(_tag: str, name: str, value: str) -> str | None:
        if name != "href" or re.match(r"(?i)(?:https?|mailto|tel):", value):
            return value
        is_ours = value.startswith("/") and not value.startswith(("//", "/\\"))
        return f"{settings.PUBLIC_URL}{value}" if is_ours else None

    return nh3.clean(
        rich,
        tags=html.TAGS - {"img"},
        clean_content_tags=html.DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=whole,
        set_tag_attribute_values=_STYLES,
        url_schemes=html.SCHEMES,
        link_rel=html.REL,
    )


def only_linked(rich: str, text: str) -> tuple[str, ...]:
    """Web addresses behind words of the HTML which the text does not name."""
    found = dict.fromkeys(unescape(href) for href in _HREF.findall(rich))
    return tuple(href for href in found if href.startswith("http") and href not in text)[
        :MOST_LINKS
    ]


def beginning(text: str) -> str:
    """The first words on one line, for the lists that mail programs show."""
    line = " ".join(text[: 4 * PREHEADER].split())
    return line if len(line) <= PREHEADER else f"{line[:PREHEADER].rsplit(' ', 1)[0]}…"


def without_preheader(page: str) -> str:
    """A mail for a page that shows it without its looks, where nothing would stay hidden."""
    return _PREHEADER.sub("", page)

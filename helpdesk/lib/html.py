"""HTML that strangers wrote: what may be shown of it, and its plain words."""

import re
from html import escape

import nh3
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

# Where our own files are served: the only source of pictures inside a message.
OWN_FILES = "/files/"
# What is over one of these is shown as text. Parsers need squared time for deep nesting and for
# many attributes in one tag, and no mail that people wrote comes near.
MAX_LENGTH = 2_000_000
MAX_DEPTH = 200
MAX_PARTS_OF_A_TAG = 5_000

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd",
    "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins",
    "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
# What is inside these is not text for people either.
DROPPED_WITH_CONTENT = {
    "script", "style", "title", "head", "iframe", "object", "embed", "applet", "noscript",
    "noembed", "noframes", "template", "svg", "math", "select", "textarea", "audio", "video",
    "canvas", "map", "frameset",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
REL = "noopener noreferrer nofollow"

OWN_PATH = re.compile(r"[\w./-]+", re.ASCII)
SIZE = re.compile(r"\d{1,5}")
SIZED = {"width", "height", "colspan", "rowspan", "span", "start"}
# nh3 writes attributes in double quotes and escapes those inside, so this is exact.
PICTURE = re.compile(r'<img((?:\s+[\w-]+="[^"]*")*)\s*/?>')
EMBEDDED = re.compile(r"""(["'])data:[^"']*\1""", re.IGNORECASE)
TAG = re.compile(r"""<(/?)([a-zA-Z]+)(?:[^>"']++|"[^"]*+"?|'[^']*+'?)*+""")
SEPARATOR = re.compile(r"[\s/=]+")
MARKUP = re.compile(r"<[^<>]*>")
# These close themselves or each other, so their number is no depth.
FLAT = {
    "area", "base", "br", "col", "dd", "dt", "embed", "frame", "hr", "img", "input", "li", "link",
    "meta", "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track",
    "wbr",
}  # fmt: skip


def clean(html: str, *, own_files: str = OWN_FILES) -> str:
    """The part of this HTML that is safe inside our page; what is too big comes back as text."""

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            return value if _is_own(value, own_files) else None
        if attribute == "dir":
            return value if value in {"ltr", "rtl", "auto"} else None
        if attribute in SIZED:
            return value if SIZE.fullmatch(value) else None
        return value

    # Embedded pictures are not shown in any case, and are most of the length of some mails.
    html = EMBEDDED.sub('""', html)
    if _is_too_much(html):
        return plain(MARKUP.sub(" ", html[:MAX_LENGTH]))
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=kept,
        url_schemes=SCHEMES,
        link_rel=REL,
        strip_comments=True,
    )
    # A picture without a source is one that we do not load.
    return PICTURE.sub(lambda m: m[0] if ' src="' in m[1] else "", cleaned)


def to_text(html: str) -> str:
    """The plain words, with lists and tables laid out."""
    safe = clean(html)
    if not safe.strip():
        return ""
    lines = get_text(safe, ParserConfig()).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def plain(text: str) -> str:
    """Plain text as HTML that shows exactly it, line breaks included."""
    return escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def _is_own(source: str, own_files: str) -> bool:
    return (
        source.startswith(own_files)
        and ".." not in source
        and OWN_PATH.fullmatch(source) is not None
    )


def _is_too_much(html: str) -> bool:
    if len(html) > MAX_LENGTH:
        return True
    depth = 0
    for tag in TAG.finditer(html):
        if len(SEPARATOR.findall(tag[0])) > MAX_PARTS_OF_A_TAG:
            return True
        if tag[2].lower() not in FLAT:
            depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False

"""The words of an HTML body, with what its mail program marked as quoted set off by `>`."""

import re

from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

QUOTED = "> [quoted]"

# Containers in which mail programs put what they quote.
_QUOTES = (
    "//blockquote[not(ancestor::blockquote)]",
    "//*[contains(concat(' ', @class, ' '), ' gmail_quote ')]",
    "//*[contains(concat(' ', @class, ' '), ' gmail_quote_container ')]",
    "//*[contains(@class, 'yahoo_quoted')]",
    "//*[contains(@class, 'protonmail_quote')]",
    "//*[contains(@class, 'zmail_extra')]",
    "//*[contains(@class, 'moz-forward-container')]",
    "//*[@id='isReplyContent' or @id='reply-intro' or @name='quote']",
    "//*[@id='mail-editor-reference-message-container']",
    "//*[@id='divRplyFwdMsg' or @id='x_divRplyFwdMsg']",
    "//*[@id='appendonsend']",
)
_UNSEEN = (
    "//script|//style|//head|//title|//noscript|//template|//comment()|//processing-instruction()"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HIDDEN = "//*[contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')]"
_TABLES = frozenset({"table", "tbody", "thead", "tfoot", "tr"})
# What the rules about quoted containers look at; everything else is the sender's decoration.
_KEPT = ("class", "id", "name")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t\xa0]*\n(?:[ \t\xa0]*\n)+")
_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE, display_links=False, display_images=False)
_DEEPEST = 200


def to_text(html: str) -> str:
    """The whole text of an HTML body."""
    tree = _tree(html)
    return _render(tree) if tree is not None else _without_tags(html)


def to_text_with_marks(html: str) -> str:
    """The text with each quoted container replaced by one line that begins with `>`."""
    tree = _tree(html)
    if tree is None:
        return _without_tags(html)
    _cut_after_outlook_line(tree)
    for path in _QUOTES:
        for element in tree.xpath(path):
            _replace(element)
    return _render(tree)


def _tree(html: str) -> HtmlElement | None:
    """The parsed page, or None when it is no page or nested beyond what is worth rendering."""
    html = re.sub(r"^\s*<\?xml[^>]{0,500}\?>", "", html)
    html = _CONTROLS.sub("", html)
    if not html.strip():
        return None
    try:
        tree = document_fromstring(html, parser=HTMLParser(encoding="utf-8", huge_tree=False))
        for element in tree.xpath(_UNSEEN):
            element.drop_tree()
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    if _is_too_deep(tree):
        return None
    _simplify(tree)
    return tree


def _simplify(tree: HtmlElement) -> None:
    """Leave no measure to the sender: margins and columns are drawn with as many spaces."""
    for element in tree.xpath(_HIDDEN):
        if element.getparent() is not None and element.tag != "body":
            element.drop_tree()
    for element in tree.iter(etree.Element):
        if element.tag in _TABLES:
            element.tag = "div"
        elif element.tag in {"td", "th"}:
            element.tag = "span"
            element.tail = f" {element.tail or ''}"
        kept = {name: element.get(name) for name in _KEPT if element.get(name) is not None}
        element.attrib.clear()
        element.attrib.update(kept)


def _is_too_deep(tree: HtmlElement) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            return True
    return False


def _render(tree: HtmlElement) -> str:
    try:
        text: str = Inscriptis(tree, _CONFIG).get_text()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        # The renderer trips over some nonsense attributes; the words are still there.
        text = "\n".join(tree.itertext())
    lines = [line.rstrip() for line in text.replace("\xa0", " ").split("\n")]
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


def _without_tags(html: str) -> str:
    return _TAG.sub(" ", html).strip()


def _cut_after_outlook_line(tree: HtmlElement) -> None:
    """Outlook on the web quotes everything that follows its header block."""
    for mark in tree.xpath("//*[@id='divRplyFwdMsg' or @id='x_divRplyFwdMsg']"):
        for sibling in list(mark.itersiblings()):
            sibling.drop_tree()


def _replace(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    element.tag, element.text, element.tail = "div", QUOTED, tail

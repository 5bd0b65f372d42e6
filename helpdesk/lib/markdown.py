"""What people write in our own fields: a little Markdown, shown as safe HTML."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from helpdesk.lib import html

# Longer texts are logs and dumps: shown as they are, because formatting would only harm them.
MAX_LENGTH = 60_000
ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}\u3000-\u303f\uff00-\uffef]{1,2000}", re.IGNORECASE)
ENDINGS = ".,;:!?…'\"*_~"


def render(text: str) -> str:
    """Safe HTML: paragraphs, breaks as typed, emphasis, lists, quotes, code, tables, links."""
    if len(text) > MAX_LENGTH:
        return html.plain(text)
    return html.clean(_parser.render(text))


def _link_addresses(state: StateCore) -> None:
    """Make bare web addresses links; linkify-it would guess at much more."""
    for block in state.tokens:
        if block.type == "inline" and block.children and "://" in block.content:
            block.children = list(_linked(block.children))


def _linked(tokens: list[Token]) -> Iterator[Token]:
    inside = 0
    for token in tokens:
        inside += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not inside:
            yield from _split(token)
        else:
            yield token


def _split(token: Token) -> Iterator[Token]:
    at = 0
    for found in ADDRESS.finditer(token.content):
        address = _without_ending(found[0])
        if found.start() > at:
            yield _text(token.content[at : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": address})
        yield _text(address)
        yield Token("link_close", "a", -1)
        at = found.start() + len(address)
    if at < len(token.content):
        yield _text(token.content[at:])


def _without_ending(address: str) -> str:
    """Without the sentence's own full stop, or the bracket that was opened before it."""
    address = address.rstrip(ENDINGS)
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(ENDINGS)
    return address


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_parser.core.ruler.push("addresses", _link_addresses)

"""What people write in our fields, as HTML."""

import time

import pytest

from helpdesk.lib import markdown

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("*a* **b** ~~c~~", "<p><em>a</em> <strong>b</strong> <s>c</s></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>'),
        ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("<b>not html</b>", "<p>&lt;b&gt;not html&lt;/b&gt;</p>"),
        ("שלום 👋 ışık", "<p>שלום 👋 ışık</p>"),
        ("", ""),
    ],
)
def test_a_little_markdown_is_understood(text: str, shown: str) -> None:
    assert markdown.render(text).strip() == shown


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](\x01javascript:alert(1))",
        "[x](vbscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_no_address_can_act(text: str) -> None:
    assert "href" not in markdown.render(text)


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("see https://a.example/b.", "https://a.example/b", "."),
        ("(https://a.example/b_(c))", "https://a.example/b_(c)", ")"),
        ("https://a.example/?q=1&r=2, or", "https://a.example/?q=1&amp;r=2", ", or"),
        ("**https://a.example/x**", "https://a.example/x", "</strong>"),
        ("住所は https://a.example/パス。です", "https://a.example/パス", "。です"),
        ("<https://a.example>", "https://a.example", "</p>"),
    ],
)
def test_bare_web_addresses_become_links(text: str, address: str, after: str) -> None:
    link = f'<a href="{address}" {REL}>{address}</a>{after}'
    assert link in markdown.render(text)


@pytest.mark.parametrize("text", ["`https://a.example`", "    https://a.example"])
def test_an_address_in_code_is_no_link(text: str) -> None:
    assert "<a" not in markdown.render(text)


def test_an_address_inside_a_link_is_not_linked_twice() -> None:
    assert markdown.render("[see https://a.example](https://b.example)").count("<a ") == 1


def test_pictures_from_elsewhere_do_not_load() -> None:
    assert "<img" not in markdown.render("![x](https://evil.example/x.png)")


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "*a ",
        "**a *b",
        "![[",
        "[a](b",
        "`a",
        "> ",
        "- ",
        "|a",
        "https://",
        "<",
        "\n",
        "~~a",
        "_a_b",
    ],
)
def test_a_megabyte_is_shown_quickly(text: str) -> None:
    start = time.process_time()
    markdown.render((text * 1_000_000)[:1_000_000])
    markdown.render((text * markdown.MAX_LENGTH)[: markdown.MAX_LENGTH])
    assert time.process_time() - start < 3

"""What may stand in an article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.article_html import clean, minutes_to_read, slug_of, to_text, with_contents

HOSTILE = [
    "<script>alert(1)</script>",
    "<style>p{}</style>",
    "<iframe src='https://evil.example'></iframe>",
    "<svg onload=alert(1)></svg>",
    "<p onclick=alert(1)>x</p>",
    "<p style='position:fixed'>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<img src='https://evil.example/x.png'>",
    "<form action='/x'><input></form>",
    "<object data=x></object>",
    "<meta http-equiv=refresh content=0>",
    "<base href='https://evil.example'>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_is_kept(html: str) -> None:
    kept = clean(f"<p>Before</p>{html}<p>After</p>")
    for sign in ("script", "onclick", "onload", "style", "evil", "data:", "form", "meta", "src="):
        assert sign not in kept
    assert "Before" in kept
    assert "After" in kept


def test_what_an_article_needs_is_kept() -> None:
    html = (
        '<h2>One</h2><p><b>a</b> <a href="/services/">b</a></p><ul><li>c</li></ul>'
        '<aside data-kind="tip"><p>d</p></aside><pre><code>e</code></pre>'
        '<table><tbody><tr><th scope="row">f</th><td colspan="2">g</td></tr></tbody></table>'
    )
    kept = clean(html)
    assert kept.replace(' rel="noopener noreferrer nofollow"', "") == html


def test_the_title_is_the_only_heading_of_the_first_level() -> None:
    assert clean("<H1>x</H1>") == "<h2>x</h2>"


def test_headings_get_anchors_of_their_own() -> None:
    html, contents = with_contents("<h2>Şifre</h2><h2>Şifre</h2><h3>接続</h3><h2>!</h2>")
    assert [line.anchor for line in contents] == ["şifre", "şifre-2", "接続", "part"]
    assert '<h2 id="şifre-2">' in html


def test_callouts_become_what_the_page_draws() -> None:
    html, _contents = with_contents(clean('<aside data-kind="x" class="y"><p>z</p></aside>'))
    assert html == '<aside class="callout callout-note"><p>z</p></aside>'


def test_plain_words_keep_their_lines() -> None:
    assert to_text("<h2>A &amp; B</h2><ul><li>c</li><li>d<br>e</li></ul>") == "A & B\nc\nd\ne"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Connect to the VPN!", "connect-to-the-vpn"),
        ("İzin talebi", "izin-talebi"),
        ("VPNに接続する", "vpnに接続する"),
        ("  ", ""),
        ("a" * 200, "a" * 80),
    ],
)
def test_addresses_are_readable(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_reading_takes_as_long_as_there_is_to_read() -> None:
    assert minutes_to_read("") == 1
    assert minutes_to_read("word " * 600) == 3
    assert minutes_to_read("接" * 1500) == 3


@given(st.text(alphabet="<>/\"'= abhipsrcx1&;é接"))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    with_contents(once)

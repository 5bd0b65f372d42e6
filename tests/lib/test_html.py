"""What is left of HTML that strangers wrote."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib import html

DANGER = ("javascript:", "vbscript:", "data:", "<script", "<svg", "<iframe", "<form", "<style",
          "<meta", "<base", "<link", "<object", "<math", "srcdoc", "onerror", "onload", "onclick",
          "style=", "http://evil")  # fmt: skip

HOSTILE = [
    '<script>alert(1)</script>',
    '<ScRiPt src=http://evil/x.js></sCrIpT>',
    '<img src=x onerror=alert(1)>',
    '<img src="http://evil/pixel.gif">',
    '<img src="//evil/pixel.gif">',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<img src="/files/../accounts/logout/">',
    '<img srcset="http://evil/a 2x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="  JaVaScRiPt:alert(1)">x</a>',
    '<a href="java&#09;script:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#106;&#97;&#118;&#97;script:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<b>hi</b>">x</a>',
    '<a href="blob:http://evil/1">x</a>',
    '<a href="x" onclick="alert(1)">x</a>',
    '<svg onload=alert(1)><circle/></svg>',
    '<svg><animate onbegin=alert(1) attributeName=x></svg>',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<form action="http://evil/"><input name=password></form>',
    '<iframe src="http://evil/"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="http://evil/x.swf"></object>',
    '<meta http-equiv=refresh content="0;url=http://evil/">',
    '<base href="http://evil/">',
    '<link rel=stylesheet href="http://evil/x.css">',
    '<style>body{background:url(http://evil/x)}</style>',
    '<div style="position:fixed;inset:0;background:url(http://evil/x)">x</div>',
    '<p><noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<b <script>alert(1)</script>>x</b>',
    '<!--[if gte mso 9]><script>alert(1)</script><![endif]-->',
    '<template><script>alert(1)</script></template>',
    '<body background="http://evil/x" onload=alert(1)>x</body>',
    '<table background="http://evil/x"><tr><td>x</table>',
    '<video src="http://evil/x" onerror=alert(1)></video>',
    '<p><<script>script>alert(1)</p>',
]  # fmt: skip


def skeleton(cleaned: str) -> str:
    """The markup that is left, without the text between it."""
    return "".join(f"<{piece.split('>')[0]}>" for piece in cleaned.split("<")[1:]).lower()


@pytest.mark.parametrize("letter", HOSTILE)
def test_nothing_that_acts_is_left(letter: str) -> None:
    markup = skeleton(html.clean(letter))
    assert not [danger for danger in DANGER if danger in markup]


@pytest.mark.parametrize("letter", HOSTILE)
def test_cleaning_twice_changes_nothing_more(letter: str) -> None:
    once = html.clean(letter)
    assert html.clean(once) == once


@given(st.text(alphabet="<>/\"'=& abims:crptonelvgft\n", max_size=80))
def test_no_random_markup_keeps_an_action(letter: str) -> None:
    markup = skeleton(html.clean(letter))
    assert not [danger for danger in DANGER if danger in markup]


@pytest.mark.parametrize(
    ("letter", "shown"),
    [
        ("<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ('<td colspan="2">x', "x"),
        ('<table><tr><td colspan="2">x</table>',
         '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
        ('<table><tr><td colspan="9999999">x</table>',
         "<table><tbody><tr><td>x</td></tr></tbody></table>"),
        ("<o:p>Word</o:p>", "Word"),
        ('<p class="MsoNormal" id="main">x</p>', "<p>x</p>"),
        ('<p dir="rtl">שלום</p>', '<p dir="rtl">שלום</p>'),
        ('<p dir="evil" lang="tr">ışık</p>', '<p lang="tr">ışık</p>'),
        ("👩‍👩‍👧 🇹🇷 مرحبا", "👩‍👩‍👧 🇹🇷 مرحبا"),
        ("a < b & c", "a &lt; b &amp; c"),
    ],
)  # fmt: skip
def test_what_people_wrote_stays(letter: str, shown: str) -> None:
    assert html.clean(letter) == shown


@pytest.mark.parametrize(
    "scheme", ["http://a.example/", "https://a.example/", "mailto:a@b.example", "tel:+49"]
)
def test_ordinary_links_stay_and_give_nothing_away(scheme: str) -> None:
    cleaned = html.clean(f'<a href="{scheme}" target="_top" rel="opener">x</a>')
    assert cleaned == f'<a href="{scheme}" rel="noopener noreferrer nofollow">x</a>'


def test_pictures_load_from_our_own_files_only() -> None:
    letter = 'a<img src="/files/7/" alt="b > c">d<img src="https://evil.example/x.png" alt="e">f'
    assert html.clean(letter) == 'a<img src="/files/7/" alt="b &gt; c">df'


def test_the_place_of_our_files_can_be_named() -> None:
    assert html.clean('<img src="/api/f/7">', own_files="/api/f/") == '<img src="/api/f/7">'


@pytest.mark.parametrize(
    "letter",
    [
        "x" * 1_000_000,
        "<div>" * 200_000,
        "<b>" * 333_333,
        "<blockquote>" * 80_000,
        "<p>" * 333_333,
        "<" * 1_000_000,
        "<a " + "x=1 " * 250_000 + ">",
        "<a " + "".join(f"x{i}=1 " for i in range(110_000)) + ">",
        "<a " + "".join(f"x{i}='>' " for i in range(90_000)) + ">",
        '<a b"' + "".join(f"x{i}/" for i in range(130_000)) + ">",
        "<a '" * 250_000,
        "<!--" * 250_000,
        "&amp;" * 200_000,
        "'data:" * 166_000,
        '<img src="data:image/png;base64,' + "A" * 1_000_000 + '">',
    ],
    ids=lambda letter: letter[:12],
)
def test_a_million_letters_are_cleaned_quickly(letter: str) -> None:
    start = time.process_time()
    html.clean(letter)
    assert time.process_time() - start < 1.5


def test_what_is_nested_too_deep_comes_back_as_its_words() -> None:
    assert html.clean("<div>" * 5000 + "hello <b>you</b>").split() == ["hello", "you"]


def test_what_is_too_long_is_escaped_text() -> None:
    letter = "<script>" + "x" * html.MAX_LENGTH
    assert "<" not in html.clean(letter)


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        ("", ""),
        ("<p> </p>", ""),
        ("<p>Hello</p><p>you</p>", "Hello\n\nyou"),
        ("a<br>b", "a\nb"),
        ("<ul><li>one<li>two</ul>", "* one\n  * two"),
        ("<style>p{}</style><p>Merhaba ışık</p><script>x</script>", "Merhaba ışık"),
        ("<table><tr><td>a<td>b</table>", "a  b"),
        ("a &lt; b", "a < b"),
    ],
)
def test_plain_words_of_html(letter: str, words: str) -> None:
    assert html.to_text(letter) == words


def test_plain_text_shows_exactly_itself() -> None:
    assert html.plain("<b>\r\n'x' & y") == "&lt;b&gt;<br>&#x27;x&#x27; &amp; y"

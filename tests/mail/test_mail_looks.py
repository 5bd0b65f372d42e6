"""Every kind of mail in the programs of its readers: what they may show, how much, and how."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from departments.models import Department, Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.every_kind import ID, mails_about
from tests.mail.test_outbound import read
from tickets import actions
from tickets.mail import compose, transport, wording
from tickets.mail.fitting import MOST_BYTES, beginning, fitted, fitting, in_place, only_linked
from tickets.models import Mailbox, Message, OutboundMail, Ticket

pytestmark = pytest.mark.django_db
TEMPLATES = settings.BASE_DIR / "templates/mail"
KINDS = {path.stem for path in TEMPLATES.glob("*.txt")} - {"base"}
OF_NO_TICKET = {"password_reset", "rota_gaps", "digest", "too_large"}
CLIPPED = 100_000  # Gmail shows 102 kB.
BODY = (
    "See **here**: https://wiki.aldera.example/a?b=1&c=2 and [there](https://x.example/y)\n\n- one"
)

FRAME = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "a"}
TEXT = {"b", "br", "span", "ul", "ol", "li", "blockquote", "strong", "em", "pre", "code", "h1"}
TEXT |= {"tbody", "thead", "th", "h2", "hr"}
LOADS = re.compile(r"url\(|@import|@font-face|expression|javascript:|\son[a-z]+=", re.IGNORECASE)


def said_on(ticket: Ticket, by: Person, body: str, **words: Any) -> Message:
    return actions.reply(ticket, by=by, body=body, at=MONDAY, **words)


@pytest.fixture
def plain(make: Make, company: Company) -> dict[str, compose.Composed]:
    """One mail of every kind about Elif's laptop."""
    Mailbox.objects.update(signature="IT, room 12\nhttps://it.aldera.example/")
    ticket = make.ticket()
    said = said_on(ticket, company.mihai, BODY)
    return mails_about(ticket, company.mihai, company, said=said)


@pytest.fixture
def secret(make: Make, company: Company) -> dict[str, compose.Composed]:
    """And one of every kind about what she asked HR."""
    ticket = make.secret()
    said = said_on(ticket, company.misaki, "Said-to-her")
    return mails_about(ticket, company.misaki, company, said=said)


def test_every_kind_is_looked_at(plain: dict[str, compose.Composed]) -> None:
    assert set(plain) | set(compose.GUEST_LETTERS.values()) == KINDS


# --- What they may show ---------------------------------------------------------------------------


def test_nothing_is_loaded_and_nothing_runs(plain: dict[str, compose.Composed]) -> None:
    for kind, mail in plain.items():
        tree = document_fromstring(mail.html)
        tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
        assert tags <= FRAME | TEXT, kind
        assert not LOADS.search(mail.html), kind
        sources = tree.xpath("//@src | //@background | //link/@href | //@srcset | //@action")
        assert not sources, kind


def test_its_words_stand_without_the_styles_of_the_head(
    plain: dict[str, compose.Composed],
) -> None:
    for kind, mail in plain.items():
        bare = re.sub(r"(?s)<style>.*?</style>|<!--.*?-->", "", mail.html)
        tree = document_fromstring(bare)
        [button] = tree.xpath("//td[contains(@class, 'm-fill')]/a")
        assert "background-color: #0f6b72" in button.getparent().get("style"), kind
        assert "color: #ffffff" in button.get("style"), kind
        assert all("color" in link.get("style", "") for link in tree.xpath("//a")), kind
        assert all(table.get("role") == "presentation" for table in tree.xpath("//table")), kind


def test_outlook_gets_a_table_of_fixed_width(plain: dict[str, compose.Composed]) -> None:
    for kind, mail in plain.items():
        assert mail.html.count("<!--[if mso]>") == mail.html.count("<![endif]-->") == 3, kind
        [frame] = re.findall(r"<!--\[if mso\]><table[^>]*>", mail.html)
        assert 'width="600"' in frame


def test_what_a_list_of_mails_shows_of_it(
    plain: dict[str, compose.Composed], secret: dict[str, compose.Composed]
) -> None:
    def shown(mail: compose.Composed) -> str:
        [hidden] = document_fromstring(mail.html).xpath("//div[contains(@style, 'mso-hide')]")
        return str(hidden.text_content())

    assert shown(plain["reply"]).startswith("See **here**: https://wiki.aldera.example/a?b=1&c=2")
    assert shown(secret["reply"]).startswith("Open the mail to read it.")
    assert "Said-to-her" in secret["reply"].html


# --- Colours and sizes ----------------------------------------------------------------------------

DARK = {"m-card": "#1d2425", "m-page": "#14191a"}
INK_ON: list[tuple[str, str]] = [
    ("#1c2626", "#ffffff"),
    ("#566364", "#ffffff"),
    ("#0f6b72", "#ffffff"),
    ("#ffffff", "#0f6b72"),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def rules(css: str) -> Iterator[tuple[str, str, str]]:
    """Class, property and colour of each rule."""
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        for name, colour in re.findall(r"([\w-]*color): (#[0-9a-f]{6})", body):
            for selector in selectors.split(","):
                yield selector.splitlines()[-1].strip(), name, colour


def dark_rules() -> dict[tuple[str, str], str]:
    css = (TEMPLATES / "base.html").read_text()
    _before, _mark, after = css.partition("@media (prefers-color-scheme: dark) {")
    block = after.partition("</style>")[0]
    return {(selector, name): colour for selector, name, colour in rules(block)}


def test_light_colours_can_be_read() -> None:
    styles = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"(?<!-)color: (#[0-9a-f]{6})", styles))
    assert {ink for ink, _ground in INK_ON} <= used
    assert all(contrast(ink, ground) >= 4.5 for ink, ground in INK_ON)


def test_dark_colours_can_be_read() -> None:
    dark = dark_rules()
    card = dark[".m-card", "background-color"]
    for selector in (".m-ink", ".m-soft", ".m-ink a", ".m-soft a"):
        assert contrast(dark[selector, "color"], card) >= 4.5, selector
        assert contrast(dark[selector, "color"], dark[".m-page", "background-color"]) >= 4.5
    button = dark[".m-fill", "background-color"]
    assert contrast(dark[".m-fill a", "color"], button) >= 4.5
    assert contrast(button, card) >= 3


def test_outlook_on_the_web_has_the_same_dark_colours() -> None:
    css = (TEMPLATES / "base.html").read_text()
    outlook = {
        (selector.partition("] ")[2], name): colour
        for selector, name, colour in rules(css)
        if selector.startswith("[data-ogs")
    }
    assert outlook == dark_rules()


def test_fingers_find_the_button(plain: dict[str, compose.Composed]) -> None:
    for kind, mail in plain.items():
        [button] = document_fromstring(mail.html).xpath("//td[contains(@class, 'm-fill')]/a")
        style = button.get("style")
        assert "padding: 12px 22px" in style, kind  # 12 + 20 + 12 = 44 pixels.
        assert "line-height: 20px" in style, kind


# --- How long -------------------------------------------------------------------------------------

LONG = {
    "words": "word " * 40_000,
    "markup": "<&\"'>" * 40_000,
    "turkish": "ş" * 200_000,
    "paragraphs": "a\n\n" * 66_000,
    "short markdown that grows": "- **a** [b](http://c.example)\n" * 1500,
    "one below the limit": "x" * (MOST_BYTES - 1),
}


@pytest.mark.parametrize("what", LONG)
def test_no_mail_is_too_long_for_gmail(make: Make, company: Company, what: str) -> None:
    Mailbox.objects.update(signature="<" * 300)
    long = LONG[what]
    ticket = make.ticket(body=long, summary="<" * 200)
    said_on(ticket, company.elif_, long)
    said = said_on(ticket, company.mihai, long)
    for kind, mail in mails_about(ticket, company.mihai, company, said=said).items():
        assert len(mail.html.encode()) <= CLIPPED, kind
        assert len(mail.text.encode()) <= CLIPPED, kind
    is_cut = len(long) > MOST_BYTES
    mail = mails_about(ticket, company.mihai, company, said=said)["reply"]
    for words in (mail.text, mail.html):
        assert ("It is too long for a mail. Read the rest on the page." in words) is is_cut
    assert f'<a href="{settings.PUBLIC_URL}/requests/IT-1/"' in mail.html


def test_guests_are_sent_to_no_page(make: Make, company: Company) -> None:
    ticket = make.ticket()
    said_on(ticket, company.elif_, "Before " * 2000)
    said = said_on(ticket, company.mihai, "word " * 40_000)
    mails = mails_about(ticket, company.mihai, company, said=said, is_guest=True)
    assert "It is too long for a mail. Please ask us for the rest." in mails["reply"].text
    for kind in ("acknowledgement", "reply", "resolved", "waiting"):
        hrefs = document_fromstring(mails[kind].html).xpath("//a/@href")
        assert not [href for href in hrefs if "/requests/" in href or not href], kind
        assert "/requests/" not in mails[kind].text, kind
        assert "on the page of the request" not in mails[kind].text + mails[kind].html, kind
        assert len(mails[kind].html.encode()) <= CLIPPED, kind


@given(text=st.text(max_size=300), most=st.integers(0, 900))
def test_a_beginning_has_no_more_bytes_than_asked_for(text: str, most: int) -> None:
    start = fitting(text, most)
    assert text.startswith(start)
    assert len(fitted(text, "", most).html.encode()) <= most
    if len(fitted(text, "").html.encode()) <= most:
        assert start == text


def test_a_beginning_ends_with_a_word() -> None:
    assert fitting("one two three", 9) == "one two"
    assert fitting("onetwothree", 5) == "onetw"
    assert beginning("word " * 100).endswith("word…")


HOSTILE = [
    '<a href="//evil.example">x</a>',
    '<a href="/\\evil.example">x</a>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a title="<a href=&quot;http://x&quot; style=&quot;color:red&quot;>">x</a>',
    '<p style="background:url(http://x/)">x</p>',
    '<img src="http://evil.example/pixel.gif"><img src="/files/1/">x',
    "<script>x</script><style>x</style>",
    '<p title="<img">x</p><p title="y>">x</p>',
]


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_gets_through(html: str) -> None:
    shown = in_place(html)
    assert not re.search(r"evil|script|data:|url\(|<img|<style", shown)
    tree = document_fromstring(f"<div>{shown}</div>")
    allowed = {"href", "rel", "style", "title", "class"}
    assert {name for element in tree.iter() for name in element.attrib} <= allowed
    assert all(e.get("style") == "color: #0f6b72" for e in tree.iter("a"))


def test_our_own_addresses_become_whole() -> None:
    assert f'href="{settings.PUBLIC_URL}/requests/IT-1/"' in in_place('<a href="/requests/IT-1/">x')


# --- The same twice -------------------------------------------------------------------------------


def test_each_link_of_the_page_is_in_the_text(plain: dict[str, compose.Composed]) -> None:
    for kind, mail in plain.items():
        hrefs = [unescape(href) for href in document_fromstring(mail.html).xpath("//a/@href")]
        assert hrefs
        assert not [href for href in hrefs if href not in mail.text], kind


def test_so_are_those_that_a_letter_hides_behind_words(make: Make, company: Company) -> None:
    ticket = make.ticket()
    html = '<p>See <a href="https://x.example/?a=1&amp;b=2">this page</a></p>'
    said = said_on(ticket, company.mihai, "See this page", html=html)
    mails = mails_about(ticket, company.mihai, company, said=said)
    for kind in ("reply", "waiting", "reminder"):
        assert "https://x.example/?a=1&b=2" in mails[kind].text, kind
        assert "https://x.example/?a=1&amp;b=2" in mails[kind].html, kind
    assert only_linked('<a href="https://x.example/">x</a>', "see https://x.example/") == ()


def test_text_is_text(make: Make, company: Company) -> None:
    ticket = make.ticket(body="1 < 2 & \"x\" 'y'", summary='a & b < "c"')
    said = said_on(ticket, company.mihai, "3 > 2 & 'so'")
    for kind, mail in mails_about(ticket, company.mihai, company, said=said).items():
        assert not re.search(r"&(?:lt|gt|amp|quot|#\w+);", mail.text), kind
    assert "3 > 2 & 'so'" in mails_about(ticket, company.mihai, company, said=said)["reply"].text


# --- The desk's voice -----------------------------------------------------------------------------


def test_each_comes_from_its_mailbox(
    plain: dict[str, compose.Composed], secret: dict[str, compose.Composed]
) -> None:
    for kind, mail in plain.items():
        if kind not in {"password_reset", "digest"}:
            assert mail.from_address.endswith("<it@aldera.example>"), kind
            assert "IT help desk" in mail.from_address, kind
            assert "\n-- \nIT, room 12" in mail.text, kind
            assert "IT, room 12" in mail.html, kind
    for kind, mail in secret.items():
        if kind not in OF_NO_TICKET:
            assert mail.from_address.endswith("<hr@aldera.example>"), kind


def test_of_a_confidential_request_none_says_what_it_is_about(
    secret: dict[str, compose.Composed],
) -> None:
    for kind, mail in secret.items():
        assert "anary" not in mail.subject + mail.text + mail.html, kind
        if kind not in OF_NO_TICKET:
            assert re.search(r"HR-1\]? (Your request|A request)", mail.subject), kind
            assert mail.headers["Sensitivity"] == "Company-Confidential", kind


@pytest.mark.parametrize(
    ("language", "called", "name"),
    [("ja", "", "田中 美咲様"), ("ja", "みさき", "みさきさん"), ("en", "Misa", "Misa")],
)
def test_each_greets_as_the_reader_is_called(
    make: Make, company: Company, language: str, called: str, name: str
) -> None:
    misaki = company.misaki
    Person.objects.filter(pk=misaki.pk).update(language=language, called=called)
    ticket = make.ticket(by=Person.objects.get(pk=misaki.pk))
    said = said_on(ticket, company.mihai, "Hello")
    mails = mails_about(ticket, company.mihai, company, said=said)
    greeted = {kind for kind, mail in mails.items() if name in mail.text.split("\n\n")[0]}
    to_her = {"acknowledgement", "reply", "resolved", "waiting", "moved", "reminder", "merged"}
    to_her |= {"unmerged", "late", "renewed", "page_answered"}
    assert greeted == to_her | {"password_reset", "digest", "too_large"}


# --- As bytes -------------------------------------------------------------------------------------


def as_row(mail: compose.Composed) -> OutboundMail:
    return OutboundMail(
        pk=7,
        kind="x",
        to_address="elif@aldera.example",
        from_address=mail.from_address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=mail.headers,
    )


def test_each_has_both_forms_in_lines_that_servers_take(
    plain: dict[str, compose.Composed],
) -> None:
    for kind, mail in plain.items():
        raw = transport.as_bytes(transport.build(as_row(mail)))
        assert all(len(line) <= 998 for line in raw.split(b"\r\n")), kind
        assert b"\n" not in raw.replace(b"\r\n", b""), kind
        found = read(raw)
        assert [part.get_content_type() for part in found.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        assert found.get_body(("plain",)).get_content().split() == mail.text.split(), kind
        assert found.get_body(("html",)).get_content().split() == mail.html.split(), kind


def test_long_lines_are_broken_for_the_way(make: Make, company: Company) -> None:
    ticket = make.ticket()
    said = said_on(ticket, company.mihai, "x" * 3000 + "ş" * 3000)
    mail = mails_about(ticket, company.mihai, company, said=said)["reply"]
    raw = transport.as_bytes(transport.build(as_row(mail)))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "x" * 3000 + "ş" * 3000 in read(raw).get_body(("plain",)).get_content()


NAMES = st.text(max_size=120) | st.text(alphabet='a\r\n\t:<>"\\@,;= ş🔥\u2028\x85\x00', max_size=60)


@given(name=NAMES, desk=NAMES, summary=NAMES)
def test_no_name_and_no_summary_begins_a_header(name: str, desk: str, summary: str) -> None:
    person, department = Person(pk=1, name=name), Department(name=desk, slug="it")
    ticket = Ticket(number="IT-1", summary=summary, requester=person)
    mail = compose.Composed(
        from_address=compose.sender_line(name, "it@aldera.example"),
        subject=wording.subject(ticket, person),
        text="x",
        html="",
        headers={"Message-ID": ID, "List-Id": compose.list_id(department)},
    )
    shown = (mail.subject, mail.from_address, mail.headers["List-Id"])
    assert all(each.isprintable() for each in shown)
    raw = transport.as_bytes(transport.build(as_row(mail)))
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")
    names = re.findall(rb"(?m)^([\w-]+):", head)
    assert sorted(set(names)) == sorted(names)
    assert {each.decode().lower() for each in names} <= {
        "content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to",
        "date", "message-id", "list-id",
    }  # fmt: skip
    assert read(raw)["From"].addresses[0].addr_spec == "it@aldera.example"

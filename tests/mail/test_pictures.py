"""Pictures in letters: in their place, each once, and none lost."""

import base64
from email.message import EmailMessage

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import Company
from tests.mail.postbox import letter, taken_in
from tests.tickets.pages import SignIn, tree_of
from tickets.mail.pictures import PICTURES_MAX, unpacked
from tickets.models import Attachment, InboundMail, Message, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def with_picture(
    html: str, text: str = "", *, cid: str = "shot@x", name: str = "shot.png"
) -> EmailMessage:
    """A letter of Elif's with HTML and one picture that it may show."""
    mail = letter(body=text or "See the picture.")
    mail.add_alternative(html, subtype="html")
    mail.get_payload()[1].add_related(  # type: ignore[union-attr,index]
        PNG, "image", "png", cid=f"<{cid}>", filename=name, disposition="inline"
    )
    return mail


def page_of(row: InboundMail) -> str:
    assert row.ticket
    return row.ticket.get_absolute_url()


def test_a_picture_stands_where_its_author_put_it() -> None:
    taken_in(with_picture('<p>Before</p><img src="cid:shot@x"><p>After</p>'))
    file = Attachment.objects.get()
    html = Message.objects.get().html
    assert html.index("Before") < html.index(file.get_absolute_url()) < html.index("After")
    assert file.is_inline


def test_the_requester_sees_it_in_the_text_and_not_again_below(
    company: Company, sign_in: SignIn
) -> None:
    row = taken_in(with_picture('<p>Look:</p><img src="cid:shot@x">'))
    page = tree_of(sign_in(company.elif_).get(page_of(row)))
    file = Attachment.objects.get()
    assert len(page.xpath(f"//img[@src='{file.get_absolute_url()}']")) == 1
    assert not page.xpath(f"//a[@href='{file.get_absolute_url()}']")


def test_a_picture_that_the_text_does_not_show_stands_below(
    company: Company, sign_in: SignIn
) -> None:
    row = taken_in(with_picture("<p>No place for it.</p>"))
    file = Attachment.objects.get()
    assert not file.is_inline
    page = sign_in(company.elif_).get(page_of(row))
    assert file.get_absolute_url() in page.content.decode()


@pytest.mark.parametrize("mark", ["[cid:shot@x]", "[image: shot.png]", "\ufffc"])
def test_marks_of_plain_text_become_the_picture_where_a_quote_was_folded(mark: str) -> None:
    quoted = "\n\nOn Mon, 9 Mar 2026 at 10:00, IT wrote:\n> What do you see?\n"
    html = '<p>This:</p><img src="cid:shot@x"><blockquote>What do you see?</blockquote>'
    taken_in(with_picture(html, f"This: {mark}{quoted}"))
    message = Message.objects.get()
    assert f'<img src="{Attachment.objects.get().get_absolute_url()}"' in message.html
    assert "What do you see?" not in message.html


def test_a_picture_written_into_the_html_is_kept_as_a_file() -> None:
    data = base64.b64encode(PNG).decode()
    mail = letter(body="See below.")
    mail.add_alternative(f'<p>A</p><img src="data:image/png;base64,{data}">', subtype="html")
    taken_in(mail)
    file = Attachment.objects.get()
    assert file.file.read() == PNG
    assert file.get_absolute_url() in Message.objects.get().html


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.example/pixel.png",
        "cid:other@x",
        "//evil.example/x.png",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:text/html;base64,PGI+",
        "javascript:alert(1)",
    ],
)
def test_nothing_else_is_ever_loaded(source: str) -> None:
    taken_in(with_picture(f'<p>Hi</p><img src="{source}" onerror="alert(1)">'))
    html = Message.objects.get().html
    assert "<img" not in html
    assert "evil" not in html


def test_nobody_else_reads_the_picture(company: Company, sign_in: SignIn) -> None:
    taken_in(with_picture('<img src="cid:shot@x">'))
    url = Attachment.objects.get().get_absolute_url()
    assert sign_in(company.olga).get(url).status_code == 404
    assert sign_in(company.elif_).get(url).status_code == 200
    assert Client().get(url).status_code in {302, 404}


def test_a_signed_letter_says_so(company: Company, sign_in: SignIn) -> None:
    taken_in(letter(body="-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n"))
    assert Message.objects.get().seal == "signed"
    page = sign_in(company.mihai).get(Ticket.objects.get().get_desk_url())
    assert "the signature is not checked here" in page.content.decode()


def test_an_encrypted_letter_says_that_it_cannot_be_read() -> None:
    taken_in(letter(body="-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"))
    message = Message.objects.get()
    assert message.seal == "encrypted"
    assert "cannot be read here" in message.body


@given(st.text(max_size=300))
def test_no_html_breaks_the_search_for_pictures(html: str) -> None:
    assert unpacked(html)[1] == []


def test_at_most_so_many_pictures_are_taken_out_of_the_html() -> None:
    one = '<img src="data:image/png;base64,AAAA">'
    assert len(unpacked(one * (PICTURES_MAX + 5))[1]) == PICTURES_MAX

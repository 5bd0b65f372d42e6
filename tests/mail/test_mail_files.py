"""Files in mails: small ones come along, large ones wait behind a link for one person."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.signing import TimestampSigner, b62_encode
from django.test import Client
from django.urls import reverse

from departments.models import Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.test_mail_history import mail_to
from tickets import actions
from tickets.mail import file_links
from tickets.models import Attachment, Message, OutboundMail, Ticket

pytestmark = pytest.mark.django_db
Work = Callable[[], None]
SignIn = Callable[[Person], Client]
LARGE = 6_000_000
NAME = "Canary plan.pdf"


def kept(by: Person, size: int = LARGE, name: str = NAME) -> Attachment:
    """A file that says it is this large."""
    file = actions.keep_file(ContentFile(b"content"), name=name, type="application/pdf", by=by)
    Attachment.objects.filter(pk=file.pk).update(size=size)
    return Attachment.objects.get(pk=file.pk)


@pytest.fixture
def ticket(make: Make, company: Company) -> Ticket:
    """Mihai sent Elif a large file, and Olga reads along."""
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_, at=MONDAY)
    files = [kept(company.mihai)]
    actions.reply(ticket, by=company.mihai, body="See.", files=files, at=MONDAY)
    return ticket


@pytest.fixture
def file(ticket: Ticket) -> Attachment:
    return Attachment.objects.get()


def links(text: str) -> list[str]:
    return re.findall(r"http://127.0.0.1:8000(/files/mail/\S+/)\s", text)


def link_of(person: Person, ticket: Ticket) -> str:
    [path] = links(mail_to(person, ticket).text)
    return path


def wait(monkeypatch: pytest.MonkeyPatch, **span: int) -> None:
    """Make links as if it were so long ago."""
    then = time.time() - timedelta(**span).total_seconds()
    monkeypatch.setattr(TimestampSigner, "timestamp", lambda _self: b62_encode(int(then)))


def refused(answer: Any) -> bool:
    """A friendly page without a word of what is behind the link."""
    page = answer.content.decode()
    return "This link opens nothing any more" in page and "anary" not in page


# --- Opening --------------------------------------------------------------------------------------


def test_the_mail_names_the_file_its_size_and_until_when(ticket: Ticket, company: Company) -> None:
    mail = mail_to(company.elif_, ticket)
    assert "Too large for a mail; you can download until " in mail.text
    assert f"- {NAME} (6.0 MB)\n  http://127.0.0.1:8000/files/mail/" in mail.text
    [path] = links(mail.text)
    assert f'href="http://127.0.0.1:8000{path}"' in mail.html


def test_its_link_opens_without_a_sign_in(ticket: Ticket, company: Company) -> None:
    path = link_of(company.elif_, ticket)
    page = Client().get(path)
    words = page.content.decode()
    assert page.status_code == 200
    assert "6.0 MB" in words
    assert "This link works until" in words
    assert f'href="{path}download/"' in words
    assert "no-store" in page["Cache-Control"]


def test_the_button_loads_the_file_and_runs_nothing(ticket: Ticket, company: Company) -> None:
    answer: Any = Client().get(f"{link_of(company.elif_, ticket)}download/")
    assert b"".join(answer.streaming_content) == b"content"
    assert answer["Content-Disposition"] == f'attachment; filename="{NAME}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_it_is_only_read(ticket: Ticket, company: Company) -> None:
    path = link_of(company.elif_, ticket)
    assert Client().post(path).status_code == Client().post(f"{path}download/").status_code == 405


def test_each_reader_has_a_link_of_their_own(ticket: Ticket, company: Company) -> None:
    people = (company.elif_, company.olga)
    assert len({link_of(person, ticket) for person in people}) == 2
    assert all(Client().get(link_of(person, ticket)).status_code == 200 for person in people)


def test_its_page_speaks_its_readers_language(ticket: Ticket, company: Company) -> None:
    path = link_of(company.elif_, ticket)
    Person.objects.filter(pk=company.elif_.pk).update(language="de")
    assert "Anfrage öffnen" in Client().get(path).content.decode()


def test_a_guest_has_no_page_to_go_on_to(ticket: Ticket, company: Company) -> None:
    path = link_of(company.elif_, ticket)
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False, is_guest=True)
    page = Client().get(path)
    assert page.status_code == 200
    assert "/requests/IT-1/" not in page.content.decode()


# --- What comes along -----------------------------------------------------------------------------

SIZES = [
    ([5_000_000], [5_000_000]),
    ([LARGE, 1000], [1000]),
    ([3_000_000, 3_000_000, 2_000_000], [3_000_000, 2_000_000]),
    ([5_242_880], [5_242_880]),
    ([5_242_881], []),
]


@pytest.mark.parametrize(("sizes", "inside"), SIZES)
def test_together_no_more_comes_along_than_a_mail_holds(
    make: Make, company: Company, sizes: list[int], inside: list[int]
) -> None:
    files = [kept(company.mihai, size, f"{at}.pdf") for at, size in enumerate(sizes)]
    said = actions.reply(make.ticket(), by=company.mihai, body="See.", files=files)
    attached, rest = file_links.split(said)
    assert [file.size for file in attached] == inside
    assert sorted(file.size for file in [*attached, *rest]) == sorted(sizes)
    assert len(links(mail_to(company.elif_, said.ticket).text)) == len(rest)


def test_of_a_confidential_request_only_the_page_has_it(make: Make, company: Company) -> None:
    ticket = make.secret()
    actions.reply(ticket, by=company.misaki, body="See.", files=[kept(company.misaki)])
    mail = mail_to(company.elif_, ticket)
    assert "/files/" not in mail.text + mail.html
    assert f"On the page, since too large for a mail: {NAME}" in mail.text


# --- No longer, and nobody else -------------------------------------------------------------------


def test_after_two_weeks_it_leads_to_the_request(
    ticket: Ticket, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(monkeypatch, days=14, seconds=-60)
    assert Client().get(link_of(company.elif_, ticket)).status_code == 200
    wait(monkeypatch, days=14)
    path = link_of(company.elif_, ticket)
    for answer in (Client().get(path), Client().get(f"{path}download/")):
        assert answer.status_code == 410
        assert refused(answer)
        assert 'href="/requests/IT-1/"' in answer.content.decode()


CLOSINGS: dict[str, Callable[[Ticket, Company], Any]] = {
    "she follows no more": lambda ticket, company: actions.remove_participant(
        ticket, person=company.olga, by=company.elif_
    ),
    "she left": lambda _ticket, company: Person.objects.filter(pk=company.olga.pk).update(
        is_active=False
    ),
    "it became a note": lambda _ticket, _company: Message.objects.update(kind="note"),
    "it became confidential": lambda ticket, company: Ticket.objects.filter(pk=ticket.pk).update(
        is_confidential=True, service=company.letter
    ),
    "the file is gone": lambda _ticket, _company: Attachment.objects.all().delete(),
    "its keys were changed": lambda _ticket, _company: None,
}


@pytest.mark.parametrize("why", CLOSINGS)
def test_it_is_asked_again_each_time(
    ticket: Ticket, company: Company, why: str, settings: Any, sign_in: SignIn
) -> None:
    path = link_of(company.olga, ticket)
    CLOSINGS[why](ticket, company)
    if "keys" in why:
        settings.MAIL_KEYS = ["another key"]
    desk = sign_in(company.mihai)  # Who may see the file needs no link of hers.
    for answer in (Client().get(path), Client().get(f"{path}download/"), desk.get(path)):
        assert answer.status_code == 404
        assert refused(answer)
        assert "IT-1" not in answer.content.decode()
        assert 'href="/requests/"' in answer.content.decode()


def test_a_key_that_was_replaced_opens_on(ticket: Ticket, company: Company, settings: Any) -> None:
    path = link_of(company.elif_, ticket)
    settings.MAIL_KEYS = ["new key", *settings.MAIL_KEYS]
    assert Client().get(path).status_code == 200


def test_a_file_whose_content_is_away_is_not_found(file: Attachment, company: Company) -> None:
    file.file.storage.delete(str(file.file.name))
    path = reverse("mail_file_download", args=[file_links.token(file, company.elif_)])
    assert Client().get(path).status_code == 404


def test_whoever_else_is_signed_in_is_asked_as_well(
    ticket: Ticket, company: Company, sign_in: SignIn
) -> None:
    path = link_of(company.elif_, ticket)
    assert sign_in(company.mihai).get(path).status_code == 200
    for stranger in (company.tom, company.sam):
        assert refused(sign_in(stranger).get(path))
        assert refused(sign_in(stranger).get(f"{path}download/"))


def test_nobody_makes_one_of_another(file: Attachment, company: Company) -> None:
    token = file_links.token(file, company.elif_)
    value, made_at, signature = token.rsplit(":", 2)
    later = b62_encode(int(time.time()) + 9)
    wrong = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        f"{file.pk}.{company.olga.pk}:{made_at}:{signature}",
        f"{value}:{later}:{signature}",
        value,
        f"{value}:{made_at}",
        "::",
        "é:ü:\x00",
        "1" * 5000,
        TimestampSigner(salt=file_links.SALT).sign(value) + "x",
        TimestampSigner(salt="another").sign(value),
    ]
    for given in wrong:
        assert file_links.read(given) is None
        if given.isascii() and "\x00" not in given:
            assert refused(Client().get(f"/files/mail/{given}/"))


def test_of_what_became_a_note_the_desk_has_no_link_either(
    file: Attachment, company: Company
) -> None:
    path = reverse("mail_file", args=[file_links.token(file, company.jonas)])
    assert Client().get(path).status_code == 200
    Message.objects.filter(attachments=file).update(kind="note")
    assert refused(Client().get(path))


def test_no_token_opens_a_confidential_file(make: Make, company: Company) -> None:
    ticket = make.secret(files=[kept(company.elif_)])
    token = file_links.token(Attachment.objects.get(), company.elif_)
    assert ticket.is_confidential
    assert refused(Client().get(reverse("mail_file", args=[token])))


def test_the_outbox_shows_no_link_that_opens(
    ticket: Ticket, company: Company, sign_in: SignIn, work_off: Work
) -> None:
    work_off()
    mail = OutboundMail.objects.filter(kind="reply").latest("pk")
    page = sign_in(company.sam).get(reverse("outbox_mail", args=[mail.pk])).content.decode()
    assert NAME in page
    assert "/files/mail/…/" in page
    assert not [token for token in links(mail.text) if token in page]
    assert page.count("See.") == 2  # As text and as a page; what lists show is left out.

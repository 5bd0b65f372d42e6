"""A colleague whose mail was too large is told once, kindly; nobody else hears a word."""

import io
import sys
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.broken_imap import BrokenImap
from tests.mail.postbox import letter, post
from tests.mail.test_fetch_broken import source
from tickets import tasks
from tickets.mail import fetch, intake, keyed, too_large, transport
from tickets.models import InboundMail, Mailbox, OutboundMail
from tickets.reasons import reason

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]
LARGE = "x" * 5000


@pytest.fixture
def small(company: Company, settings: Settings) -> None:
    settings.MAIL_MAX_BYTES = 3000


def film(sender: str = "Elif <elif@aldera.example>", **fields: str) -> EmailMessage:
    return letter(sender, subject=fields.pop("subject", "Film of it"), body=LARGE, **fields)


def told() -> list[OutboundMail]:
    return list(OutboundMail.objects.filter(kind="too_large").order_by("pk"))


def the_mail(mail: EmailMessage) -> OutboundMail:
    too_large.tell(post(mail).pk)
    [found] = told()
    return found


def test_a_colleague_hears_what_happened_and_what_to_do(company: Company) -> None:
    mail = the_mail(film())
    assert (mail.person, mail.subject) == (company.elif_, "Your mail was too large")
    assert mail.from_address.endswith("<it@aldera.example>")
    for text in (mail.text, mail.html):
        assert "“Film of it”" in text
        assert "/ask/" in text
        assert "each up to 25.0\xa0MB" in text
        assert "xxx" not in text
    row = InboundMail.objects.get()
    assert (row.sender, row.subject) == ("elif@aldera.example", "Film of it")


def test_it_is_said_in_their_language(company: Company) -> None:
    Person.objects.update(language="de")
    mail = the_mail(film())
    assert mail.headers["Content-Language"] == "de"
    assert "25,0\xa0MB" in mail.text


def test_it_is_an_automatic_answer_that_no_machine_answers() -> None:
    mail = the_mail(film(Message_ID="<film@mail.example>"))
    assert mail.headers["Auto-Submitted"] == "auto-replied"
    assert mail.headers["In-Reply-To"] == mail.headers["References"] == "<film@mail.example>"
    assert transport.envelope_sender(mail) == ""


def test_who_wrote_about_a_request_is_led_to_its_page(make: Make, company: Company) -> None:
    ticket = make.ticket()
    to = keyed.reply_address("it@aldera.example", ticket.pk, company.elif_.pk)
    mail = the_mail(film(to=to))
    assert f"/requests/{ticket.number}/" in mail.text
    assert "page of IT-1" in mail.html


def test_who_may_not_see_the_request_is_not_led_to_it(make: Make, company: Company) -> None:
    ticket = make.secret()
    to = keyed.reply_address("it@aldera.example", ticket.pk, company.elif_.pk)
    mail = the_mail(film("olga@aldera.example", to=to))
    assert ticket.number not in mail.text + mail.html


UNTOLD = {
    "stranger": film("x@evil.example"),
    "nobody": film(""),
    "two senders": film("elif@aldera.example, jonas@aldera.example"),
    "machine": film(Auto_Submitted="auto-generated"),
    "list": film(List_Id="<all.aldera.example>"),
    "away": film(subject="Out of office"),
}


@pytest.mark.parametrize("mail", UNTOLD.values(), ids=UNTOLD)
def test_others_hear_nothing(mail: EmailMessage) -> None:
    row = post(mail)
    assert row.outcome == InboundMail.Outcome.REJECTED
    assert too_large.tell_waiting() == 0
    assert told() == []


@pytest.mark.parametrize(
    "facts",
    [
        {"is_active": False},
        {"is_provisional": True},
        {"is_active": False, "is_guest": True},
        {"email": "no-reply@aldera.example"},
    ],
)
def test_only_people_who_work_here_are_told(company: Company, facts: dict[str, Any]) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(**facts)
    company.elif_.refresh_from_db()
    too_large.tell(post(film(company.elif_.email)).pk)
    assert told() == []


def test_a_null_return_path_is_a_machine(company: Company) -> None:
    row = post(film())
    InboundMail.objects.update(envelope_from="<>")
    too_large.tell(row.pk)
    assert told() == []


def test_a_sender_whose_from_is_not_believed_is_not_told() -> None:
    Mailbox.objects.update(authserv_id="mx.aldera.example")
    failed = "mx.aldera.example; dmarc=fail header.from=aldera.example"
    too_large.tell(post(film(Authentication_Results=failed)).pk)
    assert told() == []


def test_each_letter_is_told_of_once() -> None:
    row = post(film())
    assert [too_large.tell(row.pk) for _again in range(2)] == [True, False]
    InboundMail.objects.update(attempts=0)
    assert too_large.tell_waiting() == 0
    assert len(told()) == 1


def test_many_in_an_hour_are_told_of_three_times() -> None:
    rows = [post(film()) for _letter in range(5)]
    assert too_large.tell_waiting() == 3
    assert InboundMail.objects.filter(attempts=1).count() == len(rows)
    later = timezone.now() + timedelta(minutes=61)
    post(film())
    assert too_large.tell_waiting(later) == 1
    assert len(told()) == 4


def test_what_was_too_large_long_ago_is_a_riddle_now() -> None:
    post(film())
    assert too_large.tell_waiting(timezone.now() + timedelta(days=1, seconds=1)) == 0


def test_what_a_person_rejected_was_not_too_large() -> None:
    post(letter(body="small"))
    why = [reason("rejected", name="Jonas", reason="No.")]
    InboundMail.objects.update(outcome=InboundMail.Outcome.REJECTED, because=why)
    assert too_large.tell_waiting() == 0


def test_the_sweep_finds_whom_no_nudge_told() -> None:
    post(film())
    tasks.sweep()
    assert len(told()) == 1


def test_one_letter_that_breaks_everything_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [post(film()), post(film())]
    real = intake.read

    def read(row: InboundMail) -> Any:
        if row.pk == rows[0].pk:
            raise ValueError
        return real(row)

    monkeypatch.setattr(intake, "read", read)
    assert [too_large.tell_waiting() for _again in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Film", "“Film”"),
        ("y" * 80, "“" + "y" * 60 + "…”"),
        ("Win at https://evil.example", ""),
        ("Win at evil.example now", ""),
        ("Write to x@evil", ""),
        ("", ""),
        ("<b>a & b", "“<b>a & b”"),
    ],
)
def test_of_the_subject_nothing_comes_back_that_could_be_a_link(subject: str, shown: str) -> None:
    mail = the_mail(film(subject=subject))
    assert f"Your mail {shown + ' ' if shown else ''}to it@aldera.example is larger" in mail.text
    assert "evil" not in mail.text + mail.html
    assert "<b>a" not in mail.html


def test_by_imap(settings: Settings) -> None:
    server = BrokenImap([film().as_bytes().replace(b"\n", b"\r\n")])
    fetch.fetch(source(server.port, settings).pk)
    server.close()
    assert too_large.tell_waiting() == 1


def test_by_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(film().as_bytes())))
    with pytest.raises(SystemExit):
        call_command("receive_mail", mailbox="it@aldera.example")
    assert too_large.tell_waiting() == 1

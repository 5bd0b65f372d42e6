"""The letters that wait for a person, the balance, and the outbox: who sees what."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, post, taken_in
from tickets import actions
from tickets.mail.balance import balance, by_day, by_mailbox
from tickets.models import InboundMail, OutboundMail, Outcome, State, Ticket

Ended = InboundMail.Outcome
SignIn = Callable[[Person], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


@pytest.fixture
def stranger() -> InboundMail:
    """A letter of somebody whom we do not know, in quarantine."""
    return taken_in(letter("someone@elsewhere.example", subject="Canary offer"))


@pytest.fixture
def jonas(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


def settle(client: Client, row: InboundMail, **fields: str) -> int:
    status = client.post(reverse("letter_settle", args=[row.pk]), fields).status_code
    row.refresh_from_db()
    return status


# --- Seeing ---------------------------------------------------------------------------------------


def test_a_lead_sees_what_waits_and_why(jonas: Client, stranger: InboundMail) -> None:
    page = jonas.get(reverse("letters")).content.decode()
    assert "Canary offer" in page
    assert "unknown sender someone@elsewhere.example" in page


@pytest.mark.parametrize("name", ["elif_", "mihai", "tom", "andreea", "misaki", "olga"])
def test_others_find_no_trace_of_it(
    company: Company, sign_in: SignIn, stranger: InboundMail, name: str
) -> None:
    client = sign_in(getattr(company, name))
    for address in ("letter", "letter_raw"):
        assert client.get(reverse(address, args=[stranger.pk])).status_code == 404
    assert settle(client, stranger, choice="reject", reason="no") == 404
    assert b"Canary" not in client.get(reverse("letters")).content


@pytest.mark.parametrize("name", ["elif_", "mihai", "tom", "misaki", "olga"])
def test_who_leads_nothing_has_no_such_page(company: Company, sign_in: SignIn, name: str) -> None:
    assert sign_in(getattr(company, name)).get(reverse("letters")).status_code == 404


def test_a_guest_is_asked_to_sign_in(stranger: InboundMail) -> None:
    for address in (reverse("letters"), reverse("letter", args=[stranger.pk]), reverse("outbox")):
        assert Client().get(address).status_code == 302


def test_an_administrator_sees_letters_that_are_not_confidential(
    company: Company, sign_in: SignIn, stranger: InboundMail
) -> None:
    secret = taken_in(letter("x@y.example", subject="Canary of HR"), to="hr@aldera.example")
    sam = sign_in(company.sam)
    assert sam.get(reverse("letter", args=[stranger.pk])).status_code == 200
    assert sam.get(reverse("letter", args=[secret.pk])).status_code == 404
    assert b"Canary of HR" not in sam.get(reverse("letters")).content


def test_the_group_of_a_confidential_service_sees_its_letters(
    company: Company, sign_in: SignIn
) -> None:
    secret = taken_in(letter("x@y.example"), to="hr@aldera.example")
    assert sign_in(company.andreea).get(reverse("letter", args=[secret.pk])).status_code == 200


def test_a_letter_for_a_confidential_request_is_its_desks_wherever_it_came(
    company: Company, sign_in: SignIn, make: Make, work_off: Callable[[], None]
) -> None:
    make.secret()
    work_off()
    forged = answer(OutboundMail.objects.get(), sender="olga@aldera.example")
    page = reverse("letter", args=[taken_in(forged, to="it@aldera.example").pk])
    for person in (company.jonas, company.sam, company.misaki):
        assert sign_in(person).get(page).status_code == 404
    assert sign_in(company.andreea).get(page).status_code == 200


def test_a_letter_is_shown_as_text_and_never_as_its_html(jonas: Client) -> None:
    mail = letter("x@y.example")
    mail.set_content("<b id=evil>Hi</b><script>bad()</script>", subtype="html")
    row = taken_in(mail)
    page = jonas.get(reverse("letter", args=[row.pk])).content.decode()
    assert "<b id=evil>" not in page
    assert "bad()" not in page


def test_the_original_is_a_download(jonas: Client, stranger: InboundMail) -> None:
    answer_ = jonas.get(reverse("letter_raw", args=[stranger.pk]))
    assert answer_.content == bytes(stranger.raw)
    assert answer_["Content-Type"] == "text/plain"
    assert answer_["Content-Disposition"].startswith("attachment")
    assert answer_["X-Content-Type-Options"] == "nosniff"


def test_letters_are_listed_by_how_they_ended(jonas: Client, stranger: InboundMail) -> None:
    taken_in(letter(subject="Screen of Elif"))
    page = jonas.get(reverse("letters"), {"outcome": "ticket"}).content.decode()
    assert "Screen of Elif" in page
    assert "Canary offer" not in page


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=99999999999999999999", "?outcome=%00", "?after=-1"]
)
def test_odd_addresses_are_no_error(jonas: Client, query: str) -> None:
    assert jonas.get(reverse("letters") + query).status_code == 200


def test_the_list_has_pages(jonas: Client) -> None:
    for number in range(60):
        taken_in(letter("x@y.example", subject=f"No. {number}"))
    page = jonas.get(reverse("letters")).content.decode()
    assert "No. 59" in page
    assert "No. 9<" not in page
    after = InboundMail.objects.get(subject="No. 10").pk
    assert "No. 9<" in jonas.get(f"{reverse('letters')}?after={after}").content.decode()


# --- The balance ----------------------------------------------------------------------------------


def test_the_balance_comes_out_even(
    company: Company, make: Make, work_off: Callable[[], None]
) -> None:
    make.ticket()
    work_off()
    mail = letter()
    for one in (mail, mail, letter("x@y.example"), letter("x@y.example", Precedence="bulk")):
        post(one)
    post(answer(OutboundMail.objects.get()))
    post(b"x" * 100)
    work_off()
    post(letter(subject="not read yet"))
    sums = balance(company.jonas)
    counts = {line.outcome: line.count for line in sums.lines}
    assert sums.received == 7
    assert sums.difference == 0
    assert counts[Ended.DUPLICATE] == counts[Ended.REPLY] == counts[Ended.STORED] == 1


def test_the_balance_counts_only_what_one_may_see(company: Company) -> None:
    taken_in(letter("x@y.example"), to="hr@aldera.example")
    assert balance(company.sam).received == 0
    assert balance(company.andreea).received == 1


# --- Settling -------------------------------------------------------------------------------------


def test_a_strangers_letter_is_let_in_for_a_colleague(
    company: Company, jonas: Client, stranger: InboundMail
) -> None:
    assert settle(jonas, stranger, choice="new", address="olga@aldera.example") == 302
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.summary) == (company.olga, "Canary offer")
    assert (stranger.outcome, stranger.ticket) == (Ended.TICKET, ticket)
    assert stranger.reason.startswith("Jonas Bauer let it in")


@pytest.mark.parametrize("address", ["", "nobody@aldera.example", "\0", "x" * 400])
def test_it_needs_somebody_who_works_here(
    jonas: Client, stranger: InboundMail, address: str
) -> None:
    assert settle(jonas, stranger, choice="new", address=address) == 422
    assert stranger.outcome == Ended.QUARANTINED


def test_an_employees_letter_is_let_in_under_their_own_name(
    company: Company, jonas: Client
) -> None:
    row = taken_in(letter(Precedence="bulk"))
    settle(jonas, row, choice="new", address="olga@aldera.example")
    assert Ticket.objects.get().requester == company.elif_


def test_a_letter_is_let_in_to_its_ticket(
    make: Make, company: Company, jonas: Client, work_off: Callable[[], None]
) -> None:
    ticket = make.ticket()
    work_off()
    row = taken_in(answer(OutboundMail.objects.get(), sender="elif@home.example"))
    assert settle(jonas, row, choice="join", address="elif@aldera.example") == 302
    assert (row.outcome, row.ticket) == (Ended.REPLY, ticket)
    assert row.message is not None
    assert row.message.author == company.elif_


def test_nobody_is_let_in_who_is_not_on_the_ticket(
    make: Make, jonas: Client, work_off: Callable[[], None]
) -> None:
    make.ticket()
    work_off()
    row = taken_in(answer(OutboundMail.objects.get(), sender="olga@aldera.example"))
    assert settle(jonas, row, choice="join") == 422
    assert row.outcome == Ended.QUARANTINED


def test_nothing_joins_a_closed_ticket(
    make: Make, company: Company, jonas: Client, work_off: Callable[[], None]
) -> None:
    ticket = make.ticket()
    work_off()
    row = taken_in(answer(OutboundMail.objects.get(), sender="elif@home.example"))
    actions.close(ticket, by=company.mihai, outcome=Outcome.SOLVED)
    assert settle(jonas, row, choice="join", address="elif@aldera.example") == 422
    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED


def test_a_letter_is_rejected_with_a_reason(jonas: Client, stranger: InboundMail) -> None:
    assert settle(jonas, stranger, choice="reject", reason="advertising") == 302
    assert (stranger.outcome, stranger.reason) == (
        Ended.REJECTED,
        "Jonas Bauer rejected it: advertising",
    )
    assert stranger.raw


@pytest.mark.parametrize("fields", [{}, {"choice": "reject"}, {"choice": "burn"}])
def test_half_a_decision_is_asked_again(
    jonas: Client, stranger: InboundMail, fields: dict[str, str]
) -> None:
    assert settle(jonas, stranger, **fields) == 422


def test_what_was_settled_stays_settled(jonas: Client, stranger: InboundMail) -> None:
    settle(jonas, stranger, choice="reject", reason="advertising")
    assert settle(jonas, stranger, choice="new", address="olga@aldera.example") == 422
    assert not Ticket.objects.exists()


def test_looking_changes_nothing(jonas: Client, stranger: InboundMail) -> None:
    assert jonas.get(reverse("letter_settle", args=[stranger.pk])).status_code == 405


# --- The outbox -----------------------------------------------------------------------------------


@pytest.fixture
def sam(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.sam)


def test_an_administrator_reads_what_was_sent(
    sam: Client, make: Make, work_off: Callable[[], None]
) -> None:
    make.ticket()
    work_off()
    mail = OutboundMail.objects.get()
    assert "Laptop does not charge" in sam.get(reverse("outbox")).content.decode()
    assert "We have it, Elif." in sam.get(reverse("outbox_mail", args=[mail.pk])).content.decode()


@pytest.mark.parametrize("name", ["elif_", "mihai", "jonas", "andreea", "tom"])
def test_nobody_else_does(
    company: Company, sign_in: SignIn, make: Make, work_off: Callable[[], None], name: str
) -> None:
    make.ticket()
    work_off()
    client = sign_in(getattr(company, name))
    assert client.get(reverse("outbox")).status_code == 404
    mail = OutboundMail.objects.get()
    assert client.get(reverse("outbox_mail", args=[mail.pk])).status_code == 404


def test_of_confidential_mails_only_that_they_exist(
    sam: Client, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    actions.reply(make.secret(), by=company.misaki, body="Canary-reply")
    work_off()
    pages = [reverse("outbox")]
    pages += [reverse("outbox_mail", args=[mail.pk]) for mail in OutboundMail.objects.all()]
    for page in pages:
        text = sam.get(page).content.decode()
        assert "Confidential" in text
        assert not [word for word in ("Canary", "HR-1", "elif@") if word in text]


def test_what_was_confidential_when_it_was_written_stays_hidden(
    sam: Client, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    secret = make.secret()
    actions.reply(secret, by=company.misaki, body="Canary-reply")
    work_off()
    actions.move(secret, to=company.it, by=company.misaki, may_leave_confidential=True)
    mail = OutboundMail.objects.get(kind="reply")
    assert b"Canary" not in sam.get(reverse("outbox_mail", args=[mail.pk])).content


def test_no_way_to_sign_in_is_shown(sam: Client, company: Company, client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": company.elif_.email})
    mail = OutboundMail.objects.get(kind="account")
    assert "password/reset/key" in mail.text
    page = sam.get(reverse("outbox_mail", args=[mail.pk])).content.decode()
    assert "password/reset/key" not in page


def test_the_outbox_is_filtered_by_state(
    sam: Client, make: Make, work_off: Callable[[], None]
) -> None:
    make.ticket()
    work_off()
    assert "Laptop" not in sam.get(reverse("outbox"), {"state": "failed"}).content.decode()
    assert "Laptop" in sam.get(reverse("outbox"), {"state": "sent"}).content.decode()


def test_no_page_shows_a_reply_token(sam: Client, make: Make, work_off: Callable[[], None]) -> None:
    """Whoever reads one could answer in another person's name."""
    make.ticket()
    work_off()
    mail = OutboundMail.objects.get()
    page = sam.get(reverse("outbox_mail", args=[mail.pk])).content.decode()
    assert mail.headers["Reply-To"].partition("@")[0] not in page


# --- Many at once, and people made known ----------------------------------------------------------


def settle_all(client: Client, *rows: InboundMail, **fields: str) -> Any:
    marked = {"letters": [row.pk for row in rows], **fields}
    answered = client.post(reverse("letters_settle"), marked)
    for row in rows:
        row.refresh_from_db()
    return answered


def test_several_letters_are_rejected_at_once(jonas: Client, stranger: InboundMail) -> None:
    other = taken_in(letter("x@y.example"))
    assert settle_all(jonas, stranger, other, choice="reject", reason="spam").status_code == 302
    assert {stranger.outcome, other.outcome} == {Ended.REJECTED}


def test_what_one_letter_refuses_does_not_stop_the_others(
    company: Company, jonas: Client, stranger: InboundMail
) -> None:
    ours = taken_in(letter(Precedence="bulk"))
    answered = settle_all(jonas, stranger, ours, choice="new")
    assert answered.status_code == 422
    assert "“Canary offer”: Nobody here has this address." in answered.content.decode()
    assert (ours.outcome, stranger.outcome) == (Ended.TICKET, Ended.QUARANTINED)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"choice": "burn"}, "Choose what to do with these letters."),
        ({}, "Choose what to do with these letters."),
        ({"choice": "reject"}, "Say why"),
    ],
)
def test_half_a_decision_about_many_is_asked_again(
    jonas: Client, stranger: InboundMail, fields: dict[str, str], words: str
) -> None:
    answered = settle_all(jonas, stranger, **fields)
    assert answered.status_code == 422
    assert words in answered.content.decode()
    assert f'value="{stranger.pk}" checked' in answered.content.decode()


@pytest.mark.parametrize("marked", [[], ["x"], ["99999999999999999999"], ["0"]])
def test_nothing_marked_is_said(jonas: Client, stranger: InboundMail, marked: list[str]) -> None:
    answered = jonas.post(reverse("letters_settle"), {"choice": "new", "letters": marked})
    assert answered.status_code == 422
    assert "Mark the letters that you mean." in answered.content.decode()


def test_letters_of_others_are_out_of_reach(
    company: Company, sign_in: SignIn, stranger: InboundMail
) -> None:
    answered = settle_all(sign_in(company.andreea), stranger, choice="reject", reason="mine")
    assert answered.status_code == 422
    assert stranger.outcome == Ended.QUARANTINED


def test_an_administrator_makes_an_employee_of_the_sender(sam: Client) -> None:
    row = taken_in(letter("Nova Neu <nova@elsewhere.example>", subject="Hello"))
    assert settle(sam, row, choice="welcome") == 302
    made = Ticket.objects.get().requester
    assert (made.email, made.name) == ("nova@elsewhere.example", "Nova Neu")
    assert made.is_provisional
    assert not made.has_usable_password()


def test_a_lead_adds_nobody(jonas: Client, stranger: InboundMail) -> None:
    assert settle(jonas, stranger, choice="welcome") == 422
    assert stranger.outcome == Ended.QUARANTINED
    assert not Person.objects.filter(email="someone@elsewhere.example").exists()


def test_nobody_is_added_twice(sam: Client) -> None:
    row = taken_in(letter(Precedence="bulk"))
    assert settle(sam, row, choice="welcome") == 422
    assert Person.objects.filter(email="elif@aldera.example").count() == 1


# --- By day and mailbox ---------------------------------------------------------------------------


def test_each_mailbox_and_each_day_has_its_balance(
    company: Company, jonas: Client, stranger: InboundMail
) -> None:
    taken_in(letter(), to="helpdesk@aldera.example")
    boxes = {row.label: row.balance.received for row in by_mailbox(company.jonas)}
    assert boxes == {"it@aldera.example": 1, "helpdesk@aldera.example": 1}
    (day,) = by_day(company.jonas, UTC)
    assert (day.balance.received, day.balance.difference) == (2, 0)
    (one,) = by_day(company.jonas, UTC, mailbox=stranger.mailbox_id)
    assert one.balance.received == 1


def test_a_letter_that_leads_nowhere_shows_as_difference(company: Company) -> None:
    row = taken_in(letter())
    InboundMail.objects.filter(pk=row.pk).update(message=None)
    assert balance(company.jonas).difference == 1
    assert by_mailbox(company.jonas)[0].balance.difference == 1


def test_the_sums_are_a_page_for_leads(
    company: Company, jonas: Client, sign_in: SignIn, stranger: InboundMail
) -> None:
    page = jonas.get(reverse("mail_balance"), {"mailbox": stranger.mailbox_id})
    assert "it@aldera.example" in page.content.decode()
    assert sign_in(company.mihai).get(reverse("mail_balance")).status_code == 404
    assert (
        "it@aldera.example"
        not in sign_in(company.andreea).get(reverse("mail_balance")).content.decode()
    )

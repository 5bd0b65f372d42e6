"""Letters on their way in: each ends somewhere, once, with a reason."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from departments.models import EmailAlias
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, post, taken_in
from tickets import actions
from tickets.events import Kind
from tickets.mail import intake, keyed, steps
from tickets.mail.case import Case
from tickets.mail.letter import Letter
from tickets.models import (
    Attachment,
    Channel,
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    State,
    Ticket,
)

Outcome = InboundMail.Outcome
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


# --- New requests ---------------------------------------------------------------------------------


def test_a_letter_of_an_employee_becomes_a_ticket(company: Company) -> None:
    row = taken_in(letter())
    ticket = Ticket.objects.get()
    assert (row.outcome, row.ticket) == (Outcome.TICKET, ticket)
    assert (ticket.summary, ticket.requester) == ("Screen is dark", company.elif_)
    assert (ticket.channel, ticket.opened_at) == (Channel.MAIL, row.received_at)


def test_its_words_are_the_first_message() -> None:
    taken_in(letter(body="First line\n\n<b>second</b>\n"))
    message = Message.objects.get()
    assert message.body == "First line\n\n<b>second</b>"
    assert message.html == "<p>First line</p><p>&lt;b&gt;second&lt;/b&gt;</p>"


def test_the_mailbox_of_a_service_files_under_it(company: Company) -> None:
    taken_in(letter(to="hr@aldera.example"), to="hr@aldera.example")
    ticket = Ticket.objects.get()
    assert (ticket.service, ticket.is_confidential) == (company.letter, True)


@pytest.mark.parametrize("address", ["ELIF@aldera.example", "Elif Y. <elif@Aldera.Example>"])
def test_capitals_make_nobody_else(company: Company, address: str) -> None:
    taken_in(letter(address))
    assert Ticket.objects.get().requester == company.elif_


def test_a_further_address_is_the_same_person(company: Company) -> None:
    EmailAlias.objects.create(person=company.elif_, address="elif@home.example")
    taken_in(letter("elif@home.example"))
    assert Ticket.objects.get().requester == company.elif_


@pytest.mark.parametrize(
    "address", ["elıf@aldera.example", "еlif@aldera.example", "elif@aldera.exampl"]
)
def test_look_alikes_are_strangers(address: str) -> None:
    raw = letter("x@y.example").as_bytes().replace(b"x@y.example", address.encode())
    assert taken_in(raw).outcome == Outcome.QUARANTINED


def test_an_unknown_sender_waits_in_quarantine() -> None:
    row = taken_in(letter("someone@elsewhere.example"))
    assert row.outcome == Outcome.QUARANTINED
    assert "someone@elsewhere.example" in row.reason
    assert not Ticket.objects.exists()


def test_what_was_quoted_is_folded_away_and_kept(make: Make, work_off: Callable[[], None]) -> None:
    make.ticket()
    work_off()
    words = "Still dark.\n\nOn 9 Mar 2026 at 10:05, Help desk wrote:\n> We have it.\n"
    row = taken_in(answer(OutboundMail.objects.get(), words))
    assert row.message is not None
    assert row.message.body == "Still dark."
    assert "We have it." in row.message.rest


# --- Odd letters ----------------------------------------------------------------------------------


def raw(headers: str, body: bytes = b"words") -> bytes:
    return b"From: elif@aldera.example\r\n" + headers.encode() + b"\r\n" + body


ODD = {
    "no subject": raw(""),
    "an empty subject": raw("Subject: \r\n"),
    "no text": raw("Subject: x\r\n", b""),
    "an unknown charset": raw("Content-Type: text/plain; charset=klingon\r\n", b"gr\xfc\xdfe"),
    "a broken boundary": raw("Content-Type: multipart/mixed; boundary=a\r\n", b"--b\r\nlost"),
    "no boundary": raw("Content-Type: multipart/mixed\r\n"),
    "bad base64": raw("Content-Transfer-Encoding: base64\r\n", b"%%%%"),
    "a NUL": raw("Subject: a\0b\r\n", b"c\0d"),
    "half a surrogate": raw("Subject: =?utf-16?b?2AA=?=\r\n", b"x"),
    "emoji and right to left": raw("Subject: 🔥 שלום\r\n", "👩‍💻 مرحبا".encode()),
    "a very long subject": raw(f"Subject: {'long ' * 500}\r\n"),
    "no blank line": b"From: elif@aldera.example\r\nSubject: only headers",
    "bare line feeds": b"From: elif@aldera.example\nSubject: unix\n\nwords\n",
}


@pytest.mark.parametrize("what", ODD)
def test_odd_letters_become_tickets_all_the_same(what: str) -> None:
    row = taken_in(ODD[what])
    assert row.outcome == Outcome.TICKET, row.reason
    assert Ticket.objects.get().summary


@pytest.mark.parametrize("junk", [b"\xff" * 500, b"\r\n\r\n", b"no mail at all", b":\n:\n"])
def test_junk_waits_for_a_person(junk: bytes) -> None:
    assert taken_in(junk).outcome == Outcome.QUARANTINED


def test_a_subject_cannot_break_out_of_its_line() -> None:
    taken_in(raw("Subject: =?utf-8?q?a=0D=0ABcc:_x=40y.example?=\r\n"))
    assert "\n" not in Ticket.objects.get().summary


def test_a_megabyte_of_words_is_a_ticket() -> None:
    assert taken_in(letter(body="word " * 200_000)).outcome == Outcome.TICKET


# --- Files ----------------------------------------------------------------------------------------


def test_attachments_come_along() -> None:
    mail = letter()
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="bill.pdf")
    row = taken_in(mail)
    file = Attachment.objects.get()
    assert (file.message, file.name, file.size) == (row.message, "bill.pdf", 5)


def test_a_letter_of_files_alone_is_a_request() -> None:
    mail = letter(body="")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="screen.png")
    taken_in(mail)
    assert Message.objects.get().body == "(no text)"


def test_a_file_that_we_do_not_take_is_named_and_the_letter_is_not_lost() -> None:
    mail = letter()
    mail.add_attachment(b"MZ", maintype="application", subtype="x-msdownload", filename="game.exe")
    taken_in(mail)
    assert "game.exe" in Message.objects.get().rest
    assert not Attachment.objects.exists()


def test_more_files_than_allowed_are_named(settings: Settings) -> None:
    settings.ATTACHMENT_MAX_COUNT = 1
    mail = letter()
    for name in ("one.txt", "two.txt"):
        mail.add_attachment(name, filename=name)
    taken_in(mail)
    assert Attachment.objects.get().name == "one.txt"
    assert "two.txt" in Message.objects.get().rest


def test_html_is_shown_clean() -> None:
    mail = letter()
    mail.set_content("<p onclick=x()>Hello <b>there</b><script>y()</script></p>", subtype="html")
    taken_in(mail)
    assert Message.objects.get().html == "<p>Hello <b>there</b></p>"


# --- Machines -------------------------------------------------------------------------------------

MACHINES = {
    "Auto-Submitted": "auto-replied",
    "Precedence": "bulk",
    "X-Autoreply": "yes",
    "List-Id": "<all.aldera.example>",
    "X-Helpdesk-Loop": "aldera.example",
}


@pytest.mark.parametrize("name", MACHINES)
def test_no_machine_is_answered(name: str, work_off: Callable[[], None]) -> None:
    mail = letter()
    mail[name] = MACHINES[name]
    taken_in(mail)
    work_off()
    assert not Ticket.objects.exists()
    assert not OutboundMail.objects.exists()


def test_the_empty_return_path_is_a_machines(company: Company) -> None:
    row = post(letter("robot@shop.example"))
    InboundMail.objects.update(envelope_from="<>")
    assert taken_in(row).outcome == Outcome.FOLDED


def test_an_absence_notice_is_a_line_on_its_ticket(
    make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    ticket = make.ticket()
    actions.resolve(ticket, by=company.mihai)
    work_off()
    mail = answer(OutboundMail.objects.filter(kind="resolved").get(), Auto_Submitted="auto-replied")
    row = taken_in(mail)
    ticket.refresh_from_db()
    assert (row.outcome, row.ticket, ticket.state) == (Outcome.FOLDED, ticket, State.RESOLVED)
    assert (
        ticket.events.get(kind=Kind.MAIL_FOLDED).facts["because"][0]["why"]
        == "Auto-Submitted: auto-replied"
    )


def test_a_colleague_on_a_list_may_be_a_person_so_somebody_looks() -> None:
    assert taken_in(letter(Precedence="list")).outcome == Outcome.QUARANTINED


def test_a_strangers_newsletter_is_put_away() -> None:
    row = taken_in(letter("news@shop.example", List_Id="<news.shop.example>"))
    assert (row.outcome, row.ticket) == (Outcome.FOLDED, None)


def report(to: str, mail_id: str = "", action: str = "failed") -> bytes:
    """A delivery report (RFC 3464) to this address about the mail with this id."""
    status = "5.1.1" if action == "failed" else "4.2.2"
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: Undelivered Mail\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; elif@aldera.example\nAction: {action}\nStatus: {status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {mail_id}\n--b--\n"
    ).encode()


@pytest.fixture
def sent(make: Make, work_off: Callable[[], None]) -> OutboundMail:
    make.ticket()
    work_off()
    return OutboundMail.objects.get()


def test_a_bounce_is_tied_to_the_mail_that_failed(sent: OutboundMail) -> None:
    row = taken_in(report("it@aldera.example", sent.mail_id))
    sent.refresh_from_db()
    assert (row.outcome, row.ticket) == (Outcome.BOUNCE, sent.ticket)
    assert sent.state == OutboundMail.State.FAILED


def test_the_return_address_is_proof_enough(sent: OutboundMail) -> None:
    to = keyed.return_address("it@aldera.example", sent.pk)
    assert taken_in(report(to), to=to).outcome == Outcome.BOUNCE


def test_the_ticket_says_once_that_a_mail_did_not_arrive(sent: OutboundMail) -> None:
    taken_in(report("it@aldera.example", sent.mail_id))
    taken_in(report("it@aldera.example", sent.mail_id) + b"\n(again)\n")
    assert sent.ticket is not None
    assert sent.ticket.events.filter(kind=Kind.MAIL_FAILED).count() == 1


def test_a_delay_is_no_failure(sent: OutboundMail) -> None:
    taken_in(report("it@aldera.example", sent.mail_id, action="delayed"))
    sent.refresh_from_db()
    assert sent.state == OutboundMail.State.SENT


@pytest.mark.parametrize("mail_id", ["", "<1.1.aaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb@aldera.example>"])
def test_a_forged_bounce_changes_nothing(sent: OutboundMail, mail_id: str) -> None:
    row = taken_in(report("it@aldera.example", mail_id))
    sent.refresh_from_db()
    assert (row.outcome, row.ticket) == (Outcome.FOLDED, None)
    assert sent.state == OutboundMail.State.SENT


def test_two_desks_wired_to_each_other_fall_silent(
    company: Company, work_off: Callable[[], None]
) -> None:
    """The other desk answers every mail with a new one that bears no sign of a machine."""
    for _round in range(12):
        before = OutboundMail.objects.count()
        taken_in(letter(subject="We have received your request"))
        work_off()
        if OutboundMail.objects.count() == before:
            break
    assert OutboundMail.objects.count() == 5


# --- The same letter again ------------------------------------------------------------------------


def test_the_same_bytes_are_one_letter() -> None:
    mail = letter()
    first, again = post(mail), post(mail)
    assert (first.outcome, again.outcome) == (Outcome.STORED, Outcome.DUPLICATE)


def test_another_way_through_the_network_is_the_same_letter() -> None:
    mail = letter().as_bytes()
    post(mail)
    again = post(b"Return-Path: <a@b.example>\r\nReceived: from x\r\n\tby y\r\n" + mail)
    assert again.outcome == Outcome.DUPLICATE


def test_line_ends_do_not_make_another_letter() -> None:
    mail = letter().as_bytes()
    post(mail)
    assert post(mail.replace(b"\n", b"\r\n")).outcome == Outcome.DUPLICATE


def test_the_same_id_and_words_with_other_headers_is_a_duplicate() -> None:
    mail = letter(Message_ID="<same@mail.example>")
    first = taken_in(mail)
    mail["X-Spam-Score"] = "1.2"
    again = taken_in(mail)
    assert (again.outcome, again.ticket) == (Outcome.DUPLICATE, first.ticket)
    assert Ticket.objects.count() == 1


def test_the_same_id_with_other_words_is_kept_and_marked() -> None:
    taken_in(letter(Message_ID="<same@mail.example>"))
    again = taken_in(letter(Message_ID="<same@mail.example>", body="Quite another matter."))
    assert again.outcome == Outcome.TICKET
    assert "used before" in again.reason


def test_a_stranger_cannot_take_an_id_away() -> None:
    taken_in(letter("mallory@evil.example", Message_ID="<soon@mail.example>"))
    assert taken_in(letter(Message_ID="<soon@mail.example>")).outcome == Outcome.TICKET


def test_two_addresses_of_one_desk_make_one_ticket() -> None:
    mail = letter(to="it@aldera.example, helpdesk@aldera.example")
    rows = [post(mail), post(mail, to="helpdesk@aldera.example")]
    assert [taken_in(row).outcome for row in rows] == [Outcome.TICKET, Outcome.DUPLICATE]


def test_two_desks_make_two_tickets() -> None:
    mail = letter(to="it@aldera.example, hr@aldera.example")
    rows = [post(mail), post(mail, to="hr@aldera.example")]
    assert [taken_in(row).outcome for row in rows] == [Outcome.TICKET, Outcome.TICKET]


# --- Crashes --------------------------------------------------------------------------------------


def broken(_case: object) -> None:
    raise RuntimeError("a poisoned letter")


def later(minutes: int) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "STEPS", (broken,))


def test_reading_twice_makes_one_ticket() -> None:
    row = post(letter())
    assert intake.take_in(row.pk)
    assert not intake.take_in(row.pk)
    assert Ticket.objects.count() == 1


def test_a_claimed_letter_is_left_to_its_worker() -> None:
    row = post(letter())
    InboundMail.objects.update(claimed_at=timezone.now())
    assert not intake.take_in(row.pk)


def test_a_dead_workers_letter_is_read_by_another() -> None:
    row = post(letter())
    InboundMail.objects.update(claimed_at=timezone.now(), attempts=1)
    assert intake.take_in_waiting(now=later(2)) == 1
    row.refresh_from_db()
    assert row.outcome == Outcome.TICKET


@pytest.mark.usefixtures("poison")
def test_a_failure_leaves_the_letter_for_another_try() -> None:
    row = taken_in(letter())
    assert (row.outcome, row.attempts) == (Outcome.STORED, 1)


@pytest.mark.usefixtures("poison")
def test_after_the_third_failure_a_person_must_look() -> None:
    row = post(letter())
    for minutes in (0, 2, 4, 6):
        intake.take_in_waiting(now=later(minutes))
    row.refresh_from_db()
    assert (row.outcome, row.attempts) == (Outcome.QUARANTINED, 3)
    assert b"Screen is dark" in bytes(row.raw)


def test_a_letter_that_takes_its_worker_down_is_put_aside() -> None:
    row = post(letter())
    InboundMail.objects.update(attempts=3)
    intake.take_in(row.pk)
    row.refresh_from_db()
    assert (row.outcome, row.reason) == (Outcome.QUARANTINED, "could not be read")


def test_a_worker_that_slept_through_its_claim_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = post(letter())
    read = intake.read

    def slowly(letter_: InboundMail) -> Letter:
        InboundMail.objects.update(claimed_at=later(3))  # Another worker has it now.
        return read(letter_)

    monkeypatch.setattr(intake, "read", slowly)
    assert not intake.take_in(row.pk)
    assert not Ticket.objects.exists()


def test_a_failure_in_the_middle_takes_everything_back(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    mail = letter()
    mail.add_attachment(b"data", maintype="text", subtype="plain", filename="a.txt")
    monkeypatch.setattr(intake, "STEPS", (*intake.STEPS[:-1], after(steps.open_new)))
    taken_in(mail)
    assert not Ticket.objects.exists()
    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    assert not [path for path in folder.rglob("*") if path.is_file()]


def after(step: Callable[[Case], object]) -> Callable[[Case], None]:
    """The step done, and then the power goes."""

    def dying(case: Case) -> None:
        step(case)
        raise RuntimeError

    return dying


def test_one_bad_letter_does_not_hold_up_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    post(letter(subject="poison"))
    post(letter(subject="fine"))
    find = steps.find_thread

    def choking(case: Case) -> None:
        if case.letter.subject == "poison":
            raise RuntimeError
        find(case)

    monkeypatch.setattr(
        intake, "STEPS", (intake.STEPS[0], intake.STEPS[1], choking, *intake.STEPS[3:])
    )
    intake.take_in_waiting()
    assert Ticket.objects.get().summary == "fine"


def test_a_crash_after_the_letter_was_read_doubles_nothing(work_off: Callable[[], None]) -> None:
    row = post(letter())
    work_off()
    InboundMail.objects.filter(pk=row.pk).update(claimed_at=None)
    work_off()
    assert (Ticket.objects.count(), OutboundMail.objects.count()) == (1, 1)


# --- Cost -----------------------------------------------------------------------------------------


def cost(row: InboundMail) -> int:
    with CaptureQueriesContext(connection) as asked:
        intake.take_in(row.pk)
    return len(asked)


def test_a_letter_costs_the_same_however_many_came_before() -> None:
    taken_in(letter())
    box = Mailbox.objects.get(address="it@aldera.example")
    before = cost(post(letter(subject="one")))
    for number in range(30):
        InboundMail.objects.create(mailbox=box, raw=b"x", digest=str(number), outcome="ticket")
    assert cost(post(letter(subject="two"))) == before <= 40

"""Mail out: composed for one reader, stored first, sent once, whatever the server says."""

import asyncio
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from departments.actions import timing
from departments.calendar_rules import DayOff
from departments.models import Department, Person, Service
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import letter, taken_in
from tests.mail.test_smtp import free_port
from tickets import actions, events
from tickets.events import Kind
from tickets.mail import keyed, outbound, transport
from tickets.models import OutboundMail, State, Ticket, TicketEvent

Mail = OutboundMail.State
Work = Callable[[], None]
pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # Monday 23:00 in Istanbul


class Peer:
    """The company's mail server, as far as a test needs it."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"
        self.to_recipient = "250 OK"
        self.unknown = ""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.unknown:
            return "550 5.1.1 No such person"
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer == "cut":
            self.envelopes.append(envelope)
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 never heard"
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    @property
    def received(self) -> list[EmailMessage]:
        return [read(each.original_content or b"") for each in self.envelopes]


def read(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=email.policy.default)


@pytest.fixture
def peer(settings: Settings) -> Iterator[Peer]:
    """A real SMTP server that our mails go to."""
    handler = Peer()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_TIMEOUT = 5
    yield handler
    server.stop()


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def last(kind: str) -> OutboundMail:
    return OutboundMail.objects.filter(kind=kind).latest("pk")


def later(**span: int) -> datetime:
    return timezone.now() + timedelta(**span)


# --- What arrives ---------------------------------------------------------------------------------


def test_the_acknowledgement_arrives(peer: Peer, make: Make, work_off: Work) -> None:
    make.ticket()
    work_off()
    [mail] = peer.received
    assert mail["To"] == "elif@aldera.example"
    assert mail["From"] == "IT help desk <it@aldera.example>"
    assert mail["Subject"] == "[IT-1] Laptop does not charge"
    assert "We have it, Elif. You will hear from us by Mon\xa014:00." in text_of(mail)
    assert "/requests/IT-1/" in text_of(mail)


def test_it_says_what_it_is_to_machines(peer: Peer, make: Make, work_off: Work) -> None:
    make.ticket()
    work_off()
    [mail], [envelope] = peer.received, peer.envelopes
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Helpdesk-Loop"] == "aldera.example"
    assert mail["List-Id"] == '"IT" <it.helpdesk.aldera.example>'
    assert mail["Content-Language"] == "en"
    assert envelope.mail_from == "<>"


def test_it_has_text_and_html(peer: Peer, make: Make, work_off: Work) -> None:
    make.ticket()
    work_off()
    [mail] = peer.received
    assert mail.get_content_type() == "multipart/alternative"
    html = mail.get_body(("html",))
    assert html is not None
    assert 'lang="en"' in html.get_content()


def test_its_ids_are_proofs(peer: Peer, make: Make, work_off: Work, company: Company) -> None:
    ticket = make.ticket()
    work_off()
    [mail] = peer.received
    proof = keyed.Proof(ticket.pk, company.elif_.pk)
    assert keyed.read_message_id(mail["Message-ID"]) == proof
    assert keyed.read_reply_address(mail["Reply-To"]) == proof


def test_a_reply_comes_from_the_person_who_wrote_it(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    ticket = make.ticket()
    work_off()
    actions.reply(ticket, by=company.mihai, body="Bring it to **room 12**.", at=MONDAY)
    work_off()
    acknowledgement, mail = peer.received
    assert mail["From"] == '"Mihai Ionescu (IT help desk)" <it@aldera.example>'
    assert "Auto-Submitted" not in mail
    assert mail["In-Reply-To"] == mail["References"] == acknowledgement["Message-ID"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<strong>room 12</strong>" in html.get_content()


def test_what_comes_back_names_the_mail_that_failed(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    actions.reply(make.ticket(), by=company.mihai, body="Bring it.")
    work_off()
    returns = [envelope.mail_from or "" for envelope in peer.envelopes]
    assert last("reply").pk in {keyed.read_return_address(address) for address in returns}


def test_a_mailed_request_is_answered_in_its_thread(
    peer: Peer, company: Company, work_off: Work
) -> None:
    taken_in(letter(Message_ID="<asked@mail.example>"))
    work_off()
    assert peer.received[0]["In-Reply-To"] == "<asked@mail.example>"


def test_small_files_come_along_and_large_ones_stay_on_the_page(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    files = [
        actions.keep_file(
            ContentFile(b"x" * size), name=name, type="application/pdf", by=company.mihai
        )
        for name, size in (("small.pdf", 1000), ("large.pdf", 6_000_000))
    ]
    actions.reply(make.ticket(), by=company.mihai, body="See both.", files=files, at=MONDAY)
    work_off()
    mail = peer.received[-1]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["small.pdf"]
    assert "large.pdf" in text_of(mail)


def test_a_file_with_no_honest_type_is_sent_as_bytes(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    file = actions.keep_file(ContentFile(b"x"), name="a.bin", type="what", by=company.mihai)
    actions.reply(make.ticket(), by=company.mihai, body="See.", files=[file], at=MONDAY)
    work_off()
    [part] = peer.received[-1].iter_attachments()
    assert part.get_content_type() == "application/octet-stream"


SUBJECTS = ["a\r\nBcc: all@aldera.example", "a\nb", "tab\there", "🔥 çok acil", "x" * 200, "\x00"]


@pytest.mark.parametrize("summary", SUBJECTS)
def test_no_summary_breaks_the_headers(
    peer: Peer, make: Make, work_off: Work, summary: str
) -> None:
    make.ticket(summary=summary.replace("\x00", "\x01"))
    work_off()
    [mail] = peer.received
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[IT-1]")


def test_names_with_quotes_and_line_ends_stay_names(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(name='Mi"hai\r\nBcc: x <y@z>')
    actions.reply(make.ticket(), by=Person.objects.get(pk=company.mihai.pk), body="Hello.")
    work_off()
    mail = peer.received[-1]
    assert mail["Bcc"] is None
    assert mail["From"].addresses[0].addr_spec == "it@aldera.example"


# --- Words ----------------------------------------------------------------------------------------


def test_outside_opening_hours_it_says_when_the_desk_opens(make: Make, work_off: Work) -> None:
    make.ticket(at=NIGHT)
    work_off()
    assert "IT is closed now and opens Tue\xa009:00." in last("acknowledgement").text


def test_moments_are_in_the_readers_zone(make: Make, company: Company, work_off: Work) -> None:
    make.ticket(by=company.misaki)
    work_off()
    assert "by Mon\xa020:00" in last("acknowledgement").text


def test_a_far_promise_carries_its_date(make: Make, company: Company, work_off: Work) -> None:
    off = tuple(DayOff(MONDAY.date() + timedelta(days)) for days in range(10))
    closed = replace(OFFICE_HOURS, closures=off)
    timing.change_calendar(company.calendar, closed, valid_from=None, by=company.sam)
    make.ticket()
    work_off()
    assert "by Thu 19 Mar\xa013:00" in last("acknowledgement").text


@pytest.mark.parametrize(
    ("language", "called", "expected"),
    [
        ("ja", "", "田中 美咲様"),
        ("ja", "美咲さん", "美咲さん"),
        ("ja", "美咲", "美咲さん"),
        ("en", "", "田中"),
        ("en", "Misaki", "Misaki"),
    ],
)
def test_people_are_called_as_their_language_does(
    make: Make, company: Company, work_off: Work, language: str, called: str, expected: str
) -> None:
    Person.objects.filter(pk=company.misaki.pk).update(language=language, called=called)
    make.ticket(by=Person.objects.get(pk=company.misaki.pk))
    work_off()
    mail = last("acknowledgement")
    assert expected in mail.text
    assert mail.headers["Content-Language"] == language


def test_of_a_confidential_request_the_subject_says_only_the_number(
    make: Make, company: Company, work_off: Work
) -> None:
    actions.reply(make.secret(), by=company.misaki, body="Here it is.", at=MONDAY)
    work_off()
    mails = list(OutboundMail.objects.all())
    assert {mail.subject for mail in mails} == {"[HR-1] Your request"}
    assert not [mail for mail in mails if "Canary-summary" in mail.text + mail.html]


def test_its_agents_see_no_more_in_theirs(make: Make, company: Company, work_off: Work) -> None:
    actions.assign(make.secret(), to=company.misaki, by=company.andreea)
    work_off()
    mail = last("assigned")
    assert mail.subject == "[HR-1] A request"
    assert "Canary" not in mail.text + mail.html + mail.subject


def test_no_note_ever_leaves(make: Make, company: Company, work_off: Work) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.jonas, by=company.mihai)
    actions.note(ticket, by=company.mihai, body="Canary-note: he dropped it")
    actions.reply(ticket, by=company.mihai, body="We look.")
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai)
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    actions.resolve(ticket, by=company.mihai)
    work_off()
    mails = OutboundMail.objects.all()
    assert {mail.kind for mail in mails} >= {"reply", "waiting", "assigned", "added", "resolved"}
    assert not [mail for mail in mails if "Canary" in f"{mail.text}{mail.html}{mail.headers}"]


@pytest.mark.parametrize("kind", ["reply", "resolved", "assigned"])
def test_not_even_a_mail_about_a_note_says_what_it_says(
    make: Make, company: Company, kind: str
) -> None:
    ticket = make.ticket()
    actions.note(ticket, by=company.mihai, body="Canary-note")
    event = ticket.events.get(kind=Kind.NOTED)
    mail, _new = outbound.queue(kind, key="k", to=company.elif_, event=event)
    assert mail.message is None
    assert "Canary" not in mail.text + mail.html


def test_the_conversation_before_is_sent_to_nobody_who_was_not_there(
    make: Make, company: Company, work_off: Work
) -> None:
    ticket = make.ticket(body="Canary: my first words")
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    actions.reply(ticket, by=company.mihai, body="We look.")
    work_off()
    mails = OutboundMail.objects.filter(kind="reply")
    read = {mail.person: "Canary" in mail.text + mail.html for mail in mails}
    assert read == {company.elif_: True, company.olga: False}


def test_a_move_tells_the_new_number(make: Make, company: Company, work_off: Work) -> None:
    actions.move(make.ticket(), to=company.finance, by=company.mihai)
    work_off()
    assert "FIN-1" in last("moved").text


def test_each_reader_gets_the_page_they_work_on(
    make: Make, company: Company, work_off: Work
) -> None:
    actions.assign(make.ticket(), to=company.mihai, by=company.jonas)
    work_off()
    assert "/tickets/IT-1/" in last("assigned").text
    assert "/requests/IT-1/" in last("acknowledgement").text


def test_the_services_own_address_speaks_for_it(make: Make, work_off: Work) -> None:
    make.secret()
    work_off()
    assert "<hr@aldera.example>" in last("acknowledgement").from_address


def test_a_desk_without_a_mailbox_writes_from_the_installations(
    make: Make, company: Company, work_off: Work
) -> None:
    make.ticket(service=company.expenses)
    work_off()
    assert last("acknowledgement").from_address == '"Finance" <helpdesk@aldera.example>'


# --- Once -----------------------------------------------------------------------------------------


def test_the_acknowledgement_exists_once(make: Make, work_off: Work) -> None:
    make.ticket()
    work_off()
    TicketEvent.objects.update(reacted_at=None, claimed_at=None)
    work_off()
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 1


def test_the_same_key_gives_the_same_mail(make: Make, company: Company) -> None:
    event = make.ticket().events.get()
    first, is_new = outbound.queue("acknowledgement", key="k", to=company.elif_, event=event)
    second, again = outbound.queue("acknowledgement", key="k", to=company.elif_, event=event)
    assert (first, is_new, again) == (second, True, False)


def test_a_lost_race_for_the_key_finds_the_winners_mail(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make.ticket().events.get()
    first, _new = outbound.queue("acknowledgement", key="k", to=company.elif_, event=event)
    blind = OutboundMail.objects.none()
    with monkeypatch.context() as patched:
        patched.setattr(OutboundMail.objects, "filter", lambda **_words: blind, raising=False)
        second, is_new = outbound.queue("acknowledgement", key="k", to=company.elif_, event=event)
    assert (first, is_new) == (second, False)


def test_web_requests_are_all_confirmed(make: Make, work_off: Work) -> None:
    for number in range(7):
        make.ticket(summary=f"No. {number}")
    work_off()
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 7


# --- What the server says -------------------------------------------------------------------------


@pytest.fixture
def queued(make: Make, company: Company, peer: Peer) -> OutboundMail:
    event = make.ticket().events.get()
    return outbound.queue("acknowledgement", key="k", to=company.elif_, event=event)[0]


def test_sent_once_it_is_not_sent_again(queued: OutboundMail, peer: Peer) -> None:
    assert outbound.send(queued.pk)
    assert not outbound.send(queued.pk)
    assert outbound.send_queued() == 0
    queued.refresh_from_db()
    assert (queued.state, queued.attempts, len(peer.received)) == (Mail.SENT, 1, 1)
    assert queued.sent_at is not None


@pytest.mark.parametrize("answer", ["421 Closing", "451 Later", "452 Full", "530 Sign in first"])
def test_what_is_not_taken_now_is_tried_again(
    queued: OutboundMail, peer: Peer, answer: str
) -> None:
    peer.answer = answer
    outbound.send_queued()
    queued.refresh_from_db()
    assert (queued.state, answer[:3] in queued.error) == (Mail.QUEUED, True)
    peer.answer = "250 OK"
    assert outbound.send_queued(later(seconds=5)) == 0
    assert outbound.send_queued(later(seconds=20)) == 1


def test_each_wait_is_longer(queued: OutboundMail, peer: Peer) -> None:
    peer.to_recipient = "450 Greylisted"
    waits, now = [], timezone.now()
    for _try in range(4):
        outbound.send_queued(now)
        queued.refresh_from_db()
        waits.append(queued.next_at - now)
        now = queued.next_at
    assert waits == sorted(set(waits))


@pytest.mark.parametrize("step", ["to_recipient", "answer"])
def test_what_is_refused_for_good_is_told_on_the_ticket(
    queued: OutboundMail, peer: Peer, step: str
) -> None:
    setattr(peer, step, "550 5.1.1 No such person")
    outbound.send_queued()
    queued.refresh_from_db()
    event = TicketEvent.objects.get(kind=Kind.MAIL_FAILED)
    assert (queued.state, event.facts["to"]) == (Mail.FAILED, "Elif Yıldız")
    assert "No such person" in events.sentence(event)


def test_a_refused_mail_does_not_hold_up_the_next(
    queued: OutboundMail, peer: Peer, company: Company
) -> None:
    assert queued.event is not None
    more, _new = outbound.queue("added", key="more", to=company.elif_, event=queued.event)
    peer.unknown = company.elif_.email
    OutboundMail.objects.filter(pk=more.pk).update(to_address="other@aldera.example")
    assert outbound.send_queued() == 1
    queued.refresh_from_db()
    assert queued.state == Mail.FAILED


def test_a_line_cut_after_the_last_dot_leaves_it_unknown_and_sends_the_same_id_again(
    queued: OutboundMail, peer: Peer
) -> None:
    peer.answer = "cut"
    outbound.send_queued()
    queued.refresh_from_db()
    assert queued.state == Mail.UNKNOWN
    peer.answer = "250 OK"
    outbound.send_queued(later(minutes=1))
    first, second = peer.received
    assert first["Message-ID"] == second["Message-ID"] == queued.mail_id


def test_a_server_that_is_away_costs_nothing_but_time(
    queued: OutboundMail, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    outbound.send_queued()
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (Mail.QUEUED, 1)


def test_after_days_of_trying_it_has_failed(queued: OutboundMail, settings: Settings) -> None:
    settings.EMAIL_PORT = free_port()
    OutboundMail.objects.update(attempts=outbound.MAX_ATTEMPTS - 1)
    outbound.send_queued()
    assert TicketEvent.objects.filter(kind=Kind.MAIL_FAILED).count() == 1


def test_a_mail_whose_sender_died_goes_out_again(queued: OutboundMail, peer: Peer) -> None:
    OutboundMail.objects.update(state=Mail.SENDING, claimed_at=timezone.now(), attempts=1)
    assert outbound.send_queued(later(seconds=30)) == 0
    assert outbound.send_queued(later(seconds=60)) == 1


def test_a_frozen_worker_that_wakes_up_writes_nothing(
    queued: OutboundMail, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = transport.Line.deliver

    def slowly(self: Any, mail: OutboundMail, **words: Any) -> None:
        OutboundMail.objects.update(state=Mail.SENT, claimed_at=later(minutes=3), error="other")
        deliver(self, mail, **words)

    monkeypatch.setattr(transport.Line, "deliver", slowly)
    assert not outbound.send(queued.pk)
    queued.refresh_from_db()
    assert queued.error == "other"


def test_whoever_may_not_read_it_any_more_gets_nothing(
    queued: OutboundMail, peer: Peer, company: Company
) -> None:
    Ticket.objects.update(requester=company.olga)
    outbound.send_queued()
    assert not peer.received


def test_a_missing_file_is_waited_for(
    peer: Peer, make: Make, company: Company, work_off: Work
) -> None:
    file = actions.keep_file(ContentFile(b"x"), name="a.pdf", type="application/pdf", by=None)
    actions.reply(make.ticket(), by=company.mihai, body="See.", files=[file], at=MONDAY)
    file.file.storage.delete(str(file.file.name))
    work_off()
    assert last("reply").state == Mail.QUEUED


def test_without_a_mail_server_mails_are_in_the_outbox_and_count_as_sent(
    make: Make, work_off: Work, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    make.ticket()
    work_off()
    assert last("acknowledgement").state == Mail.SENT


# --- Signing in -----------------------------------------------------------------------------------


def test_a_password_mail_leads_to_our_own_address_and_is_forgotten_when_sent(
    company: Company, peer: Peer
) -> None:
    context = {"password_reset_url": "http://evil.example/accounts/password/reset/key/1-abc/"}
    mail = outbound.queue_account_mail("account/email/password_reset_key", company.elif_, context)
    assert mail is not None
    outbound.send(mail.pk)
    [arrived] = peer.received
    assert "http://127.0.0.1:8000/accounts/password/reset/key/1-abc/" in text_of(arrived)
    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("", "")


def test_other_account_mails_are_not_sent(company: Company) -> None:
    assert outbound.queue_account_mail("account/email/unknown_account", company.elif_, {}) is None


@pytest.mark.parametrize("name", ["IT", "Büro „Süd“", "総務 <x>"])
def test_list_ids_survive_any_desks_name(
    make: Make, company: Company, peer: Peer, work_off: Work, name: str
) -> None:
    Department.objects.filter(pk=company.it.pk).update(name=name)
    make.ticket(service=Service.objects.get(pk=company.laptop.pk))
    work_off()
    assert peer.received[0]["List-Id"].endswith("<it.helpdesk.aldera.example>")


def test_an_address_that_nobody_reads_is_never_confirmed(make: Make, company: Company) -> None:
    company.elif_.email = "no-reply@aldera.example"
    company.elif_.save()
    assert not outbound.may_acknowledge(make.ticket(channel="mail"), MONDAY)
    assert outbound.may_acknowledge(make.ticket(channel="web"), MONDAY)

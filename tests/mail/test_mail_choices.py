"""Choosing which mails one gets: topics, what is held over night, the page, why a mail came."""

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as post
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from departments.models import Person
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import Make
from tests.mail.choosing import be_quiet, choose
from tests.mail.every_kind import mails_about
from tickets import actions
from tickets.actions.mail_choices import set_paces
from tickets.mail import compose, outbound, pace
from tickets.models import CHOSEN, MailChoices, Notification, OutboundMail, Ticket, Topic
from tickets.reactions import running

pytestmark = pytest.mark.django_db
Mail = OutboundMail.State
SignIn = Callable[[Person], Client]
ELIF = "elif@aldera.example"
SECOND = timedelta(seconds=1)
ROOT = Path(__file__).resolve().parents[2]


def react() -> None:
    while running.react_to_pending():
        pass


# --- Topics ---------------------------------------------------------------------------------------


def kinds_with_words() -> set[str]:
    """Each mail that has a template of its own; those about the sign-in are of one kind."""
    pages = (ROOT / "templates" / "mail").glob("*.txt")
    of_guests = compose.GUEST_LETTERS.values()
    leaves = {page.stem for page in pages if page.stem != "base"} - {*of_guests}
    accounts = set(outbound.ACCOUNT_LETTERS.values())
    return (leaves - accounts) | ({pace.ACCOUNT} if leaves & accounts else set())


def test_each_kind_of_mail_has_a_topic() -> None:
    assert kinds_with_words() == set(pace.TOPICS)


def test_an_answer_is_what_its_reader_is_to_the_request(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.mihai, by=company.mihai)
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    actions.reply(ticket, by=company.jonas, body="A new one comes.")
    react()
    topics = OutboundMail.objects.filter(kind="reply").values_list("person__email", "topic")
    assert dict(topics) == {
        "elif@aldera.example": "own",
        "mihai@aldera.example": "work",
        "olga@aldera.example": "followed",
    }


def test_reactions_ask_what_the_reader_chose_for_all_but_the_acknowledgement() -> None:
    reactions = (ROOT / "tickets" / "reactions").glob("*.py")
    past = [path.stem for path in reactions if "outbound.queue(" in path.read_text()]
    assert past == ["acknowledge"]


# --- Held -----------------------------------------------------------------------------------------


@pytest.fixture
def followed(make: Make, company: Company) -> Ticket:
    """Olga follows Elif's request."""
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    react()
    outbound.send_queued()
    return ticket


def replies(person: Person) -> Any:
    return OutboundMail.objects.filter(person=person, kind="reply").order_by("pk")


def test_an_answer_at_night_goes_out_in_the_morning(followed: Ticket, company: Company) -> None:
    until = be_quiet(company.elif_)
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    assert not outbound.send(replies(company.elif_).get().pk)
    outbound.send_queued(until - SECOND)
    held = replies(company.elif_).get()
    assert (held.state, held.next_at, held.held_until) == (Mail.QUEUED, until, until)
    assert replies(company.olga).get().state == Mail.SENT
    outbound.send_queued(until)
    assert replies(company.elif_).get().state == Mail.SENT


def test_what_was_held_goes_in_order_and_before_what_comes_then(
    followed: Ticket, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_quiet(company.elif_)
    for word in ("First", "Second"):
        actions.reply(followed, by=company.mihai, body=f"{word} word.")
        react()
    choose(company.elif_)  # No quiet hours any more: what was held is due from now on.
    nudged: list[object] = []
    monkeypatch.setattr(outbound, "later", lambda _name, pk: nudged.append(pk))
    actions.reply(followed, by=company.mihai, body="Third word.")
    react()
    rows = list(replies(company.elif_))
    assert [mail.pk in nudged for mail in rows] == [False, False, False]
    post.outbox.clear()
    outbound.send_queued()
    went = [sent.extra_headers["Message-ID"] for sent in post.outbox if sent.to == [ELIF]]
    assert went == [mail.mail_id for mail in rows]


def test_what_cannot_wait_is_never_held(make: Make, company: Company) -> None:
    be_quiet(company.elif_, followed="daily", work="daily")
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="The board meets.")
    react()
    actions.reply(ticket, by=company.mihai, body="I come.")
    react()
    kinds = {mail.kind: mail.held_until for mail in company.elif_.mails.all()}
    assert kinds == {"acknowledgement": None, "reply": None}


def test_the_acknowledgement_is_never_held(make: Make, company: Company) -> None:
    be_quiet(company.elif_)
    make.ticket()
    react()
    assert company.elif_.mails.get().held_until is None


def test_pages_and_mails_about_the_sign_in_come_whatever_was_chosen(
    make: Make, company: Company
) -> None:
    be_quiet(company.jonas, followed="never", work="never", leading="never")
    for kind in ("page", "page_unanswered", pace.ACCOUNT, pace.ACKNOWLEDGEMENT):
        found = pace.plan(kind, key=kind, to=company.jonas, ticket=None, now=timezone.now())
        assert (found.goes_as_mail, found.held_until) == (True, None)


def test_not_by_mail_leaves_the_notice(make: Make, company: Company) -> None:
    ticket = make.ticket()
    choose(company.mihai, work="never")
    actions.assign(ticket, to=company.mihai, by=company.jonas)
    react()
    assert not company.mihai.mails.exists()
    assert Notification.objects.filter(person=company.mihai, ticket=ticket).exists()


def test_what_is_held_is_not_sent_to_who_does_not_want_it_any_more(
    followed: Ticket, company: Company
) -> None:
    until = be_quiet(company.olga)
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    set_paces(company.olga, {"followed": "never"})
    outbound.send_queued(until)
    assert replies(company.olga).get().state == Mail.SKIPPED


def test_who_follows_no_more_gets_nothing_of_what_was_held(
    followed: Ticket, company: Company
) -> None:
    until = be_quiet(company.olga)
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    actions.remove_participant(followed, person=company.olga, by=company.olga)
    post.outbox.clear()
    outbound.send_queued(until)
    assert [sent for sent in post.outbox if "First word" in sent.body] != []  # Elif's
    assert not [sent for sent in post.outbox if sent.to == [company.olga.email]]


def test_longer_quiet_hours_hold_what_is_held_already(followed: Ticket, company: Company) -> None:
    until = be_quiet(company.elif_)
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    today = timezone.now().astimezone(company.elif_.zone).weekday()
    choices = choose(company.elif_, days_off=frozenset({today, (today + 1) % 7}))
    held_until = replies(company.elif_).get().held_until
    assert held_until == choices.quiet.ends(timezone.now()) != until


def test_a_confirmation_costs_who_chose_nothing_no_statement(make: Make, company: Company) -> None:
    ticket = make.ticket()
    with CaptureQueriesContext(
        connection,
    ) as found:
        react()
    assert ticket.mails.get().kind == "acknowledgement"
    asked = [query["sql"] for query in found if "mailchoices" in query["sql"]]
    assert asked == []


def test_the_database_keeps_no_senseless_choices(company: Company) -> None:
    for wrong in (
        {"quiet_from": time(22)},
        {"quiet_from": time(22), "quiet_until": time(22)},
        {"days_off": "0123456"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            MailChoices.objects.create(person=company.elif_, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": time(22)},
        {"quiet_from": time(22), "quiet_until": time(22)},
        {"days_off": frozenset(range(7))},
        {"work": "daily", "quiet_from": time(7), "quiet_until": time(9)},
        {"work": "hourly"},
    ],
)
def test_senseless_choices_are_refused(company: Company, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        choose(company.elif_, **wrong)
    assert not MailChoices.objects.exists()


@pytest.mark.parametrize("topic", sorted(set(Topic.values) - set(CHOSEN)))
def test_nobody_puts_off_what_always_comes(company: Company, topic: str) -> None:
    with pytest.raises(Refused):
        set_paces(company.elif_, {topic: "never"})


# --- The page -------------------------------------------------------------------------------------

SENT: dict[str, Any] = {
    "followed": "never",
    "work": "daily",
    "leading": "at_once",
    "digest_at": "09:00",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "days_off": ["5", "6"],
}


def test_the_page_saves_with_one_button(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.mihai)
    assert client.post("/me/mails/", SENT).headers["Location"] == "/me/mails/"
    kept = MailChoices.objects.get(person=company.mihai)
    assert (kept.followed, kept.work, kept.leading) == ("never", "daily", "at_once")
    assert (kept.quiet_from, kept.quiet_until, kept.days_off) == (time(22), time(7), "56")
    page = client.get("/me/mails/").content.decode()
    assert 'value="22:00"' in page
    assert page.count("checked") == 2


def test_who_works_at_no_desk_is_not_asked_about_one(company: Company, sign_in: SignIn) -> None:
    page = sign_in(company.olga).get("/me/mails/").content.decode()
    assert "Requests I follow" in page
    assert "What my desk needs" not in page
    sign_in(company.olga).post("/me/mails/", SENT)
    assert MailChoices.objects.get(person=company.olga).work == "at_once"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("quiet_until", "", "Say when the quiet hours begin"),
        ("quiet_until", "22:00", "end at another time"),
        ("quiet_from", "late", "Give a time like 18:00."),
        ("days_off", list("0123456"), "Leave at least one day"),
        ("digest_at", "23:00", "Choose another hour"),
        ("followed", "hourly", "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_and_kept(
    company: Company, sign_in: SignIn, field: str, value: Any, words: str
) -> None:
    answer = sign_in(company.mihai).post("/me/mails/", {**SENT, field: value})
    page = answer.content.decode()
    assert (answer.status_code, words in page) == (422, True)
    assert 'value="09:00" selected' in page or field == "digest_at"
    assert not MailChoices.objects.exists()


def test_the_page_shows_what_is_held_and_until_when(
    followed: Ticket, company: Company, sign_in: SignIn
) -> None:
    be_quiet(company.olga)
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    page = sign_in(company.olga).get("/me/mails/").content.decode()
    assert page.count("[IT-1] Laptop") == 3  # Held; and among the last mails, after “added”.
    assert "Held until" in page
    assert "held · <time" in page
    assert "sent · <time" in page


def test_the_page_shows_no_mail_of_others_nor_of_what_i_may_not_see_any_more(
    followed: Ticket, company: Company, sign_in: SignIn
) -> None:
    actions.remove_participant(followed, person=company.olga, by=company.olga)
    assert "[IT-1]" not in sign_in(company.olga).get("/me/mails/").content.decode()


def test_the_page_costs_the_same_for_one_mail_and_for_many(
    followed: Ticket,
    company: Company,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = sign_in(company.olga)
    client.get("/me/mails/")
    with CaptureQueriesContext(connection) as few:
        client.get("/me/mails/")
    for number in range(21):
        actions.reply(followed, by=company.mihai, body=f"Word {number}.")
    react()
    with django_assert_num_queries(len(few)):
        page = client.get("/me/mails/").content.decode()
    assert page.count("[IT-1]") == 20


def test_the_profile_leads_to_it(company: Company, sign_in: SignIn) -> None:
    assert 'href="/me/mails/"' in sign_in(company.olga).get("/me/").content.decode()


# --- Why did I get this ---------------------------------------------------------------------------

WHY = {
    "assigned": "because the request is given to you.",
    "asked": "because the request is given to you.",
    "escalated": "because the request is given to you.",
    "added": "because you follow this request.",
    "page": "because you are on call for IT.",
    "page_unanswered": "because you work at IT, which has no lead for it.",
    "rota_gaps": "because you work at IT, which has no lead for it.",
    "digest": "because you chose one mail a day.",
    "too_large": "because you wrote to it@aldera.example.",
    "password_reset": "because somebody, probably you, asked for it where people sign in.",
}


def test_every_mail_says_why_it_came_and_where_to_choose(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.mihai, by=company.mihai)
    ticket.refresh_from_db()
    written = mails_about(ticket, company.mihai, company)
    assert written.keys() == set(pace.TOPICS) - {pace.ACCOUNT} | {"password_reset"}
    for kind, mail in written.items():
        because = f"You get this {WHY.get(kind, 'because you asked.')}"
        assert [text.count(because) for text in (mail.text, mail.html)] == [1, 1], kind
        can_choose = kind != "password_reset"
        assert [("/me/mails/" in text) for text in (mail.text, mail.html)] == [can_choose] * 2, kind
        can_leave = kind == "added"
        assert ("/requests/IT-1/#following" in mail.text) == can_leave, kind
        assert ("/requests/IT-1/#following" in mail.html) == can_leave, kind


def test_it_is_said_in_the_readers_language(make: Make, company: Company) -> None:
    Person.objects.update(language="de")
    ticket = make.ticket()
    with translation.override("de"):
        words = translation.gettext("You get this because you asked.")
    for kind, mail in mails_about(ticket, company.mihai, company).items():
        assert (words in mail.text) == (kind not in WHY), kind


def test_a_follower_reads_who_added_them_and_when(followed: Ticket, company: Company) -> None:
    actions.reply(followed, by=company.mihai, body="First word.")
    react()
    mail = replies(company.olga).get()
    assert "You get this because Elif Yıldız added you on " in mail.text
    assert "today" not in mail.text


def test_a_lead_reads_that_they_lead(make: Make, company: Company) -> None:
    written = mails_about(make.ticket(), company.jonas, company)
    for kind in ("page_unanswered", "rota_gaps", "escalated", "asked"):
        assert "because you lead IT." in written[kind].text, kind


def test_who_did_not_ask_themselves_is_told_so(make: Make, company: Company) -> None:
    make.ticket(filed_by=company.mihai)
    react()
    mail = company.elif_.mails.get(kind="acknowledgement")
    assert "You get this because somebody asked for you." in mail.text

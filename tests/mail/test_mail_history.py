"""What our mails quote of the conversation before: as much as their reader knows already."""

from collections.abc import Callable
from datetime import timedelta
from textwrap import wrap
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.every_kind import ID
from tests.mail.postbox import answer, letter, taken_in
from tickets import actions
from tickets.actions import merging
from tickets.events import Kind
from tickets.mail import compose, history, html_text
from tickets.mail.quoting import own_words
from tickets.models import Message, OutboundMail, Participant, State, Ticket, TicketEvent

pytestmark = pytest.mark.django_db
Work = Callable[[], None]
LANGUAGES = [code for code, _name in settings.LANGUAGES] + ["ja"]  # Whose words are English yet.
MORE = "Earlier messages are on the page of the request."


def minutes(count: int) -> Any:
    return MONDAY + timedelta(minutes=count)


def newest_event(ticket: Ticket) -> TicketEvent:
    return TicketEvent.objects.filter(ticket=ticket, message__isnull=False).latest("pk")


def mail_to(person: Person, ticket: Ticket, kind: str = "reply") -> compose.Composed:
    """The mail of this kind about the newest thing that was said."""
    event = newest_event(ticket)
    if kind == "waiting":
        event = TicketEvent(ticket=event.ticket, kind=Kind.WAITING, at=event.at, actor=event.actor)
    reader = Person.objects.get(pk=person.pk)
    return compose.compose(kind, to=reader, event=event, mail_id=ID)


@pytest.fixture
def talk(make: Make, company: Company) -> Ticket:
    """Elif asks and adds; Mihai notes, and answers twice."""
    ticket = make.ticket(body="First words")
    actions.reply(ticket, by=company.mihai, body="Second **words**", at=minutes(10))
    actions.note(ticket, by=company.mihai, body="Canary-note", at=minutes(15))
    actions.reply(ticket, by=company.elif_, body="Third words", at=minutes(20))
    actions.reply(ticket, by=company.mihai, body="New words", at=minutes(30))
    return ticket


def quoted(mail: compose.Composed) -> list[str]:
    """What the text quotes, and the HTML as well."""
    found = [line[2:] for line in mail.text.splitlines() if line.startswith("> ")]
    _above, _mark, below = mail.html.partition("gmail_quote")
    assert all(words.replace("**", "") in html_text.to_text(f"<{below}") for words in found)
    return found


def test_the_requester_reads_all_of_it_again_newest_first(talk: Ticket, company: Company) -> None:
    mail = mail_to(company.elif_, talk)
    assert quoted(mail) == ["Third words", "Second **words**", "First words"]
    assert "On Mon 9 Mar 2026 10:20, Elif Yıldız wrote:\n> Third words" in mail.text
    assert "<strong>words</strong>" in mail.html
    assert MORE not in mail.text


@pytest.mark.parametrize("kind", ["resolved", "waiting"])
def test_mails_about_its_state_quote_it_too(talk: Ticket, company: Company, kind: str) -> None:
    assert "Second **words**" in quoted(mail_to(company.elif_, talk, kind))


@pytest.mark.parametrize("kind", ["acknowledgement", "moved", "added", "reminder"])
def test_others_do_not(talk: Ticket, company: Company, kind: str) -> None:
    assert not quoted(mail_to(company.elif_, talk, kind))


def test_the_desk_reads_what_is_public(talk: Ticket, company: Company) -> None:
    actions.reply(talk, by=company.elif_, body="Newest words", at=minutes(40))
    mail = mail_to(company.mihai, talk)
    assert quoted(mail) == ["New words", "Third words", "Second **words**", "First words"]
    assert "Canary" not in mail.text + mail.html


def test_a_participant_reads_what_was_said_since_they_were_added(
    talk: Ticket, company: Company
) -> None:
    actions.add_participant(talk, person=company.olga, by=company.elif_, at=minutes(40))
    actions.reply(talk, by=company.elif_, body="Fourth words", at=minutes(50))
    assert not quoted(mail_to(company.olga, talk))
    actions.reply(talk, by=company.mihai, body="Fifth words", at=minutes(60))
    mail = mail_to(company.olga, talk)
    assert quoted(mail) == ["Fourth words"]
    assert "First words" not in mail.text + mail.html


def test_who_reads_along_hears_who_wrote(talk: Ticket, company: Company) -> None:
    actions.add_participant(talk, person=company.olga, by=company.elif_, at=minutes(40))
    actions.reply(talk, by=company.elif_, body="Words", at=minutes(50))
    assert mail_to(company.olga, talk).text.startswith("Elif Yıldız wrote on this request, Olga.")
    actions.reply(talk, by=company.mihai, body="Words", at=minutes(60))
    assert mail_to(company.olga, talk).text.startswith("Mihai Ionescu from IT wrote to you, Olga.")


def test_what_was_said_while_they_were_away_stays_away(talk: Ticket, company: Company) -> None:
    olga, by = company.olga, company.elif_
    actions.add_participant(talk, person=olga, by=by, at=minutes(40))
    actions.reply(talk, by=olga, body="Olga's words", at=minutes(45))
    actions.remove_participant(talk, person=olga, by=by, at=minutes(50))
    actions.reply(talk, by=by, body="Canary-between", at=minutes(55))
    actions.add_participant(talk, person=olga, by=by, at=minutes(60))
    actions.reply(talk, by=by, body="Again words", at=minutes(65))
    actions.reply(talk, by=company.mihai, body="Last words", at=minutes(70))
    assert quoted(mail_to(olga, talk)) == ["Again words", "Olga's words"]


def test_who_left_the_desk_and_follows_on_knows_no_more_than_others(
    talk: Ticket, company: Company
) -> None:
    actions.assign(talk, to=company.mihai, by=company.jonas)
    Participant.objects.create(ticket=talk, person=company.mihai, added_at=minutes(60))
    Membership.objects.filter(person=company.mihai).delete()
    actions.reply(talk, by=company.elif_, body="Latest words", at=minutes(70))
    assert quoted(mail_to(company.mihai, talk)) == ["New words", "Second **words**"]


def test_of_a_confidential_request_nothing_is_sent_twice(make: Make, company: Company) -> None:
    ticket = make.secret()
    actions.reply(ticket, by=company.misaki, body="Here it is.", at=minutes(10))
    mail = mail_to(company.elif_, ticket)
    assert "Here it is." in mail.text
    assert "Canary" not in mail.text + mail.html


def test_what_was_said_on_a_merged_request_stays_there(
    talk: Ticket, make: Make, company: Company
) -> None:
    other = make.ticket(by=company.olga, body="Canary: what Olga asked")
    merging.merge(other, into=talk, by=company.mihai)
    actions.reply(talk, by=company.mihai, body="To both of you", at=minutes(70))
    assert "Canary" not in mail_to(company.elif_, talk).text
    assert not quoted(mail_to(company.olga, talk))


def test_what_came_later_is_not_quoted_by_a_mail_about_before(
    talk: Ticket, company: Company
) -> None:
    event = talk.events.filter(kind=Kind.REPLIED).earliest("pk")
    mail = compose.compose("reply", to=company.elif_, event=event, mail_id=ID)
    assert quoted(mail) == ["First words"]


# --- How much -------------------------------------------------------------------------------------


def test_a_handful_is_quoted_and_the_rest_named(make: Make, company: Company) -> None:
    ticket = make.ticket(body="Word 0")
    for number in range(1, 8):
        actions.reply(ticket, by=company.mihai, body=f"Word {number}", at=minutes(number))
    mail = mail_to(company.elif_, ticket)
    assert quoted(mail) == [f"Word {number}" for number in (6, 5, 4, 3, 2)]
    assert MORE in mail.text
    assert MORE in mail.html


@pytest.mark.parametrize("long", ["word " * 3000, "<&'\"" * 3000, "ş" * 20_000])
def test_a_long_one_is_cut_and_says_so(make: Make, company: Company, long: str) -> None:
    ticket = make.ticket(body=long)
    for number in range(3):
        actions.reply(ticket, by=company.elif_, body=long, at=minutes(number))
    actions.reply(ticket, by=company.mihai, body="New", at=minutes(10))
    found = history.history_for("reply", company.elif_, newest_event(ticket))
    assert sum(len(each.said.html.encode()) for each in found.messages) <= history.MOST_BYTES
    mail = mail_to(company.elif_, ticket)
    assert " […]" in mail.text
    assert MORE in mail.text


def test_it_costs_the_same_for_a_long_conversation(talk: Ticket, company: Company) -> None:
    def cost() -> int:
        event = talk.events.filter(message__isnull=False).select_related("ticket__desk", "message")
        newest = event.latest("pk")
        with CaptureQueriesContext(connection) as queries:
            compose.compose("reply", to=company.elif_, event=newest, mail_id=ID)
        return len(queries)

    few = cost()
    for number in range(30):
        by = company.mihai if number % 2 else company.elif_
        actions.reply(talk, by=by, body=f"Word {number}", at=minutes(40 + number))
    assert cost() == few


# --- What comes back ------------------------------------------------------------------------------

WORDS = "Thank you.\n\nIt works again: the charger was it."


def marked(text: str, width: int = 0) -> str:
    """As programs quote plain text; with a width, as those do that break long lines."""
    lines = text.splitlines()
    if width:
        lines = [piece for line in lines for piece in (wrap(line, width) or [""])]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def quotations(text: str) -> str:
    """Our own quotations with the line above each."""
    above, _mark, below = text.partition("\n> ")
    return f"{above.splitlines()[-1]}\n> {below}"


HEADER = "IT help desk <it@aldera.example>"
BLOCK = f"From: {HEADER}\nSent: Monday, 9 March 2026 10:30\nTo: Elif\nSubject: [IT-1] Laptop"
PROGRAMS: dict[str, Callable[[compose.Composed], str]] = {
    "gmail": lambda mail: f"On Mon, Mar 9, 2026 at 10:30 AM {HEADER} wrote:\n\n{marked(mail.text)}",
    "gmail, broken lines": lambda mail: (
        f"On Mon, Mar 9, 2026 at 10:30 AM {HEADER}\nwrote:\n\n{marked(mail.text, 76)}"
    ),
    "thunderbird": lambda mail: f"Am 09.03.26 um 10:30 schrieb IT help desk:\n{marked(mail.text)}",
    "outlook": lambda mail: f"-----Original Message-----\n{BLOCK}\n\n{mail.text}",
    "outlook on the web": lambda mail: f"{'_' * 32}\n{BLOCK}\n\n{mail.text}",
    "no announcement": lambda mail: marked(mail.text),
    "what is left when the new words are deleted": lambda mail: quotations(mail.text),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_gives_back_exactly_its_authors_words(
    talk: Ticket, company: Company, language: str
) -> None:
    Person.objects.update(language=language)
    mail = mail_to(company.elif_, talk)
    assert quoted(mail)
    for name, program in PROGRAMS.items():
        assert own_words(f"{WORDS}\n\n{program(mail)}") == WORDS, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_attribution_is_known_for_one(talk: Ticket, company: Company, language: str) -> None:
    Person.objects.update(language=language)
    text = mail_to(company.elif_, talk).text
    lines = text.splitlines()
    above = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("> ")]
    for attribution in above:
        assert own_words(f"{WORDS}\n\n{attribution}\n> Words") == WORDS


@pytest.mark.parametrize(
    "frame",
    [
        "<div>{words}</div><div class='gmail_quote'>On 9 Mar 2026 X wrote:<blockquote>{mail}"
        "</blockquote></div>",
        "<p>{words}</p><blockquote type='cite'>{mail}</blockquote>",
        "<p>{words}</p><div id='appendonsend'></div><div id='divRplyFwdMsg'>From: X</div>{mail}",
    ],
)
def test_so_does_one_in_html(talk: Ticket, company: Company, frame: str) -> None:
    mail = mail_to(company.elif_, talk)
    html = frame.format(words="It works again.", mail=mail.html)
    assert own_words(html_text.to_text_with_marks(html)) == "It works again."


def test_our_own_quotation_is_one_to_us(talk: Ticket, company: Company) -> None:
    text = html_text.to_text_with_marks(mail_to(company.elif_, talk).html)
    assert "New words" in text
    assert "First words" not in text


def test_a_mailed_reply_brings_only_what_is_new(
    talk: Ticket, company: Company, work_off: Work
) -> None:
    actions.set_state(talk, State.WAITING_REQUESTER, by=company.mihai)
    work_off()
    mail = OutboundMail.objects.filter(kind="reply", person=company.elif_).latest("pk")
    body = f"It works.\n\nOn Mon, Mar 9, 2026 at 10:30 AM {HEADER} wrote:\n\n{marked(mail.text)}"
    assert "> First words" in mail.text
    row = taken_in(answer(mail, body))
    assert row.message is not None
    assert row.message.body == "It works."


def test_what_a_letter_quoted_is_not_quoted_on(company: Company, work_off: Work) -> None:
    taken_in(letter(body="My words\n\nOn 1 Mar 2026, Boss wrote:\n> Canary-quoted\n"))
    message = Message.objects.latest("pk")
    assert "Canary" in message.rest
    actions.reply(message.ticket, by=company.mihai, body="We look.")
    assert quoted(mail_to(company.elif_, message.ticket)) == ["My words"]

"""The demo company as it stands when the product starts."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command

from departments.models import Department, Person, Service
from departments.promises import promise_of
from helpdesk.demo.pictures import port
from knowledge_base.models import Article, Translation
from metrics.models import TicketFact
from tests.demo.conftest import NOW, Seeded
from tickets import queues, sla
from tickets.events import Kind
from tickets.models import (
    Attachment,
    Channel,
    Clock,
    Message,
    Notification,
    OutboundMail,
    Outcome,
    State,
    Ticket,
    TicketAlias,
    TicketEvent,
)
from tickets.segments import read

pytestmark = [pytest.mark.usefixtures("aldera"), pytest.mark.once]


def person(key: str) -> Person:
    return Person.objects.get(email=f"{key}@aldera.example")


def test_it_says_how_much_was_made(aldera: Seeded) -> None:
    assert aldera.made.people == Person.objects.count() == 30
    assert aldera.made.tickets == Ticket.objects.count()
    assert aldera.made.open_tickets == Ticket.objects.unfinished().count()


def test_there_are_ninety_days_of_requests() -> None:
    opened = Ticket.objects.order_by("opened_at").values_list("opened_at", flat=True)
    assert 300 <= len(opened) <= 370
    assert NOW - timedelta(days=91) <= opened[0] <= NOW - timedelta(days=80)


def test_making_a_request_costs_a_limited_number_of_queries(aldera: Seeded) -> None:
    assert aldera.queries / aldera.made.tickets < 90


def test_departments_have_written_down_what_they_know() -> None:
    articles = Article.objects.published()
    assert articles.count() == 16
    desks = articles.values_list("department__slug", flat=True)
    assert set(desks) == {"it", "hr", "facilities", "finance", "legal"}
    languages = Counter(Translation.objects.values_list("language", flat=True))
    assert languages == {"en": 16, "de": 5, "tr": 5, "ro": 5, "ja": 5}
    assert not Translation.objects.filter(is_stale=True).exists()
    assert all(article.services.exists() for article in articles)
    assert all(0 < article.helped <= article.voted for article in articles)


# --- Nothing is left to do ----------------------------------------------------------------------


def test_every_mail_has_left() -> None:
    states = set(OutboundMail.objects.values_list("state", flat=True))
    assert states == {OutboundMail.State.SENT}


def test_the_outbox_shows_every_kind_of_letter_that_people_get() -> None:
    kinds = set(OutboundMail.objects.values_list("kind", flat=True))
    assert {"acknowledgement", "reply", "resolved"} <= kinds


def test_everything_was_reacted_to() -> None:
    assert not TicketEvent.objects.pending().exists()


def test_nothing_happens_after_now() -> None:
    assert not TicketEvent.objects.filter(at__gt=NOW).exists()
    assert not Message.objects.filter(sent_at__gt=NOW).exists()


def test_every_request_was_acknowledged_once() -> None:
    told = TicketEvent.objects.filter(kind=Kind.ACKNOWLEDGED).values_list("ticket", flat=True)
    assert Counter(told) == Counter(Ticket.objects.values_list("pk", flat=True))


def test_only_new_notices_are_unread() -> None:
    unread = Notification.objects.unread()
    assert unread.exists()
    assert not unread.filter(made_at__lt=NOW - timedelta(days=2)).exists()


def test_every_request_is_measured() -> None:
    assert TicketFact.objects.count() == Ticket.objects.count()


def test_each_clock_reads_the_same_from_the_log() -> None:
    for clock in Clock.objects.select_related("ticket__service", "policy_version"):
        moments = sla.moments(sla.log_of(clock.ticket), clock.ticket.requester_id)
        since = sla.history_of(clock, moments)
        reading = read(sla.rule_for(clock, clock.ticket), since, clock.settled_at)
        assert (clock.state, clock.due_at, clock.stopped_at, clock.breached_at) == (
            reading.state,
            reading.due_at,
            reading.stopped_at,
            reading.breached_at,
        )


# --- Right eyes ---------------------------------------------------------------------------------


def test_whatever_is_asked_of_hr_is_confidential() -> None:
    assert not Ticket.objects.filter(desk__slug="hr", is_confidential=False).exists()
    assert not Service.objects.filter(department__slug="hr", is_confidential=False).exists()


@pytest.mark.parametrize("key", ["sam", "jonas", "mihai", "tom", "grace", "mehmet", "katharina"])
def test_nobody_outside_hr_sees_what_others_asked_of_hr(key: str) -> None:
    seen = Ticket.objects.visible_to(person(key)).filter(desk__slug="hr")
    assert not seen.exclude(requester=person(key)).exists()


@pytest.mark.parametrize("key", ["andreea", "misaki", "ioana"])
def test_those_in_hr_read_what_others_asked_of_it(key: str) -> None:
    read_by = Ticket.objects.worked_by(person(key)).filter(desk__slug="hr")
    assert read_by.count() == Ticket.objects.filter(desk__slug="hr").count()


def test_nobody_answered_their_own_request() -> None:
    desk = TicketEvent.objects.filter(kind=Kind.REPLIED, facts__by_desk=True)
    assert not [e for e in desk.select_related("ticket") if e.actor_id == e.ticket.requester_id]


# --- Elif's three -------------------------------------------------------------------------------


def test_elif_has_three_requests_that_are_not_closed() -> None:
    mine = Ticket.objects.of(person("elif")).exclude(state=State.CLOSED)
    assert {ticket.summary: ticket.state for ticket in mine} == {
        "Laptop battery does not charge": State.OPEN,
        "Employment letter for a visa": State.WAITING_REQUESTER,
        "Travel expenses, Köln in October": State.RESOLVED,
    }


def test_her_laptop_has_the_number_that_is_written_on_the_walls() -> None:
    assert Ticket.objects.get(number="IT-2481").summary == "Laptop battery does not charge"


def test_mihai_left_a_note_that_she_does_not_see() -> None:
    notes = Message.objects.filter(ticket__number="IT-2481", kind=Message.Kind.NOTE)
    assert notes.get().author == person("mihai")
    assert not Message.objects.visible_to(person("elif")).filter(pk__in=notes).exists()


def test_whoever_is_helped_now_heard_from_us_in_time() -> None:
    late = Clock.objects.filter(kind="first_response", breached_at__isnull=False)
    assert not late.filter(ticket__in=Ticket.objects.unfinished()).exists()


def test_she_sent_a_picture() -> None:
    picture = Attachment.objects.visible_to(person("elif")).get(message__ticket__number="IT-2481")
    assert picture.is_picture
    assert picture.size == len(port())
    assert port().startswith(b"\x89PNG\r\n\x1a\n")


def test_tom_follows_her_laptop() -> None:
    assert Ticket.objects.visible_to(person("tom")).filter(number="IT-2481").exists()


# --- A believable past --------------------------------------------------------------------------


def test_every_group_of_the_queue_of_it_has_something_in_it() -> None:
    desk = queues.desk_tickets(Department.objects.get(slug="it"), person("mihai"))
    counts = queues.count_groups(desk.unfinished(), NOW)
    assert not [group for group in queues.GROUPS if not counts[group]]


@pytest.mark.parametrize("state", [s for s in State if s != State.CLOSED])
def test_there_is_a_request_in_every_state(state: State) -> None:
    assert Ticket.objects.filter(state=state).exists()


@pytest.mark.parametrize("outcome", [Outcome.SOLVED, Outcome.WITHDRAWN, Outcome.DECLINED])
def test_requests_ended_in_different_ways(outcome: Outcome) -> None:
    assert Ticket.objects.filter(outcome=outcome, state=State.CLOSED).exists()


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.MAIL, Channel.PHONE])
def test_requests_came_by_different_ways(channel: Channel) -> None:
    assert Ticket.objects.filter(channel=channel).exists()


@pytest.mark.parametrize("lang", ["en", "tr", "ro", "de", "ja"])
def test_people_wrote_in_their_own_language(lang: str) -> None:
    assert Message.objects.filter(language=lang).count() >= 20


@pytest.mark.parametrize(
    "kind",
    [
        Kind.NOTED,
        Kind.WAITING,
        Kind.RESUMED,
        Kind.MOVED,
        Kind.PRIORITY_CHANGED,
        Kind.PARTICIPANT_ADDED,
        Kind.CLOCK_BREACHED,
        Kind.CLOCK_WARNED,
    ],
)
def test_the_log_tells_of_all_sorts_of_things(kind: Kind) -> None:
    assert TicketEvent.objects.filter(kind=kind).exists()


def test_some_were_reopened_by_their_requester() -> None:
    asked_again = TicketEvent.objects.filter(kind=Kind.REPLIED, facts__was=State.RESOLVED)
    assert asked_again.filter(facts__state=State.OPEN).count() >= 3


def test_those_that_moved_are_found_by_both_numbers() -> None:
    alias = TicketAlias.objects.select_related("ticket__desk").first()
    assert alias is not None
    assert alias.number.startswith("IT-")
    assert not alias.ticket.number.startswith("IT-")
    assert alias.ticket.desk.slug != "it"


def test_most_promises_were_kept_and_some_were_not() -> None:
    ended = Clock.objects.filter(stopped_at__isnull=False).exclude(state="cancelled")
    late = ended.filter(state="breached").count() / ended.count()
    assert 0.03 < late < 0.14


def test_mondays_are_the_busiest_days() -> None:
    days = Counter(at.weekday() for at in Ticket.objects.values_list("opened_at", flat=True))
    assert days.most_common(1)[0][0] == 0


def test_most_people_ask_in_office_hours_but_not_all() -> None:
    istanbul = ZoneInfo("Europe/Istanbul")
    hours = [
        t.astimezone(istanbul).hour for t in Ticket.objects.values_list("opened_at", flat=True)
    ]
    by_day = sum(8 <= hour < 18 for hour in hours) / len(hours)
    assert 0.7 < by_day < 0.98


def test_desks_answer_while_they_are_open() -> None:
    answers = TicketEvent.objects.filter(kind=Kind.REPLIED, facts__by_desk=True)
    ordinary = answers.filter(ticket__priority__gt=1, ticket__aliases=None)
    hours = {desk.pk: promise_of(desk).hours for desk in Department.objects.all()}
    spoken = ordinary.values_list("ticket__desk", "at")
    in_time = sum(hours[desk].is_open(at) for desk, at in spoken)
    assert in_time / len(spoken) > 0.97


@pytest.mark.parametrize("prefix", ["IT", "HR", "FAC", "FIN", "LEG"])
def test_numbers_grow_with_time(prefix: str) -> None:
    tickets = Ticket.objects.filter(number__startswith=f"{prefix}-", aliases=None)
    numbers = [int(t.number.partition("-")[2]) for t in tickets.order_by("opened_at", "pk")]
    assert numbers == sorted(numbers)


def test_everything_in_one_log_is_in_the_order_of_time() -> None:
    spoken = TicketEvent.objects.filter(message__isnull=False).order_by("ticket", "pk")
    by_ticket: dict[int, list[object]] = {}
    for ticket, at in spoken.values_list("ticket", "at"):
        by_ticket.setdefault(ticket, []).append(at)
    assert not [pk for pk, times in by_ticket.items() if times != sorted(times)]  # type: ignore[type-var]


def test_no_text_has_a_gap_that_was_not_filled() -> None:
    assert not Message.objects.filter(body__contains="{").exists()
    assert not Ticket.objects.filter(summary__contains="{").exists()


# --- People -------------------------------------------------------------------------------------


def test_everybody_has_the_same_password() -> None:
    hashes = set(Person.objects.values_list("password", flat=True))
    assert len(hashes) == 1
    assert check_password(settings.DEMO_PASSWORD, hashes.pop())


def test_only_sam_administers() -> None:
    assert list(Person.objects.filter(is_administrator=True)) == [person("sam")]


def test_every_department_has_a_head_below_graces() -> None:
    heads = Department.objects.exclude(slug="aldera").values_list("head__name", "parent__slug")
    assert all(head and parent == "aldera" for head, parent in heads)


# --- The command --------------------------------------------------------------------------------


def test_making_it_once_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = TicketEvent.objects.count(), Person.objects.count()
    call_command("seed_demo", once=True)
    assert (TicketEvent.objects.count(), Person.objects.count()) == before
    assert capsys.readouterr().out == ""


def test_it_is_not_made_over_another_company() -> None:
    with pytest.raises(CommandError, match="already"):
        call_command("seed_demo")

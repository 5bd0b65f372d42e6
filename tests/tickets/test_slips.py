"""A promise that slips: one question, one telling, and a new moment that may slip too."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.actions import timing
from departments.actions.people import meet
from departments.models import Membership, Person, Priority, Role, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import slipping, timekeeping
from tickets.actions.slipping import notice_slip
from tickets.events import Kind, sentence
from tickets.models import Clock, Notification, OutboundMail, Slip, State, Ticket, TicketEvent
from tickets.reactions import running, slips

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = MONDAY + 30 * MINUTE  # The first answer of an urgent request, 10:30 in Istanbul.
SOLVED_BY = MONDAY + 4 * HOUR
TELL = DUE + HOUR
WHY = "We wait for a part."


def pass_time(now: datetime) -> None:
    """What workers do at this moment: what comes due, and what follows from it."""
    timekeeping.sweep(now=now)
    while running.react_to_pending(now=timezone.now()):
        pass


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("kind", flat=True))


def mails(ticket: Ticket, *wanted: str) -> list[OutboundMail]:
    kinds = wanted or ("late", "renewed")
    return list(OutboundMail.objects.filter(ticket=ticket, kind__in=kinds).order_by("pk"))


def standing(ticket: Ticket) -> Slip:
    return Slip.objects.open().get(ticket=ticket)


@pytest.fixture
def ticket(make: Make, company: Company) -> Ticket:
    """An urgent request of Elif's that Mihai has."""
    return actions.assign(
        make.ticket(priority=Priority.URGENT), to=company.mihai, by=company.mihai, at=MONDAY
    )


@pytest.fixture
def late(ticket: Ticket) -> Ticket:
    """The same, one minute after its first answer was due."""
    pass_time(DUE + MINUTE)
    ticket.refresh_from_db()
    return ticket


Renew = Callable[..., Slip]


@pytest.fixture
def renew(company: Company) -> Renew:
    """Mihai promises anew."""

    def renewed(ticket: Ticket, moment: datetime, at: datetime, **more: object) -> Slip:
        wish: dict[str, Any] = {"reason": WHY, "by": company.mihai, **more}
        slip = actions.renew_promise(ticket, moment=moment, at=at, **wish)
        running.react_to_pending()
        return slip

    return renewed


# --- A slip begins --------------------------------------------------------------------------------


def test_nothing_slips_before_it_is_due(ticket: Ticket) -> None:
    pass_time(DUE)
    assert not Slip.objects.exists()


def test_a_missed_promise_is_a_slip_of_that_very_moment(late: Ticket) -> None:
    slip = standing(late)
    assert (slip.clock.kind, slip.slipped_at, slip.promised_at) == ("first_response", DUE, None)


def test_its_owner_is_asked(late: Ticket, company: Company) -> None:
    assert standing(late).asked == company.mihai
    asked = late.events.get(kind=Kind.PROMISE_ASKED)
    assert asked.at == DUE
    assert sentence(asked) == (
        "Mihai, when will it be? Elif waits for a new promise: first answer."
    )
    assert [mail.person for mail in mails(late, "asked")] == [company.mihai]
    assert Notification.objects.filter(event=asked, person=company.mihai).exists()


def test_the_question_takes_the_place_of_the_notice_of_being_late(
    late: Ticket, company: Company
) -> None:
    told = Notification.objects.filter(person=company.mihai, ticket=late)
    assert not told.filter(event__kind=Kind.CLOCK_BREACHED).exists()


def test_the_requester_hears_nothing_of_the_question(late: Ticket, company: Company) -> None:
    seen = TicketEvent.objects.visible_to(company.elif_).filter(ticket=late)
    assert not seen.filter(kind=Kind.PROMISE_ASKED).exists()
    assert not Notification.objects.filter(person=company.elif_).exists()


def test_where_nobody_has_it_the_leads_are_asked(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    pass_time(DUE + MINUTE)
    assert standing(ticket).asked is None
    assert [mail.person for mail in mails(ticket, "asked")] == [company.jonas]
    asked = ticket.events.get(kind=Kind.PROMISE_ASKED)
    assert sentence(asked) == "When will it be? Elif waits for a new promise: first answer."


def test_an_owner_who_left_the_desk_is_not_asked(ticket: Ticket, company: Company) -> None:
    Membership.objects.filter(person=company.mihai).delete()
    pass_time(DUE + MINUTE)
    assert [mail.person for mail in mails(ticket, "asked")] == [company.jonas]


def test_of_a_confidential_request_only_its_people_are_asked(make: Make, company: Company) -> None:
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    ticket = make.secret(priority=Priority.URGENT)
    pass_time(DUE + MINUTE)
    assert [mail.person for mail in mails(ticket, "asked")] == [company.andreea]


def test_sweeps_and_reactions_again_ask_nobody_again(late: Ticket) -> None:
    before = (kinds(late), OutboundMail.objects.count(), Notification.objects.count())
    running.react_to(list(late.events.all()), now=timezone.now())
    pass_time(DUE + 2 * MINUTE)
    assert (kinds(late), OutboundMail.objects.count(), Notification.objects.count()) == before


def test_an_answer_before_anybody_looked_needs_no_new_moment(
    ticket: Ticket, company: Company
) -> None:
    actions.reply(ticket, by=company.mihai, body="Here.", at=DUE + MINUTE)
    pass_time(DUE + 2 * MINUTE)
    assert ticket.clocks.get(kind="first_response").breached_at == DUE
    assert not Slip.objects.exists()


def test_a_second_promise_missed_meanwhile_is_the_same_slip(late: Ticket) -> None:
    pass_time(SOLVED_BY + MINUTE)
    assert late.clocks.exclude(breached_at=None).count() == 2
    assert Slip.objects.count() == 1


def test_two_promises_missed_at_once_are_one_slip(ticket: Ticket) -> None:
    pass_time(SOLVED_BY + MINUTE)
    slip = Slip.objects.get(ticket=ticket)
    assert (slip.clock.kind, slip.slipped_at) == ("first_response", DUE)
    assert kinds(ticket).count(Kind.PROMISE_ASKED) == 1


def test_a_promise_missed_while_it_is_their_turn_is_no_slip(
    ticket: Ticket, company: Company
) -> None:
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    pass_time(DUE + MINUTE)  # The first answer is owed all the same.
    assert ticket.clocks.get(kind="first_response").breached_at == DUE
    assert not Slip.objects.exists()


def test_when_it_is_our_turn_again_it_is_one_from_then_on(ticket: Ticket, company: Company) -> None:
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    pass_time(DUE + MINUTE)
    actions.reply(ticket, by=company.elif_, body="The small one.", at=DUE + HOUR)
    pass_time(DUE + HOUR)
    assert standing(ticket).slipped_at == DUE


def test_a_ticket_that_moves_asks_its_new_desk(late: Ticket, company: Company) -> None:
    Membership.objects.filter(person=company.tom).update(role=Role.LEAD)
    actions.move(late, to=company.finance, by=company.mihai, at=DUE + 2 * MINUTE)
    pass_time(DUE + 2 * MINUTE)
    assert [mail.person for mail in mails(late, "asked")] == [company.mihai, company.tom]
    for event in late.events.filter(kind=Kind.MOVED):
        slips.notice_slips(event)
    assert kinds(late).count(Kind.PROMISE_ASKED) == 2


def test_a_ticket_that_moves_while_it_is_their_turn_asks_nobody(
    late: Ticket, company: Company
) -> None:
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=DUE + 2 * MINUTE)
    actions.move(late, to=company.finance, by=company.mihai, at=DUE + 2 * MINUTE)
    pass_time(DUE + 2 * MINUTE)
    assert kinds(late).count(Kind.PROMISE_ASKED) == 1


def test_a_ticket_has_one_open_slip_at_most(late: Ticket) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Slip.objects.create(ticket=late, clock=standing(late).clock, slipped_at=DUE + DAY)


def test_a_moment_slips_once(late: Ticket) -> None:
    slip = standing(late)
    Slip.objects.update(ended_at=DUE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Slip.objects.create(ticket=late, clock=slip.clock, slipped_at=DUE)


def test_no_new_promise_without_a_reason(late: Ticket) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Slip.objects.update(promised_at=DUE + DAY)


# --- A slip ends ----------------------------------------------------------------------------------


def test_it_ends_with_the_answer(late: Ticket, company: Company) -> None:
    actions.reply(late, by=company.mihai, body="Here.", at=DUE + 5 * MINUTE)
    assert Slip.objects.get().ended_at == DUE + 5 * MINUTE


ENDINGS: list[tuple[str, Callable[[Ticket, Company], object]]] = [
    ("solved", lambda t, c: actions.resolve(t, by=c.mihai, at=DUE + HOUR)),
    ("closed", lambda t, c: actions.close(t, by=c.mihai, at=DUE + HOUR)),
    ("taken back", lambda t, c: actions.withdraw(t, by=c.elif_, at=DUE + HOUR)),
]


@pytest.mark.parametrize(("how", "end"), ENDINGS)
def test_it_ends_with_the_ticket(
    late: Ticket, company: Company, how: str, end: Callable[[Ticket, Company], object]
) -> None:
    end(late, company)
    assert Slip.objects.get().ended_at == DUE + HOUR
    pass_time(DUE + 9 * DAY)
    assert not Slip.objects.open().exists()
    assert not mails(late)


def test_it_ends_when_the_ticket_goes_on_in_another(
    late: Ticket, make: Make, company: Company
) -> None:
    target = make.ticket(at=DUE)
    actions.merge(late, into=target, by=company.mihai, at=DUE + HOUR)
    assert Slip.objects.get(ticket=late).ended_at == DUE + HOUR


def test_merging_apart_again_takes_it_up_again(late: Ticket, make: Make, company: Company) -> None:
    target = make.ticket(at=DUE)
    actions.merge(late, into=target, by=company.mihai, at=DUE + HOUR)
    actions.unmerge(late, by=company.mihai, at=DUE + 2 * HOUR)
    pass_time(DUE + 2 * HOUR)
    assert Slip.objects.open().filter(ticket=late).exists()


def test_another_broken_promise_goes_on_as_a_slip_of_its_own(
    ticket: Ticket, company: Company
) -> None:
    pass_time(SOLVED_BY + MINUTE)
    actions.reply(ticket, by=company.mihai, body="I look.", at=SOLVED_BY + 2 * MINUTE)
    pass_time(SOLVED_BY + 2 * MINUTE)
    slip = standing(ticket)
    assert (slip.clock.kind, slip.slipped_at) == ("resolution", SOLVED_BY)
    assert kinds(ticket).count(Kind.PROMISE_ASKED) == 2


def test_who_was_told_of_both_is_not_told_of_the_second(ticket: Ticket, company: Company) -> None:
    pass_time(SOLVED_BY + MINUTE)
    pass_time(SOLVED_BY + 2 * MINUTE)  # Told, an hour after the first answer was due.
    assert len(mails(ticket)) == 1
    actions.reply(ticket, by=company.mihai, body="I look.", at=SOLVED_BY + 3 * MINUTE)
    pass_time(SOLVED_BY + 3 * MINUTE)
    pass_time(SOLVED_BY + 2 * DAY)
    assert len(mails(ticket)) == 1


def test_who_was_told_before_the_second_broke_is_told_of_it(late: Ticket, company: Company) -> None:
    pass_time(TELL)
    pass_time(SOLVED_BY + MINUTE)
    actions.reply(late, by=company.mihai, body="I look.", at=SOLVED_BY + 2 * MINUTE)
    pass_time(SOLVED_BY + 2 * MINUTE)
    assert standing(late).told_at is None
    pass_time(SOLVED_BY + HOUR)
    assert [mail.kind for mail in mails(late)] == ["late", "late"]


def test_a_new_promise_for_both_holds_when_one_is_kept(
    ticket: Ticket, company: Company, renew: Renew
) -> None:
    pass_time(SOLVED_BY + MINUTE)
    renew(ticket, SOLVED_BY + 2 * HOUR, SOLVED_BY + 2 * MINUTE)
    actions.reply(ticket, by=company.mihai, body="I look.", at=SOLVED_BY + 3 * MINUTE)
    pass_time(SOLVED_BY + 3 * MINUTE)
    slip = standing(ticket)
    assert (slip.clock.kind, slip.promised_at) == ("resolution", SOLVED_BY + 2 * HOUR)
    assert (slip.reason, slip.given_by) == (WHY, company.mihai)
    assert len(mails(ticket)) == 1


def test_a_new_promise_that_was_kept_says_nothing_of_the_next(
    late: Ticket, company: Company, renew: Renew
) -> None:
    renew(late, SOLVED_BY + HOUR, DUE + 2 * MINUTE)
    actions.reply(late, by=company.mihai, body="I look.", at=DUE + 3 * MINUTE)
    pass_time(SOLVED_BY + MINUTE)
    slip = standing(late)
    assert (slip.clock.kind, slip.promised_at) == ("resolution", None)


def test_a_reaction_that_comes_late_revives_no_promise_that_passed(
    make: Make, company: Company, renew: Renew
) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    wish = {"reason": WHY, "by": company.mihai, "at": SOLVED_BY - MINUTE}
    actions.renew_promise(ticket, moment=SOLVED_BY + MINUTE, **wish)  # type: ignore[arg-type]
    actions.resolve(ticket, by=company.mihai, at=SOLVED_BY + 2 * MINUTE)
    actions.reopen(ticket, by=company.elif_, at=SOLVED_BY + 2 * MINUTE)
    pass_time(SOLVED_BY + 2 * MINUTE)
    assert standing(ticket).promised_at is None
    assert standing(ticket).slipped_at == SOLVED_BY + 2 * MINUTE


def test_a_request_reopened_late_is_a_slip_from_then_on(late: Ticket, company: Company) -> None:
    actions.resolve(late, by=company.mihai, at=DUE + HOUR)
    actions.reopen(late, by=company.elif_, at=DUE + 2 * HOUR)
    pass_time(DUE + 2 * HOUR)
    slip = standing(late)
    assert (slip.slipped_at, slip.tell_at) == (DUE + 2 * HOUR, DUE + 3 * HOUR)


def test_solved_and_reopened_at_one_instant_takes_the_same_slip_up(
    late: Ticket, company: Company
) -> None:
    for _again in range(2):
        actions.resolve(late, by=company.mihai, at=DUE + HOUR)
        actions.reopen(late, by=company.elif_, at=DUE + HOUR)
        pass_time(DUE + HOUR)
    assert standing(late).slipped_at == DUE + HOUR
    assert Slip.objects.count() == 2


# --- Telling --------------------------------------------------------------------------------------


def test_the_owner_has_an_hour_of_work_to_answer(late: Ticket) -> None:
    assert standing(late).tell_at == TELL
    pass_time(TELL - MINUTE)
    assert not mails(late)


def test_whose_name_was_forged_on_many_requests_is_told_of_one(
    make: Make, company: Company
) -> None:
    guest = meet("victim@home.example", at=MONDAY, is_guest=True)
    for _each in range(3):
        make.ticket(by=guest, priority=Priority.URGENT)
    for minute in (DUE + MINUTE, TELL, TELL + MINUTE):
        pass_time(minute)
    assert OutboundMail.objects.filter(person=guest, kind="late").count() == 1
    make.ticket(by=company.elif_, priority=Priority.URGENT, at=TELL + MINUTE)
    make.ticket(by=company.elif_, priority=Priority.URGENT, at=TELL + MINUTE)
    for hours in range(1, 9):
        pass_time(TELL + hours * HOUR)
    assert OutboundMail.objects.filter(person=company.elif_, kind="late").count() == 2


def test_then_the_requester_is_told_once(late: Ticket, company: Company) -> None:
    for minute in range(3):
        pass_time(TELL + minute * MINUTE)
    [mail] = mails(late)
    assert (mail.kind, mail.person) == ("late", company.elif_)
    told = late.events.get(kind=Kind.PROMISE_SLIPPED)
    assert sentence(told) == "We told Elif that we are late."
    assert Notification.objects.filter(event=told, person=company.elif_).count() == 1
    assert standing(late).told_at == TELL


def test_the_hour_is_counted_in_opening_hours(make: Make) -> None:
    evening = MONDAY.replace(hour=13)  # 16:00 in Istanbul; due 16:30, told Tuesday 09:30.
    ticket = make.ticket(priority=Priority.URGENT, at=evening)
    pass_time(evening + HOUR)
    tuesday = MONDAY.replace(day=10, hour=6)
    pass_time(tuesday)
    assert not mails(ticket)
    pass_time(tuesday + 30 * MINUTE)
    assert len(mails(ticket)) == 1


def test_nobody_is_told_at_night(ticket: Ticket) -> None:
    """Workers that were away all day come back at midnight."""
    pass_time(MONDAY.replace(hour=21))
    pass_time(MONDAY.replace(hour=22))
    assert not mails(ticket)
    pass_time(MONDAY.replace(day=10, hour=6))
    assert len(mails(ticket)) == 1


def test_after_hours_without_workers_everybody_is_told_once(make: Make) -> None:
    waiting = [make.ticket(priority=Priority.URGENT) for _each in range(5)]
    for _sweep in range(3):
        pass_time(MONDAY + 5 * HOUR)
    assert [len(mails(ticket)) for ticket in waiting] == [1] * 5


def test_who_is_asked_something_meanwhile_hears_nothing_of_being_late(
    late: Ticket, company: Company
) -> None:
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=TELL - MINUTE)
    pass_time(TELL)
    pass_time(TELL + HOUR)
    assert not mails(late)
    actions.reply(late, by=company.elif_, body="The small one.", at=TELL + HOUR)
    pass_time(TELL + HOUR)
    assert standing(late).tell_at == TELL + 2 * HOUR
    pass_time(TELL + 2 * HOUR)
    assert len(mails(late)) == 1


def test_an_approval_awaited_keeps_nobody_from_being_told(late: Ticket, company: Company) -> None:
    actions.set_state(late, State.WAITING_APPROVAL, by=company.mihai, at=TELL - MINUTE)
    pass_time(TELL)
    assert len(mails(late)) == 1


@pytest.mark.parametrize("address", ["no-reply@aldera.example", "mailer-daemon@aldera.example"])
def test_nobody_writes_to_an_address_that_nobody_reads(
    late: Ticket, company: Company, address: str
) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(email=address)
    pass_time(TELL)
    assert standing(late).told_at == TELL
    assert not mails(late)


def test_who_has_left_gets_no_mail(late: Ticket, company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    pass_time(TELL)
    assert not mails(late)


def test_an_answer_faster_than_our_mail_makes_it_needless(late: Ticket, company: Company) -> None:
    timekeeping.sweep(now=TELL)
    actions.reply(late, by=company.mihai, body="Here.", at=TELL + MINUTE)
    running.react_to_pending()
    assert not mails(late)


def test_who_follows_finds_it_among_their_notices(late: Ticket, company: Company) -> None:
    actions.add_participant(late, person=company.olga, by=company.elif_, at=DUE)
    pass_time(TELL)
    told = Notification.objects.filter(event__kind=Kind.PROMISE_SLIPPED)
    assert set(told.values_list("person", flat=True)) == {company.elif_.pk, company.olga.pk}


# --- A new promise --------------------------------------------------------------------------------


def test_a_new_promise_is_told_at_once(late: Ticket, company: Company, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + 5 * MINUTE)
    pass_time(DUE + 5 * MINUTE)
    slip = standing(late)
    assert (slip.promised_at, slip.reason, slip.given_by, slip.given_at) == (
        DUE + 2 * HOUR,
        WHY,
        company.mihai,
        DUE + 5 * MINUTE,
    )
    assert [(mail.kind, mail.person) for mail in mails(late)] == [("renewed", company.elif_)]


def test_it_is_an_event_that_everybody_reads(late: Ticket, company: Company, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + 5 * MINUTE)
    seen = TicketEvent.objects.visible_to(company.elif_)
    facts = seen.get(kind=Kind.PROMISE_RENEWED).facts
    assert facts["moment"] == (DUE + 2 * HOUR).isoformat()
    assert (facts["was"], facts["reason"], facts["name"]) == (DUE.isoformat(), WHY, "Elif")


def test_nobody_is_told_a_second_time_that_we_are_late(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 3 * HOUR, DUE + 5 * MINUTE)
    pass_time(TELL + MINUTE)
    assert [mail.kind for mail in mails(late)] == ["renewed"]
    assert Kind.PROMISE_SLIPPED not in kinds(late)


def test_a_moment_given_after_the_telling_is_shown_and_not_mailed(
    late: Ticket, company: Company, renew: Renew
) -> None:
    pass_time(TELL)
    renew(late, TELL + 2 * HOUR, TELL + MINUTE)
    pass_time(TELL + MINUTE)
    assert [mail.kind for mail in mails(late)] == ["late"]
    told = Notification.objects.filter(person=company.elif_, event__kind=Kind.PROMISE_RENEWED)
    assert told.count() == 1


def test_the_event_says_that_nobody_was_told_again(late: Ticket, renew: Renew) -> None:
    pass_time(TELL)
    renew(late, TELL + 2 * HOUR, TELL + MINUTE)
    assert late.events.get(kind=Kind.PROMISE_RENEWED).facts["tells"] is False
    assert standing(late).told_at == TELL


def test_a_slip_has_one_mail_by_its_key(late: Ticket) -> None:
    pass_time(TELL)
    assert [mail.key for mail in mails(late)] == [f"slip:{standing(late).pk}"]


def test_the_clock_stays_late(late: Ticket, renew: Renew) -> None:
    before = list(Clock.objects.order_by("pk").values())
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    after = list(Clock.objects.order_by("pk").values())
    for row in (*before, *after):
        del row["settled_at"], row["counted_seconds"]
    assert after == before


def test_a_double_click_promises_once(late: Ticket, renew: Renew) -> None:
    for minute in (1, 2):
        renew(late, DUE + 2 * HOUR, DUE + minute * MINUTE)
    assert kinds(late).count(Kind.PROMISE_RENEWED) == 1


def test_it_can_be_promised_before_it_is_late(
    ticket: Ticket, company: Company, renew: Renew
) -> None:
    renew(ticket, DUE + 2 * HOUR, DUE - 10 * MINUTE)
    pass_time(DUE - 10 * MINUTE)
    assert [mail.kind for mail in mails(ticket)] == ["renewed"]
    slip = standing(ticket)
    assert (slip.slipped_at, slip.is_late) == (DUE - 10 * MINUTE, False)


def test_then_nobody_is_asked_when_the_old_promise_passes(ticket: Ticket, renew: Renew) -> None:
    renew(ticket, DUE + 2 * HOUR, DUE - 10 * MINUTE)
    pass_time(DUE + MINUTE)
    assert ticket.clocks.get(kind="first_response").breached_at == DUE
    assert Kind.PROMISE_ASKED not in kinds(ticket)
    assert Slip.objects.count() == len(mails(ticket)) == 1


def test_an_answer_before_it_was_late_ends_it(
    ticket: Ticket, company: Company, renew: Renew
) -> None:
    renew(ticket, DUE + 2 * HOUR, DUE - 10 * MINUTE)
    actions.reply(ticket, by=company.mihai, body="Here.", at=DUE - MINUTE)
    assert not Slip.objects.open().exists()


def test_before_it_is_late_only_a_later_moment_is_a_new_promise(
    ticket: Ticket, renew: Renew
) -> None:
    with pytest.raises(Refused, match="It is promised for"):
        renew(ticket, DUE, MONDAY)


def test_a_breach_that_no_sweep_found_yet_is_found_by_the_new_promise(
    ticket: Ticket, renew: Renew
) -> None:
    slip = renew(ticket, DUE + 2 * HOUR, DUE + MINUTE)
    assert (slip.slipped_at, slip.is_late) == (DUE, True)
    pass_time(DUE + 2 * MINUTE)
    assert Kind.PROMISE_ASKED not in kinds(ticket)
    assert Slip.objects.count() == len(mails(ticket)) == 1


def test_a_promise_taken_back_for_a_later_one_is_told_again(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    renew(late, DUE + 3 * HOUR, DUE + HOUR, reason="The part is the wrong one.")
    pass_time(DUE + HOUR)
    assert [mail.kind for mail in mails(late)] == ["renewed", "renewed"]
    assert Slip.objects.count() == 2


def test_an_earlier_promise_is_good_news_without_a_mail(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 3 * HOUR, DUE + MINUTE)
    renew(late, DUE + 2 * HOUR, DUE + HOUR, reason="The part is here.")
    pass_time(DUE + HOUR)
    assert len(mails(late)) == Slip.objects.count() == 1
    assert standing(late).promised_at == DUE + 2 * HOUR


def test_other_words_for_the_same_moment_are_no_new_mail(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    renew(late, DUE + 2 * HOUR, DUE + 2 * MINUTE, reason="It is the cable.")
    pass_time(DUE + 2 * MINUTE)
    assert len(mails(late)) == 1
    assert standing(late).reason == "It is the cable."


@pytest.mark.parametrize("who", ["elif_", "tom", "olga", "sam"])
def test_only_who_works_it_promises(late: Ticket, company: Company, renew: Renew, who: str) -> None:
    with pytest.raises(Refused) as refused:
        renew(late, DUE + 2 * HOUR, DUE + MINUTE, by=getattr(company, who))
    assert refused.value.code == "forbidden"


REFUSED = [
    ("", DUE + 2 * HOUR, "Say why"),
    (" \n ", DUE + 2 * HOUR, "Say why"),
    ("x" * 201, DUE + 2 * HOUR, "at most 200"),
    (WHY, DUE + MINUTE, "has passed"),
    (WHY, DUE - DAY, "has passed"),
    (WHY, DUE + 400 * DAY, "more than a year"),
]


@pytest.mark.parametrize(("reason", "moment", "words"), REFUSED)
def test_what_is_no_promise_is_refused_kindly(
    late: Ticket, renew: Renew, reason: str, moment: datetime, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        renew(late, moment, DUE + MINUTE, reason=reason)
    assert standing(late).promised_at is None


def test_a_reason_is_one_line(late: Ticket, renew: Renew) -> None:
    assert renew(late, DUE + HOUR, DUE + MINUTE, reason=" We\n wait. ").reason == "We wait."


def test_a_moment_outside_of_opening_hours_must_be_confirmed(late: Ticket, renew: Renew) -> None:
    night = MONDAY.replace(hour=20)
    with pytest.raises(Refused, match="IT is closed then") as refused:
        renew(late, night, DUE + MINUTE)
    assert refused.value.code == "confirm"
    assert renew(late, night, DUE + MINUTE, may_be_closed=True).promised_at == night


@pytest.mark.parametrize("hour", [6, 14])
def test_opening_and_closing_time_are_open_enough(late: Ticket, renew: Renew, hour: int) -> None:
    moment = MONDAY.replace(day=10, hour=hour)
    assert renew(late, moment, DUE + MINUTE).promised_at == moment


def test_around_the_clock_there_is_no_night(make: Make, renew: Renew) -> None:
    urgent = TargetRule(Priority.URGENT, TargetKind.FIRST_RESPONSE, 30, is_always_open=True)
    make.company.laptop.sla_policy = timing.found_policy("Always", PromiseRules((urgent,)))
    make.company.laptop.save()
    night = MONDAY.replace(hour=20)
    ticket = make.ticket(priority=Priority.URGENT, at=night)
    assert renew(ticket, night + HOUR, night + MINUTE).promised_at == night + HOUR


def test_what_is_solved_needs_no_promise(late: Ticket, company: Company, renew: Renew) -> None:
    actions.resolve(late, by=company.mihai, at=DUE + MINUTE)
    with pytest.raises(Refused, match="solved already"):
        renew(late, DUE + HOUR, DUE + 2 * MINUTE)


def test_where_nothing_is_promised_there_is_nothing_to_renew(make: Make, renew: Renew) -> None:
    make.company.laptop.sla_policy = timing.found_policy("Nothing", PromiseRules(()))
    make.company.laptop.save()
    with pytest.raises(Refused, match="Nothing is promised"):
        renew(make.ticket(), DUE + HOUR, MONDAY)


# --- The new promise passes too -------------------------------------------------------------------


def test_a_new_promise_that_passes_is_the_next_slip(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    pass_time(DUE + 2 * HOUR)
    assert Slip.objects.count() == 1  # At that very instant it is not late.
    pass_time(DUE + 2 * HOUR + MINUTE)
    first, second = Slip.objects.order_by("slipped_at")
    assert first.ended_at == second.slipped_at == DUE + 2 * HOUR
    assert (second.promised_at, second.told_at) == (None, None)
    assert late.events.filter(kind=Kind.PROMISE_ASKED).latest("pk").at == DUE + 2 * HOUR


def test_a_worker_that_comes_too_early_ends_nothing(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    slipping.pass_promise(late, DUE + 2 * HOUR)
    assert standing(late).promised_at == DUE + 2 * HOUR


def test_the_true_moment_counts_however_late_it_is_found(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    pass_time(DUE + 9 * DAY)
    assert standing(late).slipped_at == DUE + 2 * HOUR


def test_each_slip_is_told_once(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    pass_time(DUE + 2 * HOUR + MINUTE)
    pass_time(DUE + 3 * HOUR)
    renew(late, DUE + 4 * HOUR, DUE + 3 * HOUR + MINUTE)
    pass_time(DUE + 3 * HOUR + MINUTE)
    pass_time(DUE + 4 * HOUR + MINUTE)
    assert [mail.kind for mail in mails(late)] == ["renewed", "late"]
    assert Slip.objects.count() == 3


def test_a_new_moment_before_the_sweep_saw_the_last_one_pass(late: Ticket, renew: Renew) -> None:
    renew(late, DUE + HOUR, DUE + MINUTE)
    renew(late, DUE + 3 * HOUR, DUE + 2 * HOUR, reason="Still no part.")
    pass_time(DUE + 2 * HOUR)
    assert standing(late).slipped_at == DUE + HOUR
    assert kinds(late).count(Kind.PROMISE_ASKED) == 1
    assert [mail.kind for mail in mails(late)] == ["renewed", "renewed"]


def test_a_moment_that_passes_while_it_is_their_turn_asks_nobody(
    late: Ticket, company: Company, renew: Renew
) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=DUE + HOUR)
    pass_time(DUE + 3 * HOUR)
    assert not Slip.objects.open().exists()
    assert kinds(late).count(Kind.PROMISE_ASKED) == 1


def test_when_they_have_answered_it_is_owed_anew(
    late: Ticket, company: Company, renew: Renew
) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=DUE + HOUR)
    pass_time(DUE + 3 * HOUR)
    actions.reply(late, by=company.elif_, body="The small one.", at=DUE + 4 * HOUR)
    pass_time(DUE + 4 * HOUR)
    assert standing(late).slipped_at == DUE + 4 * HOUR


def test_a_promise_kept_standing_through_a_question_still_stands(
    late: Ticket, company: Company, renew: Renew
) -> None:
    renew(late, DUE + 3 * HOUR, DUE + MINUTE)
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=DUE + HOUR)
    actions.reply(late, by=company.elif_, body="The small one.", at=DUE + 2 * HOUR)
    pass_time(DUE + 2 * HOUR)
    assert standing(late).promised_at == DUE + 3 * HOUR
    assert len(mails(late)) == 1


def test_what_waits_for_a_supplier_keeps_its_word_or_says_so(
    late: Ticket, company: Company, renew: Renew
) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    actions.set_state(late, State.WAITING_THIRD_PARTY, by=company.mihai, at=DUE + HOUR)
    pass_time(DUE + 2 * HOUR + MINUTE)
    assert standing(late).slipped_at == DUE + 2 * HOUR


def test_a_new_promise_kept_is_the_end_of_it(late: Ticket, company: Company, renew: Renew) -> None:
    renew(late, DUE + 2 * HOUR, DUE + MINUTE)
    actions.reply(late, by=company.mihai, body="Here.", at=DUE + 2 * HOUR)
    pass_time(DUE + 2 * HOUR + MINUTE)
    assert not Slip.objects.open().exists()


def test_looking_for_slips_where_nothing_is_late_finds_none(ticket: Ticket) -> None:
    assert notice_slip(ticket, at=MONDAY) is None

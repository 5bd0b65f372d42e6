"""Mails about late promises: to who owes a new one, and once to who waits."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from departments.actions import timing
from departments.models import Membership, Person, Priority, Role, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import answer, taken_in
from tickets import actions
from tickets.actions import timekeeping
from tickets.models import Message, OutboundMail, Ticket
from tickets.reactions import running

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUE = MONDAY + 30 * MINUTE  # 10:30 in Istanbul, where Elif is.
TELL = DUE + HOUR
WHY = "The cable comes this afternoon."


def pass_time(now: datetime) -> None:
    timekeeping.sweep(now=now)
    while running.react_to_pending():
        pass


def renew(ticket: Ticket, company: Company, at: datetime, **fields: Any) -> None:
    wish = {"moment": DUE + 5 * HOUR, "reason": WHY, "by": company.mihai, **fields}
    actions.renew_promise(ticket, at=at, **wish)
    pass_time(at)


def mail(kind: str, ticket: Ticket) -> OutboundMail:
    return OutboundMail.objects.get(kind=kind, ticket=ticket)


def text(found: OutboundMail) -> str:
    return found.text.replace("\xa0", " ")


@pytest.fixture
def late(make: Make, company: Company) -> Ticket:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=MONDAY)
    pass_time(DUE + MINUTE)
    return ticket


@pytest.fixture
def secret(make: Make, company: Company) -> Ticket:
    ticket = make.secret(priority=Priority.URGENT)
    actions.assign(ticket, to=company.misaki, by=company.misaki, at=MONDAY)
    pass_time(DUE + MINUTE)
    return ticket


# --- To who owes a new moment ---------------------------------------------------------------------


def test_the_owner_is_asked_when_it_will_be(late: Ticket) -> None:
    asked = mail("asked", late)
    assert asked.to_address == "mihai@aldera.example"
    assert asked.subject == "[IT-1] Laptop does not charge"
    assert text(asked).startswith("Mihai, when will it be?")
    assert "Elif was promised it for Mon 09:30 (first answer) and waits." in text(asked)
    assert "Without one we write to Elif on Mon 10:30 that we are late." in text(asked)


def test_its_link_leads_to_the_answer(late: Ticket) -> None:
    asked = mail("asked", late)
    assert "/tickets/IT-1/promise/" in asked.text
    assert "Give a new moment" in asked.html


def test_leads_hear_that_nobody_has_it(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    pass_time(DUE + MINUTE)
    asked = mail("asked", ticket)
    assert asked.to_address == "jonas@aldera.example"
    assert "Nobody has it yet." in asked.text
    assert "Nobody has it yet." not in mail("acknowledgement", ticket).text


def test_every_lead_is_asked_once(make: Make, company: Company) -> None:
    Membership.objects.filter(person=company.mihai).update(role=Role.LEAD)
    ticket = make.ticket(priority=Priority.URGENT)
    for _again in range(2):
        pass_time(DUE + MINUTE)
    asked = OutboundMail.objects.filter(kind="asked", ticket=ticket)
    assert {one.person for one in asked} == {company.mihai, company.jonas}
    assert asked.count() == 2


def test_a_moment_given_before_the_mail_was_written_needs_no_question(
    make: Make, company: Company
) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=DUE + MINUTE)
    running.react(ticket.events.latest("pk").pk)  # It begins, and the question is not mailed yet.
    actions.renew_promise(
        ticket, moment=DUE + 5 * HOUR, reason=WHY, by=company.mihai, at=DUE + 2 * MINUTE
    )
    pass_time(DUE + 2 * MINUTE)
    assert not OutboundMail.objects.filter(kind="asked").exists()


# --- To who waits ---------------------------------------------------------------------------------


def test_we_say_that_we_are_late(late: Ticket) -> None:
    pass_time(TELL)
    told = mail("late", late)
    assert told.to_address == "elif@aldera.example"
    assert text(told).startswith("We are late, sorry, Elif. Mihai has it now.")
    assert "It was promised for Mon 10:30. We asked Mihai when it will be." in text(told)
    assert "/requests/IT-1/" in told.text


def test_where_nobody_has_it_the_desk_is_named(late: Ticket, company: Company) -> None:
    actions.assign(late, to=None, by=company.mihai, at=DUE + MINUTE)
    pass_time(TELL)
    assert text(mail("late", late)).startswith("We are late, sorry, Elif. IT has it now.")


def test_the_new_promise_is_in_the_mail(late: Ticket, company: Company) -> None:
    renew(late, company, DUE + 5 * MINUTE)
    told = text(mail("renewed", late))
    assert told.startswith("We are late, sorry, Elif. New promise: Mon 15:30.")
    assert "Mihai writes: “The cable comes this afternoon.”" in told
    assert "It was promised for Mon 10:30." in told


def test_before_it_is_late_we_are_not_late(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    renew(ticket, company, MONDAY + MINUTE)
    told = text(mail("renewed", ticket))
    assert told.startswith("It takes longer than promised, sorry, Elif. New promise: Mon 15:30.")
    assert "It was promised for Mon 10:30." in told


@pytest.mark.parametrize("at", [DUE + 5 * MINUTE, TELL])
def test_programs_are_told_that_a_program_wrote_it(
    late: Ticket, company: Company, at: datetime
) -> None:
    if at < TELL:
        renew(late, company, at)
    pass_time(at)
    told = mail("renewed" if at < TELL else "late", late)
    assert told.headers["Auto-Submitted"] == "auto-generated"
    assert told.headers["X-Auto-Response-Suppress"] == "All"
    assert told.headers["References"]


def test_moments_are_in_the_zone_of_who_reads_them(late: Ticket, company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(time_zone="Asia/Tokyo")
    renew(late, company, DUE + 5 * MINUTE)
    assert "New promise: Mon 21:30." in text(mail("renewed", late))


def test_words_are_in_the_language_of_who_reads_them(late: Ticket, company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(language="de")
    pass_time(TELL)
    told = mail("late", late)
    assert told.headers["Content-Language"] == "de"
    assert 'lang="de"' in told.html
    with translation.override("de"):
        assert str(translation.gettext("Open the request")) in told.html


def test_a_reason_is_text_in_html(late: Ticket, company: Company) -> None:
    renew(late, company, DUE + 5 * MINUTE, reason="<b>5 < 6</b> & so on")
    told = mail("renewed", late)
    assert "<b>5 < 6</b> & so on" in told.text
    assert "&lt;b&gt;5 &lt; 6&lt;/b&gt; &amp; so on" in told.html


def test_of_a_confidential_request_the_mail_says_nothing(secret: Ticket, company: Company) -> None:
    renew(secret, company, DUE + 5 * MINUTE, reason="Canary-reason", by=company.misaki)
    told = mail("renewed", secret)
    assert told.subject == f"[{secret.number}] Your request"
    assert "The reason stands on the page." in told.text
    for part in (told.text, told.html, told.subject):
        assert "anary" not in part


@pytest.mark.parametrize("kind", ["asked", "late"])
def test_nor_do_the_other_two(secret: Ticket, kind: str) -> None:
    pass_time(TELL)
    told = mail(kind, secret)
    for part in (told.text, told.html, told.subject):
        assert "anary" not in part
    assert told.headers["Sensitivity"] == "Company-Confidential"


def test_an_answer_to_it_lands_on_the_request(late: Ticket, company: Company) -> None:
    pass_time(TELL)
    taken_in(answer(mail("late", late), "Thank you for saying so."))
    said = Message.objects.filter(ticket=late).latest("pk")
    assert (said.author, said.body) == (company.elif_, "Thank you for saying so.")


@pytest.mark.parametrize("kind", ["asked", "late", "renewed"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_mail_has_both_parts_and_no_hole(
    make: Make, company: Company, kind: str, language: str
) -> None:
    Person.objects.update(language=language)
    ticket = make.ticket(priority=Priority.URGENT, by=Person.objects.get(pk=company.elif_.pk))
    pass_time(DUE + MINUTE)
    if kind == "renewed":
        renew(ticket, company, DUE + 5 * MINUTE)
    pass_time(TELL)
    found = mail(kind, ticket)
    for part in (found.text, found.html):
        assert part.strip()
        assert "{{" not in part
        assert "%(" not in part
        assert "None" not in part


# --- The promise in the first mail ----------------------------------------------------------------


def promised(company: Company, *targets: TargetRule) -> None:
    company.laptop.sla_policy = timing.found_policy("Own", PromiseRules(targets))
    company.laptop.save()


NIGHT = MONDAY - 11 * HOUR  # Sunday, 23:00 in Istanbul.


def test_the_confirmation_tells_when_they_can_work_again(make: Make, company: Company) -> None:
    promised(company, TargetRule(Priority.NORMAL, TargetKind.WORKAROUND, 120))
    ticket = make.ticket()
    pass_time(MONDAY)
    assert "You can work again by Mon 12:00." in text(mail("acknowledgement", ticket))


def test_it_says_when_a_closed_desk_opens(make: Make) -> None:
    ticket = make.ticket(at=NIGHT)
    pass_time(NIGHT)
    assert "IT is closed now and opens Mon 09:00." in text(mail("acknowledgement", ticket))


def test_around_the_clock_nobody_waits_for_the_opening(make: Make, company: Company) -> None:
    rule = TargetRule(Priority.NORMAL, TargetKind.FIRST_RESPONSE, 60, is_always_open=True)
    promised(company, rule)
    ticket = make.ticket(at=NIGHT)
    pass_time(NIGHT)
    found = text(mail("acknowledgement", ticket))
    assert "You will hear from us by Mon 00:00." in found
    assert "closed now" not in found


def test_a_moved_request_with_an_open_question_is_answered_next(
    make: Make, company: Company
) -> None:
    rule = TargetRule(Priority.NORMAL, TargetKind.NEXT_RESPONSE, 60)
    company.expenses.sla_policy = timing.found_policy("Next", PromiseRules((rule,)))
    company.expenses.save()
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    actions.reply(ticket, by=company.elif_, body="And?", at=MONDAY + MINUTE)
    actions.move(
        ticket, to=company.finance, service=company.expenses, by=company.mihai, at=MONDAY + MINUTE
    )
    pass_time(MONDAY + MINUTE)
    assert "You will hear from Finance by Mon 11:01." in text(mail("moved", ticket))

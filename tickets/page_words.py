"""What pages about calling the person on call say: before asking, on the desk, in the link."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from departments.hours import Hours, HoursError
from departments.models import Department, Installation, Person, Service
from departments.on_call import rounds
from departments.promises import promise_of
from departments.when import moment_words
from tickets.models import GapWarning, Page, PageCall, Ticket
from tickets.reachable import next_call, reachable, reachable_for


@dataclass(frozen=True)
class PageNow:
    """A page that still waits for an answer, as the desk sees it."""

    page: Page
    words: str
    more: str


@dataclass(frozen=True)
class Answer:
    """What the link in a page shows; without a sign-in no more than the mail did."""

    words: str
    more: str
    summary: str = ""
    reason: str = ""
    may_answer: bool = False


def before_asking(
    desk: Department,
    service: Service | None,
    person: Person,
    now: datetime,
    tz: tzinfo,
    fallback: Installation | None = None,
) -> str:
    """What follows from “this cannot wait” now; nothing special while the desk is open."""
    hours = promise_of(desk, service, fallback).hours
    opens = _opening(hours, now, tz)
    if opens is None:
        return ""
    names = {"desk": desk.name, "moment": opens}
    if reachable(desk, service, now, without=[person.pk]):
        return _("%(desk)s is closed now. We page the person on call when you send this.") % names
    if not opens:
        return _("%(desk)s is closed now, and nobody is on call.") % names
    return _("Nobody is on call now. %(desk)s opens %(moment)s.") % names


def _opening(hours: Hours, now: datetime, tz: tzinfo) -> str | None:
    """When it opens, in words (none: never again); None while it is open."""
    try:
        return None if hours.is_open(now) else moment_words(hours.next_opening(now), now, tz)
    except HoursError:
        return ""


def page_now(ticket: Ticket, now: datetime, tz: tzinfo) -> PageNow | None:
    """The running page of this ticket, who was called last and who comes next."""
    page = ticket.pages.running().first()
    if page is None:
        return None
    last = page.calls.select_related("person").order_by("-pk").first()
    if page.unanswered_at is not None:
        return PageNow(page, *_in_vain(page, page.unanswered_at, last, now, tz))
    assert last is not None  # A page without any call is unanswered at once.
    words = _("Paged %(name)s %(moment)s, nobody answered yet.")
    called = {"name": last.person.name, "moment": moment_words(last.called_at, now, tz)}
    return PageNow(page, words % called, _next_words(page, ticket, now, tz))


def _in_vain(
    page: Page, since: datetime, last: PageCall | None, now: datetime, tz: tzinfo
) -> tuple[str, str]:
    moment = {"moment": moment_words(since, now, tz)}
    title = _("Nobody on call answered.") if last else _("Nobody is on call.")
    return title, _("The leads were told %(moment)s.") % moment


def _next_words(page: Page, ticket: Ticket, now: datetime, tz: tzinfo) -> str:
    """“Next: Jonas Bauer, today 22:24.”, as the rota says it will be then."""
    at = page.next_at or now
    moment = {"moment": moment_words(at, now, tz)}
    one = next_call(page, reachable_for(ticket, at), rounds(ticket.desk))
    if one is None:
        return _("Next the leads are told, %(moment)s.") % moment
    return _("Next: %(name)s, %(moment)s.") % {"name": one[1].person.name, **moment}


def answer_to(call: PageCall, now: datetime, *, is_over: bool, is_other: bool) -> Answer:
    """What the link of this call says now, to who holds it."""
    page, tz = call.page, call.person.zone
    if is_other:
        words = _("This link is for %(name)s.") % {"name": call.person.name}
        return Answer(words, _("Open the request to answer under your own name."))
    if page.acknowledged_by is not None and page.acknowledged_at is not None:
        facts = {
            "name": page.acknowledged_by.name,
            "moment": moment_words(page.acknowledged_at, now, tz),
        }
        if page.acknowledged_by == call.person:
            return Answer(_("You have it, since %(moment)s.") % facts, _("Nobody else is called."))
        return Answer(
            _("%(name)s has it, since %(moment)s.") % facts, _("You need not do anything.")
        )
    if not page.is_running:
        why = {"why": page.get_ended_because_display()}
        return Answer(_("Nobody is needed any more."), _("It ended because %(why)s.") % why)
    if is_over:
        return Answer(_("This link is too old."), _("Sign in and open the request to answer."))
    return _open_question(call, now, tz)


def _open_question(call: PageCall, now: datetime, tz: tzinfo) -> Answer:
    """Who needs help, and since when; of a confidential request not even the name."""
    ticket, page = call.page.ticket, call.page
    called = _("We called you %(moment)s.") % {"moment": moment_words(call.called_at, now, tz)}
    if ticket.is_confidential:
        return Answer(_("Somebody needs help now."), called, may_answer=True)
    words = _("%(name)s needs help now.") % {"name": ticket.requester.name}
    is_urgent = page.why == Page.Why.CANNOT_WAIT
    reason = ticket.cannot_wait_reason if is_urgent else page.reason
    return Answer(words, called, ticket.summary, reason, may_answer=True)


def gap_words(gap: GapWarning, now: datetime, tz: tzinfo) -> str:
    """Where a rota has nobody, in one sentence."""
    facts = {
        "desk": gap.desk.name,
        "layer": gap.layer_name,
        "start": moment_words(gap.starts_at, now, tz),
        "end": moment_words(gap.ends_at, now, tz),
    }
    if gap.layer_name:
        return _("Nobody is in “%(layer)s” of %(desk)s from %(start)s to %(end)s.") % facts
    return _("Nobody is on call at %(desk)s from %(start)s to %(end)s.") % facts

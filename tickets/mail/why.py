"""The foot of every mail: why its reader gets it, and where to choose otherwise."""

from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Department, Membership, Person, Role
from departments.when import day_words
from tickets.events import Kind
from tickets.mail import pace, pages, unsubscribe
from tickets.models import Participant, Ticket, TicketEvent, Topic


def words(kind: str, to: Person, event: TicketEvent) -> dict[str, str]:
    """Of a mail about a request."""
    topic = pace.topic_of(kind, to, event.ticket)
    found = {"why": reason(kind, topic, to, event), **links(to, topic)}
    if topic == Topic.FOLLOWED:
        found["leave_url"] = f"{settings.PUBLIC_URL}{event.ticket.get_absolute_url()}#following"
    return found


def links(to: Person, topic: str) -> dict[str, str]:
    """Where to choose, and where to stop mails of this topic; guests have no page for it."""
    if topic == Topic.ACCOUNT or not to.is_active:
        return {}
    url = f"{settings.PUBLIC_URL}{reverse('mail_choices')}"
    return {"choices_url": url, "stop_url": unsubscribe.link(to, topic)}


def reason(kind: str, topic: Topic, to: Person, event: TicketEvent) -> str:
    """One sentence."""
    ticket = event.ticket
    if topic == Topic.OWN:
        return _of_requester(ticket)
    if topic == Topic.WORK:
        return _("You get this because the request is given to you.")
    if topic == Topic.FOLLOWED:
        return _of_follower(to, ticket)
    if kind == pages.CALL:
        return _("You get this because you are on call for %(desk)s.") % {"desk": ticket.desk.name}
    if event.kind == Kind.CLOCK_ESCALATED and event.facts.get("does") == "notify_person":
        return _("You get this because the promise names you for this step.")
    return of_desk(to, ticket.desk)


def _of_requester(ticket: Ticket) -> str:
    if ticket.filed_by_id and ticket.filed_by_id != ticket.requester_id:
        return _("You get this because somebody asked for you.")
    return _("You get this because you asked.")


def _of_follower(to: Person, ticket: Ticket) -> str:
    rows = Participant.objects.filter(ticket=ticket, person=to).select_related("added_by")
    row = rows.first()
    if row is None or row.added_by is None or row.added_by == to:
        return _("You get this because you follow this request.")
    return _("You get this because %(who)s added you on %(day)s.") % {
        "who": row.added_by.name,
        "day": _day(row.added_at.astimezone(to.zone).date()),
    }


def _day(on: date) -> str:
    """Never “today”: a mail may be read tomorrow."""
    today = timezone.localdate()
    return day_words(on, today if (today - on).days > 1 else on - timedelta(days=7))


def of_desk(to: Person, desk: Department) -> str:
    """Why somebody hears what a desk needs."""
    leads = Membership.objects.filter(person=to, department=desk, role=Role.LEAD).exists()
    names = {"desk": desk.name}
    if leads:
        return _("You get this because you lead %(desk)s.") % names
    return _("You get this because you work at %(desk)s, which has no lead for it.") % names


def of_account() -> str:
    """Of a mail about the sign-in."""
    return _("You get this because somebody, probably you, asked for it where people sign in.")

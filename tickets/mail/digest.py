"""The daily mail: what waited for it, by request, to one reader; at most one on each of their days.

The mail and the marks on its lines are one transaction: a worker that dies leaves both undone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import Membership, Person, Role
from departments.when import moment_words
from tickets.events import sentence
from tickets.mail import compose, keyed, outbound, pace
from tickets.models import DigestLine, MailChoices, OutboundMail, Pace, Ticket, TicketEvent, Topic
from tickets.page_words import gap_words

log = logging.getLogger(__name__)
BATCH = 200


@dataclass
class Group:
    """What happened at one request, or at the rota of one desk."""

    title: str
    url: str
    lines: list[str] = field(default_factory=list)


def send_due(now: datetime | None = None) -> int:
    """Write every daily mail whose hour has come; returns how many."""
    now = now or timezone.now()
    due = DigestLine.objects.due(now).order_by().values_list("person", flat=True).distinct()
    return sum(_attempt(pk, now) for pk in list(due[:BATCH]))


def _attempt(person: int, now: datetime) -> bool:
    try:
        return write(person, now)
    except Exception:  # Whatever it is, the others get theirs; the next sweep tries this one again.
        log.exception("digest.failed person=%s", person)
        return False


@transaction.atomic
def write(person: int, now: datetime) -> bool:
    """One person's daily mail, if something is left to tell them; whether there is one now."""
    # Who holds the choices writes; the others find nothing due when they come in.
    chosen = MailChoices.objects.select_for_update(of=("self",)).select_related("person")
    choices = chosen.filter(person=person).first()
    due = list(DigestLine.objects.due(now).filter(person=person))
    told = _still_told(due, choices)
    gone = {line.pk for line in due} - {line.pk for line in told}
    DigestLine.objects.filter(pk__in=gone).delete()
    if choices is None or not told:  # Another worker was faster, or nothing is left to tell.
        return False
    lines = DigestLine.objects.filter(pk__in=[line.pk for line in told])
    if _put_off(lines, choices, now):
        return False
    to, key = choices.person, _key(told)
    if OutboundMail.objects.filter(key=key).exists():  # They chose a later hour since: tomorrow.
        _plan_again(lines, choices, now)
        return False
    row = OutboundMail(key=key, kind=pace.DIGEST, person=to, made_at=now, next_at=now)
    mail, _new = outbound.kept(row, compose_digest(told, to, key), to, pace.Plan(Topic.DIGEST))
    lines.update(mail=mail)
    return True


def _key(told: Sequence[DigestLine]) -> str:
    """One for each person and day of theirs; the last day, where mails of several are late."""
    return f"{pace.DIGEST}:{told[0].person_id}:{max(line.on for line in told)}"


def _put_off(lines: "QuerySet[DigestLine]", choices: MailChoices, now: datetime) -> bool:
    """Whether we come so late that their quiet hours have begun: then it comes tomorrow."""
    until = choices.quiet.ends(now)
    if until is None:
        return False
    if choices.quiet.covers(choices.digest_at):  # Its hour never comes outside of them.
        lines.update(due_at=until)
    else:
        _plan_again(lines, choices, now)
    return True


def _plan_again(lines: "QuerySet[DigestLine]", choices: MailChoices, now: datetime) -> None:
    on, due_at = choices.next_digest(now)
    lines.update(on=on, due_at=due_at)


def _still_told(due: Sequence[DigestLine], choices: MailChoices | None) -> list[DigestLine]:
    """What the person still wants by mail and may still see, oldest first, with its rows."""
    if choices is None or not choices.person.is_active:
        return []
    person = choices.person
    events = TicketEvent.objects.visible_to(person).filter(pk__in=[line.event_id for line in due])
    seen = set(events.values_list("pk", flat=True))
    led = set(
        Membership.objects.filter(person=person, role=Role.LEAD).values_list(
            "department", flat=True
        )
    )
    wanted = [line.pk for line in due if choices.pace_of(line.topic) != Pace.NEVER]
    rows = DigestLine.objects.filter(pk__in=wanted).order_by("made_at", "pk")
    rows = rows.select_related("event__ticket", "event__actor", "gap__desk")
    return [row for row in rows if row.event_id in seen or (row.gap and row.gap.desk_id in led)]


def compose_digest(told: Sequence[DigestLine], to: Person, key: str) -> compose.Composed:
    """In the reader's language and zone."""
    with translation.override(to.language), timezone.override(to.zone):
        found = groups(told, to)
        subject = ngettext(
            "Your daily mail: news of one request",
            "Your daily mail: news of %(n)d requests",
            len(found),
        ) % {"n": len(found)}
        url = f"{settings.PUBLIC_URL}{reverse('notifications')}"
        mail_id = keyed.message_id(0, to.pk, key)
        why = _("You get this because you chose one mail a day.")
        return compose.about_no_ticket(
            pace.DIGEST, Topic.DIGEST, to, subject, url, mail_id, groups=found, why=why
        )


def groups(told: Sequence[DigestLine], to: Person) -> list[Group]:
    """The lines by request, in the order of their first news."""
    worked = Ticket.objects.worked_by(to).filter(
        pk__in=[line.event.ticket_id for line in told if line.event]
    )
    as_desk = set(worked.values_list("pk", flat=True))
    found: dict[str, Group] = {}
    for line in told:
        if line.event is not None:
            _add_event(found, line.event, to, is_desk=line.event.ticket_id in as_desk)
        elif line.gap is not None:
            desk = line.gap.desk
            group = found.setdefault(
                f"desk:{desk.pk}",
                Group(
                    _("On call at %(desk)s") % {"desk": desk.name},
                    f"{settings.PUBLIC_URL}{reverse('on_call', args=[desk.slug])}",
                ),
            )
            group.lines.append(gap_words(line.gap, line.made_at - timedelta(days=60), to.zone))
    return list(found.values())


def _add_event(found: dict[str, Group], event: TicketEvent, to: Person, *, is_desk: bool) -> None:
    """Of a confidential request nothing but its number."""
    ticket = event.ticket
    path = ticket.get_desk_url() if is_desk else ticket.get_absolute_url()
    title = ticket.number if ticket.is_confidential else f"{ticket.number} {ticket.summary}"
    group = found.setdefault(f"ticket:{ticket.pk}", Group(title, f"{settings.PUBLIC_URL}{path}"))
    if not ticket.is_confidential:
        at = moment_words(event.at, event.at + timedelta(days=2), to.zone)
        group.lines.append(f"{at}: {sentence(event)}")

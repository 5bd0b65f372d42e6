"""Choosing which mails one gets, and when."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets.models import CHOSEN, DigestLine, MailChoices, OutboundMail, Pace

WEEK = 7


@transaction.atomic
def choose_mails(
    person: Person,
    *,
    paces: Mapping[str, str],
    digest_at: time,
    quiet_from: time | None,
    quiet_until: time | None,
    days_off: frozenset[int],
    at: datetime | None = None,
) -> MailChoices:
    """Keep the choices. What waits follows them: held mails, and the next daily mail."""
    if (quiet_from is None) != (quiet_until is None):
        raise Refused(_("Say when the quiet hours begin and when they end."))
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(_("Quiet hours end at another time than they begin."))
    if len(days_off) >= WEEK:
        raise Refused(_("Leave at least one day on which mails may come."))
    choices = _of(person)
    choices.digest_at, choices.quiet_from, choices.quiet_until = digest_at, quiet_from, quiet_until
    choices.days_off = "".join(str(day) for day in sorted(days_off))
    _set_paces(choices, paces)
    if Pace.DAILY in paces.values() and choices.quiet.covers(digest_at):
        raise Refused(_("The daily mail would come in your quiet hours. Choose another hour."))
    choices.save()
    _follow(choices, at or timezone.now())
    return choices


@transaction.atomic
def set_paces(person: Person, paces: Mapping[str, str]) -> dict[str, str]:
    """Change how soon mails of these topics come, and nothing else; returns how it was."""
    choices = _of(person)
    before = {topic: str(choices.pace_of(topic)) for topic in paces}
    _set_paces(choices, paces)
    choices.save()
    return before


def _of(person: Person) -> MailChoices:
    """The person's row, held; a first one where nothing was chosen yet."""
    MailChoices.objects.get_or_create(person=person)
    choices = MailChoices.objects.select_for_update().get(person=person)
    choices.person = person
    return choices


def _set_paces(choices: MailChoices, paces: Mapping[str, str]) -> None:
    for topic, pace in paces.items():
        if topic not in CHOSEN or pace not in Pace.values:
            raise Refused(_("These mails always come at once."))
        setattr(choices, topic, pace)


def _follow(choices: MailChoices, at: datetime) -> None:
    """Held mails go when the quiet hours end now; what waits for the daily mail, with the next."""
    until = choices.quiet.ends(at) or at
    held = OutboundMail.objects.filter(person=choices.person, state=OutboundMail.State.QUEUED)
    held.filter(held_until__gt=at, attempts=0).update(held_until=until, next_at=until)
    on, due_at = choices.next_digest(at)
    waiting: dict[str, Any] = {"on": on, "due_at": due_at}
    DigestLine.objects.waiting().filter(person=choices.person).update(**waiting)

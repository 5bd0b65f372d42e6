"""Choices of mails for tests, around the moment at which they run."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from departments.models import Person
from tickets.actions.mail_choices import choose_mails
from tickets.models import MailChoices

HOUR = timedelta(hours=1)


def choose(person: Person, **fields: Any) -> MailChoices:
    """Everything at once and at any hour, unless said otherwise; paces by their topics."""
    topics = ("followed", "work", "leading")
    values: dict[str, Any] = {
        "paces": {topic: fields.pop(topic, "at_once") for topic in topics},
        "digest_at": time(8),
        "quiet_from": None,
        "quiet_until": None,
        "days_off": frozenset(),
        **fields,
    }
    return choose_mails(person, **values)


def wall(person: Person, moment: datetime) -> time:
    """What the clock on this person's wall shows then."""
    return moment.astimezone(person.zone).time().replace(second=0, microsecond=0)


def be_quiet(person: Person, **fields: Any) -> datetime:
    """Quiet hours that began an hour ago and last two more; returns when they end."""
    now = timezone.now()
    begins, ends = wall(person, now - HOUR), wall(person, now + 2 * HOUR)
    choices = choose(person, quiet_from=begins, quiet_until=ends, **fields)
    until = choices.quiet.ends(now)
    assert until is not None
    return until

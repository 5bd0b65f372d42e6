"""What workers do for tickets. Every task is a hint: running it twice or never loses nothing."""

from celery import shared_task
from django.utils import timezone

from tickets.actions import timekeeping
from tickets.mail import intake, outbound
from tickets.reactions import running


@shared_task(name="tickets.react")
def react(event_id: int) -> None:
    """React to this event, and to whatever else waits by now."""
    running.react(event_id)
    running.react_to_pending()
    outbound.send_queued()


@shared_task(name="tickets.take_in")
def take_in(letter_id: int) -> None:
    """Read a stored letter."""
    intake.take_in(letter_id)


@shared_task(name="tickets.send_mail")
def send_mail(mail_id: int) -> None:
    """Send one mail that waits in the outbox."""
    outbound.send(mail_id)


@shared_task(name="tickets.sweep")
def sweep() -> None:
    """Find what no nudge brought: letters, events, failed reactions, due clocks, mail."""
    now = timezone.now()
    intake.take_in_waiting(now=now)
    timekeeping.sweep(now=now)
    running.react_to_pending(now=now)
    running.retry_failed(now=now)
    outbound.send_queued(now=now)


@shared_task(name="tickets.tidy")
def tidy() -> None:
    """Forget what nobody will come back for."""
    timekeeping.tidy(now=timezone.now())

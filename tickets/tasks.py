"""What workers do for tickets. Every task is a hint: running it twice or never loses nothing."""

from celery import shared_task
from django.utils import timezone

from helpdesk.lib.background import later
from tickets.actions import resettling, timekeeping
from tickets.mail import digest, fetch, intake, outbound, too_large
from tickets.reactions import gaps, running, webhooks


@shared_task(name="tickets.react")
def react(event_id: int) -> None:
    """React to this event, and to whatever else waits by now."""
    running.react(event_id)
    running.react_to_pending()
    outbound.send_queued()


@shared_task(name="tickets.react_pending")
def react_pending() -> None:
    """React to whatever waits: one nudge for many events."""
    running.react_to_pending()
    outbound.send_queued()


@shared_task(name="tickets.take_in")
def take_in(letter_id: int) -> None:
    """Read a stored letter, and confirm it."""
    with running.reacting():
        intake.take_in(letter_id)


@shared_task(name="tickets.tell_too_large")
def tell_too_large(letter_id: int) -> None:
    """Tell the sender of a letter that was cut."""
    too_large.tell(letter_id)


@shared_task(name="tickets.send_mail")
def send_mail(mail_id: int) -> None:
    """Send one mail that waits in the outbox."""
    outbound.send(mail_id)


@shared_task(name="tickets.sweep")
def sweep() -> None:
    """Find what no nudge brought: letters, events, failed reactions, due clocks, mails."""
    now = timezone.now()
    intake.take_in_waiting(now=now, within=running.reacting)
    too_large.tell_waiting(now=now)
    timekeeping.sweep(now=now)
    running.react_to_pending(now=now)
    running.retry_failed(now=now)
    digest.send_due(now=now)
    outbound.send_queued()  # Also what was written since the sweep began.


@shared_task(name="tickets.fetch_mail")
def fetch_mail() -> None:
    """Empty the mailboxes whose turn it is, unless somebody waits on their line."""
    fetch.fetch_due()


@shared_task(name="tickets.call_webhook")
def call_webhook(delivery_id: int) -> None:
    """Hand one message to a paging system."""
    webhooks.deliver(delivery_id)


@shared_task(name="tickets.call_webhooks")
def call_webhooks() -> None:
    """Find the messages to paging systems that no nudge brought, or that are tried again."""
    webhooks.deliver_waiting()


@shared_task(name="tickets.warn_of_gaps")
def warn_of_gaps() -> None:
    """Tell the leads where nobody is on call in the days ahead."""
    gaps.warn_of_gaps(timezone.now())


@shared_task(name="tickets.resettle")
def resettle() -> None:
    """Let running clocks follow a new calendar or promise; what is left, the next run finds."""
    if resettling.resettle(now=timezone.now()):
        later("tickets.resettle")


@shared_task(name="tickets.tidy")
def tidy() -> None:
    """Forget what nobody will come back for."""
    timekeeping.tidy(now=timezone.now())

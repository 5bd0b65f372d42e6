"""Handing messages to paging systems: signed, claimed by one worker, retried, never forgotten.

A receiver takes a message by answering 2xx. Anything else is tried again for some four hours;
then it has failed and waits for a person. What would call somebody to a page that ended meanwhile
is not sent any more.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Rota
from helpdesk.lib import outbound_http
from helpdesk.lib.errors import Refused
from helpdesk.lib.outbound_places import OutboundRefused
from helpdesk.lib.secrets import Unreadable, unseal
from helpdesk.lib.webhook_signature import sign
from tickets.models import WebhookDelivery

log = logging.getLogger(__name__)
State = WebhookDelivery.State
CLAIM_EXPIRES = timedelta(seconds=90)  # Three times what the slowest receiver may take.
BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200))
BATCH = 50
GONE = 410  # RFC 9110, 15.5.11: this address will never take anything again.


def deliver_waiting(now: datetime | None = None) -> int:
    """Send what is due; returns how many were taken."""
    now = now or timezone.now()
    lost = Q(state=State.SENDING, claimed_at__lt=now - CLAIM_EXPIRES)
    WebhookDelivery.objects.filter(lost).update(state=State.QUEUED, next_at=now)
    due = WebhookDelivery.objects.filter(state=State.QUEUED, next_at__lte=now)
    waiting = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:BATCH])
    return sum(deliver(pk, now=now) for pk in waiting)


def deliver(pk: int, now: datetime | None = None) -> bool:
    """Send one message now, if it is due and nobody else has it."""
    now = now or timezone.now()
    mine = WebhookDelivery.objects.filter(pk=pk, state=State.QUEUED, next_at__lte=now)
    claim = {"state": State.SENDING, "claimed_at": timezone.now()}
    if not mine.update(**claim, attempts=F("attempts") + 1):
        return False
    delivery = WebhookDelivery.objects.select_related("page").get(pk=pk)
    if delivery.event == "page.called" and not delivery.page.is_running:
        return not _held(delivery).update(state=State.SKIPPED)
    rota = Rota.objects.filter(department=delivery.page.desk_id).exclude(webhook_url="").first()
    if rota is None:
        return not _held(delivery).update(state=State.SKIPPED)
    return _send(delivery, rota, now)


def try_again(deliveries: "QuerySet[WebhookDelivery]", *, now: datetime | None = None) -> int:
    """Try those that failed at once, from the beginning; returns how many were taken."""
    now = now or timezone.now()
    failed = list(deliveries.filter(state=State.FAILED).values_list("pk", flat=True)[:BATCH])
    again = WebhookDelivery.objects.filter(pk__in=failed)
    again.update(state=State.QUEUED, attempts=0, next_at=now, error="")
    return sum(deliver(pk, now=now) for pk in failed)


def _send(delivery: WebhookDelivery, rota: Rota, now: datetime) -> bool:
    """To where the rota says now: its lead may have corrected the address."""
    body, delivery.url = delivery.body.encode(), rota.webhook_url
    headers = {"Content-Type": "application/json", "Helpdesk-Delivery": delivery.key}
    try:
        headers |= sign(body, unseal(rota.webhook_secret), timezone.now())
        answer = outbound_http.post(rota.webhook_url, body, headers)
    except OutboundRefused as problem:
        return _settle(delivery, str(problem), now, is_final=True)
    except Unreadable:
        words = _("Its secret cannot be read any more. Enter it again in the rota.")
        return _settle(delivery, words, now, is_final=True)
    except Refused as problem:
        return _settle(delivery, str(problem), now)
    taken = 200 <= answer.status < 300
    error = "" if taken else _("It answered %(status)d.") % {"status": answer.status}
    final = answer.status == GONE
    return _settle(delivery, error, now, status=answer.status, is_final=final)


def _settle(
    delivery: WebhookDelivery,
    error: str,
    now: datetime,
    *,
    status: int | None = None,
    is_final: bool = False,
) -> bool:
    """Write down how it went, unless another worker has taken over."""
    tries = delivery.attempts
    later = {"state": State.QUEUED, "next_at": now + BACK_OFF[min(tries, len(BACK_OFF)) - 1]}
    if not error:
        later = {"state": State.SENT, "sent_at": now}
    elif is_final or tries > len(BACK_OFF):
        later = {"state": State.FAILED}
    _held(delivery).update(**later, error=error[:300], last_status=status, url=delivery.url)
    if error:
        log.warning("webhook.not_taken delivery=%s attempts=%s", delivery.pk, tries)
    return not error


def _held(delivery: WebhookDelivery) -> "QuerySet[WebhookDelivery]":
    """The row while this worker's claim on it holds."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.SENDING)
    return mine.filter(claimed_at=delivery.claimed_at)

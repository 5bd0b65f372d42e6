"""What a desk's paging system is told: written beside its cause, sent by a worker afterwards."""

import json
from datetime import UTC, datetime
from typing import Any

from departments.models import Rota
from helpdesk.lib.background import later
from tickets import page_links
from tickets.models import Page, PageCall, Ticket, WebhookDelivery


def tell(
    page: Page, ticket: Ticket, event: str, *, at: datetime, call: PageCall | None = None
) -> None:
    """Queue one message about a page, if the desk's rota has an address for them."""
    rota = Rota.objects.filter(department=page.desk_id).exclude(webhook_url="").first()
    if rota is None:
        return
    key = f"page-{page.pk}:{event}" + (f":{call.pk}" if call else "")
    delivery = WebhookDelivery.objects.create(
        key=key,
        page=page,
        event=event,
        url=rota.webhook_url,
        body=json.dumps(said(page, ticket, event, key, at, call), ensure_ascii=False),
        made_at=at,
        next_at=at,
    )
    later("tickets.call_webhook", delivery.pk)


def said(
    page: Page, ticket: Ticket, event: str, key: str, at: datetime, call: PageCall | None
) -> dict[str, Any]:
    """The message; of a confidential request it names the number and not a word more."""
    words: dict[str, Any] = {
        "id": key,
        "event": event,
        "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "page": page.pk,
        "ticket": ticket.number,
        "summary": "" if ticket.is_confidential else ticket.summary,
        "desk": page.desk.slug,
        "why": page.why,
    }
    if call is not None:
        named = {"layer": call.layer_name, "round": call.round, "person": call.person.name}
        words |= {**named, "ack_url": page_links.link(call)}
    if event == "page.acknowledged" and page.acknowledged_by is not None:
        words["person"] = page.acknowledged_by.name
    if event == "page.ended":
        words["because"] = page.ended_because
    return words

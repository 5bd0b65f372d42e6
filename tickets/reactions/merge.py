"""Telling the requester that their request goes on in another one, or by itself again."""

from tickets.events import Kind
from tickets.mail import outbound
from tickets.models import Channel, OutboundMail, TicketEvent

NEWS = frozenset({Kind.MERGED, Kind.UNMERGED})


def tell_merged(event: TicketEvent) -> None:
    """One mail for a merge, and one for taking it back if the merge was told."""
    requester = event.ticket.requester
    if event.actor == requester or not requester.may_write:
        return
    kind = {Kind.MERGED.value: "merged", Kind.UNMERGED.value: "unmerged"}.get(event.kind, "")
    if (kind == "merged" and is_news(event)) or (kind == "unmerged" and was_told(event)):
        outbound.tell(kind, key=f"{event.pk}:{kind}:{requester.pk}", to=requester, event=event)


def is_news(event: TicketEvent) -> bool:
    """Whether a mail must say it: not what was undone already, nor to somebody who asked twice
    on the page, where both requests and the notice are before their eyes.
    """
    source = event.ticket
    target = source.merged_into
    if target is None:
        return False
    return target.requester_id != source.requester_id or source.channel == Channel.MAIL


def was_told(event: TicketEvent) -> bool:
    """Whether the last thing that a mail said is that the two are one."""
    told = OutboundMail.objects.filter(
        ticket=event.ticket, person=event.ticket.requester, kind__in=["merged", "unmerged"]
    )
    return told.order_by("-pk").values_list("kind", flat=True).first() == "merged"

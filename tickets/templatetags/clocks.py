"""Clocks in templates: `{% clock ticket row_clock %}` draws ring and words."""

from typing import Any

from django import template
from django.utils import timezone

from tickets.clock_words import ClockView, view
from tickets.models import Clock, Ticket

register = template.Library()


@register.inclusion_tag("parts/clock.html")
def clock(shown: Clock | ClockView | None, ticket: Ticket, chip: bool = False) -> dict[str, Any]:
    """Ring and words of a clock; nothing where there is no clock."""
    if isinstance(shown, Clock):
        shown = view(shown, ticket, timezone.now())
    if shown is None:
        return {"state": "", "words": "", "percent": 0, "chip": chip}
    return {"state": shown.look, "words": shown.words, "percent": shown.percent, "chip": chip}

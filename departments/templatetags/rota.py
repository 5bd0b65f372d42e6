"""Words about rotas for templates."""

from datetime import date

from django import template
from django.utils import timezone

from departments.models import RotaLayer
from departments.on_call_weeks import handover_words
from departments.when import day_words

register = template.Library()


@register.filter
def handover(layer: RotaLayer) -> str:
    """`{{ layer|handover }}`: “Changes every Monday at 09:00, Europe/Istanbul”."""
    return handover_words(layer)


@register.filter
def day(on: date) -> str:
    """`{{ absence.starts_on|day }}`: “today”, “Tue 3 Mar”, for the reader."""
    return day_words(on, timezone.localdate())

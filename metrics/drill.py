"""From a figure to its tickets, as far as the viewer may see them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from departments.models import Department
from metrics.measures import AGE_BANDS
from metrics.models import TicketFact
from metrics.periods import Period

AT_MOST = 200


def facts(
    desk: Department, period: Period, figure: str, wish: Mapping[str, str], now: datetime
) -> QuerySet[TicketFact]:
    """The rows behind one figure. Unknown figures and unreadable wishes give none."""
    rows = TicketFact.objects.filter(desk=desk)
    inside = {"gte": period.start, "lt": period.end}
    match figure:
        case "answer" | "solution":
            column = {"answer": "answered_at", "solution": "solved_at"}[figure]
            return rows.filter(**{f"{column}__{op}": at for op, at in inside.items()})
        case "answer_kept" | "answer_missed" | "solution_kept" | "solution_missed":
            name, _line, how = figure.partition("_")
            state = {"kept": "met", "missed": "breached"}[how]
            decided = {f"{name}_decided_at__{op}": at for op, at in inside.items()}
            return rows.filter(**decided, **{f"{name}_state": state})
        case "arrivals":
            return _arrived(rows, period, wish)
        case "backlog":
            return _aged(rows.filter(ticket__is_open=True), wish, now)
        case "agent":
            return _owned(rows.filter(ticket__is_open=True), wish)
    return rows.none()


def _number(wish: Mapping[str, str], name: str, highest: int) -> int | None:
    text = wish.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        return None
    return int(text) if int(text) <= highest else None


def _arrived(
    rows: QuerySet[TicketFact], period: Period, wish: Mapping[str, str]
) -> QuerySet[TicketFact]:
    rows = rows.filter(opened_at__gte=period.start, opened_at__lt=period.end)
    weekday, hour = _number(wish, "weekday", 6), _number(wish, "hour", 23)
    if weekday is not None:
        rows = rows.annotate(day=ExtractIsoWeekDay("opened_at", tzinfo=period.zone)).filter(
            day=weekday + 1
        )
    if hour is not None:
        rows = rows.annotate(hour=ExtractHour("opened_at", tzinfo=period.zone)).filter(hour=hour)
    return rows


def _aged(
    rows: QuerySet[TicketFact], wish: Mapping[str, str], now: datetime
) -> QuerySet[TicketFact]:
    band = _number(wish, "band", len(AGE_BANDS))
    if band is None:
        return rows
    if band > 0:
        rows = rows.filter(opened_at__lte=now - timedelta(days=AGE_BANDS[band - 1]))
    if band < len(AGE_BANDS):
        rows = rows.filter(opened_at__gt=now - timedelta(days=AGE_BANDS[band]))
    return rows


def _owned(rows: QuerySet[TicketFact], wish: Mapping[str, str]) -> QuerySet[TicketFact]:
    person = _number(wish, "person", 10**12)
    return rows.filter(ticket__assignee=person or None) if person is not None else rows.none()

"""The requests that are open now, so that every group of a queue has something in it.

Their ages are working minutes before now. Outside working hours nothing but urgent requests to IT
comes due, because these alone count at night; they fill the groups then.
"""

from datetime import datetime, timedelta
from typing import Any

from departments.hours import Hours
from departments.models import TargetKind
from helpdesk.demo.catalogue import PRIORITIES
from helpdesk.demo.company import Company
from helpdesk.demo.people import words
from helpdesk.demo.stage import Case, Deed
from helpdesk.demo.stories import MONTHS, MONTHS_RO
from tickets import actions
from tickets.models import Channel


def cases(company: Company, now: datetime) -> list[Case]:
    """All of them, as they stand at `now`."""
    months = {
        "last_month": MONTHS[now.month - 2],
        "last_month_ro": MONTHS_RO[now.month - 2],
    }
    return [_case(company, row, now, months) for row in words("today")["case"]]


def _case(company: Company, row: dict[str, Any], now: datetime, months: dict[str, str]) -> Case:
    hours = _hours(company, row)
    opened_at = hours.subtract(now, timedelta(minutes=row["age"]))
    service = row.get("service", "")
    return Case(
        request=actions.Request(
            summary=row["summary"].format_map(months),
            body=row["text"].format_map(months),
            desk=company.desks[row["desk"]],
            service=company.services.get(service),
            category=company.categories.get((service, row.get("category", ""))),
            channel=row.get("channel", Channel.WEB),
            priority=PRIORITIES.get(row.get("priority", "")),
            cannot_wait="cannot_wait" in row,
            cannot_wait_reason=row.get("cannot_wait", ""),
            language=row["lang"],
        ),
        requester=company.people[row["by"]],
        filed_by=company.people.get(row.get("filed_by", "")),
        opened_at=opened_at,
        deeds=[_deed(company, step, hours, opened_at) for step in row["steps"]],
        picture=row.get("picture", ""),
        number=row.get("number", 0),
    )


def _hours(company: Company, row: dict[str, Any]) -> Hours:
    """The hours in which this request's promise counts."""
    priority = PRIORITIES.get(row.get("priority", ""))
    promise = company.promises[row["desk"]]
    target = promise.target(priority, TargetKind.RESOLUTION) if priority else None
    return promise.hours_for(target) if target else promise.hours


def _deed(company: Company, step: list[Any], hours: Hours, opened_at: datetime) -> Deed:
    minutes, verb, who, *rest = step
    adds = verb in {"give", "add"}
    return Deed(
        at=hours.add(opened_at, timedelta(minutes=minutes)),
        verb=verb,
        by=company.people[who],
        words="" if adds or not rest else rest[0],
        whom=company.people[rest[0]] if adds else None,
        channel=rest[1] if len(rest) > 1 else Channel.WEB,
    )

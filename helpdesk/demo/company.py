"""Aldera's rows: people, desks with their hours and promises, services, mailboxes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from departments.actions import timing
from departments.hours import Hours
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    Membership,
    Person,
    Role,
    Service,
    SLAPolicy,
)
from departments.promises import Promise, promise_of
from helpdesk.demo import catalogue, people
from tickets.models import Mailbox

NAME = "Aldera"


@dataclass
class Company:
    """What was made, by the short names that stories use."""

    people: dict[str, Person] = field(default_factory=dict)
    desks: dict[str, Department] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    categories: dict[tuple[str, str], Category] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)

    def hours(self, desk: str) -> Hours:
        return self.promises[desk].hours

    @staticmethod
    def is_chief(key: str) -> bool:
        return key == people.HEADS["aldera"]

    def agents(self, desk: str, lang: str) -> list[str]:
        """Who at the desk answers in this language; everybody (in English) where nobody does."""
        workers = [key for key, role in people.DESKS[desk].items() if role != Role.OBSERVER]
        fluent = [key for key in workers if people.PEOPLE[key].speaks == lang]
        return fluent or workers


def found(now: datetime) -> Company:
    """Make the rows of an empty installation; closures are those of the years around `now`."""
    company = Company()
    root = Department.objects.create(
        name=NAME, slug="aldera", prefix="ALD", location="London", icon="home"
    )
    for order, row in enumerate([*catalogue.DESKS, *catalogue.TEAMS], start=1):
        company.desks[row["slug"]] = _department(row, order, root)
    for row in catalogue.DESKS:
        _open(company.desks[row["slug"]], row, now)
    _promise(company)
    _hire(company, root)
    for order, row in enumerate(catalogue.SERVICES, start=1):
        _publish(company, row, order)
    for box in catalogue.MAILBOXES:
        Mailbox.objects.create(
            address=f"{box['name']}@{settings.MAIL_DOMAIN}",
            name=box["shown"],
            desk=company.desks[box["desk"]],
            service=company.services.get(box.get("service", "")),
            signature=box["signature"],
        )
    it = company.desks["it"]
    calendar = Calendar.objects.get(department=it)
    Installation.objects.create(
        pk=1, company=NAME, calendar=calendar, sla_policy=_house_promise(), triage=it
    )
    for desk in Department.objects.select_related("calendar", "sla_policy").exclude(calendar=None):
        company.desks[desk.slug] = desk
        company.promises[desk.slug] = promise_of(desk)
    return company


def _department(row: dict[str, Any], order: int, root: Department) -> Department:
    names = ("name", "slug", "prefix", "hue", "icon", "mission", "location", "phone")
    return Department.objects.create(
        parent=root,
        order=order,
        email=f"{row['slug']}@{settings.MAIL_DOMAIN}" if "week" in row else "",
        **{name: row[name] for name in names if name in row},
    )


def _open(desk: Department, row: dict[str, Any], now: datetime) -> None:
    """The desk's own hours, in its own time zone."""
    city = row["zone"].partition("/")[2].replace("_", " ")
    rules = catalogue.calendar(row, range(now.year - 1, now.year + 2))
    desk.calendar = timing.found_calendar(f"{desk.name}, {city}", rules, department=desk)
    desk.save(update_fields=["calendar"])


def _house_promise() -> SLAPolicy:
    return SLAPolicy.objects.get(department=None)


def _promise(company: Company) -> None:
    """The policies; a desk without its own promises what the house promises."""
    for row in catalogue.PROMISES:
        desk = company.desks.get(row.get("desk", ""))
        policy = timing.found_policy(row["name"], catalogue.promise(row), department=desk)
        if desk is not None:
            desk.sla_policy = policy
            desk.save(update_fields=["sla_policy"])
    house = _house_promise()
    for row in catalogue.DESKS:
        desk = company.desks[row["slug"]]
        if desk.sla_policy is None:
            desk.sla_policy = house
            desk.save(update_fields=["sla_policy"])


def _hire(company: Company, root: Department) -> None:
    """Everybody with the same password, whose hash is costly and so made once."""
    departments = {**company.desks, "aldera": root}
    password = make_password(settings.DEMO_PASSWORD)
    for key, colleague in people.PEOPLE.items():
        company.people[key] = Person.objects.create(
            email=people.address(key),
            name=colleague.name,
            called=colleague.called,
            department=departments[colleague.department],
            job_title=colleague.title,
            location=colleague.location,
            ask_me=colleague.ask_me,
            phone=colleague.phone,
            time_zone=colleague.zone,
            is_administrator=key == people.ADMINISTRATOR,
            password=password,
        )
    for key, colleague in people.PEOPLE.items():
        if colleague.manager:
            company.people[key].manager = company.people[colleague.manager]
            company.people[key].save(update_fields=["manager"])
    for slug, head in people.HEADS.items():
        departments[slug].head = company.people[head]
        departments[slug].save(update_fields=["head"])
    Membership.objects.bulk_create(
        Membership(person=company.people[key], department=company.desks[slug], role=role)
        for slug, roles in people.DESKS.items()
        for key, role in roles.items()
    )


def _publish(company: Company, row: dict[str, Any], order: int) -> None:
    """A service with its categories. What HR offers is confidential: only HR's people read it."""
    is_confidential = row["desk"] == "hr"
    service = Service.objects.create(
        department=company.desks[row["desk"]],
        name=row["name"],
        description=row["description"],
        icon=row["icon"],
        order=order,
        state=Service.State.PUBLISHED,
        owner=company.people[row["owner"]],
        is_confidential=is_confidential,
    )
    if is_confidential:
        service.group.set(company.people[key] for key in people.DESKS["hr"])
    groups: dict[str, Category] = {}
    for place, kind in enumerate(catalogue.kinds(row)):
        if kind.group not in groups:
            groups[kind.group] = Category.objects.create(
                service=service, name=kind.group, order=place
            )
        company.categories[service.name, kind.name] = Category.objects.create(
            service=service,
            parent=groups[kind.group],
            name=kind.name,
            hint=kind.hint,
            order=place,
            priority=catalogue.PRIORITIES.get(kind.priority),
        )
    company.services[service.name] = service

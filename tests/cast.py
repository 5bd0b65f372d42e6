"""The cast: one small company whose people every test knows by name."""

from dataclasses import dataclass
from datetime import time

from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    Membership,
    Person,
    Priority,
    Role,
    Service,
    SLAPolicy,
    TargetKind,
)
from departments.promise_rules import PromiseRules, TargetRule
from tickets.models import Mailbox

# First answer and solution in business minutes, by priority.
TARGETS = {
    Priority.URGENT: (30, 240),
    Priority.HIGH: (60, 480),
    Priority.NORMAL: (240, 1440),
    Priority.LOW: (480, 4800),
}


# Monday to Friday, nine to five.
OFFICE_HOURS = CalendarRules("Europe/Istanbul", {day: ((time(9), time(17)),) for day in range(5)})
PROMISES = PromiseRules(
    tuple(
        TargetRule(priority, kind, minutes)
        for priority, budgets in TARGETS.items()
        for kind, minutes in zip(
            (TargetKind.FIRST_RESPONSE, TargetKind.RESOLUTION), budgets, strict=True
        )
    )
)


@dataclass
class Company:
    """Aldera in small: IT for everybody, HR in confidence, Finance beside them.

    Opening hours are Monday to Friday 09:00–17:00 in Istanbul (UTC+3 all year).
    """

    it: Department
    hr: Department
    finance: Department
    laptop: Service
    battery: Category
    expenses: Service
    letter: Service  # HR, confidential: Misaki and Andreea only.
    elif_: Person  # asks; works in Finance as an ordinary employee
    mihai: Person  # answers in IT
    jonas: Person  # leads IT
    misaki: Person  # answers in HR
    andreea: Person  # heads and leads HR
    tom: Person  # answers in Finance, a stranger to the other desks
    sam: Person  # administers, and must not read HR
    olga: Person  # an employee who is a stranger to every ticket
    calendar: Calendar
    policy: SLAPolicy


def found() -> Company:
    """Make the company's rows."""
    calendar = timing.found_calendar("Istanbul office", OFFICE_HOURS)
    policy = timing.found_policy("Standard", PROMISES)
    it, hr, finance = (
        Department.objects.create(name=name, slug=slug, prefix=prefix, hue=hue, icon=icon)
        for name, slug, prefix, hue, icon in (
            ("IT", "it", "IT", "it", "laptop"),
            ("HR", "hr", "HR", "hr", "badge"),
            ("Finance", "finance", "FIN", "fin", "coins"),
        )
    )
    Installation.objects.create(
        pk=1, company="Aldera", calendar=calendar, sla_policy=policy, triage=it
    )
    people = {name: person(name, *rest) for name, *rest in PEOPLE}
    for name, desk, role in (
        ("mihai", it, Role.AGENT),
        ("jonas", it, Role.LEAD),
        ("misaki", hr, Role.AGENT),
        ("andreea", hr, Role.LEAD),
        ("tom", finance, Role.AGENT),
    ):
        Membership.objects.create(person=people[name], department=desk, role=role)
        Person.objects.filter(pk=people[name].pk).update(department=desk)
    Department.objects.filter(pk=hr.pk).update(head=people["andreea"])
    laptop = Service.objects.create(
        department=it, name="Laptop repair", state=Service.State.PUBLISHED, icon="laptop"
    )
    power = Category.objects.create(service=laptop, name="Power")
    battery = Category.objects.create(
        service=laptop, parent=power, name="Battery or charging", priority=Priority.HIGH
    )
    expenses = Service.objects.create(
        department=finance, name="Travel expenses", state=Service.State.PUBLISHED, icon="coins"
    )
    letter = Service.objects.create(
        department=hr,
        name="Employment letter",
        state=Service.State.PUBLISHED,
        icon="badge",
        is_confidential=True,
    )
    letter.group.set([people["misaki"], people["andreea"]])
    Mailbox.objects.create(address="it@aldera.example", name="IT help desk", desk=it)
    Mailbox.objects.create(address="helpdesk@aldera.example", name="Help desk", desk=it)
    Mailbox.objects.create(
        address="hr@aldera.example", name="HR help desk", desk=hr, service=letter
    )
    elif_ = people.pop("elif")
    return Company(
        it=it,
        hr=hr,
        finance=finance,
        laptop=laptop,
        battery=battery,
        expenses=expenses,
        letter=letter,
        elif_=elif_,
        calendar=calendar,
        policy=policy,
        **people,
    )


PEOPLE = (
    ("elif", "Elif Yıldız", "Europe/Istanbul"),
    ("mihai", "Mihai Ionescu", "Europe/Bucharest"),
    ("jonas", "Jonas Bauer", "Europe/Berlin"),
    ("misaki", "田中 美咲", "Asia/Tokyo"),
    ("andreea", "Andreea Popescu", "Europe/Bucharest"),
    ("tom", "Tom Hargreaves", "Europe/London"),
    ("sam", "Sam Keller", "UTC"),
    ("olga", "Olga Lindqvist", "Europe/Stockholm"),
)


def person(key: str, name: str, zone: str) -> Person:
    """One of the cast; sign-in is by `client.force_login`, so passwords stay unusable."""
    made = Person(
        email=f"{key}@aldera.example",
        name=name,
        time_zone=zone,
        is_administrator=key == "sam",
        called="田中さん" if key == "misaki" else "",
    )
    made.set_unusable_password()
    made.save()
    return made

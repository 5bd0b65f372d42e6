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
    """Make the company's rows, in few statements: nearly every test begins with them."""
    calendar = timing.found_calendar("Istanbul office", OFFICE_HOURS)
    policy = timing.found_policy("Standard", PROMISES)
    it, hr, finance = Department.objects.bulk_create(
        Department(name=name, slug=slug, prefix=prefix, hue=hue, icon=icon)
        for name, slug, prefix, hue, icon in (
            ("IT", "it", "IT", "it", "laptop"),
            ("HR", "hr", "HR", "hr", "badge"),
            ("Finance", "finance", "FIN", "fin", "coins"),
        )
    )
    Installation.objects.create(
        pk=1, company="Aldera", calendar=calendar, sla_policy=policy, triage=it
    )
    made = Person.objects.bulk_create(unsaved(*row) for row in PEOPLE)
    people = dict(zip((row[0] for row in PEOPLE), made, strict=True))
    seats = {
        it: (("mihai", Role.AGENT), ("jonas", Role.LEAD)),
        hr: (("misaki", Role.AGENT), ("andreea", Role.LEAD)),
        finance: (("tom", Role.AGENT),),
    }
    for desk, workers in seats.items():
        keys = [people[name].pk for name, _role in workers]
        Person.objects.filter(pk__in=keys).update(department=desk)
    Membership.objects.bulk_create(
        Membership(person=people[name], department=desk, role=role)
        for desk, workers in seats.items()
        for name, role in workers
    )
    Department.objects.filter(pk=hr.pk).update(head=people["andreea"])
    published = Service.State.PUBLISHED
    laptop, expenses, letter = Service.objects.bulk_create(
        [
            Service(department=it, name="Laptop repair", state=published, icon="laptop"),
            Service(department=finance, name="Travel expenses", state=published, icon="coins"),
            Service(
                department=hr,
                name="Employment letter",
                state=published,
                icon="badge",
                is_confidential=True,
            ),
        ]
    )
    power = Category.objects.create(service=laptop, name="Power")
    battery = Category.objects.create(
        service=laptop, parent=power, name="Battery or charging", priority=Priority.HIGH
    )
    Service.group.through.objects.bulk_create(
        Service.group.through(service=letter, person=people[name]) for name in ("misaki", "andreea")
    )
    Mailbox.objects.bulk_create(
        [
            Mailbox(address="it@aldera.example", name="IT help desk", desk=it),
            Mailbox(address="helpdesk@aldera.example", name="Help desk", desk=it),
            Mailbox(address="hr@aldera.example", name="HR help desk", desk=hr, service=letter),
        ]
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
    """One more of them."""
    made = unsaved(key, name, zone)
    made.save()
    return made


def unsaved(key: str, name: str, zone: str) -> Person:
    """One of the cast; sign-in is by `client.force_login`, so passwords stay unusable."""
    made = Person(
        email=f"{key}@aldera.example",
        name=name,
        time_zone=zone,
        is_administrator=key == "sam",
        called="田中さん" if key == "misaki" else "",
    )
    made.set_unusable_password()
    return made

"""Who is who: finding colleagues by any of their words, and the departments with their people."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Department, Membership, Person, Role
from departments.models.people import PersonQuerySet
from departments.search import fold
from departments.when import day_words, long_duration_words, time_words

MOST_FOUND = 60
MOST_WORDS, LONGEST_WORD = 6, 40
SEARCHED = ("name", "called", "job_title", "location", "ask_me", "email", "department__name")
LATIN = chain(range(0x41, 0x5B), range(0x61, 0x7B), range(0xC0, 0x250), range(0x1E00, 0x1F00))


def _looks() -> dict[str, str]:
    """For each plain letter (or “ss”) all Latin letters that people type it for."""
    looks: dict[str, str] = defaultdict(str)
    for sign in map(chr, LATIN):
        looks[fold(sign)] += sign
    return dict(looks)


LOOKS = _looks()


# --- Finding --------------------------------------------------------------------------------


def listed() -> PersonQuerySet:
    """Whom colleagues see: who can sign in, and was not merely made from a stranger's mail."""
    return Person.objects.active().filter(is_provisional=False).select_related("department")


def find(words: str, department: Department | None = None) -> list[Person]:
    """People of whom every word says something, by name; one more than are shown."""
    people = listed() if department is None else listed().filter(_belongs_to(department))
    for word in words.split()[:MOST_WORDS]:
        if pattern := loosely(word):
            said = (Q(**{f"{name}__regex": pattern}) for name in SEARCHED)
            people = people.filter(_any(said))
    return list(people.distinct().by_name()[: MOST_FOUND + 1])


def loosely(word: str) -> str:
    """A pattern that finds the word however it is spelt: “yildiz” finds Yıldız, “weiss” Weiß.

    It has only letters, sets of letters and one alternative: no repetition, so it costs
    the same for every text, and both databases read it the same way.
    """
    plain = "".join(c for c in fold(word[:LONGEST_WORD]) if c.isprintable())
    pattern = "".join(f"[{LOOKS[c]}]" if c in LOOKS else _literal(c) for c in plain)
    sharp = f"[{LOOKS['s']}]"
    return pattern.replace(sharp + sharp, f"(?:{sharp}{sharp}|[{LOOKS['ss']}])")


def _literal(sign: str) -> str:
    return sign if sign.isalnum() else re.escape(sign)


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found


def _belongs_to(department: Department) -> Q:
    return Q(department=department) | Q(memberships__department=department) | Q(heads=department)


def to_ask() -> list[Person]:
    """Those who say what to ask them about."""
    people = listed().exclude(ask_me="").order_by("department__order", "name", "pk")
    return list(people[:MOST_FOUND])


# --- The chart ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A person's place in a department."""

    person: Person
    words: str


@dataclass
class Node:
    """A department with its head, the people of its desk, and what is below it."""

    department: Department
    head: Place | None = None
    desk: list[Place] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)


def chart() -> list[Node]:
    """The departments without a parent, each with everything below; two queries."""
    departments = Department.objects.select_related("head").order_by("order", "name")
    nodes = {department.pk: Node(department) for department in departments}
    for node in nodes.values():
        _put_head(node)
        above = nodes.get(node.department.parent_id or 0)
        if above is not None:
            above.below.append(node)
    for membership in _at_desks():
        node = nodes[membership.department_id]
        if membership.person_id != node.department.head_id:
            words = membership.person.job_title or membership.get_role_display()
            node.desk.append(Place(membership.person, words))
    return [node for node in nodes.values() if node.department.parent_id is None]


def _put_head(node: Node) -> None:
    head = node.department.head
    if head is not None and head.is_active:
        words = head.job_title or _("Head of %(department)s") % {"department": node.department}
        node.head = Place(head, words)


def _at_desks() -> list[Membership]:
    """Leads first. Observers read along and are nobody's address for questions."""
    members = Membership.objects.filter(person__is_active=True).exclude(role=Role.OBSERVER)
    rows = members.select_related("person").order_by("person__name", "person")
    return sorted(rows, key=lambda row: row.role != Role.LEAD)


# --- One person -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LocalTime:
    """What a colleague's clock shows now, seen from the reader."""

    time: str
    day: str  # empty when it is the same day there
    difference: str


def local_time(person: Person, now: datetime) -> LocalTime:
    theirs = now.astimezone(person.zone)
    here = now.astimezone(timezone.get_current_timezone())
    ahead = theirs.replace(tzinfo=None) - here.replace(tzinfo=None)
    minutes = round(ahead.total_seconds() / 60)
    words = {"time": long_duration_words(abs(minutes))}
    return LocalTime(
        time_words(now, person.zone),
        day_words(theirs.date(), here.date()) if theirs.date() != here.date() else "",
        _("the same as yours")
        if minutes == 0
        else (_("%(time)s ahead of you") if minutes > 0 else _("%(time)s behind you")) % words,
    )


def known_by_name(pk: int) -> Person | None:
    """The person with what their page shows; nobody who left."""
    found = Person.objects.active().select_related("department", "manager")
    return found.prefetch_related("memberships__department").filter(pk=pk).first()


def reports(person: Person) -> list[Person]:
    return list(listed().filter(manager=person).by_name())

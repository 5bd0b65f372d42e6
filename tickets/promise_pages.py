"""The pages about promises: which there are, who uses them, and what each was before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import (
    Category,
    Department,
    Installation,
    Person,
    PolicyVersion,
    Role,
    Service,
    SLAPolicy,
    TargetKind,
)
from departments.promise_changes import changes, people_in
from departments.promise_rules import PromiseRules
from departments.promises import PromiseLine, lines_of

VERSIONS_SHOWN = 20


# --- Which there are --------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One promise in the list."""

    policy: SLAPolicy
    version: PolicyVersion
    lines: Sequence[PromiseLine]
    used_by: Sequence[str]
    may_change: bool

    @property
    def kinds(self) -> list[TargetKind]:
        """The kinds of answer that it promises at all."""
        return [kind for kind in TargetKind if any(line.words(kind) for line in self.lines)]

    def table(self) -> list[tuple[PromiseLine, list[str]]]:
        """Each priority with the words under those kinds."""
        return [(line, [line.words(kind) for kind in self.kinds]) for line in self.lines]


@dataclass(frozen=True)
class Shelf:
    """The promises of one desk, or of the house."""

    desk: Department | None
    rows: Sequence[Row]
    may_add: bool


def may_look(person: Person) -> bool:
    """Leads and administrators set promises; leads see those of the house too."""
    return person.is_administrator or bool(led_by(person))


def led_by(person: Person) -> list[Department]:
    return list(Department.objects.with_desk_of(person, Role.LEAD).order_by("order", "name"))


def readable(person: Person, desks: Iterable[Department]) -> list[SLAPolicy]:
    """Those of the desks, and the house's."""
    found = SLAPolicy.objects.filter(Q(department=None) | Q(department__in=desks))
    return list(found.select_related("current__made_by", "department").order_by("name", "pk"))


def shelves(person: Person) -> list[Shelf]:
    """What this person may look at; the same number of queries for one promise and for thirty."""
    desks = led_by(person)
    policies = readable(person, desks)
    users = used_by(policies, person)
    found = []
    for desk in [*desks, None]:
        may_change = person.is_administrator if desk is None else True
        rows = [
            Row(one, one.version, lines_of(one.version.said), users[one.pk], may_change)
            for one in policies
            if one.department == desk
        ]
        found.append(Shelf(desk, rows, may_change))
    return found


def used_by(policies: Sequence[SLAPolicy], reader: Person) -> Mapping[int, list[str]]:
    """Who uses each, in words. Services that the reader cannot see are counted, not named."""
    keys = [policy.pk for policy in policies]
    found: dict[int, list[str]] = defaultdict(list)
    hidden: dict[int, int] = defaultdict(int)
    house = Installation.objects.get()
    found[house.sla_policy_id].append(_("everything that has no other promise"))
    desks = Department.objects.filter(sla_policy__in=keys).order_by("order", "name")
    for key, name in desks.values_list("sla_policy", "name"):
        found[key].append(_("all of %(desk)s") % {"desk": name})
    seen = set(Service.objects.visible_to(reader).values_list("pk", flat=True))
    services = Service.objects.exclude(state=Service.State.RETIRED).filter(sla_policy__in=keys)
    for service in services:
        _name(found, hidden, service.sla_policy_id, service.name, is_seen=service.pk in seen)
    categories = Category.objects.filter(sla_policy__in=keys, is_retired=False)
    for kind in categories.select_related("service"):
        words = _("%(service)s: %(kind)s") % {"service": kind.service.name, "kind": kind.name}
        _name(found, hidden, kind.sla_policy_id, words, is_seen=kind.service_id in seen)
    for key, number in hidden.items():
        words = ngettext("%(n)s service of another desk", "%(n)s services of other desks", number)
        found[key].append(words % {"n": number})
    return found


def _name(
    found: dict[int, list[str]],
    hidden: dict[int, int],
    key: int | None,
    words: str,
    *,
    is_seen: bool,
) -> None:
    assert key is not None  # chosen by it
    if is_seen:
        found[key].append(words)
    else:
        hidden[key] += 1


# --- What it was before -----------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One version and what it changed."""

    version: PolicyVersion
    sentences: Sequence[str]

    @property
    def is_first(self) -> bool:
        return self.version.number == 1


def history(policy: SLAPolicy, upto: int | None = None) -> tuple[list[Entry], int | None]:
    """The newest versions up to a number, and the number at which the next page begins."""
    versions = policy.versions.select_related("made_by").order_by("-number")
    if upto is not None:
        versions = versions.filter(number__lte=upto)
    rows = list(versions[: VERSIONS_SHOWN + 1])
    names = names_of(*(row.said for row in rows))
    found = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        said = changes(before.said, row.said, names) if before is not None else []
        found.append(Entry(row, said))
    return found[:VERSIONS_SHOWN], rows[-1].number if len(rows) > VERSIONS_SHOWN else None


def names_of(*versions: PromiseRules) -> Mapping[int, str]:
    """The people whom these versions name."""
    people = Person.objects.filter(pk__in=people_in(*versions))
    return dict(people.values_list("pk", "name"))


def known_steps(policy: SLAPolicy | None) -> frozenset[str]:
    """The keys of all steps that this promise ever had: those may come back."""
    if policy is None:
        return frozenset()
    return frozenset(step.key for version in policy.versions.all() for step in version.said.steps)

"""What narrows a queue: each filter stands in the address, so that a list can be shared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Q
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Person, Priority, Service
from tickets.models import Channel, State
from tickets.models.ticket import TicketQuerySet

ME, NOBODY, UNSORTED = "me", "nobody", "none"
Choices = list[tuple[str, object]]
Query = MultiValueDict[str, str]


def numbered(value: str) -> Q:
    """A number as people type it: “it-12”, “#12”, “12”."""
    plain = value.strip().lstrip("#").upper()
    if plain.isdecimal():
        return Q(number__endswith=f"-{plain}")
    return Q(number=plain)


class QueueFilter(django_filters.FilterSet):
    """The filters of a desk's queue; a value that is not offered filters nothing."""

    q = django_filters.CharFilter(label=_("Number or words"), method="find")
    state = django_filters.ChoiceFilter(label=_("Status"), choices=State)
    priority = django_filters.ChoiceFilter(label=_("Priority"), choices=Priority)
    assignee = django_filters.ChoiceFilter(label=_("Assignee"), method="by_assignee")
    service = django_filters.ChoiceFilter(label=_("Service"), method="by_service")
    channel = django_filters.ChoiceFilter(label=_("Came by"), choices=Channel)

    def __init__(
        self,
        data: Query,
        queryset: TicketQuerySet,
        *,
        reader: Person,
        members: Sequence[Person],
        services: Sequence[Service],
    ) -> None:
        super().__init__(data, queryset)
        self.reader = reader
        self.services = services
        people: Choices = [
            (ME, pgettext_lazy("assignee", "Me")),
            (NOBODY, pgettext_lazy("assignee", "Nobody")),
        ]
        people += [(str(person.pk), person.name) for person in members if person != reader]
        offered: Choices = [(str(service.pk), service.name) for service in services]
        self.filters["assignee"].extra["choices"] = people
        self.filters["service"].extra["choices"] = [*offered, (UNSORTED, _("Not sorted yet"))]
        for filter_ in self.filters.values():
            if isinstance(filter_, django_filters.ChoiceFilter):
                filter_.extra["empty_label"] = pgettext_lazy("filter", "Any")

    def find(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        return tickets.filter(Q(summary__icontains=value) | numbered(value))

    def by_assignee(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        if value == NOBODY:
            return tickets.unassigned()
        return tickets.filter(assignee=self.reader.pk if value == ME else int(value))

    def by_service(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        return tickets.filter(service=None if value == UNSORTED else int(value))


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    label: str
    value: str
    url: str


def chips(form: forms.Form, query: Query) -> Iterator[Chip]:
    """The filters in force, in words."""
    for name, value in getattr(form, "cleaned_data", {}).items():
        if value:
            choices = getattr(form.fields[name], "choices", ())
            words = {str(key): label for key, label in choices}.get(str(value), value)
            yield Chip(str(form.fields[name].label), str(words), without(query, name))


def without(query: Query, *names: str, **changed: str) -> str:
    """This list's address with some of its questions left out or changed."""
    gone = {*names, *changed, "after"}
    kept = [(name, value) for name, values in query.lists() for value in values if name not in gone]
    return f"?{urlencode([*kept, *changed.items()])}"

"""What agents write and choose: answers, small changes beside a ticket, requests by telephone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from departments.models import Category, Department, Person, Priority, Service
from tickets.forms.files import FormWithFiles
from tickets.models import Channel, Message, Outcome, State

MESSAGE_LENGTH = 200_000
TOO_LONG = gettext_lazy("This is too long for one message. Attach it as a file instead.")
SUGGESTED_PEOPLE = 200
MATCHES_NAMED = 5


class WriteForm(FormWithFiles):
    """A reply or an internal note, and what comes after it."""

    kind = forms.ChoiceField(choices=[("public", ""), ("note", "")])
    body = forms.CharField(
        required=False,
        strip=False,
        max_length=MESSAGE_LENGTH,
        error_messages={"max_length": TOO_LONG},
    )
    then = forms.ChoiceField(
        required=False, choices=[(State.WAITING_REQUESTER, ""), (State.RESOLVED, "")]
    )
    workaround = forms.BooleanField(required=False)
    seen = forms.IntegerField(required=False, min_value=0)
    key = forms.CharField(required=False, max_length=80)

    @property
    def is_note(self) -> bool:
        return bool(self.cleaned_data["kind"] == Message.Kind.NOTE)

    def clean_then(self) -> State | None:
        return State(self.cleaned_data["then"]) if self.cleaned_data["then"] else None


class DraftForm(forms.Form):
    kind = forms.ChoiceField(choices=[("public", ""), ("note", "")])
    body = forms.CharField(required=False, strip=False, max_length=MESSAGE_LENGTH)


class AssignForm(forms.Form):
    """To whom: a person's id, "me", or nothing for nobody; and whom the page showed."""

    to = forms.CharField(required=False, max_length=20)
    expected = forms.IntegerField(required=False, min_value=0)

    def clean_to(self) -> str:
        to = str(self.cleaned_data["to"])
        if to and to != "me" and not to.isdecimal():
            raise ValidationError(_("Choose somebody from the list."))
        return to

    def person(self, me: Person) -> Person | None:
        """The chosen person. Who is unknown or gone is nobody's choice: DoesNotExist."""
        to = self.cleaned_data["to"]
        if not to:
            return None
        return me if to == "me" else Person.objects.active().get(pk=int(to))


class StateForm(forms.Form):
    state = forms.TypedChoiceField(choices=State, coerce=State)
    outcome = forms.TypedChoiceField(
        choices=Outcome, coerce=Outcome, required=False, empty_value=None
    )


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(choices=Priority, coerce=lambda value: Priority(int(value)))


class BulkForm(forms.Form):
    """One change for all ticked tickets: taking them, or a priority."""

    take = forms.BooleanField(required=False)
    priority = forms.TypedChoiceField(
        choices=Priority,
        coerce=lambda value: Priority(int(value)),
        required=False,
        empty_value=None,
    )

    def clean(self) -> dict[str, Any]:
        if not any(self.cleaned_data.get(name) for name in self.fields):
            raise ValidationError(_("Choose what to change."))
        return self.cleaned_data


class CategoryForm(forms.Form):
    """One of the service's kinds of problem, or nothing for “not sure”."""

    category = forms.ModelChoiceField(Category.objects.none(), required=False)

    def __init__(self, data: Any, service: Service | None) -> None:
        super().__init__(data)
        known = Category.objects.filter(service=service, is_retired=False)
        self.fields["category"].queryset = known  # type: ignore[attr-defined]


def services_by_desk(label_unsorted: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every published service under its department, and the department itself, as choices."""
    services: dict[int, list[tuple[str, str]]] = {}
    for service in Service.objects.published().order_by("order", "name"):
        name = service.name
        if service.is_confidential:
            name = _("%(service)s (confidential)") % {"service": name}
        services.setdefault(service.department_id, []).append((f"service:{service.pk}", name))
    return [
        (desk.name, [*services.get(desk.pk, ()), (f"desk:{desk.pk}", label_unsorted)])
        for desk in Department.objects.order_by("order", "name")
    ]


class MoveForm(forms.Form):
    """Where a ticket goes: a service, or a desk that sorts it itself."""

    to = forms.ChoiceField(label=gettext_lazy("Move to"))
    confirmed = forms.BooleanField(
        label=gettext_lazy("Yes, the whole desk may read this"), required=False
    )

    def __init__(self, data: Any = None, *, asks_to_confirm: bool = False) -> None:
        super().__init__(data)
        choices = services_by_desk(_("Not sorted yet: the desk decides"))
        self.fields["to"].choices = [("", _("Choose a service")), *choices]  # type: ignore[attr-defined]
        self.fields["to"].widget.attrs["data-combobox-select"] = ""
        if not asks_to_confirm:
            self.fields["confirmed"].widget = forms.HiddenInput()

    def destination(self) -> tuple[Department, Service | None]:
        kind, _colon, number = self.cleaned_data["to"].partition(":")
        if kind == "desk":
            return Department.objects.get(pk=int(number)), None
        service = Service.objects.select_related("department").get(pk=int(number))
        return service.department, service


class PersonField(forms.CharField):
    """Somebody, by e-mail address or by name; several with the name are asked for the address."""

    default_error_messages = {
        "nobody": gettext_lazy("We know nobody by that name or address. Check the spelling."),
        "several": gettext_lazy("Several people match. Write the address: %(who)s."),
    }

    def clean(self, value: Any) -> Any:
        words = super().clean(value).strip()
        if not words:
            return None
        found = list(people_called(words)[: MATCHES_NAMED + 1])
        exact = [person for person in found if person.name.casefold() == words.casefold()]
        found = exact if len(exact) == 1 else found
        if not found:
            raise ValidationError(self.error_messages["nobody"], code="nobody")
        if len(found) > 1:
            who = ", ".join(f"{person.name} <{person.email}>" for person in found[:MATCHES_NAMED])
            raise ValidationError(
                self.error_messages["several"], code="several", params={"who": who}
            )
        return found[0]


def people_called(words: str) -> Any:
    """Active people with this address, or with these words in their name."""
    if "@" in words:
        address = words.rpartition("<")[2].strip("<> ")
        return Person.objects.active().with_address(address).order_by("name", "pk")
    named = Q()
    for word in words.split():
        named &= Q(name__icontains=word)
    return Person.objects.active().filter(named).order_by("name", "pk")


def suggested_people() -> list[Person]:
    """Names for a datalist; who is not in it can be typed all the same."""
    known = Person.objects.active().filter(is_provisional=False)
    return list(known.order_by("name", "pk")[:SUGGESTED_PEOPLE])


class PeopleForm(forms.Form):
    """Somebody who shall follow the ticket."""

    person = PersonField(
        label=gettext_lazy("Who else should follow?"),
        help_text=gettext_lazy("Name or e-mail address. They read the public part and may reply."),
        max_length=320,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )


class FileForForm(forms.Form):
    """A request that somebody made by telephone or at the desk."""

    requester = PersonField(
        label=gettext_lazy("Who asks?"),
        help_text=gettext_lazy("Name or e-mail address."),
        max_length=320,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How did they reach us?"),
        choices=[(Channel.PHONE, Channel.PHONE.label), (Channel.DESK, Channel.DESK.label)],
        initial=Channel.PHONE,
        widget=forms.RadioSelect,
    )
    what = forms.ChoiceField(
        label=gettext_lazy("Service and kind of problem"),
        required=False,
        widget=forms.Select(attrs={"data-combobox-select": ""}),
    )
    summary = forms.CharField(label=gettext_lazy("In a few words"), max_length=200)
    body = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=MESSAGE_LENGTH,
        error_messages={"max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    answered = forms.BooleanField(
        label=gettext_lazy("Answered on the spot"),
        help_text=gettext_lazy("They have their first answer already."),
        required=False,
    )
    key = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, desk: Department, **options: Any) -> None:
        super().__init__(data, **options)
        self.desk = desk
        services = desk.services.filter(state=Service.State.PUBLISHED)
        self.services = list(services.prefetch_related("categories__parent"))
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("service", "Not sorted yet")),
            *((service.name, kinds_of(service)) for service in self.services),
        ]

    def chosen(self) -> tuple[Service | None, Category | None]:
        """The service and category behind the choice."""
        first, _dot, second = self.cleaned_data["what"].partition(".")
        service = next((one for one in self.services if str(one.pk) == first), None)
        kinds = service.categories.all() if service else []
        return service, next((kind for kind in kinds if str(kind.pk) == second), None)


def kinds_of(service: Service) -> list[tuple[str, str]]:
    """A service's kinds of problem as choices, each under the name of its group."""
    kinds = [
        (
            f"{service.pk}.{kind.pk}",
            f"{kind.parent.name}: {kind.name}" if kind.parent else kind.name,
        )
        for kind in service.categories.all()
        if not kind.is_retired
    ]
    not_sure = _("%(service)s, not sure which kind") % {"service": service.name}
    return [(f"{service.pk}.", not_sure), *kinds]

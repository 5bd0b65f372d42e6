"""Where a message belongs: another request, or one of its own; and what is spam."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Category, Person, Service
from tickets.actions.splitting import asker_of, first_line
from tickets.forms.desk import MESSAGE_LENGTH, TOO_LONG, PersonField, kinds_of
from tickets.forms.merging import MergeForm
from tickets.models import Attachment, Message


class MoveMessageForm(MergeForm):
    """The number of the request where a message belongs."""

    adds_author = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, person: Person) -> None:
        super().__init__(data, person=person)
        self.fields["into"].help_text = _("For example IT-1042. The message goes there.")


class AskerField(PersonField):
    """Whom the message itself suggests, who may be a guest, or somebody of us."""

    asker: Person | None = None

    def clean(self, value: Any) -> Any:
        asker = self.asker
        is_suggested = asker is not None and str(value).strip() == written(asker)
        return asker if asker and is_suggested and asker.may_write else super().clean(value)


def written(person: Person) -> str:
    return f"{person.name} <{person.email}>"


class SplitForm(forms.Form):
    """A request of its own, filled in from a message."""

    requester = AskerField(
        label=_("Who asks?"),
        help_text=_("Name or e-mail address."),
        max_length=320,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    what = forms.ChoiceField(
        label=_("Service and kind of problem"),
        required=False,
        widget=forms.Select(attrs={"data-combobox-select": ""}),
    )
    summary = forms.CharField(label=_("In a few words"), max_length=200)
    body = forms.CharField(
        label=_("What is this one about?"),
        help_text=_("Leave only what belongs to the new request."),
        max_length=MESSAGE_LENGTH,
        error_messages={"max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )
    enclosed = forms.ModelMultipleChoiceField(
        label=_("Files that go along"),
        queryset=Attachment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    key = forms.CharField(required=False, max_length=70, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, message: Message, key: str = "") -> None:
        super().__init__(data, initial=prefilled(message) | {"key": key})
        self.fields["requester"].asker = asker_of(message)  # type: ignore[attr-defined]
        services = message.ticket.desk.services.filter(state=Service.State.PUBLISHED)
        self.services = list(services.prefetch_related("categories__parent"))
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", pgettext_lazy("service", "Not sorted yet")),
            *((service.name, kinds_of(service)) for service in self.services),
        ]
        files = message.attachments.order_by("pk")
        self.fields["enclosed"].queryset = files  # type: ignore[attr-defined]
        if not files:
            del self.fields["enclosed"]

    def chosen(self) -> tuple[Service | None, Category | None]:
        """The service and category behind the choice."""
        first, _dot, second = self.cleaned_data["what"].partition(".")
        service = next((one for one in self.services if str(one.pk) == first), None)
        kinds = service.categories.all() if service else []
        return service, next((kind for kind in kinds if str(kind.pk) == second), None)


def prefilled(message: Message) -> dict[str, Any]:
    """What the message itself says about the new request."""
    asker, service = asker_of(message), message.ticket.service_id
    return {
        "requester": written(asker),
        "what": f"{service}." if service else "",
        "summary": first_line(message),
        "body": message.body,
        "enclosed": [file.pk for file in message.attachments.all()],
    }


class SpamForm(forms.Form):
    """Whether they are sure, where the sender works here."""

    sure = forms.BooleanField(
        label=_("Yes, hold their mail back until a lead has looked"), required=False
    )

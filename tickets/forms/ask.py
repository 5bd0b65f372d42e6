"""The form in which an employee asks for help."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models import Category, Department, Person, Service
from tickets import actions
from tickets.forms.files import FormWithFiles
from tickets.models import Attachment, Ticket

UNSURE = "unsure"
LONGEST_BODY = 200_000

Choice = tuple[str, str]
Choices = list[Choice | tuple[str, list[Choice]]]


class CategorySelect(forms.Select):
    """The native list; each option carries its hint and its group's name for the search in it."""

    hints: dict[str, tuple[str, str]] = {}

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        hint, group = self.hints.get(str(value), ("", ""))
        named = {"data-hint": hint, "data-also": f" {group}" if group else ""}
        option["attrs"] |= {key: words for key, words in named.items() if words}
        return option


class ReasonInput(forms.TextInput):
    """A field that is asked for only with its tick: by us, since the browser would always ask."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class AskForm(FormWithFiles):
    """What happened, how pressing it is, and pictures of it."""

    category = forms.ChoiceField(
        label=_("What exactly is the problem?"),
        help_text=_("Choose the closest. It brings your request to the right person."),
        error_messages={
            "required": _("Choose the closest, or “I am not sure”."),
            "invalid_choice": _("This kind of problem is not offered any more. Choose another."),
        },
        widget=CategorySelect(attrs={"data-combobox-select": True}),
    )
    summary = forms.CharField(
        label=_("What do you need, in a few words?"),
        max_length=200,
        error_messages={
            "required": _("Say in a few words what you need."),
            "max_length": _(
                "This is %(show_value)s letters long and 200 fit. Move the rest further down."
            ),
        },
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    body = forms.CharField(
        label=_("What happened?"),
        help_text=_("In any language. What you saw, and since when."),
        error_messages={"required": _("Tell us a little more, so that we can help.")},
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
    cannot_wait = forms.BooleanField(label=_("This cannot wait"), required=False)
    cannot_wait_reason = forms.CharField(
        label=_("Why can it not wait?"),
        help_text=_("One sentence. The desk decides with it what comes first."),
        max_length=300,
        error_messages={"max_length": _("One short sentence is enough: 300 letters fit.")},
        widget=ReasonInput(attrs={"dir": "auto"}),
    )
    key = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    follows = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ["category", "summary", "body", "cannot_wait", "cannot_wait_reason", "files"]

    def __init__(
        self, *args: Any, person: Person, categories: Sequence[Category] = (), **options: Any
    ) -> None:
        options["initial"] = {"key": str(uuid4()), **(options.get("initial") or {})}
        super().__init__(*args, person=person, **options)
        # The friendly error comes from us, with the words kept; the browser would cut them.
        self.fields["summary"].widget.attrs.pop("maxlength", None)
        self.fields["cannot_wait_reason"].widget.attrs.pop("maxlength", None)
        self.categories = {str(category.pk): category for category in categories}
        if categories:
            self._offer(categories)
        else:
            del self.fields["category"]

    def _offer(self, categories: Sequence[Category]) -> None:
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices(categories)
        assert isinstance(field.widget, CategorySelect)
        field.widget.hints = {
            pk: (category.hint, category.parent.name if category.parent else "")
            for pk, category in self.categories.items()
        }

    def full_clean(self) -> None:
        """The reason is shown as a field that must be filled, and is only where it is needed."""
        reason = self.fields["cannot_wait_reason"]
        reason.required = False
        super().full_clean()
        reason.required = True

    def clean_category(self) -> Category | None:
        return self.categories.get(self.cleaned_data["category"])

    def clean_summary(self) -> str:
        return " ".join(str(self.cleaned_data["summary"]).split())

    def clean_body(self) -> str:
        body = str(self.cleaned_data["body"])
        if len(body) > LONGEST_BODY:
            raise forms.ValidationError(
                gettext(
                    "This text is too long to read here. Save it as a file, attach that, and keep "
                    "a few sentences. Nothing you wrote is lost."
                )
            )
        return body

    def clean_follows(self) -> Ticket | None:
        """The closed request that brought them here; a number that says nothing is no error."""
        number = str(self.cleaned_data["follows"])
        return Ticket.objects.visible_to(self.person).numbered(number).first() if number else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("cannot_wait") or "cannot_wait_reason" in self.errors:
            return cleaned
        if not cleaned.get("cannot_wait_reason"):
            self.add_error("cannot_wait_reason", gettext("Say in one sentence why it cannot wait."))
        return cleaned

    def new_key(self) -> None:
        """What is sent next is another request than the one that used this form's key."""
        self.data = {**dict(self.data.items()), "key": str(uuid4())}

    def request(
        self, desk: Department, service: Service | None, files: Sequence[Attachment]
    ) -> actions.Request:
        """What a valid form asks for."""
        return actions.Request(
            summary=self.cleaned_data["summary"],
            body=self.cleaned_data["body"],
            desk=desk,
            service=service,
            category=self.cleaned_data.get("category"),
            cannot_wait=self.cleaned_data["cannot_wait"],
            cannot_wait_reason=self.cleaned_data["cannot_wait_reason"],
            files=files,
            follows=self.cleaned_data["follows"],
        )


def choices(categories: Sequence[Category]) -> Choices:
    """Groups with what is in them, then what stands alone, then “I am not sure”."""
    parents = {category.parent_id for category in categories}
    groups: dict[str, list[Choice]] = {}
    alone: list[Choice] = []
    for category in categories:
        choice = (str(category.pk), category.name)
        if category.parent is not None:
            groups.setdefault(category.parent.name, []).append(choice)
        elif category.pk not in parents:
            alone.append(choice)
    unsure = (UNSURE, gettext("I am not sure"))
    first: Choices = [("", gettext("Choose, or type to search"))]
    if not groups:
        return [*first, *alone, unsure]
    return [*first, *groups.items(), (gettext("Other"), [*alone, unsure])]

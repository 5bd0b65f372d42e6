"""What an employee says on their own ticket: replies, decisions, colleagues to add."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from tickets.forms.ask import LONGEST_BODY
from tickets.forms.files import FormWithFiles

OFFERED = 6


class ReplyForm(FormWithFiles):
    """A reply. `seen` is the newest message on the page when it was written."""

    body = forms.CharField(required=False)
    seen = forms.IntegerField(required=False, min_value=0)
    key = forms.CharField(required=False, max_length=80)

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {"key": str(uuid4()), **(options.get("initial") or {})}
        super().__init__(*args, **options)

    @property
    def written(self) -> str:
        """What a refused reply said."""
        return str(self.data.get("body", "")) if self.is_bound else ""

    @property
    def hidden(self) -> list[dict[str, str]]:
        return [{"name": "key", "value": str(self["key"].value() or "")}]

    @property
    def limits(self) -> dict[str, int]:
        return {"bytes": settings.ATTACHMENT_MAX_BYTES, "count": settings.ATTACHMENT_MAX_COUNT}

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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        has_files = bool(self.good or self.kept)
        if "body" in cleaned and not cleaned["body"] and not has_files:
            self.add_error("body", gettext("Write something before you send."))
        return cleaned


class Decision(forms.Form):
    """Solved, not solved, or not needed any more."""

    choice = forms.ChoiceField(
        choices=[(word, word) for word in ("confirm", "reopen", "withdraw")],
    )


class ColleagueForm(forms.Form):
    """Somebody to add, by address or by name; several of one name are offered to choose from."""

    who = forms.CharField(
        label=_("Add a colleague"),
        help_text=_("By name or e-mail. They read everything here and may write."),
        max_length=120,
        error_messages={"required": _("Type a name or an e-mail address.")},
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.found: list[Person] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "who" not in cleaned:
            return cleaned
        if cleaned.get("person"):
            self.found = list(Person.objects.active().filter(pk=cleaned["person"]))
        else:
            self.found = people_called(cleaned["who"])
        if not self.found:
            raise forms.ValidationError(
                {"who": gettext("Nobody here has this name or address. Check the spelling.")}
            )
        if len(self.found) > 1:
            raise forms.ValidationError({"who": gettext("Several people fit. Choose one below.")})
        return cleaned

    @property
    def is_a_choice(self) -> bool:
        """Whether several people fit the name that was typed."""
        return len(self.found) > 1

    @property
    def one(self) -> Person:
        """The colleague of a valid form."""
        return self.found[0]


def people_called(who: str) -> list[Person]:
    """Those with this address, else those whose name holds every word."""
    if "@" in who:
        return list(Person.objects.with_address(who).filter(is_active=True)[:OFFERED])
    # Whom only a mail made known is found by their address: its sender chose that name.
    people = Person.objects.active().filter(is_provisional=False)
    for word in who.split()[:6]:
        people = people.filter(spelled(word))
    exact = [person for person in people.by_name()[:OFFERED] if person.name == who]
    return exact if len(exact) == 1 else list(people.by_name()[:OFFERED])


def spelled(word: str) -> Q:
    """The word in the ways that names are written.

    SQLite compares only ASCII without case, so “yıldız” needs its capital, and “i” may be İ.
    """
    turkish = {"i": "İ", "ı": "I"}.get(word[:1], word[:1].upper()) + word[1:]
    ways = {word, word.lower(), word.capitalize(), turkish}
    found = Q()
    for way in ways:
        found |= Q(name__icontains=way)
    return found

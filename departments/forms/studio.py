"""What a lead says about a service."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.catalogue import installation
from departments.forms.icons import ICONS
from departments.models import (
    Calendar,
    Department,
    Installation,
    Person,
    Role,
    Service,
    SLAPolicy,
)

if TYPE_CHECKING:
    ServiceFormBase = forms.ModelForm[Service]
else:
    ServiceFormBase = forms.ModelForm

# In the order in which differences are told.
WRITTEN = (
    *("name", "description", "icon", "owner", "audience", "default_priority", "is_confidential"),
    *("group", "sla_policy", "calendar", "counts_third_party", "reopen_days"),
    *("window_is_business", "remind_days", "resolve_silent_days", "order"),
)
LONGEST_WAIT = 90
LONGEST_NEWS = 200
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ServiceForm(ServiceFormBase):
    """Everything about a service but its categories and its state."""

    icon = forms.ChoiceField(label=_("Icon"), widget=forms.RadioSelect, initial="help")
    reopen_days = forms.IntegerField(
        label=_("Days to say “not solved”"),
        min_value=1,
        max_value=90,
        initial=7,
        help_text=_("For so long a reply opens a solved request again. Then it closes."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose between 1 and 90 days.")
        ),
    )
    remind_days = forms.IntegerField(
        label=_("Opening days until a reminder"),
        min_value=0,
        max_value=LONGEST_WAIT,
        initial=3,
        help_text=_("Who does not answer your question is asked once more. 0: nobody is."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose between 0 and 90 days.")
        ),
    )
    resolve_silent_days = forms.IntegerField(
        label=_("Opening days until silence means solved"),
        min_value=0,
        max_value=LONGEST_WAIT,
        initial=0,
        help_text=_("They are told, and may say that it is not. 0: you wait for ever."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose between 0 and 90 days.")
        ),
    )
    # What the writer had before their eyes; see publishing.edit_service.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Service
        fields = WRITTEN
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "owner": forms.Select(attrs={"data-combobox-select": ""}),
            "audience": forms.CheckboxSelectMultiple,
            "group": forms.CheckboxSelectMultiple,
        }
        labels = {
            "name": _("Name"),
            "description": _("What is it for?"),
            "owner": _("Owner"),
            "audience": _("Who may ask"),
            "default_priority": _("Priority, unless the category says otherwise"),
            "is_confidential": _("Confidential"),
            "group": _("Who may read confidential requests"),
            "sla_policy": _("Promise"),
            "calendar": _("Opening hours"),
            "counts_third_party": _("Time at suppliers counts"),
            "window_is_business": _("Only opening days count"),
            "order": _("Place on the shelf"),
        }
        error_messages = {
            "name": {"required": _("Give the service a name.")},
            "order": {"min_value": _("Choose 0 or more.")},
        }
        help_texts = {
            "name": _("In the words of those who ask: “Laptop repair”, not “Hardware L2”."),
            "description": _("One or two sentences. People see them before they ask."),
            "owner": _("The one person who answers for this service."),
            "audience": _("Nobody chosen means everyone."),
            "is_confidential": _(
                "Only the people chosen below read these requests, not even administrators. "
                "Turning it on or off counts for new requests: those that exist keep the rule "
                "they came in with."
            ),
            "group": _(
                "People of your desk. While confidential requests exist, this list decides who "
                "reads them, also when the service is open to the desk again."
            ),
            "counts_third_party": _("Off: the clock is held while you wait for a supplier."),
            "window_is_business": _(
                "Then it closes when the desk does, on the last of these days. Off: weekends "
                "count too."
            ),
            "order": _("Small numbers come first; equal numbers by name."),
        }

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.department = department
        self.instance.department = department
        fields: dict[str, Any] = self.fields
        fields["icon"].choices = self._icons()
        fields["audience"].queryset = Department.objects.order_by("order", "name")
        self._offer_people(fields)
        self._offer_promises(fields, installation())
        if self.instance.pk:
            self.initial["seen"] = self.instance.changed_at.isoformat()

    def _icons(self) -> list[tuple[str, Any]]:
        known = list(ICONS.items())
        here = self.instance.icon
        return known if here in ICONS else [*known, (here, here)]

    def _offer_people(self, fields: dict[str, Any]) -> None:
        """The owner works here; who reads confidential requests is on the desk."""
        desk = Person.objects.active().filter(memberships__department=self.department)
        here = Q(pk__in=desk.values("pk")) | Q(pk=self.department.head_id)
        owners = Person.objects.filter((here & Q(is_active=True)) | Q(pk=self.instance.owner_id))
        _offer(fields["owner"], owners.order_by("name", "pk"), gettext("Nobody yet"))
        fields["group"].queryset = desk.distinct().order_by("name", "pk")
        roles = self.department.memberships.values_list("person_id", "role")
        fields["group"].choice_hints = {str(pk): Role(role).label for pk, role in roles}

    def _offer_promises(self, fields: dict[str, Any], fallback: Installation) -> None:
        """The empty choice says what holds then."""
        ours = Q(department=None) | Q(department=self.department)
        desk = self.department
        _offer(
            fields["sla_policy"],
            SLAPolicy.objects.filter(ours | Q(pk=self.instance.sla_policy_id)),
            _fallback_words(desk.sla_policy, fallback.sla_policy),
        )
        _offer(
            fields["calendar"],
            Calendar.objects.filter(ours | Q(pk=self.instance.calendar_id)),
            _fallback_words(desk.calendar, fallback.calendar),
        )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        twins = Service.objects.filter(department=self.department, name__iexact=name)
        if twins.exclude(state=Service.State.RETIRED).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Your department has a service with this name already. Choose another.")
            )
        return name

    def clean_seen(self) -> datetime:
        """A token that is missing or no moment at all is as old as can be."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return LONG_AGO

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        shown = self.instance.state == Service.State.PUBLISHED
        if shown and values.get("is_confidential") and not values.get("group"):
            self.add_error(
                "group", _("Choose at least one person: else nobody could read these requests.")
            )
        silent, reminded = values.get("resolve_silent_days"), values.get("remind_days") or 0
        if silent and silent <= reminded:
            self.add_error(
                "resolve_silent_days",
                _("Choose more days than until the reminder, or nobody has time to answer it."),
            )
        return values

    def values(self) -> dict[str, Any]:
        """What an action takes."""
        return {name: self.cleaned_data[name] for name in WRITTEN}

    def take_up(self, service: Service) -> list[tuple[str, str]]:
        """After a refusal: from now on the writer has seen `service`; what differs, in words.

        The words of the writer stay in the form.
        """
        again: Any = self.data.copy()  # type: ignore[attr-defined]
        again[self.add_prefix("seen")] = service.changed_at.isoformat()
        self.data = again
        return [
            (str(self.fields[name].label), _words_of(service, name))
            for name in WRITTEN
            if _plain(getattr(service, name)) != _plain(self.cleaned_data.get(name))
        ]


def _offer(field: Any, rows: Any, empty: str) -> None:
    field.queryset, field.empty_label = rows, empty


def _fallback_words(own: object, general: object) -> str:
    if own is not None:
        return gettext("As the department: %(name)s") % {"name": own}
    return gettext("As everywhere here: %(name)s") % {"name": general}


def _plain(value: Any) -> Any:
    """A value that can be compared: sets of rows by their keys."""
    rows = value.all() if hasattr(value, "all") else value
    return {row.pk for row in rows} if hasattr(rows, "model") else rows


def _words_of(service: Service, name: str) -> str:
    value = getattr(service, name)
    if hasattr(value, "all"):
        return ", ".join(str(row) for row in value.all()) or gettext("nobody")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    shown = getattr(service, f"get_{name}_display", lambda: value)()
    return Truncator(str(shown if shown not in {None, ""} else "–")).chars(LONGEST_NEWS)

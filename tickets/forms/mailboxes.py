"""Mailboxes, and the accounts where their letters are fetched."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from departments.models import Department, Person, Role, Service
from departments.models.people import plain_address
from tickets.models import Mailbox, MailSource

if TYPE_CHECKING:
    FormBase = forms.ModelForm[Mailbox]
    SourceBase = forms.ModelForm[MailSource]
else:
    FormBase = SourceBase = forms.ModelForm


class MailboxForm(FormBase):
    """An address with the desk, or the service, that its mail goes to."""

    class Meta:
        model = Mailbox
        fields = ("address", "name", "desk", "service", "signature", "is_active")

    def clean_address(self) -> str:
        """In plain form, and nobody's own: mail to that person would answer itself."""
        plain = plain_address(self.cleaned_data["address"])
        if Person.objects.with_address(plain).exists():
            raise ValidationError(_("This is a person's address. A mailbox needs its own."))
        twins = Mailbox.objects.filter(address=plain).exclude(pk=self.instance.pk)
        if twins.exists():
            raise ValidationError(_("There is a mailbox with this address already."))
        return plain

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        service, desk = values.get("service"), values.get("desk")
        if service and desk and service.department_id != desk.pk:
            self.add_error("service", _("Choose a service of the same desk."))
        return values

    def only_for(self, person: Person) -> "MailboxForm":
        """Offer the desks and services that this person answers for."""
        desks = Department.objects.exclude(calendar=None, services=None)
        services = Service.objects.all()
        if not person.is_administrator:
            desks = Department.objects.with_desk_of(person, Role.LEAD)
            services = services.filter(department__in=desks)
        confidential = Service.objects.filter(is_confidential=True).exclude(group=person)
        self.fields["desk"].queryset = desks.distinct()  # type: ignore[attr-defined]
        self.fields["service"].queryset = (  # type: ignore[attr-defined]
            services.exclude(pk__in=confidential).select_related("department")
        )
        return self


class SourceForm(SourceBase):
    """An account on an IMAP server; secrets are only ever written."""

    secret = forms.CharField(
        label=_("Password or secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "The password; for Microsoft 365 the client secret; for Google the refresh token. "
            "Empty: the one we know stays."
        ),
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Only for Google. Empty: the one we know stays."),
    )

    class Meta:
        model = MailSource
        fields = (
            *("host", "port", "security", "sign", "username", "secret", "tenant", "client_id"),
            *("client_secret", "folder", "after", "done_folder"),
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        needed = {
            MailSource.Sign.MICROSOFT: ("tenant", "client_id"),
            MailSource.Sign.GOOGLE: ("client_id",),
        }
        for name in needed.get(values.get("sign", ""), ()):
            if not values.get(name):
                self.add_error(name, _("This way to sign in needs it."))
        if values.get("after") == MailSource.After.MOVE and not values.get("done_folder"):
            self.add_error("done_folder", _("Say to which folder."))
        return values

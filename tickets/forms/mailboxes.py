"""Mailboxes, and the accounts where their letters are fetched."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from departments.models import Department, Person, Role, Service
from departments.models.people import plain_address
from helpdesk.lib.public_domains import public_among
from tickets.forms.mail_lists import LinesField
from tickets.models import Mailbox, MailSource

if TYPE_CHECKING:
    FormBase = forms.ModelForm[Mailbox]
    SourceBase = forms.ModelForm[MailSource]
else:
    FormBase = SourceBase = forms.ModelForm


# The fields as the page groups them: what each group is about comes from the template.
PLACE = ("address", "name", "desk", "service", "signature", "is_active")
PROOF = ("authserv_id", "requires_authentication")
STRANGERS = ("allowed_domains", "takes_guests")
MACHINES = ("machines", "machines_as")
_SERVER = re.compile(r"[a-z0-9_][a-z0-9_.-]*")


class MailboxForm(FormBase):
    """An address with the desk, or the service, that its mail goes to, and who may write."""

    allowed_domains = LinesField(
        label=_("Domains of our people"),
        required=False,
        help_text=Mailbox._meta.get_field("allowed_domains").help_text,
    )
    machines = LinesField(
        label=_("Machines that may ask"),
        required=False,
        with_addresses=True,
        help_text=Mailbox._meta.get_field("machines").help_text,
    )
    sure = forms.BooleanField(
        label=_("Yes, I mean these public mail providers"), required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Mailbox
        fields = (*PLACE, *PROOF, *STRANGERS, *MACHINES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        is_asked = not self.is_bound or "requires_authentication" in self.data
        self.fields["requires_authentication"].required = is_asked

    @property
    def values(self) -> dict[str, Any]:
        """What a valid form says of the mailbox."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    @property
    def groups(self) -> dict[str, list[forms.BoundField]]:
        """Its fields in the order in which somebody thinks of them."""
        groups = {"place": PLACE, "proof": PROOF, "strangers": STRANGERS, "machines": MACHINES}
        return {name: [self[field] for field in fields] for name, fields in groups.items()}

    def clean_authserv_id(self) -> str:
        server: str = self.cleaned_data["authserv_id"].strip().lower().rstrip(";")
        if server and not _SERVER.fullmatch(server):
            raise ValidationError(_("Only the first word, like mx.example.com."))
        return server

    def clean_requires_authentication(self) -> str:
        return self.cleaned_data["requires_authentication"] or Mailbox.Requires.NOTHING

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
        self._check_proof(values)
        self._check_machines(values)
        self._ask_about_public(values)
        return values

    def _check_proof(self, values: dict[str, Any]) -> None:
        requires = values.get("requires_authentication") != Mailbox.Requires.NOTHING
        if requires and values.get("authserv_id") == "":
            self.add_error("authserv_id", _("Without it nobody is proven genuine."))

    def _check_machines(self, values: dict[str, Any]) -> None:
        person, desk = values.get("machines_as"), values.get("desk")
        if values.get("machines") and person is None and not self.errors:
            self.add_error("machines_as", _("Choose somebody of the desk."))
        if person and desk and not person.memberships.filter(department=desk).exists():
            self.add_error("machines_as", _("Choose somebody of the same desk."))

    def _ask_about_public(self, values: dict[str, Any]) -> None:
        """Everybody has an address there: what is meant so must be said twice."""
        lines = f"{values.get('allowed_domains', '')}\n{values.get('machines', '')}".split()
        found = public_among(lines)
        if not found:
            return
        self.fields["sure"].widget = forms.CheckboxInput()
        if not values.get("sure"):
            words = _("Everybody in the world can write from %(domains)s. Take it out, or confirm.")
            self.add_error("sure", words % {"domains": ", ".join(found)})

    def only_for(self, person: Person) -> "MailboxForm":
        """Offer the desks and services that this person answers for."""
        desks = Department.objects.exclude(calendar=None, services=None)
        services = Service.objects.all()
        if not person.is_administrator:
            desks = Department.objects.with_desk_of(person, Role.LEAD)
            services = services.filter(department__in=desks)
        workers = Person.objects.active().filter(memberships__department__in=desks).distinct()
        confidential = Service.objects.filter(is_confidential=True).exclude(group=person)
        self.fields["machines_as"].queryset = workers.by_name()  # type: ignore[attr-defined]
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

"""What administrators say about people, departments and their hours, and what is refused."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from departments.forms.zones import zone_choices
from departments.models import EmailAlias, Person
from departments.models.people import plain_address

if TYPE_CHECKING:
    PersonFormBase = forms.ModelForm[Person]
    AddressFormBase = forms.ModelForm[EmailAlias]
else:
    PersonFormBase = AddressFormBase = forms.ModelForm


def own_address(address: str, person: Person | None) -> str:
    """The address in plain form, if nobody else has it as their own or as a further one.

    Raises ValidationError. Letters beyond ASCII before the @ are refused: some of them look like
    others, and databases do not agree which of them are the same.
    """
    plain = plain_address(address)
    if not plain.rpartition("@")[0].isascii():
        raise ValidationError(_("Before the @ use plain letters, without dots or accents added."))
    others = Person.objects.with_address(plain)
    if person is not None and person.pk:
        others = others.exclude(pk=person.pk)
    if others.exists():
        raise ValidationError(_("Somebody else has this address already."))
    return plain


def _offer_zones(fields: dict[str, Any], current: str) -> None:
    fields["time_zone"].choices = zone_choices(current)


class PersonForm(PersonFormBase):
    """A person, with a password or a link to choose one."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: nothing changes. Better let people choose their own by the link."),
    )
    send_link = forms.BooleanField(
        label=_("Send a link to choose a password"),
        required=False,
        help_text=_("By mail, to the address above."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Person
        exclude = ("password", "joined_at", "last_login")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_zones(self.fields, self.instance.time_zone)

    def clean_email(self) -> str:
        return own_address(self.cleaned_data["email"], self.instance)

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean_manager(self) -> Person | None:
        """Nobody is their own manager, not over any number of steps."""
        manager: Person | None = self.cleaned_data["manager"]
        above = manager
        seen = {self.instance.pk}
        while above is not None and self.instance.pk:
            if above.pk in seen:
                raise ValidationError(_("This person would be above and below the other."))
            seen.add(above.pk)
            above = above.manager
        return manager

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        stays = values.get("is_active") and values.get("is_administrator")
        others = Person.objects.active().filter(is_administrator=True).exclude(pk=self.instance.pk)
        was = (
            bool(self.instance.pk)
            and Person.objects.filter(pk=self.instance.pk, is_administrator=True).exists()
        )
        if was and not stays and not others.exists():
            raise ValidationError(_("Keep at least one administrator who can sign in."))
        return values


class AddressForm(AddressFormBase):
    """A further address of a person."""

    class Meta:
        model = EmailAlias
        fields = ("address",)

    def clean_address(self) -> str:
        person = self.instance.person if self.instance.person_id else None
        plain = own_address(self.cleaned_data["address"], person)
        if person is not None and plain == person.email:
            raise ValidationError(_("This is the person's own address already."))
        return plain

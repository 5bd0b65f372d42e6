"""Mailboxes, and work that failed. Requests and letters are no matter of this place.

Administrators run the installation and may not read what people ask in confidence, so neither
tickets nor messages, letters or mails have pages here.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from departments.models.people import plain_address
from tickets.models import FailedReaction, Mailbox
from tickets.reactions import running

if TYPE_CHECKING:
    Pages = admin.ModelAdmin[Mailbox]
    FailurePages = admin.ModelAdmin[FailedReaction]
    FormBase = forms.ModelForm[Mailbox]
else:
    Pages = admin.ModelAdmin
    FailurePages = admin.ModelAdmin
    FormBase = forms.ModelForm


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


@admin.register(Mailbox)
class MailboxAdmin(Pages):
    form = MailboxForm
    list_display = ("address", "name", "desk", "service", "is_active")
    list_select_related = ("desk", "service")
    search_fields = ("address", "name")
    autocomplete_fields = ("desk",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its letters stay, so it stays; the question before deleting would name them."""
        return False


@admin.register(FailedReaction)
class FailedReactionAdmin(FailurePages):
    """What should have followed from an event and failed: which, how often, when next.

    The error's words may quote a request, so only its kind is shown.
    """

    list_display = ("event_id", "name", "attempts", "kind_of_error", "failed_at", "next_at")
    fields = readonly_fields = list_display  # The row's own page tells no more than the list.
    list_display_links = None
    list_filter = ("name",)
    actions = ("try_again",)

    @admin.display(description=_("error"))
    def kind_of_error(self, failure: FailedReaction) -> str:
        return failure.error.partition(":")[0]

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_again(self, request: HttpRequest, failures: QuerySet[FailedReaction]) -> None:
        worked = running.try_again(failures)
        self.message_user(request, _("%(n)d worked this time.") % {"n": worked})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

"""Mailboxes, and work that failed. Requests and letters are no matter of this place.

Administrators run the installation and may not read what people ask in confidence, so neither
tickets nor messages, letters or mails have pages here.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.admin.kept import ReadOnly
from tickets.forms.mailboxes import MailboxForm
from tickets.models import FailedChore, FailedReaction, Mailbox, WebhookDelivery
from tickets.reactions import running, webhooks

if TYPE_CHECKING:
    Pages = admin.ModelAdmin[Mailbox]
else:
    Pages = admin.ModelAdmin


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
class FailedReactionAdmin(ReadOnly):
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


@admin.register(FailedChore)
class FailedChoreAdmin(ReadOnly):
    """What came due on a ticket and failed. It is tried again by itself until it works."""

    list_display = ("ticket_id", "name", "attempts", "kind_of_error", "failed_at", "next_at")
    fields = readonly_fields = list_display  # The row's own page tells no more than the list.
    list_display_links = None
    list_filter = ("name",)
    actions = ("try_soon",)

    @admin.display(description=_("error"))
    def kind_of_error(self, failure: FailedChore) -> str:
        return failure.error.partition(":")[0]

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_soon(self, request: HttpRequest, failures: QuerySet[FailedChore]) -> None:
        failures.update(next_at=timezone.now())
        self.message_user(request, _("They are tried again within seconds."))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly):
    """Messages to paging systems and how sending them went; never what they say, or to where."""

    list_display = (
        "made_at", "event", "desk", "state", "attempts", "last_status", "error", "next_at",
        "sent_at",
    )  # fmt: skip
    fields = readonly_fields = list_display  # The row's own page tells no more than the list.
    list_display_links = None
    list_filter = ("state", "event")
    list_select_related = ("page__desk",)
    show_full_result_count = False
    actions = ("try_again",)

    @admin.display(description=_("desk"))
    def desk(self, delivery: WebhookDelivery) -> str:
        return delivery.page.desk.name

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        worked = webhooks.try_again(deliveries)
        self.message_user(request, _("%(n)d worked this time.") % {"n": worked})

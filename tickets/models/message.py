"""What was said: messages, their files, and drafts not yet sent."""

import secrets

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Person
from tickets.models.ticket import Ticket
from tickets.reasons import reason, words


class Channel(models.TextChoices):
    WEB = "web", pgettext_lazy("channel", "web form")
    MAIL = "mail", pgettext_lazy("channel", "e-mail")
    CHAT = "chat", pgettext_lazy("channel", "chat")
    PHONE = "phone", pgettext_lazy("channel", "phone")
    DESK = "desk", pgettext_lazy("channel", "at the desk")
    API = "api", pgettext_lazy("channel", "API")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, person: Person) -> "MessageQuerySet":
        """Public messages of visible tickets; notes only to those who work the ticket."""
        seen = Exists(Ticket.objects.visible_to(person).filter(pk=OuterRef("ticket")))
        worked = Exists(Ticket.objects.worked_by(person).filter(pk=OuterRef("ticket")))
        return self.filter(seen).filter(~Q(kind=Message.Kind.NOTE) | Q(worked))

    def public(self) -> "MessageQuerySet":
        return self.exclude(kind=Message.Kind.NOTE)


class Message(models.Model):
    """One message on a ticket; its HTML is made once, when it is written."""

    class Kind(models.TextChoices):
        PUBLIC = "public", pgettext_lazy("message", "Reply")
        NOTE = "note", pgettext_lazy("message", "Internal note")
        SYSTEM = "system", pgettext_lazy("message", "Automatic notice")

    class Seal(models.TextChoices):
        SIGNED = "signed", pgettext_lazy("mail", "signed; the signature is not checked here")
        ENCRYPTED = "encrypted", pgettext_lazy("mail", "encrypted")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="messages", db_index=False
    )
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.PUBLIC)
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.WEB)
    language = models.CharField(max_length=12, blank=True)
    body = models.TextField(_("text"))
    html = models.TextField(blank=True)
    rest = models.TextField(blank=True, help_text="Quoted text and signature of a mail.")
    seal = models.CharField(max_length=9, choices=Seal, blank=True)
    because = models.JSONField(default=list)  # Why its letter belongs here: tickets/reasons.py.
    sent_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("sent_at", "pk")
        indexes = [
            models.Index(fields=["ticket", "sent_at", "id"], name="message_thread"),
            models.Index(fields=["author", "-sent_at"], name="message_by_author"),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def files_below(self) -> list["Attachment"]:
        """Its files without the pictures that stand in the text already."""
        return [file for file in self.attachments.all() if not file.is_inline]

    @property
    def joined_because(self) -> str:
        """Why it belongs to this ticket, in the active language; empty where nobody asks."""
        is_letter = self.channel == Channel.MAIL and self.kind == self.Kind.PUBLIC
        return words(self.because or ([reason("opened")] if is_letter else []))

    @property
    def is_note(self) -> bool:
        return self.kind == self.Kind.NOTE


def random_name(attachment: "Attachment", filename: str) -> str:
    """A stored name that owes nothing to the sender's."""
    token = secrets.token_hex(16)
    return f"{token[:2]}/{token}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, person: Person) -> "AttachmentQuerySet":
        """Files of visible messages, and one's own that are not sent yet."""
        seen = Exists(Message.objects.visible_to(person).filter(pk=OuterRef("message")))
        return self.filter(Q(seen) | Q(message=None, owner=person))

    def unsent_of(self, person: Person) -> "AttachmentQuerySet":
        return self.filter(message=None, owner=person)


class Attachment(models.Model):
    """A file; without a message it waits, kept for its owner's form."""

    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    owner = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=120, default="application/octet-stream")
    size = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to=random_name)
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(default=False)
    stored_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["stored_at"], condition=Q(message=None), name="attachment_unsent")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attachment", args=[self.pk])

    @property
    def is_picture(self) -> bool:
        """Raster pictures that a browser may show in place; never SVG."""
        return self.type in {"image/png", "image/jpeg", "image/gif", "image/webp"}


class Draft(models.Model):
    """What somebody is still writing on a ticket."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts")
    person = models.ForeignKey(Person, models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=6, choices=Message.Kind, default=Message.Kind.PUBLIC)
    body = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "person", "kind"], name="one_draft_per_person_and_kind"
            )
        ]

    def __str__(self) -> str:
        return self.body[:60]

"""Mail that came in: the addresses we answer to, and every letter as it arrived."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Department, Membership, Person, Role, Service
from tickets.models.message import Message
from tickets.models.ticket import Ticket
from tickets.reasons import words


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def kept_by(self, person: Person) -> "MailboxQuerySet":
        """Those that this person may change: see `permissions.may_keep_mailbox`."""
        leads = Membership.objects.filter(
            person=person, role=Role.LEAD, department=OuterRef("desk")
        )
        group = Service.group.through.objects.filter(person=person, service=OuterRef("service"))
        secret = Q(service__is_confidential=True)
        everything = Q(pk__isnull=not person.is_administrator)
        led = Q(Exists(leads))
        return self.filter((~secret & (led | everything)) | (secret & led & Q(Exists(group))))


class Mailbox(models.Model):
    """An address whose mail goes to a desk, or straight to one of its services."""

    class Requires(models.TextChoices):
        NOTHING = "nothing", pgettext_lazy("authentication", "Nobody")
        OWN = "own", pgettext_lazy("authentication", "Who writes from one of our own domains")
        EVERYBODY = "everybody", pgettext_lazy("authentication", "Everybody")

    address = models.EmailField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    desk = models.ForeignKey(
        Department, models.CASCADE, related_name="mailboxes", verbose_name=_("desk")
    )
    service = models.ForeignKey(
        Service,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailboxes",
        verbose_name=_("service"),
    )
    signature = models.TextField(_("signature"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    authserv_id = models.CharField(
        _("name of the checking mail server"),
        max_length=253,
        blank=True,
        help_text=_(
            "Your mail server notes in each letter whether its sender is genuine. Open a letter "
            "of this mailbox as source, find the topmost line “Authentication-Results:” and copy "
            "the first word after it, like mx.example.com. Microsoft 365 writes no name: enter "
            "none. Empty: we believe no such line."
        ),
    )
    requires_authentication = models.CharField(
        _("who must be proven genuine"),
        max_length=9,
        choices=Requires,
        default=Requires.NOTHING,
        help_text=_("What failed the check is always held back, whatever you choose."),
    )
    allowed_domains = models.TextField(
        _("domains of our people"),
        blank=True,
        help_text=_(
            "One a line, like example.com. Whoever writes from there for the first time is added "
            "as an employee, to be confirmed by an administrator."
        ),
    )
    takes_guests = models.BooleanField(
        _("take requests of guests"),
        default=False,
        help_text=_(
            "Anybody else may ask by mail too. Guests never sign in; they get our answers by mail. "
            "Off: their letters wait until a lead lets them in."
        ),
    )
    machines = models.TextField(
        _("machines that may ask"),
        blank=True,
        help_text=_(
            "Addresses or domains, one a line, like monitoring@example.com. Their automatic mail "
            "opens requests; mail about the same thing joins the request that is open."
        ),
    )
    machines_as = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("in whose name machines ask"),
        help_text=_("This person is the requester of what machines report, and gets our answers."),
    )

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ("address",)

    def __str__(self) -> str:
        return self.address


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def visible_to(self, person: Person) -> "InboundMailQuerySet":
        """Leads see the letters of their desk: those to its mailboxes, and those for its tickets.

        Of a confidential service only those of its group do, whichever mailbox it came to; never
        whose request it is, nor whom it is about.
        """
        readable = Q(pk__isnull=not person.is_administrator)
        confided = Q()
        for place in ("mailbox", "ticket"):
            leads = Membership.objects.filter(person=person, role=Role.LEAD)
            led = Q(Exists(leads.filter(department=OuterRef(f"{place}__desk"))))
            group = Service.group.through.objects.filter(person=person)
            readable |= led
            confided |= led & Q(Exists(group.filter(service=OuterRef(f"{place}__service"))))
        secret = Q(mailbox__service__is_confidential=True) | Q(ticket__is_confidential=True)
        involved = Q(ticket__requester=person) | Q(ticket__subject_person=person)
        found = self.filter((readable & ~secret) | confided)
        return found.exclude(involved, ticket__is_confidential=True)

    def waiting(self) -> "InboundMailQuerySet":
        return self.filter(outcome=InboundMail.Outcome.STORED).order_by("pk")

    def quarantined(self) -> "InboundMailQuerySet":
        return self.filter(outcome=InboundMail.Outcome.QUARANTINED)


class InboundMail(models.Model):
    """One letter, stored raw before anything else happened to it."""

    class Outcome(models.TextChoices):
        STORED = "stored", pgettext_lazy("mail", "stored, not read yet")
        TICKET = "ticket", pgettext_lazy("mail", "new ticket")
        REPLY = "reply", pgettext_lazy("mail", "reply")
        FOLDED = "folded", pgettext_lazy("mail", "automatic, folded")
        BOUNCE = "bounce", pgettext_lazy("mail", "bounce")
        QUARANTINED = "quarantined", pgettext_lazy("mail", "quarantined")
        DUPLICATE = "duplicate", pgettext_lazy("mail", "duplicate")
        REJECTED = "rejected", pgettext_lazy("mail", "rejected")

    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="letters")
    raw = models.BinaryField()
    digest = models.CharField(max_length=64)
    mail_id = models.CharField(_("Message-ID"), max_length=255, blank=True)
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.CharField(max_length=320, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=11, choices=Outcome, default=Outcome.STORED)
    because = models.JSONField(default=list)  # See tickets/reasons.py.
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, related_name="letters")
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="letter")

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "digest"], name="one_row_per_letter")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(outcome="stored"), name="letter_waiting"),
            models.Index(fields=["mail_id", "mailbox"], name="letter_by_message_id"),
            models.Index(fields=["outcome", "-received_at"], name="letter_by_outcome"),
        ]

    def __str__(self) -> str:
        return self.subject or self.digest[:12]

    @property
    def reason(self) -> str:
        """Why it ended so, in the active language."""
        return words(self.because)

"""Mailboxes: which addresses we answer to, and where their letters are fetched."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib import secrets
from helpdesk.lib.errors import Refused
from helpdesk.lib.public_domains import public_among
from tickets import permissions
from tickets.models import Mailbox, MailSource

SEALED = ("secret", "client_secret")


@transaction.atomic
def save_mailbox(mailbox: Mailbox, *, by: Person, **values: Any) -> Mailbox:
    """Add or change a mailbox of a desk that this person leads."""
    if mailbox.pk is not None:
        permissions.require_mailbox(by, mailbox)
    _check_domains(mailbox, values.get("allowed_domains", ""), by)
    for name, value in values.items():
        setattr(mailbox, name, value)
    permissions.require_mailbox(by, mailbox)
    mailbox.save()
    return mailbox


def _check_domains(mailbox: Mailbox, wanted: str, by: Person) -> None:
    """Who lets people of a domain in makes employees: a lead only where we have some already, and
    never where everybody can have an address.
    """
    known = Mailbox.objects.filter(pk=mailbox.pk).values_list("allowed_domains", flat=True)
    fresh = set(wanted.split()) - set("\n".join(known).split())
    if by.is_administrator:
        return
    if public := public_among(fresh):
        words = _("Everybody can have an address at %(domain)s. Ask an administrator to add it.")
        raise Refused(words % {"domain": public[0]}, code="forbidden")
    ours = Person.objects.active().filter(is_provisional=False)
    for domain in sorted(fresh):
        if not ours.filter(email__endswith=f"@{domain}").exists():
            raise Refused(
                _("Nobody of us has an address at %(domain)s. Ask an administrator to add it.")
                % {"domain": domain},
                code="forbidden",
            )


@transaction.atomic
def save_source(mailbox: Mailbox, *, by: Person, **values: Any) -> MailSource:
    """Say where the letters of this mailbox are fetched. An empty secret keeps the one known.

    Another account or another folder is read from its beginning.
    """
    permissions.require_mailbox(by, mailbox)
    source = MailSource.objects.filter(mailbox=mailbox).first() or MailSource(mailbox=mailbox)
    before = place_of(source)
    for name, value in values.items():
        if name not in SEALED:
            setattr(source, name, value)
        elif value:
            setattr(source, name, secrets.seal(value))
    if not source.secret:
        raise Refused(_("Enter the password or the secret of this account."))
    if place_of(source) != before:
        source.uid_validity, source.last_uid = 0, 0
    source.next_at, source.failures, source.error = timezone.now(), 0, ""
    source.save()
    return source


def place_of(source: MailSource) -> tuple[str, str, str]:
    return source.host, source.username, source.folder


@transaction.atomic
def pause_source(mailbox: Mailbox, *, by: Person, is_paused: bool) -> None:
    """Stop fetching for a while, or go on."""
    permissions.require_mailbox(by, mailbox)
    MailSource.objects.filter(mailbox=mailbox).update(is_paused=is_paused, next_at=timezone.now())


@transaction.atomic
def forget_source(mailbox: Mailbox, *, by: Person) -> None:
    """Fetch no more, and forget the secret; the letters that came stay."""
    permissions.require_mailbox(by, mailbox)
    MailSource.objects.filter(mailbox=mailbox).delete()

"""Keys to the API: shown once, kept as a digest, refused when revoked or when the person left."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import ApiToken, Person
from helpdesk.lib.errors import Refused

PREFIX = "hd_"  # So that whoever finds one in a log or a repository knows what it is.
LONGEST = 200
# Writing down every call would make reading an act of writing.
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """SHA-256, without salt: the secret itself has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(person: Person, *, name: str = "") -> str:
    """A new key for this person. The answer is the only copy."""
    if not person.is_active:
        raise Refused(_("This person cannot sign in any more, so no key is made."))
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(person=person, name=name[:80], digest=digest_of(secret))
    return secret


def revoke(token: ApiToken, *, at: datetime | None = None) -> None:
    """From now on the key opens nothing; the first revocation counts."""
    at = at or timezone.now()
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        token.revoked_at = at


def person_of(secret: str, *, at: datetime | None = None) -> Person | None:
    """Whose key this is, or None.

    The database compares digests, so what an attacker could learn from its timing is about the
    digest and not about the secret.
    """
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    keys = ApiToken.objects.select_related("person").filter(
        digest=digest_of(secret), revoked_at=None, person__is_active=True
    )
    token = keys.first()
    if token is None:
        return None
    _note_use(token, at or timezone.now())
    return token.person


def _note_use(token: ApiToken, at: datetime) -> None:
    stale = Q(used_at=None) | Q(used_at__lt=at - USE_NOTED_EVERY)
    if token.used_at is None or token.used_at < at - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(used_at=at)

"""Secrets that we must be able to read again, sealed with a key from SECRET_KEY.

For what the product itself has to say elsewhere, like the key that signs a webhook. Passwords and
tokens that are only compared are stored as digests, never sealed.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"helpdesk.lib.secrets"


class Unreadable(ValueError):
    """Sealed with a key that is gone, or not sealed by us at all."""


def seal(text: str) -> str:
    """The text encrypted and signed (Fernet), as ASCII that a database keeps."""
    return _box(*_keys()).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """What was sealed, also with one of SECRET_KEY_FALLBACKS; raises Unreadable."""
    try:
        return _box(*_keys()).decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable(
            "This secret was sealed with another SECRET_KEY. Add that key to "
            "SECRET_KEY_FALLBACKS, or enter the secret again."
        ) from None


def _keys() -> tuple[str, ...]:
    """The first one seals, all of them unseal."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=8)
def _box(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    """A key of its own for sealing (HKDF, RFC 5869): what signs sessions never encrypts."""
    return HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())

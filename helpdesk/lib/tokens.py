"""Keyed tokens: short texts that only this installation can have made."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

BITS = 100  # 20 base32 characters; guessing one takes 2**100 tries.


def mac(key: str, purpose: str, *parts: object) -> str:
    """A lower-case base32 message authentication code (HMAC-SHA-256, RFC 2104) of the parts."""
    text = "\x1f".join([purpose, *map(str, parts)]).encode()
    digest = hmac.new(key.encode(), text, hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[: BITS // 5]


def is_ours(keys: Sequence[str], given: str, purpose: str, *parts: object) -> bool:
    """Whether one of the keys made this code; compared in constant time."""
    return any(hmac.compare_digest(mac(key, purpose, *parts), given.lower()) for key in keys)


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"

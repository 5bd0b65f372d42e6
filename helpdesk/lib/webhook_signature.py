"""Signed webhooks: how a receiver knows that a message is ours, whole, and of this minute.

Each message carries `Helpdesk-Signature: t=1772540400,v1=5257a8…`. `t` is when it was signed, in
seconds since 1970. `v1` is the HMAC-SHA-256 (RFC 2104, in hexadecimal) of `t`, a full stop and the
body's bytes, keyed with the secret that both sides hold. A receiver computes the same, compares in
constant time, and does not believe a message whose `t` is more than five minutes away. Several
`v1` may stand there while a secret is being changed; one that fits is enough.
"""

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256

HEADER = "Helpdesk-Signature"
TOLERANCE = timedelta(minutes=5)
FORM = re.compile(r"t=([0-9]{1,11})((?:,[a-z0-9]{1,8}=[0-9a-f]{1,128}){1,8})", re.ASCII)


def sign(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """The headers that go with this body."""
    seconds = int(at.timestamp())
    return {HEADER: f"t={seconds},v1={_mac(body, secret, seconds)}"}


def verify(body: bytes, signature: str, secret: str, now: datetime) -> bool:
    """What receivers do: whether this body was signed with the secret just now."""
    form = FORM.fullmatch(signature)
    if form is None or abs(now.timestamp() - int(form[1])) > TOLERANCE.total_seconds():
        return False
    right = f"v1={_mac(body, secret, int(form[1]))}"
    return any(hmac.compare_digest(right, given) for given in form[2].split(","))


def _mac(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()

"""Addresses and Message-IDs that only this installation can have made: proof of a thread."""

import hashlib
import re
from dataclasses import dataclass

from django.conf import settings

from helpdesk.lib.tokens import base36, is_ours, mac

LOCAL_PART_MAX = 64  # RFC 5321, 4.5.3.1.1
_NUMBER = "([0-9a-z]{1,13})"
_MAC = "([a-z2-7]{20})"
_REPLY = re.compile(rf"\+t{_NUMBER}\.{_NUMBER}\.{_MAC}$", re.IGNORECASE)
_RETURN = re.compile(rf"\+b{_NUMBER}\.{_MAC}$", re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"<{_NUMBER}\.{_NUMBER}\.([0-9a-f]{{12}})\.{_MAC}@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a valid token says: a mail of this ticket went to this person."""

    ticket_id: int
    person_id: int


def reply_address(mailbox: str, ticket_id: int, person_id: int) -> str:
    """The mailbox's address by which this person's answers find their ticket.

    A local part that has no room for the token stays bare; the Message-ID still joins then.
    """
    token = mac(_key(), "reply-address", ticket_id, person_id)
    return _tagged(mailbox, f"t{base36(ticket_id)}.{base36(person_id)}.{token}")


def read_reply_address(address: str) -> Proof | None:
    """What the token in this address proves, or None when it holds none of ours."""
    local, _at, _domain = address.rpartition("@")
    found = _REPLY.search(local)
    if found is None:
        return None
    proof = _proof(found[1], found[2])
    parts = (proof.ticket_id, proof.person_id)
    return proof if is_ours(settings.MAIL_KEYS, found[3], "reply-address", *parts) else None


def has_reply_token(address: str) -> bool:
    """Whether it looks like a keyed reply address, valid or not."""
    return _REPLY.search(address.rpartition("@")[0]) is not None


def return_address(mailbox: str, mail_id: int) -> str:
    """Where mail servers say that this very mail did not arrive (a variable return path)."""
    return _tagged(mailbox, f"b{base36(mail_id)}.{mac(_key(), 'return-path', mail_id)}")


def read_return_address(address: str) -> int | None:
    """The id of the outbound mail whose return path this is."""
    found = _RETURN.search(address.rpartition("@")[0])
    if found is None:
        return None
    number = int(found[1], 36)
    return number if is_ours(settings.MAIL_KEYS, found[2], "return-path", number) else None


def message_id(ticket_id: int, person_id: int, key: str) -> str:
    """The Message-ID of the mail with this key: the same however often it is sent."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:12]
    token = mac(_key(), "message-id", ticket_id, person_id, mark)
    left = f"{base36(ticket_id)}.{base36(person_id)}.{mark}.{token}"
    return f"<{left}@{settings.MAIL_DOMAIN}>"


def read_message_id(text: str) -> Proof | None:
    """What one of our Message-IDs proves; None for those of others and for forged ones."""
    found = _MESSAGE_ID.match(text)
    if found is None:
        return None
    proof = _proof(found[1], found[2])
    parts = (proof.ticket_id, proof.person_id, found[3].lower())
    return proof if is_ours(settings.MAIL_KEYS, found[4], "message-id", *parts) else None


def bare_address(address: str) -> str:
    """The address without what follows a plus sign: the mailbox that it belongs to."""
    local, at, domain = address.strip().strip("<>").rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}".lower()


def _key() -> str:
    return str(settings.MAIL_KEYS[0])


def _proof(ticket: str, person: str) -> Proof:
    return Proof(int(ticket, 36), int(person, 36))


def _tagged(mailbox: str, tag: str) -> str:
    local, _at, domain = mailbox.rpartition("@")
    tagged = f"{local}+{tag}"
    return f"{tagged}@{domain}" if len(tagged) <= LOCAL_PART_MAX else mailbox

"""Links by which mails of one topic stop without signing in: keyed, of one person and topic."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from departments.models import Person
from helpdesk.lib.tokens import base36, is_ours, mac
from tickets.models import CHOSEN, Topic

PURPOSE = "stop-mails"
FORM = re.compile(r"([0-9a-z]{1,12})-([a-z_]{1,8})-([a-z2-7]{20})", re.ASCII)
# What a link may stop: one topic, or the daily mail with everything in it.
STOPPABLE = (*CHOSEN, Topic.DIGEST)


@dataclass(frozen=True)
class Proof:
    """A link that we made: whose mails of which topic it stops."""

    person: Person
    topic: Topic


def token(person: Person, topic: str) -> str:
    """What only this installation can make, for this person and topic alone."""
    code = mac(str(settings.MAIL_KEYS[0]), PURPOSE, person.pk, topic)
    return f"{base36(person.pk)}-{topic}-{code}"


def link(person: Person, topic: str) -> str:
    """The whole address, or an empty text for mails that cannot be stopped."""
    if topic not in STOPPABLE:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('mail_stop', args=[token(person, topic)])}"


def headers(person: Person, topic: str) -> dict[str, str]:
    """RFC 2369 (3.2), and RFC 8058 where our address is one that it allows: HTTPS."""
    url = link(person, topic)
    if not url:
        return {}
    found = {"List-Unsubscribe": f"<{url}>"}
    if url.startswith("https:"):
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def read(given: str) -> Proof | None:
    """What this token proves; None for one that we did not make, or of somebody who has left."""
    form = FORM.fullmatch(given)
    if form is None or form[2] not in STOPPABLE:
        return None
    number = int(form[1], 36)
    if not is_ours(settings.MAIL_KEYS, form[3], PURPOSE, number, form[2]):
        return None
    person = Person.objects.active().filter(pk=number).first()
    return Proof(person, Topic(form[2])) if person is not None else None

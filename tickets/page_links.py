"""The link in a page by which the called person answers: keyed, of one call, for one day."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from helpdesk.lib.tokens import base36, is_ours, mac
from tickets.models import PageCall

KEPT = timedelta(hours=24)
PURPOSE = "answer-page"
FORM = re.compile(r"([0-9a-z]{1,12})-([a-z2-7]{20})", re.ASCII)


@dataclass(frozen=True)
class Proof:
    """A link that we made: its call, and until when it answers."""

    call: PageCall
    ends_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at


def token(call: PageCall) -> str:
    """What only this installation can make, of this call of this person alone."""
    return f"{base36(call.pk)}-{mac(str(settings.MAIL_KEYS[0]), PURPOSE, *_bound_to(call))}"


def link(call: PageCall) -> str:
    """The whole address, as it stands in mails and webhooks."""
    return f"{settings.PUBLIC_URL}{reverse('page_answer', args=[token(call)])}"


def read(given: str) -> Proof | None:
    """What this token proves; None for one that we did not make."""
    form = FORM.fullmatch(given)
    if form is None:
        return None
    calls = PageCall.objects.select_related(
        "person",
        "page__acknowledged_by",
        "page__desk",
        "page__ticket__desk",
        "page__ticket__requester",
    )
    call = calls.filter(pk=int(form[1], 36)).first()
    if call is None or not is_ours(settings.MAIL_KEYS, form[2], PURPOSE, *_bound_to(call)):
        return None
    return Proof(call, call.called_at + KEPT)


def _bound_to(call: PageCall) -> tuple[int, int, int]:
    return call.pk, call.page_id, call.person_id

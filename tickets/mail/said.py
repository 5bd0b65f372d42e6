"""What somebody wrote, as a mail brings it: the words, their files, and the line in lists."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from tickets.mail import file_links, wording
from tickets.mail.fitting import beginning, fitted
from tickets.models import Message, Ticket


def words(message: Message | None, to: Person, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """For the templates; lists of mails show the first words of what is not confidential."""
    if message is None:
        return {}
    attached, large = file_links.split(message)
    is_secret = ticket.is_confidential
    said = fitted(message.body, message.html)
    return {
        "said": said,
        "preheader": _("Open the mail to read it.") if is_secret else beginning(said.text),
        "attached": attached,
        "linked": [] if is_secret else [file_links.link(file, to) for file in large],
        "on_page": large if is_secret else [],
        "until": wording.moment(timezone.now() + file_links.KEPT, to, now),
    }

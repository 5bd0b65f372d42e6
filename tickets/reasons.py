"""Why a letter ended where it did: kept as a code with its facts, said in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# {"code": …} and the facts of its sentence, as JSON.
Reason = Mapping[str, Any]
Reasons = tuple[Reason, ...]

SENTENCES: Mapping[str, str | Promise] = {
    "said": "%(text)s",  # Somebody's own words, or those of a mail server.
    # Where it was let in.
    "new": _("new request"),
    "follows": _("it follows %(number)s, which is closed"),
    "reply_address": _("it came to the reply address of this request"),
    "own_message_id": _("it answers a mail that we sent"),
    "stored_letter": _("it answers a letter that is on this request"),
    "subject": _("its subject names %(number)s, and the sender is on it"),
    "merged": _("%(number)s was merged into this one"),
    "let_in": _("%(name)s let it in"),
    # Where it was put away.
    "automatic": "%(why)s",
    "same_letter": _("the same mail as letter %(letter)s"),
    "did_not_arrive": _("our mail to %(to)s did not arrive"),
    "sent_back": _("the mail server sent it back"),
    "not_yet": _("not delivered yet"),
    "rejected": _("%(name)s rejected it: %(reason)s"),
    "too_large": _("larger than %(limit)s MB"),
    # Where a person has to look.
    "from_machine": _("automatic mail: %(why)s"),
    "unreadable": _("could not be read"),
    "failed": _("could not be read (%(error)s)"),
    "unsigned": _("nobody signed it"),
    "two_senders": _("more than one sender"),
    "stranger": _("unknown sender %(address)s"),
    "closed": _("the request is closed"),
    "forged_address": _("the reply address was not made by us"),
    "not_theirs": _("%(name)s used a reply address that was made for somebody else"),
    "not_on_it": _("%(name)s is not on this request"),
    "needs_notice": _("%(name)s answers for the desk, but not from a mail that we sent them"),
    # What is remarked beside.
    "claims": _("names %(number)s, but proves nothing"),
    "used_before": _("its Message-ID was used before with other words"),
}


def reason(code: str, **facts: Any) -> Reason:
    """A reason as it is stored; its facts must be JSON."""
    return {"code": code, **facts}


def said(text: str) -> Reason:
    """Words that nobody translates: a person's, or a mail server's."""
    return reason("said", text=text)


def words(reasons: Iterable[Reason]) -> str:
    """The reasons in the active language, the first one first."""
    return "; ".join(str(SENTENCES.get(each["code"], each["code"])) % each for each in reasons)

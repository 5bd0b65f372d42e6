"""Why a letter ended where it did: kept as a code with its facts, said in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# {"code": …} and the facts of its sentence, as JSON.
Reason = Mapping[str, Any]
Reasons = tuple[Reason, ...]

# What these two say, others ask for too: see tickets/reactions/acknowledge.py.
MACHINE, FORWARDED, ECHO = "machine", "forwarded", "echo"

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
    MACHINE: _("%(address)s is a machine that may ask here"),
    FORWARDED: _("somebody of the desk forwarded it"),
    ECHO: _("it says the same as earlier mails, as machines do, so nobody was sent a confirmation"),
    "same_alert": _("the same machine reported the same lately"),
    "let_in": _("%(name)s let it in"),
    "opened": _("opened by mail"),
    "moved": _("%(name)s moved it here from %(number)s"),
    "split": _("%(name)s split it off from %(number)s"),
    # What became of it later.
    "spam": _("%(name)s marked it as spam"),
    # Where it was put away.
    "automatic": "%(why)s",
    "same_letter": _("the same mail as letter %(letter)s"),
    "did_not_arrive": _("our mail to %(to)s did not arrive"),
    "sent_back": _("the mail server sent it back"),
    "not_yet": _("not delivered yet"),
    "rejected": _("%(name)s rejected it: %(reason)s"),
    "machine_again": _("more than %(limit)s mails of this machine on one request within an hour"),
    "too_large": _("larger than %(limit)s MB"),
    # Where a person has to look.
    "from_machine": _("automatic mail: %(why)s"),
    "unreadable": _("could not be read"),
    "failed": _("could not be read (%(error)s)"),
    "withheld": _("the mail server did not give us letter %(number)s; look for it there"),
    "unsigned": _("nobody signed it"),
    "two_senders": _("more than one sender"),
    "stranger": _("unknown sender %(address)s"),
    "failed_check": _("its sender is forged: the check for %(address)s failed"),
    "not_proven": _("nothing proves that it comes from %(address)s"),
    "one_time_code": _("a code or a link that proves an address to others; only leads see it"),
    "looks_like": _("its sender looks like %(name)s (%(address)s)"),
    "too_many_new": _("more than %(limit)s new people within an hour"),
    "machine_many": _("more than %(limit)s requests of machines within an hour"),
    "same_again": _("it says the same for the third time, as machines do"),
    "too_many_letters": _("more than %(limit)s mails of %(name)s within a day"),
    "too_many_replies": _("more than %(limit)s mails of %(name)s on one request within an hour"),
    "reopened_often": _("%(name)s reopened it by mail %(limit)s times within a week"),
    "closed": _("the request is closed"),
    "spam_before": _("marked as spam before: %(address)s"),
    "forged_address": _("the reply address was not made by us"),
    "not_theirs": _("%(name)s used a reply address that was made for somebody else"),
    "not_on_it": _("%(name)s is not on this request"),
    "needs_notice": _("%(name)s answers for the desk, but not from a mail that we sent them"),
    # What is remarked beside.
    "claims": _("names %(number)s, but proves nothing"),
    "new_employee": _("%(name)s was added as an employee, to be confirmed"),
    "new_guest": _("%(name)s was added as a guest"),
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

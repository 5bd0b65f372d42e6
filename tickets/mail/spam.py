"""Letters of senders whose mail was marked as spam: never dropped, they wait for a lead."""

from tickets.mail import steps
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.reasons import reason


def hold_spammer(case: Case) -> Verdict | None:
    """The sender was marked as spam before; whether they are wanted now is for a person to say."""
    if not case.is_spammer:
        return None
    ticket = case.thread.ticket if case.thread else None
    because = (reason("spam_before", address=address_of(case.letter)),)
    verdict = Verdict(Outcome.QUARANTINED, because, ticket=ticket)
    steps.tell_held_back(case, verdict)
    return verdict


def address_of(letter: Letter) -> str:
    """Who says to have written it; empty when nobody signed it."""
    return storable(letter.sender.address if letter.sender else "")[:320]

"""Deciding what a letter proposed: whose request it is, and which colleagues follow it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person, TargetKind
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.locking import lock
from tickets.actions.routing import add_participant
from tickets.models import Participant, ProposedParticipant, ProposedRequester, State, Ticket
from tickets.segments import rounds

Kind = events.Kind


@transaction.atomic
def open_for(ticket: Ticket, *, person: Person, by: Person, at: datetime | None = None) -> Ticket:
    """A forwarded letter is the request of who wrote it; who forwarded it filed it for them.

    The clocks count on from the start: from now on the answers of who forwarded it are the desk's.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "refile", ticket)
    proposal = _undecided(ticket)
    if ticket.state == State.CLOSED:
        raise Refused(_("This request is closed. Open a new one for them."))
    if person.pk == ticket.requester_id:
        raise Refused(_("It is the request of %(name)s already.") % {"name": person.name})
    if not (person.is_guest or permissions.may_participate(person, ticket)):
        raise Refused(_("It cannot be opened for %(name)s.") % {"name": person.name})
    forwarder, ticket.requester = ticket.requester, person
    ticket.filed_by = forwarder
    ticket.save(update_fields=["requester", "filed_by"])
    Participant.objects.filter(ticket=ticket, person=person).delete()
    _decide(proposal, by, at, is_accepted=True)
    events.record(
        ticket, Kind.REQUESTER_CHANGED, by=by, at=at, to=person.name, to_id=person.pk,
        was=forwarder.name,
    )  # fmt: skip
    sla.settle(ticket, at=at)
    _forget_rounds(ticket)
    return ticket


@transaction.atomic
def keep_own(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """What was forwarded is the request of who forwarded it after all."""
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "refile", ticket)
    _decide(_undecided(ticket), by, at, is_accepted=False)
    events.record(ticket, Kind.FORWARD_KEPT, by=by, at=at, name=ticket.requester.name)
    return ticket


@transaction.atomic
def decide_participant(
    proposal: ProposedParticipant, *, is_wanted: bool, by: Person, at: datetime | None = None
) -> None:
    """Let a colleague from the copy of a letter follow its ticket, or leave them out."""
    at = at or timezone.now()
    ticket = lock(proposal.ticket)
    permissions.require(by, "invite", ticket)
    held = ProposedParticipant.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if held.decided_at is not None:
        raise Refused(_("Somebody has decided this meanwhile."))
    if is_wanted:
        add_participant(ticket, person=proposal.person, by=by, at=at)
    held.decided_at, held.decided_by, held.is_accepted = at, by, is_wanted
    held.save(update_fields=["decided_at", "decided_by", "is_accepted"])


def _undecided(ticket: Ticket) -> ProposedRequester:
    held = ProposedRequester.objects.select_for_update(of=("self",)).filter(ticket=ticket).first()
    if held is None or held.decided_at is not None:
        raise Refused(_("Somebody has decided this meanwhile."))
    return held


def _decide(proposal: ProposedRequester, by: Person, at: datetime, *, is_accepted: bool) -> None:
    proposal.decided_at, proposal.decided_by, proposal.is_accepted = at, by, is_accepted
    proposal.save(update_fields=["decided_at", "decided_by", "is_accepted"])


def _forget_rounds(ticket: Ticket) -> None:
    """Clocks of answers that who forwarded it waited for: nobody owes those any more."""
    asked = rounds(sla.moments(sla.log_of(ticket), ticket.requester_id))
    waited = ticket.clocks.filter(kind=TargetKind.NEXT_RESPONSE, number__gt=len(asked))
    waited.delete()

"""What people asked, what was done, and what follows from it."""

from tickets.models.chore import FailedChore
from tickets.models.clock import Clock, ClockState, Escalation
from tickets.models.digest import DigestLine
from tickets.models.event import ActorKind, FailedReaction, TicketEvent
from tickets.models.link import Link
from tickets.models.mail_choices import CHOSEN, MailChoices, Pace, Topic
from tickets.models.mail_source import MailSource
from tickets.models.mailbox import InboundMail, Mailbox
from tickets.models.message import Attachment, Channel, Draft, Message
from tickets.models.notification import Notification, OutboundMail, WebhookDelivery
from tickets.models.page import GapWarning, Page, PageCall
from tickets.models.proposal import ProposedParticipant, ProposedRequester
from tickets.models.slip import Slip
from tickets.models.spam import SpamSender
from tickets.models.ticket import Outcome, Participant, RequestKey, State, Ticket, TicketAlias

__all__ = [
    "CHOSEN",
    "ActorKind",
    "Attachment",
    "Channel",
    "Clock",
    "ClockState",
    "DigestLine",
    "Draft",
    "Escalation",
    "FailedChore",
    "FailedReaction",
    "GapWarning",
    "InboundMail",
    "Link",
    "MailChoices",
    "MailSource",
    "Mailbox",
    "Message",
    "Notification",
    "OutboundMail",
    "Outcome",
    "Pace",
    "Page",
    "PageCall",
    "Participant",
    "ProposedParticipant",
    "ProposedRequester",
    "RequestKey",
    "Slip",
    "SpamSender",
    "State",
    "Ticket",
    "TicketAlias",
    "TicketEvent",
    "Topic",
    "WebhookDelivery",
]

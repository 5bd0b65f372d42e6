"""What people asked, what was done, and what follows from it."""

from tickets.models.chore import FailedChore
from tickets.models.clock import Clock, ClockState, Escalation
from tickets.models.event import ActorKind, FailedReaction, TicketEvent
from tickets.models.link import Link
from tickets.models.mail_source import MailSource
from tickets.models.mailbox import InboundMail, Mailbox
from tickets.models.message import Attachment, Channel, Draft, Message
from tickets.models.notification import Notification, OutboundMail, WebhookDelivery
from tickets.models.page import GapWarning, Page, PageCall
from tickets.models.slip import Slip
from tickets.models.ticket import Outcome, Participant, RequestKey, State, Ticket, TicketAlias

__all__ = [
    "ActorKind",
    "Attachment",
    "Channel",
    "Clock",
    "ClockState",
    "Draft",
    "Escalation",
    "FailedChore",
    "FailedReaction",
    "GapWarning",
    "InboundMail",
    "Link",
    "MailSource",
    "Mailbox",
    "Message",
    "Notification",
    "OutboundMail",
    "Outcome",
    "Page",
    "PageCall",
    "Participant",
    "RequestKey",
    "Slip",
    "State",
    "Ticket",
    "TicketAlias",
    "TicketEvent",
    "WebhookDelivery",
]

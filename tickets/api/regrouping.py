"""Messages that belong elsewhere, and spam, over the API: the same verbs as on the desk's page."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api.access import Request
from departments.models import Person
from tickets import actions
from tickets.actions.splitting import asker_of, first_line
from tickets.api.messages import MessageOutput
from tickets.api.tickets import IDEMPOTENCY, TicketOutput, visible
from tickets.models import Message, Ticket


def message_of(person: Person, number: str, pk: int) -> Message:
    """A message of this ticket that the person may read; else 404."""
    seen = Message.objects.visible_to(person).filter(ticket=visible(person, number), pk=pk)
    message = seen.select_related("author", "ticket__desk", "ticket__service").first()
    if message is None:
        raise Http404
    return message


class MoveMessageInput(serializers.Serializer[Any]):
    into = serializers.CharField(max_length=20, help_text="The number of the other ticket.")
    adds_author = serializers.BooleanField(
        default=False, help_text="Let who wrote it follow the other ticket, if they do not yet."
    )


class MoveMessage(APIView):
    """Move a message to another ticket of your desks; nothing is copied."""

    @extend_schema(request=MoveMessageInput, responses=MessageOutput)
    def post(self, request: Request, number: str, pk: int) -> Response:
        message = message_of(request.user, number, pk)
        asked = MoveMessageInput(data=request.data)
        asked.is_valid(raise_exception=True)
        known = Ticket.objects.worked_by(request.user).numbered(asked.validated_data["into"])
        target = known.first()
        if target is None:
            raise serializers.ValidationError(
                {"into": ["No ticket with this number at your desks."]}
            )
        adds = asked.validated_data["adds_author"]
        moved = actions.move_message(message, to=target, by=request.user, adds_author=adds)
        return Response(MessageOutput(moved).data)


class MoveMessageBack(APIView):
    """Take the move of a message back: both tickets are as if it had never been."""

    @extend_schema(request=None, responses=MessageOutput)
    def post(self, request: Request, number: str, pk: int) -> Response:
        message = message_of(request.user, number, pk)
        return Response(MessageOutput(actions.move_back(message, by=request.user)).data)


class SplitInput(serializers.Serializer[Any]):
    summary = serializers.CharField(
        max_length=200, required=False, help_text="Else the first line of the message."
    )
    body = serializers.CharField(
        max_length=200_000, required=False, help_text="Else the text of the message."
    )
    service = serializers.IntegerField(
        required=False, allow_null=True, help_text="Of the same desk; else that of the ticket."
    )
    with_files = serializers.BooleanField(default=True, help_text="Copy its files along.")


class Split(APIView):
    """Make a request of its own of a message, in the name of who wrote it."""

    @extend_schema(request=SplitInput, responses={201: TicketOutput}, parameters=[IDEMPOTENCY])
    def post(self, request: Request, number: str, pk: int) -> Response:
        message = message_of(request.user, number, pk)
        said = SplitInput(data=request.data)
        said.is_valid(raise_exception=True)
        wish, key = said.validated_data, request.headers.get("Idempotency-Key", "")[:70]
        made = actions.split(
            message,
            asked_for(message, wish),
            requester=asker_of(message),
            by=request.user,
            files=list(message.attachments.all()) if wish["with_files"] else [],
            key=f"api:{key}" if key else "",
        )
        output = TicketOutput(visible(request.user, made.number)).data
        return Response(output, status=status.HTTP_201_CREATED)


def asked_for(message: Message, wish: dict[str, Any]) -> actions.Request:
    """What the new ticket is about."""
    service = message.ticket.service
    if "service" in wish:
        service = message.ticket.desk.services.filter(pk=wish["service"]).first()
        if service is None and wish["service"] is not None:
            raise serializers.ValidationError({"service": ["This desk has no such service."]})
    return actions.Request(
        summary=wish.get("summary") or first_line(message),
        body=wish.get("body") or message.body,
        desk=message.ticket.desk,
        service=service,
    )


class SpamInput(serializers.Serializer[Any]):
    sure = serializers.BooleanField(
        default=False, help_text="Needed where the sender works here; only leads may."
    )


class MarkSpam(APIView):
    """Close a ticket that came by mail as spam, and hold its sender's next letters back."""

    @extend_schema(request=SpamInput, responses=TicketOutput)
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        said = SpamInput(data=request.data)
        said.is_valid(raise_exception=True)
        actions.mark_spam(ticket, by=request.user, is_sure=said.validated_data["sure"])
        return Response(TicketOutput(visible(request.user, number)).data)


class ClearSpam(APIView):
    """It was no spam: the ticket goes on as it was."""

    @extend_schema(request=None, responses=TicketOutput)
    def post(self, request: Request, number: str) -> Response:
        actions.clear_spam(visible(request.user, number), by=request.user)
        return Response(TicketOutput(visible(request.user, number)).data)

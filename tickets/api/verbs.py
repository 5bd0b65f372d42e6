"""Small verbs of the desk over the API: put off, take up again, no answer needed, workaround."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api.access import Request
from tickets import actions
from tickets.api.messages import MessageOutput
from tickets.api.tickets import TicketOutput, visible
from tickets.models import Message, State


class SnoozeInput(serializers.Serializer[Any]):
    until = serializers.DateTimeField()
    requester_asked = serializers.BooleanField(
        default=False, help_text="Whether they asked for this date: only then is the clock held."
    )
    note = serializers.CharField(
        max_length=200_000, required=False, allow_blank=True, help_text="For the desk alone."
    )


class Snooze(APIView):
    """Put a ticket off; at that moment it is in progress again by itself."""

    @extend_schema(request=SnoozeInput, responses=TicketOutput)
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        said = SnoozeInput(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(
            TicketOutput(actions.snooze(ticket, by=request.user, **said.validated_data)).data
        )


class Wake(APIView):
    """Take a ticket up again that waits or is put off."""

    @extend_schema(request=None, responses=TicketOutput)
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        return Response(TicketOutput(actions.set_state(ticket, State.OPEN, by=request.user)).data)


class Waive(APIView):
    """Say that the requester's last words need no answer."""

    @extend_schema(request=None, responses=TicketOutput)
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        return Response(TicketOutput(actions.waive_answer(ticket, by=request.user)).data)


class Workaround(APIView):
    """Say that since this answer of the desk they can work again."""

    @extend_schema(request=None, responses=MessageOutput)
    def post(self, request: Request, number: str, pk: int) -> Response:
        ticket = visible(request.user, number)
        seen = Message.objects.visible_to(request.user).filter(ticket=ticket)
        message = seen.select_related("author", "ticket").filter(pk=pk).first()
        if message is None:
            raise Http404
        return Response(MessageOutput(actions.mark_workaround(message, by=request.user)).data)

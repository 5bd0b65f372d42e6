"""Merging over the API: the same two verbs as on the desk's page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api.access import Request
from tickets import actions
from tickets.api.tickets import TicketOutput, visible
from tickets.models import Ticket


class MergeInput(serializers.Serializer[Any]):
    into = serializers.CharField(
        max_length=20, help_text="The number of the ticket in which this one goes on."
    )


class Merge(APIView):
    """Merge this ticket into another one of your desks, where everything goes on."""

    @extend_schema(request=MergeInput, responses={200: TicketOutput})
    def post(self, request: Request, number: str) -> Response:
        source = visible(request.user, number)
        asked = MergeInput(data=request.data)
        asked.is_valid(raise_exception=True)
        known = Ticket.objects.worked_by(request.user).numbered(asked.validated_data["into"])
        target = known.first()
        if target is None:
            raise serializers.ValidationError(
                {"into": ["No ticket with this number at your desks."]}
            )
        actions.merge(source, into=target, by=request.user)
        return Response(TicketOutput(visible(request.user, number)).data)


class Unmerge(APIView):
    """Take a merge back: the ticket is again what it was."""

    @extend_schema(request=None, responses={200: TicketOutput})
    def post(self, request: Request, number: str) -> Response:
        actions.unmerge(visible(request.user, number), by=request.user)
        return Response(TicketOutput(visible(request.user, number)).data)

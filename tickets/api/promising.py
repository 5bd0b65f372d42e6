"""A new promise over the API: when it will be, and why not before."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api.access import Request
from tickets import actions
from tickets.actions.promising import REASON_LENGTH
from tickets.api.tickets import TicketOutput, visible


class NewPromiseInput(serializers.Serializer[Any]):
    moment = serializers.DateTimeField(help_text="With an offset from UTC; else it counts as UTC.")
    reason = serializers.CharField(
        max_length=REASON_LENGTH, help_text="The requester reads it: one plain sentence."
    )
    confirmed = serializers.BooleanField(
        default=False, help_text="Needed for a moment outside of the desk's opening hours."
    )


class NewPromise(APIView):
    """Promise a new moment; the requester is told at once. For those who work the ticket."""

    @extend_schema(request=NewPromiseInput, responses={200: TicketOutput})
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        said = NewPromiseInput(data=request.data)
        said.is_valid(raise_exception=True)
        wish = said.validated_data
        actions.renew_promise(
            ticket,
            moment=wish["moment"],
            reason=wish["reason"],
            by=request.user,
            may_be_closed=wish["confirmed"],
        )
        return Response(TicketOutput(visible(request.user, number)).data)

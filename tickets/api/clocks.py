"""The clocks of a ticket with their explanation: what the “Why?” of the pages says, as data."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from departments.api.access import Request
from departments.models import Priority
from tickets import explain, sla
from tickets.api.tickets import visible
from tickets.clock_words import remaining
from tickets.events import clock_label
from tickets.models import Clock, ClockState, Ticket


class StretchOutput(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=["counted", "closed", "paused"])
    why = serializers.CharField(help_text="The ticket's state that holds the clock, or empty.")
    words = serializers.CharField()
    by = serializers.CharField()


class RuleOutput(serializers.Serializer[Any]):
    words = serializers.CharField()
    policy = serializers.CharField()
    policy_version = serializers.IntegerField()
    calendar = serializers.CharField()
    calendar_version = serializers.IntegerField()
    is_always_open = serializers.BooleanField()
    budget_minutes = serializers.IntegerField()
    priority = serializers.CharField()


class ClockOutput(serializers.Serializer[Any]):
    """Instants are ISO 8601 in UTC, durations whole seconds of business time."""

    kind = serializers.CharField()
    number = serializers.IntegerField()
    name = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=ClockState.choices)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    warn_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    used_seconds = serializers.SerializerMethodField()
    remaining_seconds = serializers.SerializerMethodField()
    rule = serializers.SerializerMethodField()
    segments = serializers.SerializerMethodField()

    def get_name(self, clock: Clock) -> str:
        return clock_label(clock.kind)

    def get_used_seconds(self, clock: Clock) -> int:
        return clock.budget_seconds - self.get_remaining_seconds(clock)

    def get_remaining_seconds(self, clock: Clock) -> int:
        return int(remaining(clock, self.context["now"]).total_seconds())

    @extend_schema_field(RuleOutput)
    def get_rule(self, clock: Clock) -> dict[str, Any]:
        ticket: Ticket = self.context["ticket"]
        policy, calendar = clock.policy_version, clock.calendar_version
        return {
            "words": explain.rule_words(clock, ticket),
            "policy": policy.policy.name,
            "policy_version": policy.number,
            "calendar": calendar.calendar.name,
            "calendar_version": calendar.number,
            "is_always_open": clock.is_always_open,
            "budget_minutes": clock.budget_minutes,
            "priority": Priority(ticket.priority).name.lower(),
        }

    @extend_schema_field(StretchOutput(many=True))
    def get_segments(self, clock: Clock) -> Any:
        ticket, log, now = (self.context[name] for name in ("ticket", "log", "now"))
        return StretchOutput(explain.stretches(clock, ticket, log, now), many=True).data


class ClockList(APIView):
    """Every clock of a ticket, soonest kind first: state, due, rule and each counted minute."""

    @extend_schema(responses=ClockOutput(many=True), operation_id="api_clocks")
    def get(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        log = ticket.events.filter(kind__in=sla.MATTERING).select_related("actor").order_by("pk")
        context = {"ticket": ticket, "log": list(log), "now": timezone.now()}
        clocks = ticket.clocks.with_rules().order_by("started_at", "pk")
        return Response(ClockOutput(clocks, many=True, context=context).data)

"""Tickets over the API: list, open, read. The same actions and the same eyes as the pages."""

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.response import Response

from departments.api.access import Request
from departments.models import Category, Person, Priority, Service
from helpdesk.lib.paging import Newest
from tickets import actions
from tickets.models import Channel, Slip, State, Ticket
from tickets.models.slip import open_slip_of, with_open_slip
from tickets.models.ticket import TicketQuerySet

if TYPE_CHECKING:
    ListBase = generics.ListAPIView[Ticket]
    DetailBase = generics.RetrieveAPIView[Ticket]
    TicketSerializerBase = serializers.ModelSerializer[Ticket]
else:
    ListBase = generics.ListAPIView
    DetailBase = generics.RetrieveAPIView
    TicketSerializerBase = serializers.ModelSerializer

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key and the same content again give the same answer once more.",
)


class PersonOutput(serializers.Serializer[Person]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class NewPromiseOutput(serializers.Serializer[Slip]):
    moment = serializers.DateTimeField(source="promised_at")
    reason = serializers.CharField()


class TicketOutput(TicketSerializerBase):
    desk = serializers.SlugField(source="desk.slug")
    service = serializers.IntegerField(source="service_id", allow_null=True)
    category = serializers.IntegerField(source="category_id", allow_null=True)
    requester = PersonOutput()
    assignee = PersonOutput(allow_null=True)
    priority = serializers.SerializerMethodField()
    new_promise = serializers.SerializerMethodField()
    merged_into = serializers.SerializerMethodField()

    class Meta:
        model = Ticket
        fields = [
            "number",
            "desk",
            "service",
            "category",
            "requester",
            "assignee",
            "summary",
            "state",
            "outcome",
            "priority",
            "channel",
            "is_confidential",
            "opened_at",
            "changed_at",
            "resolved_at",
            "closed_at",
            "returns_at",
            "promised_at",
            "new_promise",
            "merged_into",
        ]

    def get_priority(self, ticket: Ticket) -> str:
        return Priority(ticket.priority).name.lower()

    @extend_schema_field(NewPromiseOutput(allow_null=True))
    def get_new_promise(self, ticket: Ticket) -> dict[str, Any] | None:
        slip = open_slip_of(ticket)
        if slip is None or not ticket.is_open or not slip.stands_at(timezone.now()):
            return None
        return dict(NewPromiseOutput(slip).data)

    @extend_schema_field(
        serializers.CharField(
            allow_null=True,
            help_text="Number of the ticket in which it goes on, if you see it.",
        )
    )
    def get_merged_into(self, ticket: Ticket) -> str | None:
        return getattr(ticket, "goes_on_in", None)


class TicketInput(serializers.Serializer[Any]):
    service = serializers.IntegerField()
    category = serializers.IntegerField(required=False, allow_null=True)
    summary = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=200_000)
    cannot_wait_reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class TicketFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    desk = django_filters.CharFilter(field_name="desk__slug")
    service = django_filters.NumberFilter(field_name="service_id")
    is_open = django_filters.BooleanFilter()
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")
    requester = django_filters.CharFilter(method="mine", help_text="Only `me` is understood.")
    assignee = django_filters.CharFilter(method="mine", help_text="Only `me` is understood.")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def mine(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        return tickets.filter(**{name: self.request.user}) if value == "me" else tickets.none()


class Seen:
    """Tickets that the caller may see."""

    request: Any
    queryset: Any = Ticket.objects.none()

    def get_queryset(self) -> TicketQuerySet:
        return seen_by(self.request.user)


class TicketList(Seen, ListBase):
    """Tickets that you may see, newest first; POST asks for help."""

    serializer_class = TicketOutput
    pagination_class = Newest
    filter_backends = [DjangoFilterBackend]
    filterset_class = TicketFilter

    @extend_schema(request=TicketInput, responses={201: TicketOutput}, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        asked = TicketInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = wished(request.user, asked.validated_data)
        key = request.headers.get("Idempotency-Key", "")[:70]
        ticket = actions.open_ticket(wish, requester=request.user, key=f"api:{key}" if key else "")
        return Response(TicketOutput(ticket).data, status=status.HTTP_201_CREATED)


def wished(person: Person, asked: dict[str, Any]) -> actions.Request:
    """The request in the words of the action; a field error where a choice does not exist."""
    service = Service.objects.askable_by(person).filter(pk=asked["service"]).first()
    if service is None:
        raise serializers.ValidationError({"service": ["Choose one of the services you see."]})
    category = None
    if asked.get("category") is not None:
        offered = Category.objects.filter(service=service, is_retired=False)
        category = offered.select_related("parent").filter(pk=asked["category"]).first()
        if category is None:
            raise serializers.ValidationError({"category": ["Choose one of this service's."]})
    reason = asked.get("cannot_wait_reason", "")
    return actions.Request(
        summary=asked["summary"],
        body=asked["description"],
        desk=service.department,
        service=service,
        category=category,
        channel=Channel.API,
        cannot_wait=bool(reason),
        cannot_wait_reason=reason,
    )


class TicketDetail(Seen, DetailBase):
    """One ticket, by its number now or once."""

    serializer_class = TicketOutput

    def get_object(self) -> Ticket:
        return visible(self.request.user, self.kwargs["number"])


def seen_by(person: Person) -> TicketQuerySet:
    """What the person may see, each with where it goes on as far as they see that too."""
    target = Ticket.objects.visible_to(person).filter(pk=OuterRef("merged_into"))
    tickets = with_open_slip(Ticket.objects.visible_to(person).for_row())
    return tickets.annotate(goes_on_in=Subquery(target.values("number")[:1]))


def visible(person: Person, number: str) -> Ticket:
    """The ticket with this number if the person may see it; 404 otherwise."""
    ticket = seen_by(person).numbered(number).first()
    if ticket is None:
        raise Http404
    return ticket

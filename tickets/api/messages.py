"""Messages over the API: read the conversation, reply, note."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.response import Response

from departments.api.access import Request
from helpdesk.lib.paging import Oldest
from tickets import actions
from tickets.api.tickets import IDEMPOTENCY, PersonOutput, visible
from tickets.merged import sources_of
from tickets.models import Attachment, Channel, Message
from tickets.models.message import MessageQuerySet

if TYPE_CHECKING:
    ListBase = generics.ListAPIView[Message]
    MessageSerializerBase = serializers.ModelSerializer[Message]
else:
    ListBase = generics.ListAPIView
    MessageSerializerBase = serializers.ModelSerializer


class AttachmentOutput(serializers.Serializer[Attachment]):
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.CharField(source="get_absolute_url")


class MessageOutput(MessageSerializerBase):
    ticket = serializers.CharField(
        source="ticket.number", help_text="Another one than asked for where that was merged in."
    )
    author = PersonOutput(allow_null=True)
    attachments = AttachmentOutput(many=True)

    class Meta:
        model = Message
        fields = [
            "id",
            "ticket",
            "author",
            "kind",
            "channel",
            "body",
            "html",
            "sent_at",
            "attachments",
        ]


class MessageInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["public", "note"], default="public")
    body = serializers.CharField(max_length=200_000)
    workaround = serializers.BooleanField(
        default=False, help_text="With this answer they can work again; the desk's replies only."
    )


class MessageList(ListBase):
    """The conversation as far as you may read it; POST writes to it."""

    serializer_class = MessageOutput
    pagination_class = Oldest
    request: Request
    queryset = Message.objects.none()

    def get_queryset(self) -> MessageQuerySet:
        ticket = visible(self.request.user, self.kwargs["number"])
        told_on = [ticket.pk, *sources_of(ticket).values_list("pk", flat=True)]
        return (
            Message.objects.visible_to(self.request.user)
            .filter(ticket__in=told_on)
            .select_related("author", "ticket")
            .prefetch_related("attachments")
        )

    @extend_schema(request=MessageInput, responses={201: MessageOutput}, parameters=[IDEMPOTENCY])
    def post(self, request: Request, number: str) -> Response:
        ticket = visible(request.user, number)
        said = MessageInput(data=request.data)
        said.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")[:70]
        wish: dict[str, Any] = {
            "by": request.user,
            "body": said.validated_data["body"],
            "key": f"api:{key}" if key else "",
        }
        if said.validated_data["kind"] == Message.Kind.NOTE:
            message = actions.note(ticket, **wish)
        else:
            eases = said.validated_data["workaround"]
            message = actions.reply(ticket, channel=Channel.API, workaround=eases, **wish)
        return Response(MessageOutput(message).data, status=status.HTTP_201_CREATED)

"""Addresses of the API's first version."""

from django.urls import path

from departments.api import services
from tickets.api import clocks, merging, messages, promising, regrouping, tickets, verbs

urlpatterns = [
    path("services/", services.ServiceList.as_view(), name="api_services"),
    path("services/<int:pk>/", services.ServiceDetail.as_view(), name="api_service"),
    path("tickets/", tickets.TicketList.as_view(), name="api_tickets"),
    path("tickets/<str:number>/", tickets.TicketDetail.as_view(), name="api_ticket"),
    path("tickets/<str:number>/clocks/", clocks.ClockList.as_view(), name="api_clocks"),
    path("tickets/<str:number>/messages/", messages.MessageList.as_view(), name="api_messages"),
    path(
        "tickets/<str:number>/promise/", promising.NewPromise.as_view(), name="api_ticket_promise"
    ),
    path("tickets/<str:number>/merge/", merging.Merge.as_view(), name="api_ticket_merge"),
    path("tickets/<str:number>/unmerge/", merging.Unmerge.as_view(), name="api_ticket_unmerge"),
    path("tickets/<str:number>/snooze/", verbs.Snooze.as_view(), name="api_ticket_snooze"),
    path("tickets/<str:number>/wake/", verbs.Wake.as_view(), name="api_ticket_wake"),
    path("tickets/<str:number>/waive/", verbs.Waive.as_view(), name="api_ticket_waive"),
    path(
        "tickets/<str:number>/messages/<int:pk>/workaround/",
        verbs.Workaround.as_view(),
        name="api_ticket_workaround",
    ),
    path(
        "tickets/<str:number>/messages/<int:pk>/move/",
        regrouping.MoveMessage.as_view(),
        name="api_ticket_message_move",
    ),
    path(
        "tickets/<str:number>/messages/<int:pk>/back/",
        regrouping.MoveMessageBack.as_view(),
        name="api_ticket_message_back",
    ),
    path(
        "tickets/<str:number>/messages/<int:pk>/split/",
        regrouping.Split.as_view(),
        name="api_ticket_message_split",
    ),
    path("tickets/<str:number>/spam/", regrouping.MarkSpam.as_view(), name="api_ticket_spam"),
    path(
        "tickets/<str:number>/no-spam/", regrouping.ClearSpam.as_view(), name="api_ticket_no_spam"
    ),
]

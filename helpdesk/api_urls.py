"""Addresses of the API's first version."""

from django.urls import path

from departments.api import services
from tickets.api import messages, tickets

urlpatterns = [
    path("services/", services.ServiceList.as_view(), name="api_services"),
    path("services/<int:pk>/", services.ServiceDetail.as_view(), name="api_service"),
    path("tickets/", tickets.TicketList.as_view(), name="api_tickets"),
    path("tickets/<str:number>/", tickets.TicketDetail.as_view(), name="api_ticket"),
    path("tickets/<str:number>/messages/", messages.MessageList.as_view(), name="api_messages"),
]

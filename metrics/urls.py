"""Addresses of figures."""

from django.urls import path

from metrics.views import dashboard

urlpatterns = [
    path("figures/", dashboard.home, name="figures"),
    path("figures/<slug:slug>/", dashboard.dashboard, name="dashboard"),
    path("figures/<slug:slug>/tickets/", dashboard.tickets, name="dashboard_tickets"),
]

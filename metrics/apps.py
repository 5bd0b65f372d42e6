"""The app's name and label."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

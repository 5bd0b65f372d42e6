"""The roof: settings, addresses, workers and entries. It knows every app, none knows it."""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]

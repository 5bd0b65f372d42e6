"""The request of somebody who is signed in, for views behind `login_required`."""

from django.http import HttpRequest

from departments.models import Person


class SignedIn(HttpRequest):
    """What `login_required` lets through."""

    user: Person

"""What the desk says about answers: none is needed, or this one lets people work again."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from departments.views.signed_in import SignedIn
from tickets import actions
from tickets.views.work import find, settled


@login_required
@require_POST
def waive(request: SignedIn, number: str) -> HttpResponse:
    """The requester's last words need no answer."""
    found = find(request, number)
    form = forms.Form(request.POST)
    return settled(request, found, form, lambda: actions.waive_answer(found, by=request.user))


@login_required
@require_POST
def workaround(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """Since this answer they can work again."""
    found = find(request, number)
    message = get_object_or_404(found.messages.public(), pk=pk)
    form = forms.Form(request.POST)
    return settled(request, found, form, lambda: actions.mark_workaround(message, by=request.user))

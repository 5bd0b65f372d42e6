"""Which mails I get; and the link in a mail by which those of a topic stop."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from departments.permissions import works_at_a_desk
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets.actions.mail_choices import choose_mails, set_paces
from tickets.forms.mail_choices import MailChoicesForm
from tickets.mail import mine, stopping, unsubscribe
from tickets.models import MailChoices


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: SignedIn) -> HttpResponse:
    """At what pace mails come, when none comes, what is held now, and what went."""
    me = request.user
    kept = MailChoices.objects.filter(person=me).first() or MailChoices(person=me)
    data = request.POST if request.method == "POST" else None
    form = MailChoicesForm(data, choices=kept, at_a_desk=works_at_a_desk(me))
    if form.is_valid():
        try:
            choose_mails(me, **form.values())
        except Refused as problem:
            form.add_error("digest_at", str(problem))
        else:
            messages.success(request, _("Saved. Your mails come as you chose."))
            return redirect("mail_choices")
    context = {"form": form, "mine": mine.build(me, timezone.now())}
    status = 422 if form.is_bound else 200
    return render(request, "tickets/mail/choices.html", context, status=status)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Mails of one topic stop. A mail program's one click (RFC 8058, 3.1) has no cookie and so
    no proof but the token; whoever presses the button on the page brings Django's own, too.
    """
    proof = unsubscribe.read(token)
    if proof is None:
        raise Http404
    if request.POST.get("List-Unsubscribe") == "One-Click":
        set_paces(proof.person, stopping.all_off(proof))
        return HttpResponse(status=200, content_type="text/plain")
    return _by_hand(request, token, proof)


@csrf_protect
def _by_hand(request: HttpRequest, token: str, proof: unsubscribe.Proof) -> HttpResponse:
    """Looking changes nothing; the button stops them, and another brings them back."""
    before = request.POST.get("was", request.GET.get("was", ""))
    if request.method == "POST" and "again" in request.POST:
        set_paces(proof.person, stopping.as_before(proof, before))
        return redirect("mail_stop", token)
    if request.method == "POST":
        was = set_paces(proof.person, stopping.all_off(proof))
        return redirect(f"{request.path}?was={stopping.written(was)}")
    with translation.override(proof.person.language), timezone.override(proof.person.zone):
        shown = stopping.build(proof, before)
        return render(request, "tickets/mail/stop.html", {"shown": shown})

"""Mailboxes for leads: which addresses, where their letters come from, and whether that works."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets.actions import mailboxes as actions
from tickets.forms.mailboxes import MailboxForm, SourceForm
from tickets.mail import imap
from tickets.models import Mailbox, MailSource
from tickets.rail import rail
from tickets.views.mail import require_reader


def kept(request: SignedIn, pk: int) -> Mailbox:
    found = Mailbox.objects.kept_by(request.user).select_related("desk", "service", "source")
    return get_object_or_404(found, pk=pk)


@require_safe
@login_required
def boxes(request: SignedIn) -> HttpResponse:
    """Every mailbox that this person keeps, with how its fetching goes."""
    require_reader(request.user)
    found = Mailbox.objects.kept_by(request.user).select_related("desk", "service", "source")
    context = {"boxes": found, "rail": rail(request.user, page="mailboxes")}
    return render(request, "tickets/mail/boxes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def box_new(request: SignedIn) -> HttpResponse:
    """Add a mailbox."""
    require_reader(request.user)
    return box_page(request, Mailbox())


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def box(request: SignedIn, pk: int) -> HttpResponse:
    """One mailbox: its address and desk, and the account where its letters are fetched."""
    return box_page(request, kept(request, pk))


def box_page(request: SignedIn, mailbox: Mailbox) -> HttpResponse:
    form = MailboxForm(request.POST or None, instance=mailbox).only_for(request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_mailbox(mailbox, by=request.user, **form.values)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("mailbox", pk=mailbox.pk)
    return shown(request, mailbox, form, SourceForm(instance=source_of(mailbox)))


def source_of(mailbox: Mailbox) -> MailSource | None:
    return MailSource.objects.filter(mailbox=mailbox).first() if mailbox.pk else None


def shown(
    request: SignedIn, mailbox: Mailbox, form: MailboxForm, source_form: SourceForm
) -> HttpResponse:
    context = {
        "mailbox": mailbox,
        "form": form,
        "source": source_of(mailbox),
        "source_form": source_form,
        "rail": rail(request.user, page="mailbox"),
    }
    is_wrong = form.errors or source_form.errors
    return render(request, "tickets/mail/box.html", context, status=422 if is_wrong else 200)


@require_POST
@login_required
def source(request: SignedIn, pk: int) -> HttpResponse:
    """Save where the letters are fetched, and try it at once."""
    mailbox = kept(request, pk)
    form = SourceForm(request.POST, instance=source_of(mailbox))
    if form.is_valid():
        try:
            actions.save_source(mailbox, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return test(request, pk)
    return shown(request, mailbox, MailboxForm(instance=mailbox).only_for(request.user), form)


@require_POST
@login_required
def test(request: SignedIn, pk: int) -> HttpResponse:
    """Connect, sign in, open the folder; nothing is fetched."""
    account = get_object_or_404(MailSource, mailbox=kept(request, pk))
    try:
        with imap.opened(account) as line:
            waiting = len(line.unread())
    except imap.Unreachable as problem:
        messages.error(request, _("It does not work yet: %(why)s") % {"why": problem})
    else:
        words = _("It works. Unread letters in the folder now: %(number)s.")
        messages.success(request, words % {"number": waiting})
    return redirect("mailbox", pk=pk)


@require_POST
@login_required
def pause(request: SignedIn, pk: int) -> HttpResponse:
    """Pause, go on, or forget the account."""
    mailbox = kept(request, pk)
    choice = request.POST.get("choice", "")
    if choice == "forget":
        actions.forget_source(mailbox, by=request.user)
        messages.success(request, _("We fetch no more, and have forgotten the secret."))
    elif choice in {"pause", "go_on"}:
        actions.pause_source(mailbox, by=request.user, is_paused=choice == "pause")
        messages.success(request, _("Paused.") if choice == "pause" else _("Fetching goes on."))
    return redirect("mailbox", pk=pk)

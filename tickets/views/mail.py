"""Mail: the letters that came in and where each ended, and what went out."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from departments.models import Membership, Person, Role
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from helpdesk.lib.html import clean
from tickets.forms.mail import SettleForm, SettleManyForm
from tickets.mail import authentication, file_links, outbound, release
from tickets.mail.apart import parse
from tickets.mail.balance import DAYS, ORDER, balance, by_day, by_mailbox
from tickets.mail.fitting import without_preheader
from tickets.mail.replay import replay
from tickets.models import InboundMail, Mailbox, OutboundMail
from tickets.rail import rail

PAGE = 50
PREVIEW = 20_000
Outcome = InboundMail.Outcome


def require_reader(person: Person) -> None:
    """Leads read the letters of their desk, administrators those that are not confidential."""
    leads = Membership.objects.filter(person=person, role=Role.LEAD)
    if not (person.is_administrator or leads.exists()):
        raise Http404


def require_administrator(person: Person) -> None:
    if not person.is_administrator:
        raise Http404


@require_safe
@login_required
def letters(request: SignedIn) -> HttpResponse:
    """The balance, and the letters of one outcome, newest first."""
    return letters_page(request, SettleManyForm())


def letters_page(request: SignedIn, form: SettleManyForm, status: int = 200) -> HttpResponse:
    require_reader(request.user)
    outcome = request.GET.get("outcome", Outcome.QUARANTINED)
    found = InboundMail.objects.visible_to(request.user).defer("raw")
    if outcome in Outcome.values:
        found = found.filter(outcome=outcome)
    rows, after = page_of(request, found.select_related("mailbox", "ticket"))
    context = {
        "balance": balance(request.user),
        "form": form,
        "marked": set(request.POST.getlist("letters")),
        "days": DAYS,
        "letters": rows,
        "outcome": outcome if outcome in Outcome.values else "all",
        "page": {"after": f"outcome={outcome}&after={after}" if after else ""},
        "rail": rail(request.user, page="letters"),
    }
    return render(request, "tickets/mail/letters.html", context, status=status)


def page_of(request: SignedIn, found: Any) -> tuple[list[Any], int | None]:
    """Fifty rows before the one that the address names, and where the next page begins."""
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def find(request: SignedIn, pk: int) -> InboundMail:
    require_reader(request.user)
    found = InboundMail.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("mailbox__desk", "ticket", "message"), pk=pk)


@require_safe
@login_required
def letter(request: SignedIn, pk: int) -> HttpResponse:
    """One letter as text: never its own HTML."""
    return letter_page(request, find(request, pk), SettleForm())


def letter_page(
    request: SignedIn, row: InboundMail, form: SettleForm, status: int = 200
) -> HttpResponse:
    read = parse(bytes(row.raw))
    text = read.text.strip()
    context = {
        "letter": row,
        "read": read,
        "results": authentication.read(read.authentication_results, row.mailbox.authserv_id),
        "text": text[:PREVIEW],
        "is_cut": len(text) > PREVIEW,
        "is_known": read.sender is not None
        and Person.objects.with_address(read.sender.address).who_write().exists(),
        "form": form,
        "may_settle": row.outcome == Outcome.QUARANTINED,
        "may_join": row.ticket is not None and row.ticket.state != "closed",
        "rail": rail(request.user, page="letter"),
    }
    return render(request, "tickets/mail/letter.html", context, status=status)


@require_safe
@login_required
def raw(request: SignedIn, pk: int) -> HttpResponse:
    """The letter as it came, to keep, never to be shown by the browser."""
    row = find(request, pk)
    if not row.raw:
        raise Http404
    answer = HttpResponse(bytes(row.raw), content_type="text/plain")
    answer["Content-Disposition"] = f'attachment; filename="letter-{row.pk}.eml"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@require_POST
@login_required
def settle(request: SignedIn, pk: int) -> HttpResponse:
    """Let a letter in or reject it."""
    row, form = find(request, pk), SettleForm(request.POST)
    if not form.is_valid():
        return letter_page(request, row, form, status=422)
    choice, reason = form.cleaned_data["choice"], form.cleaned_data["reason"]
    try:
        if choice == "reject":
            release.reject(row, by=request.user, why=reason)
            messages.success(request, _("Rejected. The letter stays stored."))
        elif choice == "welcome":
            release.welcome(row, by=request.user)
            messages.success(request, _("Added as an employee, and let in."))
        else:
            address = form.cleaned_data["address"]
            release.release(row, by=request.user, address=address, joins=choice == "join")
            messages.success(request, _("Let in."))
    except Refused as refused:
        form.add_error(None, str(refused))
        return letter_page(request, find(request, pk), form, status=422)
    return redirect("letter", pk=row.pk)


@require_POST
@login_required
def settle_many(request: SignedIn) -> HttpResponse:
    """One decision for all marked letters; what could not be done is said, and stays marked."""
    require_reader(request.user)
    found = InboundMail.objects.visible_to(request.user).quarantined().defer("raw")
    asked = [pk for pk in request.POST.getlist("letters") if pk.isdecimal() and len(pk) < 19]
    rows = list(found.filter(pk__in=asked[:PAGE]).order_by("pk"))
    form = SettleManyForm(request.POST, marked=len(rows))
    if not form.is_valid():
        return letters_page(request, form, status=422)
    choice, reason = form.cleaned_data["choice"], form.cleaned_data["reason"]
    settled = release.settle_many(rows, choice=choice, by=request.user, why=reason)
    if settled.done:
        words = ngettext("%(n)s letter is settled.", "%(n)s letters are settled.", settled.done)
        messages.success(request, words % {"n": settled.done})
    if settled.refused:
        for problem in settled.refused:
            form.add_error(None, problem)
        return letters_page(request, form, status=422)
    return redirect("letters")


@require_POST
@login_required
def read_again(request: SignedIn, pk: int) -> HttpResponse:
    """Read one letter again, after the reader was mended."""
    again = replay(find(request, pk))
    if again.is_changed:
        messages.success(request, _("Read again: something changed."))
    else:
        messages.info(request, _("Read again: it says the same as before."))
    return redirect("letter", pk=pk)


@require_safe
@login_required
def sums(request: SignedIn) -> HttpResponse:
    """The balance of each day and each mailbox."""
    require_reader(request.user)
    boxes = Mailbox.objects.filter(
        pk__in=InboundMail.objects.visible_to(request.user).values("mailbox")
    )
    chosen = request.GET.get("mailbox", "")
    mailbox = next((box for box in boxes if str(box.pk) == chosen), None)
    context = {
        "days": DAYS,
        "by_mailbox": by_mailbox(request.user),
        "by_day": by_day(
            request.user, timezone.get_current_timezone(), mailbox.pk if mailbox else None
        ),
        "outcomes": [outcome.label for outcome in ORDER],
        "mailboxes": boxes,
        "mailbox": mailbox,
        "rail": rail(request.user, page="letters"),
    }
    return render(request, "tickets/mail/sums.html", context)


@require_safe
@login_required
def outbox(request: SignedIn) -> HttpResponse:
    """Every mail that we wrote, newest first; of confidential ones only that they exist."""
    require_administrator(request.user)
    found = OutboundMail.objects.defer("text", "html").select_related("ticket", "person")
    state = request.GET.get("state", "")
    if state in OutboundMail.State.values:
        found = found.filter(state=state)
    rows, after = page_of(request, found)
    context = {
        "mails": [(mail, outbound.is_hidden(mail)) for mail in rows],
        "states": OutboundMail.State.choices,
        "state": state if state in OutboundMail.State.values else "",
        "page": {"after": f"state={state}&after={after}" if after else ""},
        "rail": rail(request.user, page="outbox"),
    }
    return render(request, "tickets/mail/outbox.html", context)


@require_safe
@login_required
def sent(request: SignedIn, pk: int) -> HttpResponse:
    """One mail of ours: its words and how sending it went."""
    require_administrator(request.user)
    mail = get_object_or_404(OutboundMail.objects.select_related("ticket", "person"), pk=pk)
    is_hidden = outbound.is_hidden(mail)
    context = {
        "mail": mail,
        "is_hidden": is_hidden,
        "text": file_links.masked(mail.text),
        "html": "" if is_hidden else clean(without_preheader(file_links.masked(mail.html))),
        "rail": rail(request.user, page="outbox_mail"),
    }
    return render(request, "tickets/mail/sent.html", context)

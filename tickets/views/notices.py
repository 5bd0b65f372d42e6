"""Notifications: the list, the number of unread ones, and having read them."""

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from departments.views.signed_in import SignedIn
from tickets import actions
from tickets.events import Kind, sentence
from tickets.models import GapWarning, Notification, Ticket
from tickets.models.notification import unread_count
from tickets.page_words import gap_words
from tickets.paging import PAGE, read_cursor, write_cursor
from tickets.timeline import ICONS


@login_required
@require_GET
def notifications(request: SignedIn) -> HttpResponse:
    """What happened to one's requests and tickets, newest first."""
    worked = Ticket.objects.worked_by(request.user).filter(pk=OuterRef("ticket"))
    found = Notification.objects.visible_to(request.user).annotate(is_worked=Exists(worked))
    made_at, is_later, pk = read_cursor(request.GET.get("after", ""), is_moment=True)
    if is_later and made_at:
        found = found.older_than(made_at, pk)
    rows = list(found.select_related("event__actor", "ticket", "gap__desk")[: PAGE + 1])
    shown = rows[:PAGE]
    context = {
        "notices": [as_line(notice) for notice in shown],
        "next": write_cursor(shown[-1].made_at, shown[-1].pk) if len(rows) > PAGE else "",
        "is_later_page": is_later,
    }
    return render(request, "tickets/notices/notifications.html", context)


def as_line(notice: Notification) -> dict[str, object]:
    """What parts/notification.html shows; who works the ticket goes to the desk's page."""
    if notice.gap is not None:
        return as_gap(notice, notice.gap)
    assert notice.ticket is not None  # by the constraint on the rows
    assert notice.event is not None
    ticket = notice.ticket
    is_worked = getattr(notice, "is_worked", False)
    return {
        "url": ticket.get_desk_url() if is_worked else ticket.get_absolute_url(),
        "words": sentence(notice.event),
        "line": f"{ticket.number} {ticket.summary}",
        "icon": ICONS.get(Kind(notice.event.kind), "chat"),
        "at": notice.made_at,
        "unread": notice.read_at is None,
    }


def as_gap(notice: Notification, gap: GapWarning) -> dict[str, object]:
    """The same for a lead whose rota has nobody at some time."""
    return {
        "url": reverse("on_call", args=[gap.desk.slug]),
        "words": gap_words(gap, timezone.now(), timezone.get_current_timezone()),
        "icon": "phone",
        "at": notice.made_at,
        "unread": notice.read_at is None,
    }


@login_required
@require_GET
def count(request: SignedIn) -> HttpResponse:
    """The bell of the portal, or with `rail` its place in the desk's rail."""
    wide = request.GET.get("rail", "")
    context = {"unread": unread_count(request.user), "slim": wide == "slim"}
    return render(request, "parts/rail_news.html" if wide else "parts/bell.html", context)


@login_required
@require_POST
def read_all(request: SignedIn) -> HttpResponse:
    """Mark everything read, or with `ticket` only what this ticket brought."""
    number = request.POST.get("ticket", "")
    if not number:
        actions.mark_all_read(by=request.user)
        return redirect("notifications")
    seen = Ticket.objects.visible_to(request.user).numbered(number)
    actions.mark_read(get_object_or_404(seen), by=request.user)
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect("notifications")

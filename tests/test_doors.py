"""Every address of the product, tried by everybody, with the ids of a confidential ticket.

A route that is missing here fails the first test. Nobody ever meets a 500; who may not see a
thing gets 404 or the sign-in page, and no trace of it anywhere.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from departments.actions import absences, covers, rota, timing
from departments.models import (
    Absence,
    Calendar,
    CalendarVersion,
    Person,
    PolicyVersion,
    RotaOverride,
    Service,
    SLAPolicy,
    TimesChange,
)
from knowledge_base.models import Article
from metrics import rollup
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.conftest import Make
from tests.knowledge_base.conftest import Write
from tickets import actions, page_links
from tickets.actions import paging
from tickets.mail import outbound, receive, unsubscribe
from tickets.models import (
    Attachment,
    Draft,
    InboundMail,
    Mailbox,
    MailChoices,
    Notification,
    OutboundMail,
    Page,
    SpamSender,
    Ticket,
)
from tickets.reactions import running

CANARY = "anary"


@dataclass
class World:
    """A company with one confidential ticket, everything that hangs on it, and a plain one."""

    company: Company
    secret: Ticket
    plain: Ticket
    file: Attachment
    letter: InboundMail
    mail: OutboundMail
    cover: RotaOverride
    absence: Absence
    token: str
    spam: SpamSender
    article: Article

    def fill(self, route: str) -> dict[str, Any]:
        """Ids for the placeholders of this route: always the confidential ones."""
        values: dict[str, Any] = {
            "number": self.secret.number,
            "slug": "hr",
            "pk": self.company.letter.pk,
            "uidb36": "1",
            "key": "set-password",
            "token": self.token,
            "language": "en",
            "name": "-",
        }
        values["pk"] = {
            "attachment": self.file.pk,
            "letter": self.letter.pk,
            "letter_raw": self.letter.pk,
            "letter_settle": self.letter.pk,
            "letter_again": self.letter.pk,
            "outbox_mail": self.mail.pk,
            "api_ticket_workaround": self.secret.messages.latest("pk").pk,
            "desk_workaround": self.secret.messages.latest("pk").pk,
            **dict.fromkeys(
                (
                    f"{door}_{verb}"
                    for door in ("desk_message", "api_ticket_message")
                    for verb in ("move", "back", "split")
                ),
                self.secret.messages.latest("pk").pk,
            ),
            "spam_sender_lift": self.spam.pk,
            **dict.fromkeys(("article", "article_permalink", "article_vote"), self.article.pk),
            "person": self.company.elif_.pk,
            "rota_layer": self.cover.layer_id,
            "rota_layer_remove": self.cover.layer_id,
            "on_call_cancel": self.cover.pk,
            "absence_withdraw": self.absence.pk,
            **dict.fromkeys(
                ("calendar_edit", "calendar_feed", "calendar_history"),
                Calendar.objects.get(name="Canary-calendar").pk,
            ),
            "promise_edit": SLAPolicy.objects.get(name="Canary-promise").pk,
            "promise_history": SLAPolicy.objects.get(name="Canary-promise").pk,
        }.get(route, values["pk"])
        if route == "mail_stop":
            values["token"] = unsubscribe.token(self.company.misaki, "work")
        names = placeholders(route)
        return {name: values.get(name, 1) for name in names}


@pytest.fixture
def world(make: Make, company: Company) -> World:
    now = timezone.now()
    timing.found_policy("Canary-promise", PROMISES, department=company.hr)
    timing.found_calendar("Canary-calendar", OFFICE_HOURS, department=company.hr)
    file = actions.keep_file(
        ContentFile(b"Canary-file"), name="Canary.txt", type="text/plain", by=company.elif_
    )
    secret = make.secret(at=now, files=[file])
    actions.note(secret, by=company.misaki, body="Canary-note", at=now)
    actions.reply(secret, by=company.misaki, body="Canary-reply", at=now)
    raw = b"From: x@evil.example\r\nTo: hr@aldera.example\r\nSubject: Canary-mail\r\n\r\nCanary"
    mailbox = Mailbox.objects.get(address="hr@aldera.example")
    letter = receive.store(mailbox, raw, "x@evil.example", "hr@aldera.example", now)
    plain = make.ticket(at=now)
    running.react_to_pending()
    outbound.send_queued()
    rollup.measure_changed()
    mail = OutboundMail.objects.filter(ticket=secret).latest("pk")
    held = rota_of_hr(company, now)
    page = paging.page(secret, why=Page.Why.ESCALATION, at=now + timedelta(seconds=1))
    assert page is not None
    token = page_links.token(page.calls.get())
    spam = SpamSender.objects.create(
        address="Canary-spam@evil.example", ticket=secret, marked_by=company.misaki
    )
    article = Write(company).secret()
    return World(company, secret, plain, file, letter, mail, *held, token, spam, article)


def rota_of_hr(company: Company, now: datetime) -> tuple[RotaOverride, Absence]:
    """Who is on call for HR, with an evening that is covered, and somebody away."""
    andreea, misaki = company.andreea, company.misaki
    planned = rota.save_layer(
        rota.set_up(company.hr, by=andreea),
        by=andreea,
        at=now,
        people=[misaki, andreea],
        name="Canary-layer",
        time_zone="Asia/Tokyo",
        handover="daily",
        handover_at=time(9),
    )
    evening: dict[str, Any] = {
        "starts_at": now,
        "ends_at": now + timedelta(hours=3),
        "reason": "Canary-reason",
    }
    cover = covers.cover(planned, by=andreea, person=andreea, at=now, **evening)
    day = now.date() + timedelta(days=7)
    return cover, absences.set_absence(misaki, by=misaki, starts_on=day, ends_on=day, at=now)


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":  # Django's own; see tests/departments/test_admin.py
                yield from patterns(entry)
        else:
            yield entry


ROUTES = {str(entry.name): entry for entry in patterns(get_resolver())}


def placeholders(route: str) -> set[str]:
    found = get_resolver().reverse_dict.getlist(route)
    return {
        name for possibilities, *_rest in found for _text, names in possibilities for name in names
    }


# Who needs no sign-in.
PUBLIC = {
    "healthz",
    "readyz",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "set_language",
    "page_answer",  # Whoever holds the link was sent it; it shows the number and no word more.
    "mail_file",  # So was whoever holds this link; never of a confidential request.
    "mail_file_download",
    "mail_stop",  # Whoever holds the link was sent it; it shows a name and a topic only.
    "live",  # Ends at once on a page server; the stream itself asks who it is.
}
# Routes that show one confidential thing: nobody but its people gets anything but 404.
ABOUT_THE_SECRET = {
    name
    for name in ROUTES
    if name.startswith(("ticket", "desk_", "api_ticket", "api_messages", "api_clocks"))
    and "number" in placeholders(name)
} | {"attachment", "letter", "letter_raw", "letter_settle", "letter_again", "spam_sender_lift"}
ABOUT_THE_SECRET |= {"article", "article_permalink", "article_vote"}
# Routes of a desk that only its members (or managers) enter.
OF_THE_DESK = {name for name in ROUTES if "slug" in placeholders(name) and name != "department"} | {
    "service_edit",
    "service_state",
    "absence_withdraw",
    "calendars",
    "calendar_new",
    "calendar_edit",
    "calendar_feed",
    "calendar_history",
    "house_times",
    "promises",
    "promise_new",
    "promise_edit",
    "promise_history",
}
STRANGERS = ["tom", "olga", "sam"]
EVERYBODY = ["elif_", "misaki", "andreea", "jonas", "sam"]
METHODS = ["get", "post"]

SignIn = Callable[[Person], Client]


def test_every_route_has_a_name_and_is_tried_here() -> None:
    assert all(entry.name for entry in patterns(get_resolver()))
    assert len(ROUTES) > 55


# All routes in one world: to found a company for each would take minutes.
@pytest.mark.parametrize("method", METHODS)
def test_a_guest_is_asked_to_sign_in(world: World, method: str) -> None:
    let_in = []
    for route in sorted(ROUTES):
        answer = getattr(Client(), method)(reverse(route, kwargs=world.fill(route)))
        is_refused = asks_to_sign_in(answer) or answer.status_code in {401, 403, 404, 405}
        if route in PUBLIC:
            is_refused = answer.status_code < 500 or route == "readyz"
        if not is_refused or CANARY in answer.content.decode(errors="replace"):
            let_in.append((route, answer.status_code))
    assert let_in == []


def asks_to_sign_in(answer: Any) -> bool:
    return answer.status_code == 302 and "/accounts/" in answer["Location"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_no_confidential_thing(
    world: World, sign_in: SignIn, who: str, method: str
) -> None:
    client = sign_in(getattr(world.company, who))
    found = []
    for route in sorted(ABOUT_THE_SECRET):
        answer = getattr(client, method)(reverse(route, kwargs=world.fill(route)))
        says = CANARY in answer.content.decode(errors="replace")
        if says or answer.status_code not in {404, 405}:
            found.append((route, answer.status_code))
    assert found == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", ["tom", "olga"])
def test_a_stranger_enters_no_other_desk(
    world: World, sign_in: SignIn, who: str, method: str
) -> None:
    client = sign_in(getattr(world.company, who))
    entered = []
    for route in sorted(OF_THE_DESK):
        answer = getattr(client, method)(reverse(route, kwargs=world.fill(route)))
        if answer.status_code not in {404, 405}:
            entered.append((route, answer.status_code))
    assert entered == []


@pytest.mark.parametrize("who", [*STRANGERS, "mihai", "jonas"])
def test_no_page_carries_a_trace_of_the_secret(world: World, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(world.company, who))
    assert [route for route in sorted(ROUTES) if has_trace(world, client, route)] == []


def has_trace(world: World, client: Client, route: str) -> bool:
    """Whether the page, as reached from one's own desk, says anything of the secret."""
    kwargs = world.fill(route)
    if "slug" in kwargs:
        kwargs["slug"] = "it"
    answer = client.get(reverse(route, kwargs=kwargs), {"q": "Canary", "view": "all"})
    said = content(answer).replace(kwargs.get("number", "\0"), "")
    return world.secret.number in said or bool(re.search(r"Canary-\w+", said))


def content(answer: Any) -> str:
    if answer.streaming:
        return ""
    return str(answer.content.decode(errors="replace"))


@pytest.mark.parametrize("who", EVERYBODY)
def test_looking_breaks_and_changes_nothing(world: World, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(world.company, who))
    client.raise_request_exception = False
    before, broken = rows(), []
    for route in sorted(set(ROUTES) - {"readyz", "account_logout"}):
        answer = client.get(reverse(route, kwargs=world.fill(route)))
        broken += [route] if answer.status_code >= 500 else []
    assert broken == []
    assert rows() == before, "find the route by comparing after each"


@pytest.mark.parametrize("who", EVERYBODY)
def test_an_empty_form_breaks_no_page(world: World, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(world.company, who))
    client.raise_request_exception = False
    broken = []
    for route in sorted(set(ROUTES) - {"readyz"}):
        if route.startswith("account_"):
            client = sign_in(getattr(world.company, who))
            client.raise_request_exception = False
        answer = client.post(reverse(route, kwargs=world.fill(route)))
        broken += [route] if answer.status_code >= 500 else []
    assert broken == []


def rows() -> dict[str, list[dict[str, Any]]]:
    """Everything that a page could change by being looked at."""
    models = [Ticket, Page, Attachment, InboundMail, OutboundMail, Notification, Draft, Service]
    models += [RotaOverride, Absence, PolicyVersion, CalendarVersion, TimesChange, MailChoices]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


@pytest.mark.parametrize("who", ["elif_", "misaki", "andreea"])
def test_its_own_people_do_see_it(world: World, sign_in: SignIn, who: str) -> None:
    person = getattr(world.company, who)
    route = "ticket" if who == "elif_" else "desk_ticket"
    answer = sign_in(person).get(reverse(route, kwargs={"number": world.secret.number}))
    assert answer.status_code == 200
    assert "Canary-reply" in answer.content.decode()
    assert ("Canary-note" in answer.content.decode()) is (who != "elif_")

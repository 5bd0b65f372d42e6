"""Live hints: who hears that something changed, and that nothing more is said."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from pytest_django import Settings

from tests.cast import Company
from tests.conftest import Make
from tickets import actions, hub, live
from tickets.models import Participant, TicketEvent
from tickets.views.live import as_event, own_page


def test_a_desk_and_the_requester_hear_of_an_ordinary_ticket(make: Make, company: Company) -> None:
    heard = live.audience(make.ticket(), is_public=True)
    assert heard == {f"desk:{company.it.pk}", f"person:{company.elif_.pk}"}


def test_a_confidential_ticket_is_hinted_to_no_desk(make: Make, company: Company) -> None:
    heard = live.audience(make.secret(), is_public=True)
    allowed = {company.elif_, company.misaki, company.andreea}
    assert heard == {f"person:{person.pk}" for person in allowed}


def test_a_note_is_not_hinted_to_the_requester(make: Make, company: Company) -> None:
    assert f"person:{company.elif_.pk}" not in live.audience(make.ticket(), is_public=False)


def test_who_asks_their_own_desk_in_confidence_hears_nothing_of_its_notes(
    make: Make, company: Company
) -> None:
    heard = live.audience(make.secret(by=company.misaki), is_public=False)
    assert heard == {f"person:{company.andreea.pk}"}


def test_the_subject_of_a_case_hears_nothing(make: Make, company: Company) -> None:
    ticket = make.secret(by=company.olga, subject_person=company.misaki)
    assert f"person:{company.misaki.pk}" not in live.audience(ticket, is_public=True)


def test_a_follower_hears_of_public_events(make: Make, company: Company) -> None:
    ticket = make.ticket()
    Participant.objects.create(ticket=ticket, person=company.olga)
    assert f"person:{company.olga.pk}" in live.audience(ticket, is_public=True)


def test_nobody_listens_to_a_desk_they_do_not_work_at(company: Company) -> None:
    assert live.topics_of(company.tom) == {f"person:{company.tom.pk}", f"desk:{company.finance.pk}"}


def test_a_hint_names_the_ticket_and_never_its_words(make: Make) -> None:
    event = TicketEvent.objects.filter(ticket=make.secret()).latest("pk")
    said = as_event(live.hint(event))
    assert "HR-1" in said
    assert "anary" not in said
    assert "person:" not in said
    assert "desk:" not in said


def test_what_was_missed_is_told_again_only_to_those_who_may_hear(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stream drops a connection that has become old; the test's transaction must live on.
    monkeypatch.setattr(hub, "close_old_connections", lambda: None)
    first = TicketEvent.objects.filter(ticket=make.ticket()).latest("pk")
    actions.reply(make.secret(), by=company.misaki, body="Canary")
    missed = async_to_sync(hub.missed)(live.topics_of(company.tom), first.pk)
    assert missed == []
    assert async_to_sync(hub.missed)(live.topics_of(company.misaki), first.pk)


def test_a_guest_gets_no_stream(db: None) -> None:
    answer = async_to_sync(AsyncClient().get)("/live/")
    assert answer.status_code == 401


def test_a_page_server_holds_no_stream_open(company: Company) -> None:
    client = Client()
    client.force_login(company.elif_)
    assert client.get("/live/").status_code == 204


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://testserver:8000", True),
        ("http://testserver:8002", False),
        ("http://evil.example:8000", False),
        ("", False),
        ("null", False),
    ],
)
def test_only_our_own_page_may_read_the_stream_from_another_port(
    rf: object, settings: Settings, origin: str, allowed: bool
) -> None:
    settings.LIVE_PORT = 8001
    request = rf.get("/live/", headers={"Origin": origin})  # type: ignore[attr-defined]
    assert bool(own_page(request)) is allowed


def test_a_listener_who_is_far_behind_is_told_to_look_at_everything() -> None:
    switchboard = hub.Hub()
    queue: asyncio.Queue[hub.Hint] = asyncio.Queue(1)
    switchboard.listeners[queue] = frozenset({"desk:1"})
    for number in (1, 2):
        switchboard.spread({"id": number, "ticket": "IT-1", "desk": "it", "topics": ["desk:1"]})
    assert queue.get_nowait()["id"] == 0

"""The commands that fill an empty installation."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from departments.models import Department, Installation, Person
from departments.promises import promise_of
from helpdesk.demo.seeding import Made
from helpdesk.management.commands import seed_demo
from tests.conftest import MONDAY
from tickets import actions
from tickets.models import Mailbox

Printed = pytest.CaptureFixture[str]


def test_the_sign_ins_are_left_where_the_start_finds_them(
    db: None,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Printed,
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(seed_demo, "seed", lambda now: Made(30, 24, 330, 39))
    call_command("seed_demo", once=True)
    assert "elif@aldera.example" in (tmp_path / "demo-sign-ins.txt").read_text()
    assert "330 requests of which 39 are open" in capsys.readouterr().out


def test_the_sign_ins_can_be_asked_for_and_nothing_is_made(db: None, capsys: Printed) -> None:
    call_command("seed_demo", sign_ins=True)
    said = capsys.readouterr().out
    assert "helpdesk-demo" in said
    assert "Elif Yıldız, asks for help" in said
    assert not Installation.objects.exists()


def test_a_fresh_installation_takes_requests(db: None, capsys: Printed) -> None:
    call_command("seed_installation")
    triage = Installation.objects.get().triage
    asks = Person.objects.create(email="new@aldera.example", name="New Person")
    request = actions.Request(summary="Help", body="Please.", desk=triage)
    ticket = actions.open_ticket(request, requester=asks, at=MONDAY)
    assert ticket.number == "HD-1"
    assert ticket.promised_at is not None
    assert "createsuperuser" in capsys.readouterr().out


def test_a_fresh_installation_promises_something_at_every_priority(db: None) -> None:
    call_command("seed_installation")
    promise = promise_of(Department.objects.get())
    assert all(promise.first_answer(priority, MONDAY) for priority in (1, 2, 3, 4))


def test_a_fresh_installation_takes_mail(db: None) -> None:
    call_command("seed_installation")
    assert Mailbox.objects.get().address == "helpdesk@aldera.example"


def test_the_first_administrator_is_made_by_djangos_own_command(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("seed_installation")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long first password")
    call_command(
        "createsuperuser",
        interactive=False,
        email="first@aldera.example",
        name="First",
        verbosity=0,
    )
    assert Person.objects.get().is_administrator


def test_defaults_are_made_once(db: None, capsys: Printed) -> None:
    call_command("seed_installation")
    Installation.objects.update(company="Ours")
    capsys.readouterr()
    call_command("seed_installation", once=True)
    assert Installation.objects.get().company == "Ours"
    assert capsys.readouterr().out == ""


def test_defaults_are_not_made_over_others(db: None) -> None:
    call_command("seed_installation")
    with pytest.raises(CommandError, match="already"):
        call_command("seed_installation")

"""Stopping mails of one topic by a link or one click (RFC 8058), and bringing them back."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.choosing import choose
from tests.mail.every_kind import mails_about
from tickets import actions
from tickets.actions.mail_choices import set_paces
from tickets.mail import transport, unsubscribe
from tickets.models import MailChoices, OutboundMail, Ticket, Topic
from tickets.reactions import running

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def program() -> Client:
    """A mail program: nobody is signed in, and it has no cookie of ours."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def followed(make: Make, company: Company) -> Ticket:
    ticket = make.ticket(summary="Canary-summary")
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    while running.react_to_pending():
        pass
    return ticket


def address(person: Person, topic: str) -> str:
    return reverse("mail_stop", args=[unsubscribe.token(person, topic)])


def pace(person: Person, topic: str = "followed") -> str:
    kept = MailChoices.objects.filter(person=person).first() or MailChoices(person=person)
    return str(kept.pace_of(topic))


def test_only_mails_that_can_be_stopped_carry_the_header(
    make: Make, company: Company, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://help.aldera.example"
    ticket = make.ticket()
    actions.assign(ticket, to=company.mihai, by=company.mihai)
    ticket.refresh_from_db()
    found = mails_about(ticket, company.mihai, company)
    headers = {kind: mail.headers.get("List-Unsubscribe", "") for kind, mail in found.items()}
    assert {kind for kind, value in headers.items() if value} == {
        "added",
        "assigned",
        "asked",
        "escalated",
        "rota_gaps",
        "digest",
    }
    for kind, value in headers.items():
        assert bool(value) == ("List-Unsubscribe-Post" in found[kind].headers), kind
        if value:
            assert re.fullmatch(r"<https://help\.aldera\.example/mails/stop/[\w-]+/>", value)
            assert value.strip("<>") in found[kind].text
            assert value.strip("<>") in found[kind].html


def test_one_click_is_offered_over_https_only(
    make: Make, company: Company, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://help.aldera.example"
    headers = unsubscribe.headers(company.olga, Topic.FOLLOWED)
    assert list(headers) == ["List-Unsubscribe"]


def test_the_header_goes_over_the_line_in_one_piece(followed: Ticket, company: Company) -> None:
    mail = company.olga.mails.get(kind="added")
    sent = message_from_bytes(transport.as_bytes(transport.build(mail)), policy=policy.default)
    link = unsubscribe.link(company.olga, "followed")
    assert sent["List-Unsubscribe"].split() == [f"<{link}>"]


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_one_click_stops_them_without_a_cookie(
    followed: Ticket, company: Company, program: Client, kind: str
) -> None:
    mail = company.olga.mails.get(kind="added")
    path = mail.headers["List-Unsubscribe"].strip("<>").partition("/mails/")[2]
    body: dict[str, Any] = {"data": ONE_CLICK}
    if kind == "urlencoded":
        body = {
            "data": "List-Unsubscribe=One-Click",
            "content_type": "application/x-www-form-urlencoded",
        }
    answer = program.post(f"/mails/{path}", **body)
    assert (answer.status_code, pace(company.olga)) == (200, "never")
    actions.reply(followed, by=company.mihai, body="First word.")
    while running.react_to_pending():
        pass
    assert not OutboundMail.objects.filter(person=company.olga, kind="reply").exists()
    assert OutboundMail.objects.filter(person=company.elif_, kind="reply").exists()


def test_no_other_post_passes_without_our_own_proof(company: Company, program: Client) -> None:
    for body in ({}, {"again": "1"}, {"List-Unsubscribe": "yes"}):
        assert program.post(address(company.olga, "followed"), body).status_code == 403
    assert not MailChoices.objects.exists()


def test_looking_says_whose_and_what_and_changes_nothing(
    followed: Ticket, company: Company, program: Client
) -> None:
    page = program.get(address(company.olga, "followed")).content.decode()
    for words in ("Stop these mails?", "Mails to Olga Lindqvist", "Requests I follow"):
        assert words in page
    for words in ("Canary", "IT-1", "Elif"):
        assert words not in page
    assert not MailChoices.objects.exists()


def press(client: Client, path: str, **fields: str) -> str:
    """Press the page's button and look at what comes."""
    answer = client.post(path, fields, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def hidden(page: str) -> dict[str, str]:
    return {"again": "1", "was": re.findall(r'name="was" value="([^"]*)"', page)[0]}


@pytest.mark.parametrize("before", ["at_once", "daily"])
def test_the_button_stops_them_and_undo_brings_back_what_was(
    company: Company, client: Client, before: str
) -> None:
    choose(company.olga, followed=before)
    path = address(company.olga, "followed")
    page = press(client, path)
    assert ("These mails have stopped" in page, pace(company.olga)) == (True, "never")
    page = press(client, path, **hidden(page))
    assert ("Stop these mails?" in page, pace(company.olga)) == (True, before)


def test_pressing_twice_or_coming_back_keeps_the_way_back(company: Company, client: Client) -> None:
    path = address(company.olga, "followed")
    press(client, path)
    press(client, path)
    page = client.get(path).content.decode()
    press(client, path, **hidden(page))
    assert pace(company.olga) == "at_once"


def test_the_daily_mail_stops_with_everything_in_it(company: Company, client: Client) -> None:
    choose(company.jonas, work="daily", leading="daily")
    path = address(company.jonas, "digest")
    page = press(client, path)
    assert [pace(company.jonas, topic) for topic in ("followed", "work", "leading")] == [
        "at_once",
        "never",
        "never",
    ]
    press(client, path, **hidden(page))
    assert [pace(company.jonas, topic) for topic in ("followed", "work", "leading")] == [
        "at_once",
        "daily",
        "daily",
    ]


def test_the_way_back_of_one_topic_says_nothing_of_another(
    company: Company, client: Client
) -> None:
    set_paces(company.jonas, {"work": "never", "leading": "never"})
    path = address(company.jonas, "work")
    press(client, path, again="1", was="leading:at_once,own:never,work:<b>")
    assert (pace(company.jonas, "work"), pace(company.jonas, "leading")) == ("at_once", "never")
    page = client.get(path, {"was": '"><script>'}).content.decode()
    assert "<script>" not in page


def test_a_forged_link_finds_nothing(company: Company, client: Client) -> None:
    good = unsubscribe.token(company.olga, "followed")
    number, topic, code = good.split("-")
    other = unsubscribe.token(company.elif_, "followed").split("-")
    forged = [
        good[:-1] + ("a" if good[-1] != "a" else "b"),
        f"{number}-work-{code}",
        f"{other[0]}-{topic}-{code}",
        unsubscribe.token(company.olga, "own"),
        unsubscribe.token(company.olga, "account"),
        "x",
    ]
    for token in forged:
        path = reverse("mail_stop", args=[token])
        assert client.get(path).status_code == 404, token
        assert client.post(path, ONE_CLICK).status_code == 404, token
    assert not MailChoices.objects.exists()


def test_a_link_of_an_older_key_still_works_and_one_of_who_left_does_not(
    company: Company, client: Client, settings: Settings
) -> None:
    path = address(company.olga, "followed")
    settings.MAIL_KEYS = ["new", *settings.MAIL_KEYS]
    assert client.get(path).status_code == 200
    Person.objects.filter(pk=company.olga.pk).update(is_active=False)
    assert client.get(path).status_code == 404


def test_a_follower_leaves_where_the_mail_leads_them(
    followed: Ticket, company: Company, client: Client
) -> None:
    client.force_login(company.olga)
    page = client.get("/requests/IT-1/").content.decode()
    assert 'id="following"' in page
    client.post("/requests/IT-1/people/", {"remove": company.olga.pk})
    assert client.get("/requests/IT-1/").status_code == 404

"""Answering from the desk: replies, notes, drafts, files, and two people at once."""

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tickets import actions
from tickets.actions.conversation import last_message_event
from tickets.models import Attachment, Draft, Message, State, Ticket

SignIn = Callable[[Person], Client]


@pytest.fixture
def mihai(company: Company, client: Client) -> Client:
    client.force_login(company.mihai)
    return client


def write(client: Client, **said: object) -> tuple[int, str]:
    """Send the composer; the status and the page that came back."""
    sent = {"kind": "public", "body": "Try another plug.", **said}
    answer = client.post("/tickets/IT-1/write/", sent)
    return answer.status_code, answer.content.decode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return str(found[1])


def chosen(page: str) -> str:
    """Reply or note: which of the two is ticked."""
    radios = re.findall(r'name="kind" value="(\w+)"([^>]*)>', page)
    ticked: list[str] = [kind for kind, rest in radios if "checked" in rest]
    return ticked[0]


# --- Sending ------------------------------------------------------------------------------------


def test_a_reply_reaches_the_conversation_and_takes_the_ticket_up(
    make: Make, company: Company, mihai: Client
) -> None:
    ticket = make.ticket()
    assert write(mihai)[0] == 302
    ticket.refresh_from_db()
    assert ticket.messages.last().body == "Try another plug."  # type: ignore[union-attr]
    assert (ticket.state, ticket.assignee) == (State.OPEN, company.mihai)


@pytest.mark.parametrize("then", [State.WAITING_REQUESTER, State.RESOLVED])
def test_a_reply_says_what_comes_next(make: Make, mihai: Client, then: State) -> None:
    make.ticket()
    assert write(mihai, then=then.value)[0] == 302
    assert Ticket.objects.get().state == then


def test_a_note_stays_at_the_desk(make: Make, mihai: Client) -> None:
    make.ticket()
    assert write(mihai, kind="note")[0] == 302
    said = Message.objects.get(kind="note")
    assert said.is_note
    assert Ticket.objects.get().state == State.NEW


def test_a_double_click_sends_once(make: Make, mihai: Client) -> None:
    make.ticket()
    page = mihai.get("/tickets/IT-1/").content.decode()
    for _click in range(2):
        assert write(mihai, key=hidden(page, "key"), seen=hidden(page, "seen"))[0] == 302
    assert Message.objects.filter(body="Try another plug.").count() == 1


def test_a_double_click_leaves_no_second_copy_of_a_file(make: Make, mihai: Client) -> None:
    make.ticket()
    for _click in range(2):
        file = SimpleUploadedFile("log.txt", b"words", "text/plain")
        assert write(mihai, key="k1", files=file)[0] == 302
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"body": "   "}, "Write something before you send."),
        ({"body": "x" * 200_001}, "Attach it as a file instead."),
        ({"body": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_sent_is_answered_kindly(
    make: Make, mihai: Client, said: dict[str, str], words: str
) -> None:
    make.ticket()
    status, page = write(mihai, **said)
    assert status == 422
    assert words in page
    assert Message.objects.count() == 1


@pytest.mark.parametrize("said", [{"kind": "system"}, {"then": "closed"}, {"seen": "x"}])
def test_a_tampered_form_sends_nothing_and_keeps_the_words(
    make: Make, mihai: Client, said: dict[str, str]
) -> None:
    make.ticket()
    status, page = write(mihai, **said)
    assert status == 422
    assert "Try another plug." in page
    assert Message.objects.count() == 1


@pytest.mark.parametrize("body", ["🙂 ok", "مرحبا", "会議室B"])
def test_any_language_is_sent_as_written(make: Make, mihai: Client, body: str) -> None:
    make.ticket()
    write(mihai, body=body)
    assert Message.objects.filter(body=body).exists()


def test_a_closed_ticket_refuses_a_reply_and_keeps_it(
    make: Make, company: Company, mihai: Client
) -> None:
    actions.close(make.ticket(), by=company.mihai)
    status, page = write(mihai)
    assert status == 422
    assert "This request is closed." in page
    assert "Try another plug." in page


# --- Two at once --------------------------------------------------------------------------------


def test_news_since_the_page_was_opened_are_shown_once_before_sending(
    make: Make, company: Company, mihai: Client
) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.reply(ticket, by=company.jonas, body="I am on it already.")
    status, page = write(mihai, seen=seen, key="k1")
    assert status == 422
    assert "Something new came in while you were writing." in page
    assert "I am on it already." in page
    assert "Try another plug.</textarea>" in page
    assert write(mihai, seen=hidden(page, "seen"), key=hidden(page, "key"))[0] == 302
    assert Message.objects.filter(body="Try another plug.").count() == 1


def test_a_colleagues_note_is_news_too(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.note(ticket, by=company.jonas, body="Wait, it is the port.")
    assert write(mihai, seen=seen)[0] == 422


def test_ones_own_words_are_no_news(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.note(ticket, by=company.mihai, body="For later")
    assert write(mihai, seen=seen)[0] == 302


def test_a_note_kept_back_by_news_stays_a_note(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.reply(ticket, by=company.elif_, body="Hello?")
    _status, page = write(mihai, kind="note", seen=seen)
    assert chosen(page) == "note"


# --- Files --------------------------------------------------------------------------------------


def test_files_go_with_the_message(make: Make, mihai: Client) -> None:
    make.ticket()
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.4", "application/pdf")
    assert write(mihai, files=file)[0] == 302
    assert Message.objects.get(body="Try another plug.").attachments.get().name == "plan.pdf"
    assert "plan.pdf" in mihai.get("/tickets/IT-1/").content.decode()


def test_good_files_are_kept_when_something_else_is_wrong(
    make: Make, mihai: Client, company: Company
) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.reply(ticket, by=company.jonas, body="News")
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.4", "application/pdf")
    status, page = write(mihai, seen=seen, files=file)
    assert status == 422
    kept = re.search(r'name="kept" value="(\d+)"', page)
    assert kept
    assert write(mihai, seen=hidden(page, "seen"), kept=kept[1])[0] == 302
    assert Message.objects.get(body="Try another plug.").attachments.get().name == "plan.pdf"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("virus.exe", b"MZ", "We cannot take programs"), ("empty.txt", b"", "is empty")],
)
def test_a_bad_file_is_named_and_the_words_are_kept(
    make: Make, mihai: Client, name: str, content: bytes, words: str
) -> None:
    make.ticket()
    status, page = write(mihai, files=SimpleUploadedFile(name, content))
    assert status == 422
    assert words in page
    assert "Try another plug." in page


def test_a_strangers_kept_file_is_not_sent(make: Make, company: Company, mihai: Client) -> None:
    make.ticket()
    file = SimpleUploadedFile("hers.txt", b"private", "text/plain")
    hers = actions.keep_file(file, name="hers.txt", type="text/plain", by=company.misaki)
    write(mihai, kept=hers.pk)
    hers.refresh_from_db()
    assert hers.message is None


# --- Drafts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["public", "note"])
def test_a_draft_waits_for_its_writer(make: Make, mihai: Client, kind: str) -> None:
    make.ticket()
    sent = {"kind": kind, "body": "Half a thou", "csrfmiddlewaretoken": "x"}
    assert mihai.post("/tickets/IT-1/draft/", sent).status_code == 204
    page = mihai.get("/tickets/IT-1/").content.decode()
    assert "Half a thou</textarea>" in page
    assert chosen(page) == kind


def test_a_draft_is_seen_by_nobody_else(
    make: Make, company: Company, mihai: Client, sign_in: SignIn
) -> None:
    make.ticket()
    mihai.post("/tickets/IT-1/draft/", {"kind": "public", "body": "Half a thou"})
    assert "Half a thou" not in sign_in(company.jonas).get("/tickets/IT-1/").content.decode()


def test_going_on_as_a_note_leaves_no_second_draft(make: Make, mihai: Client) -> None:
    make.ticket()
    for kind, body in (("public", "Half a"), ("note", "Half a thought")):
        mihai.post("/tickets/IT-1/draft/", {"kind": kind, "body": body})
    assert Draft.objects.get().kind == "note"


def test_another_kind_of_draft_stays_beside_it(make: Make, mihai: Client) -> None:
    make.ticket()
    for kind, body in (("public", "To her"), ("note", "To us")):
        mihai.post("/tickets/IT-1/draft/", {"kind": kind, "body": body})
    page = mihai.get("/tickets/IT-1/").content.decode()
    assert "To us</textarea>" in page
    assert 'href="?draft=public"' in page
    assert "To her</textarea>" in mihai.get("/tickets/IT-1/?draft=public").content.decode()


def test_sending_ends_the_draft(make: Make, mihai: Client) -> None:
    make.ticket()
    mihai.post("/tickets/IT-1/draft/", {"kind": "public", "body": "Half"})
    write(mihai)
    assert not Draft.objects.exists()


def test_an_emptied_draft_is_forgotten(make: Make, mihai: Client) -> None:
    make.ticket()
    for body in ("Half", "  "):
        mihai.post("/tickets/IT-1/draft/", {"kind": "public", "body": body})
    assert not Draft.objects.exists()


def test_a_tampered_draft_is_refused(make: Make, mihai: Client) -> None:
    make.ticket()
    assert mihai.post("/tickets/IT-1/draft/", {"kind": "x", "body": "y"}).status_code == 422

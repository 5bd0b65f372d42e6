"""Replies and notes: what they move, who may write, and that nobody talks past another."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions.conversation import NewsArrived, last_message_event
from tickets.models import Attachment, Draft, Message, Participant, State, Ticket

SOON = MONDAY + timedelta(minutes=10)


def state(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).state


def test_the_first_answer_takes_a_new_ticket_up(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="On it", at=SOON)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (State.OPEN, company.mihai)


def test_an_answer_leaves_the_assignee_who_has_it(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.jonas, by=company.jonas, at=SOON)
    actions.reply(ticket, by=company.mihai, body="On it", at=SOON)
    assert Ticket.objects.get(pk=ticket.pk).assignee == company.jonas


@pytest.mark.parametrize("then", [State.WAITING_REQUESTER, State.RESOLVED])
def test_an_answer_may_say_what_comes_next(make: Make, company: Company, then: State) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="?", then=then, at=SOON)
    assert state(ticket) == then


def test_an_answer_puts_nothing_off_without_a_date(make: Make, company: Company) -> None:
    with pytest.raises(Refused, match="Say until when"):
        actions.reply(make.ticket(), by=company.mihai, body="?", then=State.SCHEDULED, at=SOON)


@pytest.mark.parametrize("before", [State.WAITING_REQUESTER, State.RESOLVED])
def test_the_requesters_words_bring_it_back(make: Make, company: Company, before: State) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="?", then=before, at=SOON)
    actions.reply(ticket, by=company.elif_, body="!", at=SOON)
    assert state(ticket) == State.OPEN


def test_the_requesters_words_leave_other_waits_alone(make: Make, company: Company) -> None:
    ticket = actions.set_state(make.ticket(), State.WAITING_THIRD_PARTY, by=company.mihai, at=SOON)
    actions.reply(ticket, by=company.elif_, body="Any news?", at=SOON)
    assert state(ticket) == State.WAITING_THIRD_PARTY


def test_a_closed_ticket_takes_no_reply(make: Make, company: Company) -> None:
    ticket = actions.withdraw(make.ticket(), by=company.elif_)
    with pytest.raises(Refused, match="closed"):
        actions.reply(ticket, by=company.elif_, body="!")


@pytest.mark.parametrize("who", ["tom", "misaki", "andreea", "sam", "olga"])
def test_strangers_write_nothing(make: Make, company: Company, who: str) -> None:
    ticket = make.ticket()
    with pytest.raises(Refused):
        actions.reply(ticket, by=getattr(company, who), body="psst")
    with pytest.raises(Refused):
        actions.note(ticket, by=getattr(company, who), body="psst")


def test_the_requester_writes_no_notes(make: Make, company: Company) -> None:
    with pytest.raises(Refused):
        actions.note(make.ticket(), by=company.elif_, body="psst")


def test_a_participant_replies(make: Make, company: Company) -> None:
    ticket = make.ticket()
    Participant.objects.create(ticket=ticket, person=company.olga)
    assert actions.reply(ticket, by=company.olga, body="Me too").author == company.olga


def test_a_participant_does_not_decide_what_comes_next(make: Make, company: Company) -> None:
    ticket = make.ticket()
    Participant.objects.create(ticket=ticket, person=company.olga)
    with pytest.raises(Refused):
        actions.reply(ticket, by=company.olga, body="x", then=State.RESOLVED)


def test_a_participants_reply_is_no_answer(make: Make, company: Company) -> None:
    ticket = make.ticket()
    Participant.objects.create(ticket=ticket, person=company.olga)
    actions.reply(ticket, by=company.olga, body="Me too", at=SOON)
    assert ticket.clocks.get(kind="first_response").stopped_at is None


def test_an_agent_who_asks_is_a_requester_there(make: Make, company: Company) -> None:
    ticket = make.ticket(by=company.mihai)
    actions.reply(ticket, by=company.mihai, body="More", at=SOON)
    assert ticket.clocks.get(kind="first_response").stopped_at is None
    assert state(ticket) == State.NEW


def test_sending_is_refused_once_when_somebody_else_wrote(make: Make, company: Company) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.reply(ticket, by=company.elif_, body="It works again")
    with pytest.raises(NewsArrived) as news:
        actions.reply(ticket, by=company.mihai, body="Try this", seen=seen)
    again = news.value.last_seen
    assert actions.reply(ticket, by=company.mihai, body="Good", seen=again).body == "Good"


def test_ones_own_words_are_no_news(make: Make, company: Company) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.reply(ticket, by=company.mihai, body="One")
    assert actions.reply(ticket, by=company.mihai, body="Two", seen=seen).body == "Two"


def test_a_note_is_no_news_to_the_requester(make: Make, company: Company) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.note(ticket, by=company.mihai, body="hidden")
    assert actions.reply(ticket, by=company.elif_, body="Hello?", seen=seen).body == "Hello?"


def test_a_note_is_news_to_a_colleague(make: Make, company: Company) -> None:
    ticket = make.ticket()
    seen = last_message_event(ticket)
    actions.note(ticket, by=company.mihai, body="Do not send this yet")
    with pytest.raises(NewsArrived):
        actions.reply(ticket, by=company.jonas, body="Here you are", seen=seen)


def test_a_double_click_sends_once(make: Make, company: Company) -> None:
    ticket = make.ticket()
    first = actions.reply(ticket, by=company.mihai, body="Hi", key="k")
    assert actions.reply(ticket, by=company.mihai, body="Hi", key="k") == first
    assert ticket.messages.count() == 2


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_nothing_to_say_is_refused(make: Make, company: Company, text: str) -> None:
    with pytest.raises(Refused, match="Write something"):
        actions.reply(make.ticket(), by=company.mihai, body=text)


def test_a_file_alone_is_enough_to_say(make: Make, company: Company) -> None:
    file = kept(company)
    message = actions.reply(make.ticket(), by=company.mihai, body="", files=[file])
    assert list(message.attachments.all()) == [file]


def kept(company: Company, name: str = "port.jpg") -> Attachment:
    return actions.keep_file(
        ContentFile(b"picture"), name=name, type="image/jpeg", by=company.mihai
    )


def test_a_file_that_was_sent_is_not_sent_again(make: Make, company: Company) -> None:
    ticket, file = make.ticket(), kept(company)
    first = actions.reply(ticket, by=company.mihai, body="one", files=[file])
    actions.reply(ticket, by=company.mihai, body="two", files=[file])
    assert Attachment.objects.get().message == first


def test_drafts_are_kept_per_person_and_kind(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.save_draft(ticket, by=company.mihai, kind="public", body="Dear")
    actions.save_draft(ticket, by=company.mihai, kind="note", body="Psst")
    actions.save_draft(ticket, by=company.elif_, kind="public", body="Dear")
    assert Draft.objects.count() == 3


def test_the_same_words_begun_as_a_reply_and_ended_as_a_note_are_one_draft(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.save_draft(ticket, by=company.mihai, kind="public", body="Third one")
    actions.save_draft(ticket, by=company.mihai, kind="note", body="Third one this month")
    assert Draft.objects.get().kind == "note"


def test_sending_forgets_the_draft(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.save_draft(ticket, by=company.mihai, kind="public", body="Dear")
    actions.save_draft(ticket, by=company.mihai, kind="note", body="Psst")
    actions.reply(ticket, by=company.mihai, body="Dear Elif")
    assert Draft.objects.get().kind == "note"


def test_an_emptied_draft_is_forgotten(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.save_draft(ticket, by=company.mihai, kind="public", body="Dear")
    actions.save_draft(ticket, by=company.mihai, kind="public", body=" ")
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("who", "kind"), [("elif_", "note"), ("tom", "public"), ("tom", "note")])
def test_a_draft_needs_the_right_to_send(make: Make, company: Company, who: str, kind: str) -> None:
    with pytest.raises(Refused):
        actions.save_draft(make.ticket(), by=getattr(company, who), kind=kind, body="x")


def test_scripts_in_words_do_not_run(make: Make, company: Company) -> None:
    message = actions.reply(
        make.ticket(), by=company.mihai, body="<script>alert(1)</script> [x](javascript:alert(1))"
    )
    assert "<script" not in message.html
    assert 'href="javascript' not in message.html


def test_messages_are_seen_by_those_who_may(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.note(ticket, by=company.mihai, body="Canary")
    seen = {
        who: Message.objects.visible_to(getattr(company, who)).count()
        for who in ("elif_", "mihai", "jonas", "tom", "sam")
    }
    assert seen == {"elif_": 1, "mihai": 2, "jonas": 2, "tom": 0, "sam": 0}


BAD_NAMES = ["../../etc/passwd", "a\u202egnp.exe.png", "C:\\evil\\run.txt", "\x00zero.txt", "."]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_file_keeps_only_the_safe_part_of_its_name(company: Company, name: str) -> None:
    file = kept(company, name)
    assert not set("/\\\x00\u202e") & set(file.name)
    assert file.name.rpartition("/")[2] not in str(file.file.name)


@pytest.mark.parametrize("name", ["run.exe", "RUN.EXE", "invoice.pdf.js", "x.lnk", "a.hta"])
def test_programs_are_refused_by_name_with_a_way_out(company: Company, name: str) -> None:
    with pytest.raises(Refused, match="Send a picture"):
        kept(company, name)


def test_an_empty_file_is_refused(company: Company) -> None:
    with pytest.raises(Refused, match="is empty"):
        actions.keep_file(ContentFile(b""), name="a.txt", type="text/plain", by=company.mihai)


def test_a_file_not_sent_is_only_its_owners(company: Company) -> None:
    file = kept(company)
    assert Attachment.objects.visible_to(company.mihai).get() == file
    assert not Attachment.objects.visible_to(company.jonas).exists()

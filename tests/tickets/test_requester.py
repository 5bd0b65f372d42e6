"""An employee's ticket: where it stands, the conversation, answering, deciding, colleagues."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from departments.models import Person, Service
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, a_file, tree_of, value_of, values_of, words_of
from tickets import actions
from tickets.models import (
    Attachment,
    Channel,
    Draft,
    Message,
    Notification,
    Outcome,
    Participant,
    State,
    Ticket,
    TicketEvent,
)

LATER = MONDAY + timedelta(minutes=30)
PAGE = "/requests/IT-1/"


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False) as clock:
        yield clock


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


@pytest.fixture
def ticket(make: Make) -> Ticket:
    return make.ticket()


def steps_of(answer: object) -> list[tuple[str, str]]:
    """Each step's state and words."""
    found = []
    for step in tree_of(answer).xpath("//ol[@class='steps']/li"):
        state = step.get("class") or ("current" if step.get("aria-current") else "")
        for hidden in step.xpath(".//*[@class='vh']"):
            hidden.drop_tree()
        found.append((state, " ".join(" ".join(step.itertext()).split())))
    return found


def send(client: Client, **sent: Any) -> Any:
    return client.post(f"{PAGE}reply/", {"body": "It still does not work.", **sent})


# --- Where it stands ------------------------------------------------------------------------------


def test_a_new_request_is_with_us(ticket: Ticket, elif_: Client) -> None:
    assert steps_of(elif_.get(PAGE)) == [
        ("done", "We have it Today 10:00"),
        ("current", "Somebody takes it Next"),
        ("", "Is it solved?"),
        ("", "Done"),
    ]


def test_somebody_is_on_it_since(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=LATER)
    assert steps_of(elif_.get(PAGE))[1] == ("current", "Mihai is on it Today 10:30")


def test_a_first_answer_says_too_who_is_on_it(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.reply(ticket, by=company.mihai, body="I look.", at=LATER)
    assert steps_of(elif_.get(PAGE))[1] == ("current", "Mihai is on it Today 10:30")


def test_waiting_says_for_whom(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.reply(ticket, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=LATER)
    assert steps_of(elif_.get(PAGE))[1] == ("current", "Mihai is on it Your turn")
    assert "Your turn: one question from IT" in words_of(elif_.get(PAGE))


def test_solved_asks_and_says_when_it_closes(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=LATER)
    actions.resolve(ticket, by=company.mihai, at=LATER)
    answer = elif_.get(PAGE)
    assert steps_of(answer)[2:] == [
        ("current", "Is it solved? Your turn"),
        ("", "Done Closes Mon 16 Mar"),
    ]
    assert "Can you work again?" in words_of(answer)
    assert "Yes, solved" in words_of(answer)


def test_done_is_done(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.resolve(ticket, by=company.mihai, at=LATER)
    actions.confirm(ticket, by=company.elif_, at=LATER)
    assert [state for state, _words in steps_of(elif_.get(PAGE))] == ["done"] * 4


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.WITHDRAWN, "Taken back"),
        (Outcome.DUPLICATE, "Asked twice"),
        (Outcome.DECLINED, "Declined"),
        (Outcome.SPAM, "Not a request"),
    ],
)
def test_an_end_without_solution_claims_none(
    ticket: Ticket, company: Company, elif_: Client, outcome: Outcome, words: str
) -> None:
    actions.close(ticket, by=company.mihai, outcome=outcome, at=LATER)
    assert [words for _state, words in steps_of(elif_.get(PAGE))] == [
        "We have it Today 10:00",
        f"{words} Today 10:30",
    ]


def test_the_promise_is_told_with_the_time_that_counts(ticket: Ticket, elif_: Client) -> None:
    words = words_of(elif_.get(PAGE))
    assert "You will hear from us by today 14:00" in words
    assert "IT counts 3h of working time from now." in words


def test_the_promise_is_told_in_the_readers_zone(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.ticket(by=company.jonas)
    assert "by today 12:00" in words_of(sign_in(company.jonas).get(PAGE))


def test_late_is_said_first_and_with_a_name(
    ticket: Ticket, company: Company, elif_: Client, monday: time_machine.Traveller
) -> None:
    monday.shift(3600 * 5)
    assert "We are late, sorry." in words_of(elif_.get(PAGE))
    assert "IT sees it marked as late." in words_of(elif_.get(PAGE))
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=LATER)
    assert "Mihai has it now. It was promised for today 14:00." in words_of(elif_.get(PAGE))


def test_a_held_clock_says_why(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.reply(ticket, by=company.mihai, body="I look.", at=LATER)
    actions.set_state(ticket, State.WAITING_APPROVAL, by=company.mihai, at=LATER)
    words = words_of(elif_.get(PAGE))
    assert "For approval The clock is held until then." in words


# --- The conversation -----------------------------------------------------------------------------


def test_the_conversation_shows_what_was_said_and_done(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=LATER)
    actions.reply(ticket, by=company.mihai, body="Try *another* plug.", at=LATER)
    words = words_of(elif_.get(PAGE))
    assert "The light stays off." in words
    assert "Try another plug." in words
    assert "Mihai Ionescu took it." in words
    assert "Mihai Ionescu IT" in words


def test_notes_and_housekeeping_stay_at_the_desk(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.note(ticket, by=company.mihai, body="Canary note", at=LATER)
    words = words_of(elif_.get(PAGE)) + words_of(elif_.get(f"{PAGE}thread/"))
    assert "Canary" not in words
    assert "note" not in words.lower()


def test_my_own_words_stand_apart(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.reply(ticket, by=company.mihai, body="Hello", at=LATER)
    kinds = tree_of(elif_.get(PAGE)).xpath("//article/@class")
    assert kinds == ["msg msg-own", "msg"]


def test_quoted_text_of_a_mail_is_folded(ticket: Ticket, company: Company, elif_: Client) -> None:
    actions.reply(
        ticket, by=company.elif_, body="Yes.", rest="> Old", channel=Channel.MAIL, at=LATER
    )
    answer = elif_.get(PAGE)
    assert "by e-mail" in words_of(answer)
    assert "> Old" in " ".join(d.text_content() for d in tree_of(answer).xpath("//details"))


def test_pictures_show_themselves_and_files_their_names(
    company: Company, make: Make, elif_: Client
) -> None:
    files = [
        actions.keep_file(a_file(name), name=name, type=kind, by=company.elif_)
        for name, kind in (("port.png", "image/png"), ("log.txt", "text/plain"))
    ]
    make.ticket(files=files)
    tree = tree_of(elif_.get(PAGE))
    assert tree.xpath("//article//img/@src") == [f"/files/{files[0].pk}/?inline"]
    assert f"/files/{files[1].pk}/" in tree.xpath("//article//a/@href")


def test_a_picture_inside_the_text_is_not_listed_again(
    company: Company, make: Make, elif_: Client
) -> None:
    file = actions.keep_file(
        a_file(), name="in.png", type="image/png", by=company.elif_, is_inline=True
    )
    make.ticket(files=[file])
    assert "in.png" not in words_of(elif_.get(PAGE))


def test_the_moving_part_is_a_fragment(ticket: Ticket, elif_: Client) -> None:
    answer = elif_.get(f"{PAGE}thread/")
    assert "The light stays off." in words_of(answer)
    assert b"<html" not in answer.content


def test_what_it_is_about_is_told(make: Make, company: Company, elif_: Client) -> None:
    make.ticket(
        category=company.battery,
        cannot_wait=True,
        cannot_wait_reason="Payroll",
        filed_by=company.mihai,
    )
    words = words_of(elif_.get(PAGE))
    for told in ("Laptop repair", "Battery or charging", "web form", "You and IT", "Payroll"):
        assert told in words
    assert "Filed by Mihai Ionescu" in words


def test_a_confidential_page_says_who_reads_it(make: Make, elif_: Client) -> None:
    make.secret()
    words = words_of(elif_.get("/requests/HR-1/"))
    assert "You and the named people of HR only" in words


# --- Who may open it ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["olga", "tom", "sam", "mihai"])
@pytest.mark.parametrize("rest", ["", "thread/"])
def test_a_secret_does_not_exist_for_others(
    make: Make, sign_in: SignIn, name: str, rest: str
) -> None:
    make.secret()
    client = sign_in(getattr(make.company, name))
    assert client.get(f"/requests/HR-1/{rest}").status_code == 404


@pytest.mark.parametrize("name", ["olga", "tom", "sam", "mihai"])
@pytest.mark.parametrize("verb", ["reply", "draft", "decide", "people"])
def test_nobody_else_acts_on_a_secret(make: Make, sign_in: SignIn, name: str, verb: str) -> None:
    ticket = make.secret()
    sent = {"body": "x", "choice": "withdraw", "who": "olga@aldera.example"}
    client = sign_in(getattr(make.company, name))
    assert client.post(f"/requests/HR-1/{verb}/", sent).status_code == 404
    ticket.refresh_from_db()
    assert ticket.state == State.NEW
    assert not Participant.objects.exists()


@pytest.mark.parametrize("verb", ["reply", "draft", "decide", "people"])
def test_changes_take_a_post(ticket: Ticket, elif_: Client, verb: str) -> None:
    assert elif_.get(f"{PAGE}{verb}/").status_code == 405


@pytest.mark.parametrize("rest", ["", "thread/", "reply/", "draft/", "decide/", "people/"])
def test_guests_sign_in_first(ticket: Ticket, client: Client, rest: str) -> None:
    answer = client.post(f"{PAGE}{rest}") if rest[-3:] not in {"", "ad/"} else client.get(PAGE)
    assert answer["Location"].startswith("/accounts/login/")


def test_an_agent_sees_the_page_and_the_way_to_the_desk(
    ticket: Ticket, company: Company, sign_in: SignIn, elif_: Client
) -> None:
    words = words_of(sign_in(company.mihai).get(PAGE))
    assert "You work at this desk." in words
    assert "Can you work again?" not in words
    assert "You work at this desk." not in words_of(elif_.get(PAGE))


def test_an_agent_on_their_own_request_is_an_employee(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.ticket(by=company.mihai)
    words = words_of(sign_in(company.mihai).get(PAGE))
    assert "You work at this desk." not in words
    assert "I do not need this any more" in words


def test_an_old_number_leads_to_the_new_one(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.move(ticket, to=company.finance, by=company.mihai, at=LATER)
    assert elif_.get(PAGE)["Location"] == "/requests/FIN-1/"


@pytest.mark.parametrize("number", ["it-1", "It-1", "ıt-1"])
def test_small_letters_find_the_number(ticket: Ticket, elif_: Client, number: str) -> None:
    assert elif_.get(f"/requests/{number}/")["Location"] == PAGE


@pytest.mark.parametrize("number", ["IT-99", "IT", "1", "%00", "IT-1%00", "x" * 300])
def test_a_number_that_never_was_does_not_exist(ticket: Ticket, elif_: Client, number: str) -> None:
    assert elif_.get(f"/requests/{number}/").status_code == 404


# --- Answering ------------------------------------------------------------------------------------


def test_a_reply_is_said_and_shown(ticket: Ticket, elif_: Client) -> None:
    answer = send(elif_)
    message = Message.objects.latest("pk")
    assert answer["Location"] == f"{PAGE}#m-{message.pk}"
    assert "It still does not work." in words_of(elif_.get(PAGE))


def test_a_reply_answers_the_question_of_the_desk(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.reply(ticket, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=LATER)
    send(elif_)
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


def test_a_double_click_says_it_once(ticket: Ticket, elif_: Client) -> None:
    key = value_of(elif_.get(PAGE), "key")
    for _click in range(2):
        send(elif_, key=key, files=[a_file()])
    assert Message.objects.count() == 2
    assert not Attachment.objects.filter(message=None).exists()


def test_news_is_shown_once_before_sending_and_the_words_are_kept(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    page = elif_.get(PAGE)
    actions.reply(ticket, by=company.mihai, body="Try another plug.", at=LATER)
    sent = {"seen": value_of(page, "seen"), "key": value_of(page, "key")}
    refused = send(elif_, **sent, files=[a_file()])
    assert refused.status_code == 422
    words = words_of(refused)
    assert "Something new came in" in words
    assert "Try another plug." in words
    assert value_of(refused, "body") == "It still does not work."
    again = {name: value_of(refused, name) for name in ("seen", "key", "body")}
    assert send(elif_, **again, kept=values_of(refused, "kept")).status_code == 302
    assert Message.objects.latest("pk").attachments.count() == 1


def test_a_note_of_the_desk_is_no_news(ticket: Ticket, company: Company, elif_: Client) -> None:
    seen = value_of(elif_.get(PAGE), "seen")
    actions.note(ticket, by=company.mihai, body="Ask the maker.", at=LATER)
    assert send(elif_, seen=seen).status_code == 302


def test_the_fragment_carries_what_was_seen(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    before = tree_of(elif_.get(PAGE)).xpath("//*[@name='seen']")[0]
    assert before.get("form") == "composer-form"
    actions.reply(ticket, by=company.mihai, body="New", at=LATER)
    fresh = tree_of(elif_.get(f"{PAGE}thread/")).xpath("//*[@name='seen']/@value")[0]
    assert int(fresh) > int(before.get("value"))
    assert send(elif_, seen=fresh).status_code == 302


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Write something"),
        ("  \n ", "Write something"),
        ("x" * 200_001, "too long"),
        ("a\0b", "Null"),
    ],
)
def test_a_reply_that_cannot_be_sent_is_told(
    ticket: Ticket, elif_: Client, body: str, words: str
) -> None:
    answer = send(elif_, body=body)
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert Message.objects.count() == 1


def test_a_file_alone_is_an_answer(ticket: Ticket, elif_: Client) -> None:
    send(elif_, body="", files=[a_file()])
    assert Message.objects.latest("pk").attachments.count() == 1


def test_a_bad_file_is_named_and_the_rest_is_kept(
    ticket: Ticket, elif_: Client, settings: Settings
) -> None:
    answer = send(elif_, files=[a_file(), a_file("x.exe")])
    assert answer.status_code == 422
    assert "“x.exe”" in words_of(answer)
    assert value_of(answer, "body") == "It still does not work."
    assert len(values_of(answer, "kept")) == 1


@pytest.mark.parametrize(("seen", "status"), [("", 302), ("x", 422), ("-1", 422), ("9" * 30, 302)])
def test_odd_words_about_what_was_seen_break_nothing(
    ticket: Ticket, elif_: Client, seen: str, status: int
) -> None:
    assert send(elif_, seen=seen).status_code == status


def test_words_for_a_closed_request_go_on_into_a_new_one(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.withdraw(ticket, by=company.elif_, at=LATER)
    answer = send(elif_, files=[a_file()])
    assert answer.status_code == 422
    assert "closed meanwhile" in words_of(answer)
    form = tree_of(answer).xpath("//form[.//textarea]")[0]
    assert form.get("action") == f"/ask/{company.laptop.pk}/"
    carried = elif_.post(
        form.get("action"),
        {
            "carry": "1",
            "body": value_of(answer, "body"),
            "summary": value_of(answer, "summary"),
            "kept": values_of(answer, "kept"),
        },
    )
    assert value_of(carried, "body") == "It still does not work."
    assert "port.png" in words_of(carried)


def test_a_closed_request_offers_to_ask_again(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.withdraw(ticket, by=company.elif_, at=LATER)
    tree = tree_of(elif_.get(PAGE))
    assert f"/ask/{company.laptop.pk}/?follows=IT-1" in tree.xpath("//a/@href")
    assert not tree.xpath("//textarea")


def test_asking_again_for_a_retired_service_goes_to_ones_own_words(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    actions.withdraw(ticket, by=company.elif_, at=LATER)
    Service.objects.update(state=Service.State.RETIRED)
    assert "/ask/?follows=IT-1" in tree_of(elif_.get(PAGE)).xpath("//a/@href")


# --- Drafts ---------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_shown_again(ticket: Ticket, elif_: Client) -> None:
    answer = elif_.post(f"{PAGE}draft/", {"body": "Half a sen\0tence"})
    assert answer.status_code == 204
    assert value_of(elif_.get(PAGE), "body") == "Half a sentence"


def test_sending_forgets_the_draft(ticket: Ticket, elif_: Client) -> None:
    elif_.post(f"{PAGE}draft/", {"body": "Half"})
    send(elif_)
    assert not Draft.objects.exists()


def test_a_draft_is_its_writers_alone(
    ticket: Ticket, company: Company, elif_: Client, sign_in: SignIn
) -> None:
    Participant.objects.create(ticket=ticket, person=company.olga)
    elif_.post(f"{PAGE}draft/", {"body": "Half"})
    assert value_of(sign_in(company.olga).get(PAGE), "body") == ""


# --- Deciding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "state"),
    [
        ("confirm", State.CLOSED),
        ("reopen", State.OPEN),
        ("", State.RESOLVED),
        ("x", State.RESOLVED),
    ],
)
def test_the_requester_decides_whether_it_is_solved(
    ticket: Ticket, company: Company, elif_: Client, choice: str, state: State
) -> None:
    actions.resolve(ticket, by=company.mihai, at=LATER)
    assert elif_.post(f"{PAGE}decide/", {"choice": choice})["Location"] == PAGE
    ticket.refresh_from_db()
    assert ticket.state == state


def test_what_is_not_needed_any_more_is_taken_back(ticket: Ticket, elif_: Client) -> None:
    elif_.post(f"{PAGE}decide/", {"choice": "withdraw"})
    ticket.refresh_from_db()
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.WITHDRAWN)


def test_a_stale_button_is_answered_kindly(ticket: Ticket, company: Company, elif_: Client) -> None:
    answer = elif_.post(f"{PAGE}decide/", {"choice": "confirm"}, follow=True)
    assert answer.status_code == 200
    assert "nothing to confirm" in answer.content.decode()


@pytest.mark.parametrize("name", ["olga", "mihai"])
def test_only_the_requester_decides(
    ticket: Ticket, company: Company, sign_in: SignIn, name: str
) -> None:
    Participant.objects.create(ticket=ticket, person=company.olga)
    sign_in(getattr(company, name)).post(f"{PAGE}decide/", {"choice": "withdraw"})
    ticket.refresh_from_db()
    assert ticket.state == State.NEW


def test_who_filed_it_decides_too(make: Make, company: Company, sign_in: SignIn) -> None:
    ticket = make.ticket(filed_by=company.mihai)
    sign_in(company.mihai).post(f"{PAGE}decide/", {"choice": "withdraw"})
    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED


# --- Colleagues -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who",
    [
        "olga@aldera.example",
        "OLGA@aldera.example",
        "Olga Lindqvist",
        "olga",
        "lindqvist",
        "Lindq Olga",
    ],
)
def test_a_colleague_is_added_by_address_or_name(
    ticket: Ticket, company: Company, elif_: Client, who: str
) -> None:
    elif_.post(f"{PAGE}people/", {"who": who})
    assert Participant.objects.get().person == company.olga


@pytest.mark.parametrize("who", ["yıldız", "Yıldız", "elif yıldız", "Elif"])
def test_turkish_names_are_found_as_they_are_typed(
    make: Make, company: Company, sign_in: SignIn, who: str
) -> None:
    make.ticket(by=company.olga)
    sign_in(company.olga).post(f"{PAGE}people/", {"who": who})
    assert Participant.objects.get().person == company.elif_


def test_several_of_a_name_are_offered_to_choose_from(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    Person.objects.create(email="o2@aldera.example", name="Olga Berg", job_title="Buyer")
    answer = elif_.post(f"{PAGE}people/", {"who": "olga"})
    assert answer.status_code == 422
    assert "Several people fit" in words_of(answer)
    assert "Olga Berg, Buyer" in words_of(answer)
    assert value_of(answer, "who") == "olga"
    elif_.post(f"{PAGE}people/", {"who": "olga", "person": company.olga.pk})
    assert Participant.objects.get().person == company.olga


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"who": "Nobody Known"}, "Nobody here has this name"),
        ({"who": "x@y.example"}, "Nobody here has this name"),
        ({"who": ""}, "Type a name"),
        ({"who": "olga", "person": "999999"}, "Nobody here"),
        ({"who": "%"}, "Nobody here"),
    ],
)
def test_a_colleague_who_is_not_found_is_told(
    ticket: Ticket, elif_: Client, sent: dict[str, str], words: str
) -> None:
    answer = elif_.post(f"{PAGE}people/", sent)
    assert answer.status_code == 422
    assert words in words_of(answer)


def test_who_left_the_company_is_not_added(ticket: Ticket, company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.olga.pk).update(is_active=False)
    assert elif_.post(f"{PAGE}people/", {"who": "olga"}).status_code == 422


def test_a_follower_reads_and_writes_but_does_not_decide(
    ticket: Ticket, company: Company, elif_: Client, sign_in: SignIn
) -> None:
    elif_.post(f"{PAGE}people/", {"who": "olga"})
    olga = sign_in(company.olga)
    words = words_of(olga.get(PAGE))
    assert "The light stays off." in words
    assert "I do not need this" not in words
    assert "Stop following" in words
    assert "Add a colleague" not in words
    assert send(olga).status_code == 302


def test_a_follower_leaves_and_sees_it_no_more(
    ticket: Ticket, company: Company, sign_in: SignIn
) -> None:
    Participant.objects.create(ticket=ticket, person=company.olga)
    olga = sign_in(company.olga)
    answer = olga.post(f"{PAGE}people/", {"remove": company.olga.pk})
    assert answer["Location"] == "/requests/"
    assert olga.get(PAGE).status_code == 404


def test_the_requester_lets_a_colleague_go(ticket: Ticket, company: Company, elif_: Client) -> None:
    Participant.objects.create(ticket=ticket, person=company.olga)
    elif_.post(f"{PAGE}people/", {"remove": company.olga.pk})
    assert not Participant.objects.exists()


def test_a_follower_removes_nobody_else(ticket: Ticket, company: Company, sign_in: SignIn) -> None:
    for person in (company.olga, company.tom):
        Participant.objects.create(ticket=ticket, person=person)
    answer = sign_in(company.olga).post(f"{PAGE}people/", {"remove": company.tom.pk})
    assert answer.status_code == 422
    assert Participant.objects.count() == 2


@pytest.mark.parametrize("pk", ["", "x", "0", "999999", "9" * 40, "²"])
def test_removing_who_does_not_follow_finds_nobody(ticket: Ticket, elif_: Client, pk: str) -> None:
    assert elif_.post(f"{PAGE}people/", {"remove": pk}).status_code == 404


# --- Cost and care --------------------------------------------------------------------------------


def writes(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(path)
    words = ("INSERT", "UPDATE", "DELETE")
    return [q["sql"] for q in asked.captured_queries if q["sql"].startswith(words)]


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}thread/", "/", "/requests/", "/ask/1/", "/services/"]
)
def test_looking_changes_nothing(
    ticket: Ticket, company: Company, elif_: Client, path: str
) -> None:
    event = TicketEvent.objects.latest("pk")
    Notification.objects.create(person=company.elif_, ticket=ticket, event=event)
    assert writes(elif_, path) == []


def test_unread_news_of_the_ticket_can_be_marked_read(
    ticket: Ticket, company: Company, elif_: Client
) -> None:
    event = TicketEvent.objects.latest("pk")
    Notification.objects.create(person=company.elif_, ticket=ticket, event=event)
    form = tree_of(elif_.get(PAGE)).xpath("//form[@data-seen]")[0]
    assert form.get("action") == "/notifications/read/"
    Notification.objects.all().delete()
    assert not tree_of(elif_.get(PAGE)).xpath("//form[@data-seen]")


def test_the_page_costs_the_same_for_one_message_and_for_many(
    ticket: Ticket, company: Company, elif_: Client, django_assert_max_num_queries: Any
) -> None:
    elif_.get(PAGE)
    with django_assert_max_num_queries(12) as first:
        elif_.get(PAGE)
    for number in range(30):
        file = actions.keep_file(a_file(), name="f.png", type="image/png", by=company.elif_)
        actions.reply(ticket, by=company.elif_, body=f"More {number}", files=[file], at=LATER)
    for person in (company.olga, company.tom, company.jonas):
        actions.add_participant(ticket, person=person, by=company.elif_, at=LATER)
    with django_assert_max_num_queries(len(first)):
        elif_.get(PAGE)

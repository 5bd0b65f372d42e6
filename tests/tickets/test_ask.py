"""Asking for help: one form, one ticket, and nothing typed is ever lost."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from departments.actions import timing
from departments.models import CalendarVersion, Category, Installation, Membership, Role, Service
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, a_file, tree_of, value_of, values_of, words_of
from tickets.models import Attachment, Message, RequestKey, Ticket


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def typed(company: Company, **other: Any) -> dict[str, Any]:
    """A filled form for the laptop service."""
    return {
        "category": str(company.battery.pk),
        "summary": "Laptop does not charge",
        "body": "The light stays off.",
        "key": str(uuid4()),
        **other,
    }


def path(service: Service) -> str:
    return f"/ask/{service.pk}/"


def test_a_filled_form_becomes_a_ticket_with_a_promise(company: Company, elif_: Client) -> None:
    answer = elif_.post(path(company.laptop), typed(company), follow=True)
    ticket = Ticket.objects.get()
    assert answer.redirect_chain == [("/requests/IT-1/", 302)]
    assert (ticket.requester, ticket.category) == (company.elif_, company.battery)
    page = answer.content.decode().replace("\xa0", " ")
    assert "We have it, Elif. You will hear from us by today 11:00." in page


def test_the_form_has_the_kinds_of_problem_in_groups_and_not_sure(
    company: Company, elif_: Client
) -> None:
    Category.objects.create(service=company.laptop, name="Lost or stolen", hint="call us")
    select = tree_of(elif_.get(path(company.laptop))).xpath("//select[@name='category']")[0]
    groups = {g.get("label"): [o.text for o in g] for g in select.xpath("optgroup")}
    assert groups == {
        "Power": ["Battery or charging"],
        "Other": ["Lost or stolen", "I am not sure"],
    }
    assert select.xpath(".//option[text()='Lost or stolen']/@data-hint") == ["call us"]
    assert select.xpath(".//option[text()='Battery or charging']/@data-also") == [" Power"]


def test_kinds_without_groups_are_a_flat_list(company: Company, elif_: Client) -> None:
    Category.objects.create(service=company.expenses, name="Hotel")
    select = tree_of(elif_.get(path(company.expenses))).xpath("//select[@name='category']")[0]
    assert [o.text for o in select][1:] == ["Hotel", "I am not sure"]


def test_a_service_without_kinds_asks_for_none(company: Company, elif_: Client) -> None:
    assert not tree_of(elif_.get(path(company.expenses))).xpath("//select[@name='category']")
    elif_.post(path(company.expenses), typed(company, category="17"))
    assert Ticket.objects.get().category is None


def test_a_link_may_choose_the_kind(company: Company, elif_: Client) -> None:
    page = elif_.get(path(company.laptop), {"category": company.battery.pk})
    assert value_of(page, "category") == str(company.battery.pk)


def test_not_sure_is_a_fine_answer(company: Company, elif_: Client) -> None:
    elif_.post(path(company.laptop), typed(company, category="unsure"))
    assert Ticket.objects.get().category is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("category", "", "Choose the closest, or “I am not sure”."),
        ("category", "999999", "not offered any more"),
        ("category", "x' OR 1", "not offered any more"),
        ("summary", "   ", "Say in a few words what you need."),
        ("summary", "x" * 201, "201 letters long and 200 fit"),
        ("body", "", "Tell us a little more"),
        ("body", "x" * 200_001, "too long to read here"),
        ("body", "a\0b", "Null characters"),
        ("cannot_wait", "on", "why it cannot wait"),
    ],
)
def test_a_wrong_field_is_told_and_the_words_are_kept(
    company: Company, elif_: Client, field: str, value: str, words: str
) -> None:
    sent = typed(company, **{field: value})
    answer = elif_.post(path(company.laptop), sent)
    assert answer.status_code == 422
    assert not Ticket.objects.exists()
    assert words in words_of(answer)
    for name in {"summary", "body"} - {field}:
        assert value_of(answer, name) == sent[name]


def test_a_megabyte_of_text_is_answered_and_kept(company: Company, elif_: Client) -> None:
    text = "word " * 200_000
    answer = elif_.post(path(company.laptop), typed(company, body=text))
    assert answer.status_code == 422
    assert value_of(answer, "body") == text


def test_a_reason_too_long_is_told_once(company: Company, elif_: Client) -> None:
    answer = elif_.post(
        path(company.laptop), typed(company, cannot_wait="on", cannot_wait_reason="x" * 301)
    )
    assert "300 letters fit" in words_of(answer)
    assert "Say in one sentence" not in words_of(answer)


def test_what_cannot_wait_is_told_with_its_reason(company: Company, elif_: Client) -> None:
    sent = typed(company, cannot_wait="on", cannot_wait_reason="Payroll runs today")
    elif_.post(path(company.laptop), sent)
    ticket = Ticket.objects.get()
    assert ticket.cannot_wait
    assert ticket.cannot_wait_reason == "Payroll runs today"
    assert ticket.priority == company.battery.priority  # asking does not decide


@pytest.mark.parametrize(
    "text",
    [
        "🙂👩‍💻 emoji",
        "مرحبا كيف الحال",
        "\u202ereversed",
        "日本語のテキスト",
        "<script>x</script>",
        "a{{b}}{%c%}",
    ],
)
def test_every_kind_of_text_survives(company: Company, elif_: Client, text: str) -> None:
    elif_.post(path(company.laptop), typed(company, summary=text, body=text))
    ticket = Ticket.objects.get()
    assert ticket.summary == text
    assert Message.objects.get().body == text
    page = elif_.get("/requests/IT-1/")
    assert page.status_code == 200
    assert "<script>x" not in page.content.decode()


def test_a_summary_is_one_line(company: Company, elif_: Client) -> None:
    elif_.post(path(company.laptop), typed(company, summary="Two\r\nlines\tand  more"))
    assert Ticket.objects.get().summary == "Two lines and more"


def test_a_double_click_makes_one_ticket(company: Company, elif_: Client) -> None:
    sent = typed(company)
    answers = [elif_.post(path(company.laptop), sent) for _click in range(3)]
    assert {answer["Location"] for answer in answers} == {"/requests/IT-1/"}
    assert Ticket.objects.count() == 1


def test_a_double_click_leaves_no_files_behind(company: Company, elif_: Client) -> None:
    key = str(uuid4())
    for _click in range(2):
        elif_.post(path(company.laptop), typed(company, key=key, files=[a_file()]))
    assert Attachment.objects.filter(message=None).count() == 0
    assert Message.objects.get().attachments.count() == 1


def test_the_same_form_with_other_words_is_asked_about_and_may_be_sent_again(
    company: Company, elif_: Client
) -> None:
    sent = typed(company)
    elif_.post(path(company.laptop), sent)
    answer = elif_.post(path(company.laptop), {**sent, "body": "Another thing."})
    assert answer.status_code == 422
    assert "sent before with other words" in words_of(answer)
    assert value_of(answer, "body") == "Another thing."
    elif_.post(
        path(company.laptop), {**sent, "body": "Another thing.", "key": value_of(answer, "key")}
    )
    assert Ticket.objects.count() == 2


def test_each_form_has_its_own_key_and_keeps_it_when_refused(
    company: Company, elif_: Client
) -> None:
    first, second = (value_of(elif_.get(path(company.laptop)), "key") for _form in range(2))
    refused = elif_.post(path(company.laptop), typed(company, body="", key=first))
    assert first != second
    assert value_of(refused, "key") == first


def test_looking_at_the_form_writes_nothing(company: Company, elif_: Client) -> None:
    elif_.get(path(company.laptop))
    assert not RequestKey.objects.exists()
    assert not Ticket.objects.exists()


# --- Files --------------------------------------------------------------------------------------


def test_several_files_go_with_the_request(company: Company, elif_: Client) -> None:
    files = [a_file("one.png"), a_file("two.pdf")]
    elif_.post(path(company.laptop), typed(company, files=files))
    kept = Message.objects.get().attachments.all()
    assert [file.name for file in kept] == ["one.png", "two.pdf"]


def test_files_stay_when_another_field_is_wrong(company: Company, elif_: Client) -> None:
    answer = elif_.post(path(company.laptop), typed(company, body="", files=[a_file()]))
    kept = values_of(answer, "kept")
    assert "port.png" in words_of(answer)
    assert len(kept) == 1
    elif_.post(path(company.laptop), typed(company, kept=kept))
    assert [file.name for file in Message.objects.get().attachments.all()] == ["port.png"]


def test_an_unticked_file_is_not_sent(company: Company, elif_: Client) -> None:
    elif_.post(path(company.laptop), typed(company, body="", files=[a_file()]))
    elif_.post(path(company.laptop), typed(company))
    assert not Message.objects.get().attachments.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("setup.exe", b"MZ", "We cannot take programs like “setup.exe”"),
        ("invoice.pdf.js", b"x", "We cannot take programs"),
        ("empty.txt", b"", "“empty.txt” is empty"),
        ("film.mp4", b"x" * 2001, "“film.mp4” is larger than"),
    ],
)
def test_a_bad_file_is_named_with_its_cure_and_the_good_ones_stay(
    company: Company,
    elif_: Client,
    settings: Settings,
    name: str,
    content: bytes,
    words: str,
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 2000
    files = [a_file("good.png"), a_file(name, content), a_file("fine.pdf")]
    answer = elif_.post(path(company.laptop), typed(company, files=files))
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert len(values_of(answer, "kept")) == 2
    assert value_of(answer, "body") == "The light stays off."


def test_each_bad_file_is_named(company: Company, elif_: Client) -> None:
    files = [a_file("a.exe"), a_file("b.bat")]
    answer = elif_.post(path(company.laptop), typed(company, files=files))
    assert "“a.exe”" in words_of(answer)
    assert "“b.bat”" in words_of(answer)


def test_too_many_files_are_left_out_by_name(
    company: Company, elif_: Client, settings: Settings
) -> None:
    settings.ATTACHMENT_MAX_COUNT = 2
    first = elif_.post(path(company.laptop), typed(company, body="", files=[a_file("one.png")]))
    answer = elif_.post(
        path(company.laptop),
        typed(company, kept=values_of(first, "kept"), files=[a_file("2.png"), a_file("3.png")]),
    )
    assert "At most 2 files fit. Left out: 3.png." in words_of(answer)
    assert len(values_of(answer, "kept")) == 2


def test_a_file_name_shows_no_folder_and_turns_no_direction(
    company: Company, elif_: Client
) -> None:
    odd = a_file("x.png")
    odd._name = "..\\..\\etc\\photo\u202egnp.png"  # type: ignore[attr-defined]
    elif_.post(path(company.laptop), typed(company, files=[odd]))
    assert Attachment.objects.get().name == "photognp.png"


@pytest.mark.parametrize("kept", ["x", "-1", "99999999999999999999999", "²"])
def test_a_kept_file_that_never_was_is_ignored(company: Company, elif_: Client, kept: str) -> None:
    assert elif_.post(path(company.laptop), typed(company, kept=[kept])).status_code == 302


def test_a_kept_file_of_somebody_else_is_ignored(
    company: Company, elif_: Client, sign_in: SignIn
) -> None:
    olga = sign_in(company.olga)
    answer = olga.post(path(company.laptop), typed(company, body="", files=[a_file()]))
    elif_.post(path(company.laptop), typed(company, kept=values_of(answer, "kept")))
    assert not Message.objects.get().attachments.exists()
    assert Attachment.objects.get().owner == company.olga


# --- The promise and who will see it --------------------------------------------------------------


def test_the_promise_is_told_before_sending_in_the_readers_zone(
    company: Company, elif_: Client, sign_in: SignIn
) -> None:
    assert "First answer by today 14:00" in words_of(elif_.get(path(company.laptop)))
    jonas = sign_in(company.jonas)
    assert "First answer by today 12:00" in words_of(jonas.get(path(company.laptop)))


def test_a_closed_desk_says_when_it_opens(
    company: Company, elif_: Client, monday: time_machine.Traveller
) -> None:
    monday.shift(3600 * 24 * 5)
    words = words_of(elif_.get(path(company.laptop)))
    assert "IT opens Mon 09:00." in words
    assert "First answer by Mon 13:00" in words


def test_the_kind_of_problem_changes_the_promise(company: Company, elif_: Client) -> None:
    fragment = elif_.get(f"/ask/{company.laptop.pk}/promise/", {"category": company.battery.pk})
    assert "First answer by today 11:00" in words_of(fragment)
    assert b"<html" not in fragment.content


@pytest.mark.parametrize("category", ["", "unsure", "0", "abc", "9" * 40])
def test_the_promise_without_a_kind_is_the_services(
    company: Company, elif_: Client, category: str
) -> None:
    fragment = elif_.get(f"/ask/{company.laptop.pk}/promise/", {"category": category})
    assert "First answer by today 14:00" in words_of(fragment)


def test_a_refused_form_shows_the_promise_of_its_kind(company: Company, elif_: Client) -> None:
    answer = elif_.post(path(company.laptop), typed(company, body=""))
    assert "First answer by today 11:00" in words_of(answer)


def test_a_desk_that_never_opens_promises_nothing_and_says_so(
    company: Company, elif_: Client
) -> None:
    never = timing.found_calendar("Never", OFFICE_HOURS)
    closed = replace(OFFICE_HOURS, week={})  # Nobody can save this; time alone may lead there.
    CalendarVersion.objects.filter(calendar=never).update(rules=closed.to_json())
    Installation.objects.update(calendar=never)
    assert "A person at IT reads it." in words_of(elif_.get(path(company.laptop)))


def test_who_will_see_it_counts_the_desk(company: Company, elif_: Client) -> None:
    words = words_of(elif_.get(path(company.laptop)))
    assert "You, the IT team (2 people) and people you add later." in words


def test_a_confidential_form_names_who_will_see_it(company: Company, elif_: Client) -> None:
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    words = words_of(elif_.get(path(company.letter)))
    assert "Only you and these people." in words
    assert "not even administrators" in words
    assert "田中 美咲" in words
    assert "Andreea Popescu" in words
    assert "Olga" not in words


def test_the_desks_phone_is_for_what_cannot_wait(company: Company, elif_: Client) -> None:
    company.it.phone = "4400"
    company.it.save()
    assert "Call IT: 4400. Open until 17:00." in words_of(elif_.get(path(company.laptop)))


# --- Retired meanwhile, and in one's own words ----------------------------------------------------


def retire(service: Service, state: str = Service.State.RETIRED) -> None:
    Service.objects.filter(pk=service.pk).update(state=state)


def test_a_service_retired_meanwhile_keeps_words_and_files(company: Company, elif_: Client) -> None:
    other = Service.objects.create(
        department=company.it, name="Loan laptop", state=Service.State.PUBLISHED
    )
    retire(company.laptop)
    answer = elif_.post(path(company.laptop), typed(company, files=[a_file()]))
    assert answer.status_code == 422
    assert "“Laptop repair” is not offered any more" in words_of(answer)
    assert value_of(answer, "summary") == "Laptop does not charge"
    assert value_of(answer, "body") == "The light stays off."
    assert "port.png" in words_of(answer)
    assert len(values_of(answer, "kept")) == 1
    assert tree_of(answer).xpath("//button/@formaction") == [path(other)]


def test_what_was_typed_is_carried_to_another_service(company: Company, elif_: Client) -> None:
    sent = typed(company, carry="1", files=[a_file(), a_file("bad.exe")])
    answer = elif_.post(path(company.expenses), sent)
    assert answer.status_code == 200
    assert not Ticket.objects.exists()
    assert value_of(answer, "body") == "The light stays off."
    assert len(values_of(answer, "kept")) == 1


def test_what_was_carried_can_be_sent_to_the_triage_desk(company: Company, elif_: Client) -> None:
    retire(company.laptop)
    kept = elif_.post(path(company.laptop), typed(company, files=[a_file()]))
    elif_.post("/ask/", typed(company, kept=values_of(kept, "kept")))
    ticket = Ticket.objects.get()
    assert ticket.service is None
    assert ticket.desk == company.it
    assert Message.objects.get().attachments.count() == 1


@pytest.mark.parametrize("state", [Service.State.RETIRED, Service.State.DRAFT])
def test_a_form_that_is_not_offered_does_not_open(
    company: Company, elif_: Client, state: str
) -> None:
    retire(company.laptop, state)
    assert elif_.get(path(company.laptop)).status_code == 404
    assert elif_.get(f"/ask/{company.laptop.pk}/promise/").status_code == 404


def test_a_service_for_others_does_not_exist_also_when_retired(
    company: Company, elif_: Client
) -> None:
    company.laptop.audience.add(company.hr)
    for state in Service.State.values:
        retire(company.laptop, state)
        assert elif_.get(path(company.laptop)).status_code == 404
        assert elif_.post(path(company.laptop), typed(company)).status_code == 404
    assert not Ticket.objects.exists()


def test_a_draft_is_not_named_to_who_may_not_see_it(company: Company, elif_: Client) -> None:
    retire(company.laptop, Service.State.DRAFT)
    assert elif_.post(path(company.laptop), typed(company)).status_code == 404


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_a_service_that_never_was_does_not_exist(elif_: Client, pk: int) -> None:
    assert elif_.get(f"/ask/{pk}/").status_code == 404
    assert elif_.post(f"/ask/{pk}/").status_code == 404


def test_asking_in_ones_own_words_reaches_the_triage_desk(company: Company, elif_: Client) -> None:
    Installation.objects.update(triage=company.finance)
    elif_.post("/ask/", {"summary": "Who orders chairs?", "body": "Mine broke."})
    ticket = Ticket.objects.get()
    assert (ticket.desk, ticket.service) == (company.finance, None)


def test_the_words_of_a_search_are_in_the_form(elif_: Client) -> None:
    assert value_of(elif_.get("/ask/", {"summary": "vpn & “more”"}), "summary") == "vpn & “more”"


def test_asking_again_carries_the_old_number(make: Make, company: Company, elif_: Client) -> None:
    old = make.ticket()
    page = elif_.get(path(company.laptop), {"follows": old.number})
    assert value_of(page, "summary") == old.summary
    assert "IT-1" in value_of(page, "body")


def test_asking_again_after_a_ticket_one_may_not_see_carries_nothing(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    secret = make.secret()
    page = sign_in(company.olga).get(path(company.laptop), {"follows": secret.number})
    assert "Canary" not in page.content.decode()
    assert value_of(page, "body") == ""


@pytest.mark.parametrize("where", ["/ask/", "/ask/1/", "/ask/1/promise/"])
def test_guests_sign_in_first(company: Company, client: Client, where: str) -> None:
    assert client.get(where)["Location"].startswith("/accounts/login/")


def test_the_form_costs_the_same_for_two_kinds_and_for_fifty(
    company: Company, elif_: Client, django_assert_max_num_queries: Any
) -> None:
    elif_.get(path(company.laptop))
    with django_assert_max_num_queries(10) as first:
        elif_.get(path(company.laptop))
    for number in range(50):
        Category.objects.create(service=company.laptop, name=f"Kind {number}")
    with django_assert_max_num_queries(len(first)):
        elif_.get(path(company.laptop))

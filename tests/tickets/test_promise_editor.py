"""The promise editor through its pages: who gets in, what is saved, what is shown beside it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from departments.actions import timing
from departments.forms.promises import PolicyForm
from departments.models import (
    Department,
    Membership,
    Person,
    PolicyVersion,
    Role,
    Service,
    SLAPolicy,
)
from departments.promise_rules import PromiseRules, StepRule, TargetRule
from departments.promises import rules_of
from tests.cast import PROMISES, Company
from tests.conftest import Make
from tests.tickets.pages import tree_of, value_of, words_of
from tickets import actions
from tickets.actions import resettling
from tickets.models import Outcome, Ticket

SignIn = Callable[[Person], Client]
LIST = "/desk/times/promises/"
NEW = "/desk/times/promises/new/"
ALWAYS = {"first_response_3_always": "on"}


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


@pytest.fixture
def fast(company: Company) -> SLAPolicy:
    """IT's own promise: an answer within four hours at normal priority, and one step."""
    step = StepRule("a" * 32, "resolution", -60, "notify_person", person_id=company.mihai.pk)
    rules = PromiseRules((TargetRule(3, "first_response", 240),), (step,))
    made = timing.found_policy("Fast", rules, department=company.it)
    company.laptop.sla_policy = made
    company.laptop.save(update_fields=["sla_policy"])
    return made


def address(policy: SLAPolicy) -> str:
    return f"{LIST}{policy.pk}/"


def typed(client: Client, page: str, **changes: Any) -> dict[str, Any]:
    """What the form sends when nothing but `changes` is touched."""
    form = tree_of(client.get(page)).xpath("//main//form[.//button[@value='save']]")[0]
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return {**sent, **changes}


def save(client: Client, policy: SLAPolicy, **changes: Any) -> Any:
    page = address(policy)
    return client.post(page, typed(client, page, **changes) | {"do": "save"})


def press(client: Client, policy: SLAPolicy, button: str, **changes: Any) -> Any:
    page = address(policy)
    return client.post(page, typed(client, page, **changes) | {"do": button})


def step(number: int, **changes: Any) -> dict[str, Any]:
    """The fields of a row: two hours before the solution is due, tell the leads."""
    words = {"key": "", "kind": "resolution", "amount": "2", "unit": "h", "side": "before"}
    words |= {"time": "business", "does": "notify_lead", "person": "", "text": ""}
    return {f"step{number}_{name}": value for name, value in {**words, **changes}.items()}


def now_of(policy: SLAPolicy) -> PromiseRules:
    return rules_of(SLAPolicy.objects.get(pk=policy.pk))


# --- Who gets in ------------------------------------------------------------------------------


def test_a_lead_sees_the_desk_s_promises_and_the_house_s(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    timing.found_policy("Theirs", PROMISES, department=company.hr)
    words = words_of(lead.get(LIST))
    assert "Fast" in words
    assert "Standard" in words
    assert "Theirs" not in words


def test_an_administrator_sees_the_house_s_only(
    company: Company, sign_in: SignIn, fast: SLAPolicy
) -> None:
    words = words_of(sign_in(company.sam).get(LIST))
    assert "Standard" in words
    assert "Fast" not in words


@pytest.mark.parametrize("who", ["mihai", "misaki", "elif_", "olga", "tom"])
def test_for_who_keeps_no_promises_the_pages_do_not_exist(
    company: Company, sign_in: SignIn, fast: SLAPolicy, who: str
) -> None:
    client = sign_in(getattr(company, who))
    for page in (LIST, NEW, f"{NEW}?desk=it", address(fast), f"{address(fast)}history/"):
        assert client.get(page).status_code == 404


@pytest.mark.parametrize("who", ["andreea", "sam"])
def test_another_desk_s_promise_does_not_exist(
    company: Company, sign_in: SignIn, fast: SLAPolicy, who: str
) -> None:
    client = sign_in(getattr(company, who))
    for page in (address(fast), f"{address(fast)}history/", f"{NEW}?copy={fast.pk}"):
        assert client.get(page).status_code == 404
    assert client.post(address(fast), {"do": "save"}).status_code == 404
    assert client.get(f"{NEW}?desk=it").status_code == 404


def test_a_lead_does_not_change_the_house_s(company: Company, lead: Client) -> None:
    assert lead.get(address(company.policy)).status_code == 404
    assert lead.post(address(company.policy), {"do": "save"}).status_code == 404
    assert lead.get(NEW).status_code == 404
    assert lead.get(f"{address(company.policy)}history/").status_code == 200


def test_an_administrator_changes_the_house_s(company: Company, sign_in: SignIn) -> None:
    sam = sign_in(company.sam)
    assert save(sam, company.policy, first_response_1_amount="45").status_code == 302
    assert now_of(company.policy).by_target[1, "first_response"].budget_minutes == 45


def test_an_observer_of_the_desk_keeps_no_promises(
    company: Company, sign_in: SignIn, fast: SLAPolicy
) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    assert sign_in(company.olga).get(address(fast)).status_code == 404


@pytest.mark.parametrize("page", [LIST, NEW, f"{LIST}1/", f"{LIST}1/history/"])
def test_a_guest_is_asked_to_sign_in(company: Company, page: str) -> None:
    assert Client().get(page)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "asked", ["?desk=nowhere", "?copy=x", "?desk=it&copy=99999999999999999999"]
)
def test_what_is_not_there_is_not_found(company: Company, lead: Client, asked: str) -> None:
    assert lead.get(NEW + asked).status_code == 404


# --- The list ---------------------------------------------------------------------------------


def test_the_list_says_what_is_promised_and_who_uses_it(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    words = words_of(lead.get(LIST))
    assert "Version 1, in force since today · Holds for Laptop repair" in words
    assert "Holds for everything that has no other promise" in words


def test_a_promise_that_nobody_uses_says_so(company: Company, lead: Client) -> None:
    timing.found_policy("Spare", PROMISES, department=company.it)
    assert "Nobody uses it yet" in words_of(lead.get(LIST))


def test_desks_and_kinds_of_problems_are_named_among_the_users(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    Department.objects.filter(pk=company.it.pk).update(sla_policy=fast)
    type(company.battery).objects.filter(pk=company.battery.pk).update(sla_policy=fast)
    words = words_of(lead.get(LIST))
    assert "all of IT, Laptop repair, Laptop repair: Battery or charging" in words


def test_services_that_one_may_not_see_are_counted_not_named(
    company: Company, lead: Client
) -> None:
    Service.objects.filter(pk=company.letter.pk).update(sla_policy=company.policy)
    company.letter.audience.add(company.hr)
    words = words_of(lead.get(LIST))
    assert "1 service of another desk" in words
    assert "Employment letter" not in words


def test_one_promise_and_thirty_cost_the_same(
    company: Company, lead: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(40) as few:
        lead.get(LIST)
    for number in range(30):
        timing.found_policy(f"Spare {number}", PROMISES, department=company.it)
    with django_assert_max_num_queries(len(few)):
        lead.get(LIST)


def test_the_rail_leads_to_promises(company: Company, lead: Client, sign_in: SignIn) -> None:
    assert f'href="{LIST}"' in lead.get("/studio/it/").content.decode()
    assert f'href="{LIST}"' not in sign_in(company.mihai).get("/desk/it/").content.decode()


# --- Saving -----------------------------------------------------------------------------------


def test_what_is_saved_untouched_makes_no_version(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    assert save(lead, fast).status_code == 302
    assert fast.versions.count() == 1


@pytest.mark.parametrize(
    ("amount", "unit", "always", "minutes"),
    [
        ("90", "m", "", 90),
        ("1.5", "h", "", 90),
        ("1,5", "h", "", 90),
        ("2", "d", "", 960),
        ("2", "d", "on", 2880),
        ("４", "h", "", 240),
        (" 3 ", "h", "", 180),
    ],
)
def test_a_length_of_time_is_a_number_with_its_unit(
    company: Company,
    lead: Client,
    fast: SLAPolicy,
    amount: str,
    unit: str,
    always: str,
    minutes: int,
) -> None:
    words = {"workaround_2_amount": amount, "workaround_2_unit": unit}
    words |= {"workaround_2_always": always} if always else {}
    save(lead, fast, **words)
    found = now_of(fast).by_target[2, "workaround"]
    assert (found.budget_minutes, found.is_always_open) == (minutes, bool(always))


def test_an_empty_field_promises_nothing(company: Company, lead: Client, fast: SLAPolicy) -> None:
    save(lead, fast, first_response_3_amount="")
    assert now_of(fast).targets == ()


@pytest.mark.parametrize(
    ("minutes", "is_always", "amount", "unit"),
    [
        (480, False, "1", "d"),
        (480, True, "8", "h"),
        (1440, True, "1", "d"),
        (90, False, "90", "m"),
        (120, False, "2", "h"),
    ],
)
def test_what_is_stored_is_shown_in_the_largest_unit_that_fits(
    company: Company,
    lead: Client,
    fast: SLAPolicy,
    minutes: int,
    is_always: bool,
    amount: str,
    unit: str,
) -> None:
    rules = PromiseRules((TargetRule(3, "resolution", minutes, is_always),))
    timing.change_policy(fast, rules, by=None)
    page = lead.get(address(fast))
    assert value_of(page, "resolution_3_amount") == amount
    assert value_of(page, "resolution_3_unit") == unit


def test_warning_and_holding_states_are_saved(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    save(lead, fast, warn_percent="60", pauses=["waiting_approval", "waiting_third_party"])
    found = now_of(fast)
    assert found.warn_percent == 60
    assert found.pauses == {"waiting_approval", "waiting_third_party"}


def test_a_new_version_keeps_who_when_and_why(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    answer = save(lead, fast, first_response_3_amount="2", note="Two people more.")
    newest = PolicyVersion.objects.get(policy=fast, number=2)
    assert (newest.made_by, newest.note) == (company.jonas, "Two people more.")
    assert "Saved. This is version 2." in lead.get(answer["Location"]).content.decode()


# --- What makes no sense ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Promise at least one minute, or leave it empty."),
        ("-4", "Promise at least one minute, or leave it empty."),
        ("0.001", "Promise at least one minute, or leave it empty."),
        ("1000000000", "That is more than a year. Write less."),
        ("9" * 30, "Write a number"),
        ("soon", "Write a number, like 4 or 1.5."),
        ("1e5", "Write a number, like 4 or 1.5."),
        ("4 h", "Write a number, like 4 or 1.5."),
        ("NaN", "Write a number, like 4 or 1.5."),
    ],
)
def test_what_is_no_length_of_time_is_refused_and_kept(
    company: Company, lead: Client, fast: SLAPolicy, amount: str, words: str
) -> None:
    answer = save(lead, fast, resolution_1_amount=amount, note="Keep these words.")
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert value_of(answer, "resolution_1_amount") == amount
    assert value_of(answer, "note") == "Keep these words."
    assert fast.versions.count() == 1


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("warn_percent", "0", "Choose between 1 and 99 percent."),
        ("warn_percent", "100", "Choose between 1 and 99 percent."),
        ("warn_percent", "much", "Choose between 1 and 99 percent."),
        ("warn_percent", "", "Choose between 1 and 99 percent."),
        ("pauses", "resolved", "Choose from the list."),
        ("note", "x" * 201, "at most 200 characters"),
        ("resolution_1_unit", "years", "Select a valid choice"),
    ],
)
def test_other_nonsense_is_refused_with_a_cure(
    company: Company, lead: Client, fast: SLAPolicy, field: str, wrong: str, words: str
) -> None:
    answer = save(lead, fast, **{field: wrong}, first_response_3_amount="7")
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert value_of(answer, "first_response_3_amount") == "7"
    assert fast.versions.count() == 1


def test_the_second_of_two_leads_is_told_what_the_first_changed(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    mine = typed(lead, address(fast), resolution_3_amount="5", resolution_3_unit="d")
    save(lead, fast, first_response_3_amount="1")
    answer = lead.post(address(fast), mine | {"do": "save"})
    words = words_of(answer)
    assert answer.status_code == 422
    assert "Somebody changed this while you were writing." in words
    assert "Normal · First answer: 4 hours instead of 1 hour" in words
    assert "Normal · Solution: 5 days, new" in words
    assert value_of(answer, "resolution_3_amount") == "5"
    assert value_of(answer, "seen") == "2"
    again = lead.post(address(fast), mine | {"do": "save", "seen": "2"})
    assert again.status_code == 302
    assert now_of(fast).by_target[3, "first_response"].budget_minutes == 240


@pytest.mark.parametrize("seen", ["", "x", "-1", "0", "99999999999"])
def test_who_has_seen_no_version_is_asked_to_compare(
    company: Company, lead: Client, fast: SLAPolicy, seen: str
) -> None:
    assert save(lead, fast, seen=seen, first_response_3_amount="1").status_code == 422
    assert fast.versions.count() == 1


# --- Steps ------------------------------------------------------------------------------------


def test_a_step_is_added_as_a_row_and_then_saved(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    page = press(lead, fast, "add", note="Kept.", first_response_3_amount="soon")
    assert page.status_code == 200
    assert value_of(page, "steps") == "2"
    assert value_of(page, "note") == "Kept."
    assert value_of(page, "first_response_3_amount") == "soon"  # Not judged yet.
    save(lead, fast, **step(1, amount="30", unit="m", side="after", time="calendar", does="page"))
    assert len(now_of(fast).steps) == 1  # The number of rows says how many there are.
    save(
        lead,
        fast,
        steps="2",
        **step(1, amount="30", unit="m", side="after", time="calendar", does="page"),
    )
    old, new = now_of(fast).steps
    assert old.key == "a" * 32
    assert (new.minutes, new.is_business, new.does) == (30, False, "page")
    assert len(new.key) == 32


def test_a_step_keeps_its_key_when_it_changes(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    save(lead, fast, step0_amount="3")
    assert [(one.key, one.minutes) for one in now_of(fast).steps] == [("a" * 32, -180)]


def test_a_step_taken_out_closes_the_gap(company: Company, lead: Client, fast: SLAPolicy) -> None:
    rows = step(1, amount="5") | step(2, amount="9", does="note", text="Call.")
    page = press(lead, fast, "remove 2", steps="3", **rows)
    assert value_of(page, "steps") == "2"
    assert value_of(page, "step1_amount") == "9"
    assert value_of(page, "step1_text") == "Call."
    assert value_of(page, "step0_key") == "a" * 32
    gone = press(lead, fast, "remove 1")
    assert value_of(gone, "steps") == "0"
    assert fast.versions.count() == 1


@pytest.mark.parametrize("button", ["remove 9", "remove 0", "remove x", "remove", "dance", ""])
def test_a_button_that_is_none_changes_nothing(
    company: Company, lead: Client, fast: SLAPolicy, button: str
) -> None:
    page = press(lead, fast, button, note="Kept.")
    assert page.status_code == 200
    assert (value_of(page, "steps"), value_of(page, "note")) == ("1", "Kept.")


def test_there_is_an_end_to_steps(company: Company, lead: Client, fast: SLAPolicy) -> None:
    page = press(lead, fast, "add", steps="20")
    assert value_of(page, "steps") == "20"
    page = press(lead, fast, "check", steps="999999")
    assert len(page.context["form"].rows) == 20


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": ""}, "Write when, like 1"),
        ({"amount": "soon"}, "Write a number, like 4 or 1.5."),
        ({"amount": "-1"}, "“before” and “after” stand beside it"),
        ({"amount": "1000000000"}, "That is more than a year."),
        ({"does": "explode"}, "Select a valid choice"),
        ({"kind": "lunch"}, "Select a valid choice"),
        ({"does": "notify_person"}, "Choose a person for this step."),
        ({"does": "reassign"}, "Choose a person for this step."),
        ({"does": "note", "text": "  "}, "Write what the note says."),
        ({"does": "note", "text": "x" * 501}, "at most 500 characters"),
        ({"key": "f" * 32}, "A step here belongs to another promise."),
        ({"key": "a" * 32}, "This step stands there already."),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_and_kept(
    company: Company, lead: Client, fast: SLAPolicy, changes: dict[str, str], words: str
) -> None:
    answer = save(lead, fast, steps="2", **step(1, **changes), note="Kept.")
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert value_of(answer, "note") == "Kept."
    assert value_of(answer, "steps") == "2"
    assert value_of(answer, "step1_amount") == changes.get("amount", "2")
    assert fast.versions.count() == 1


def test_two_same_steps_are_one_too_many(company: Company, lead: Client, fast: SLAPolicy) -> None:
    answer = save(lead, fast, steps="3", **step(1), **step(2))
    assert answer.status_code == 422
    assert "This step stands there already." in words_of(answer)


def test_a_step_names_somebody_of_the_desk(company: Company, lead: Client, fast: SLAPolicy) -> None:
    page = lead.get(address(fast))
    offered = tree_of(page).xpath("//select[@name='step0_person']/option/text()")
    assert [name.strip() for name in offered] == ["Choose a person", "Jonas Bauer", "Mihai Ionescu"]
    answer = save(lead, fast, step0_person=company.misaki.pk)
    assert answer.status_code == 422
    assert "Choose somebody of this desk." in words_of(answer)


def test_who_left_the_desk_is_named_and_replaced(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    Membership.objects.filter(person=company.mihai).delete()
    assert "Mihai Ionescu (not here any more)" in words_of(lead.get(address(fast)))
    answer = save(lead, fast)
    assert answer.status_code == 422
    assert "Mihai Ionescu does not work here any more." in words_of(answer)
    assert save(lead, fast, step0_person=company.jonas.pk).status_code == 302


def test_who_only_watches_is_told_but_given_nothing(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    answer = save(lead, fast, step0_does="reassign", step0_person=company.olga.pk)
    assert "Olga Lindqvist only watches at this desk." in words_of(answer)
    assert save(lead, fast, step0_person=company.olga.pk).status_code == 302


def test_the_house_names_anybody_who_works_at_a_desk(company: Company, sign_in: SignIn) -> None:
    sam = sign_in(company.sam)
    words = step(0, does="notify_person", person=company.misaki.pk)
    assert save(sam, company.policy, steps="1", **words).status_code == 302
    stranger = step(0, does="notify_person", person=company.elif_.pk)
    assert save(sam, company.policy, steps="1", **stranger).status_code == 422


def test_words_and_people_that_a_step_does_not_need_are_dropped(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    save(lead, fast, step0_does="notify_lead", step0_text="Old words")
    found = now_of(fast).steps[0]
    assert (found.person_id, found.text) == (None, "")


def test_a_step_that_was_taken_out_once_may_come_back(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    save(lead, fast, steps="0")
    assert now_of(fast).steps == ()
    assert save(lead, fast, steps="1", **step(0, key="a" * 32)).status_code == 302
    assert now_of(fast).steps[0].key == "a" * 32


# --- New and copied ---------------------------------------------------------------------------


def test_a_new_promise_belongs_to_the_desk_it_was_made_for(company: Company, lead: Client) -> None:
    page = f"{NEW}?desk=it"
    words = typed(lead, page, name="Night shift", first_response_1_amount="1")
    answer = lead.post(page, words | {"do": "save"})
    made = SLAPolicy.objects.get(name="Night shift")
    assert answer["Location"] == address(made)
    assert (made.department, now_of(made).targets[0].budget_minutes) == (company.it, 60)


def test_an_administrator_makes_one_for_the_house(company: Company, sign_in: SignIn) -> None:
    sam = sign_in(company.sam)
    sam.post(NEW, typed(sam, NEW, name="Summer") | {"do": "save"})
    assert SLAPolicy.objects.get(name="Summer").department is None


@pytest.mark.parametrize("name", ["", "standard", "x" * 81])
def test_a_name_is_needed_and_nobody_else_has_it(company: Company, lead: Client, name: str) -> None:
    page = f"{NEW}?desk=it"
    answer = lead.post(page, typed(lead, page, name=name, resolution_2_amount="3") | {"do": "save"})
    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert value_of(answer, "resolution_2_amount") == "3"


def test_a_name_that_was_taken_meanwhile_is_refused_kindly(
    company: Company, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PolicyForm, "clean_name", lambda form: form.cleaned_data["name"])
    page = f"{NEW}?desk=it"
    answer = lead.post(page, typed(lead, page, name="Standard") | {"do": "save"})
    assert answer.status_code == 422
    assert "There is a promise with this name already." in words_of(answer)


def test_a_copy_begins_with_everything_and_leaves_the_original(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    page = f"{NEW}?copy={fast.pk}&desk=it"
    assert "A copy of “Fast”." in words_of(lead.get(page))
    words = typed(lead, page, name="Faster", first_response_3_amount="1")
    assert lead.post(page, words | {"do": "save"}).status_code == 302
    made = now_of(SLAPolicy.objects.get(name="Faster"))
    assert made.by_target[3, "first_response"].budget_minutes == 60
    assert made.steps[0].key != "a" * 32  # A step of its own: both are taken where both hold.
    assert made.steps[0].person_id == company.mihai.pk
    assert now_of(fast).by_target[3, "first_response"].budget_minutes == 240


def test_a_lead_copies_the_house_s_for_the_desk(company: Company, lead: Client) -> None:
    page = f"{NEW}?copy={company.policy.pk}&desk=it"
    lead.post(page, typed(lead, page, name="Ours") | {"do": "save"})
    made = SLAPolicy.objects.get(name="Ours")
    assert made.department == company.it
    assert now_of(made) == PROMISES


# --- What the past says -----------------------------------------------------------------------


def past(make: Make, *took: int, **fields: Any) -> None:
    """Requests of last Monday week, answered after so many minutes of work."""
    now = timezone.now()
    monday = now - timedelta(days=now.weekday() + 14)
    opened = monday.replace(hour=6, minute=0, second=0, microsecond=0)  # 09:00 in Istanbul
    for minutes in took:
        ticket = make.ticket(at=opened, **fields)
        by = make.company.misaki if ticket.is_confidential else make.company.mihai
        days, rest = divmod(minutes, 480)
        at = opened + timedelta(days=days, minutes=rest)
        actions.reply(ticket, by=by, body="On it.", at=at)


def beside(page: Any, cell: str = "first_response_3") -> str:
    """The words beside one target."""
    found = tree_of(page).xpath(
        "//*[@name=$name]/ancestor::*[contains(@class,'promise-cell')]", name=f"{cell}_amount"
    )[0]
    return " ".join(" ".join(found.xpath(".//p[contains(@class,'verdict')]//text()")).split())


def test_a_promise_that_held_says_so(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 18, 300, 400)
    page = lead.get(address(fast))
    assert beside(page) == "9 of 10 would have kept this 20 requests"
    assert "Measured on 20 requests of the last 90 days" in words_of(page)


def test_a_promise_that_all_kept_says_so(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 20)
    assert beside(lead.get(address(fast))) == "All would have kept this 20 requests"


def test_a_promise_that_was_late_too_often_warns_and_proposes_one_that_holds(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 15, *[400] * 5)
    page = lead.get(address(fast))
    words = "Would have been late for 1 in 4 20 requests · 1 day would hold"
    assert beside(page) == words
    assert 'value="take first_response_3 480"' in page.content.decode()


def test_what_is_proposed_is_taken_by_a_button(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 15, *[400] * 5)
    page = press(lead, fast, "take first_response_3 480", note="Kept.")
    assert page.status_code == 200
    assert value_of(page, "first_response_3_amount") == "1"
    assert value_of(page, "first_response_3_unit") == "d"
    assert value_of(page, "note") == "Kept."
    assert beside(page) == "All would have kept this 20 requests"
    assert fast.versions.count() == 1


@pytest.mark.parametrize("button", ["take x 480", "take first_response_3 x", "take", "take  1"])
def test_a_proposal_that_is_none_changes_nothing(
    company: Company, lead: Client, fast: SLAPolicy, button: str
) -> None:
    assert value_of(press(lead, fast, button), "first_response_3_amount") == "4"


def test_checking_tries_what_is_typed_and_saves_nothing(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 15, *[400] * 5)
    page = press(lead, fast, "check", first_response_3_amount="30", first_response_3_unit="m")
    assert page.status_code == 200
    assert beside(page) == "All would have been late 20 requests · 1 day would hold"
    page = press(lead, fast, "check", first_response_3_amount="1", first_response_3_unit="d")
    assert beside(page) == "All would have kept this 20 requests"
    assert fast.versions.count() == 1


def test_day_and_night_is_another_measure(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[500] * 20)  # The next morning.
    words = {"first_response_3_amount": "10", "first_response_3_unit": "h"}
    assert "All would have kept" in beside(press(lead, fast, "check", **words))
    night = press(lead, fast, "check", **words, first_response_3_always="on")
    assert beside(night) == "All would have been late 20 requests · 2 days would hold"


def test_where_nothing_is_promised_one_that_holds_is_offered(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 20)
    page = press(lead, fast, "check", first_response_3_amount="")
    assert beside(page) == "Nothing promised 20 requests · 1 hour would hold"


def test_nonsense_is_not_judged(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 20)
    page = press(lead, fast, "check", first_response_3_amount="soon")
    assert page.status_code == 422
    assert beside(page) == ""


def test_of_few_requests_only_their_number_is_told(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, 60, 60, 60)
    assert beside(lead.get(address(fast))) == "Too few to say (3)"


def test_of_few_confidential_requests_not_even_the_number(
    company: Company, sign_in: SignIn, make: Make
) -> None:
    past(make, 60, 60, 60, service=company.letter)
    page = sign_in(company.sam).get(address(company.policy))
    assert beside(page) == "Too few to say"
    assert "too few requests" in words_of(page)


def test_confidential_requests_count_without_a_trace_of_their_words(
    company: Company, sign_in: SignIn, make: Make
) -> None:
    past(make, *[60] * 20, service=company.letter)
    page = sign_in(company.sam).get(address(company.policy))
    assert "20 requests" in beside(page)
    assert "anary" not in page.content.decode()


def test_a_promise_that_nobody_uses_is_tried_on_the_desk_s_requests(
    company: Company, lead: Client, make: Make
) -> None:
    past(make, *[60] * 20)
    page = lead.get(f"{NEW}?desk=it")
    assert "Nobody uses it yet: measured on 20 requests to IT" in words_of(page)
    assert beside(page) == "Nothing promised 20 requests · 1 hour would hold"


def test_next_answers_are_counted_in_messages(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    past(make, *[60] * 20)
    for ticket in Ticket.objects.all():
        asked = ticket.opened_at + timedelta(hours=2)
        actions.reply(ticket, by=company.elif_, body="And?", at=asked)
        actions.reply(ticket, by=company.mihai, body="Yes.", at=asked + timedelta(minutes=20))
    page = press(lead, fast, "check", next_response_3_amount="1")
    assert beside(page, "next_response_3") == "All would have kept this 20 messages"


def test_one_request_and_thirty_cost_the_same_queries(
    company: Company,
    lead: Client,
    fast: SLAPolicy,
    make: Make,
    django_assert_max_num_queries: Any,
) -> None:
    past(make, 60)
    lead.get(address(fast))
    with django_assert_max_num_queries(40) as few:
        lead.get(address(fast))
    past(make, *range(30, 60))
    with django_assert_max_num_queries(len(few)):
        lead.get(address(fast))


# --- Before saving ----------------------------------------------------------------------------


def test_checking_says_how_many_running_clocks_would_move(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    now = timezone.now()
    for _one in range(3):
        make.ticket(at=now)
    assert "running clock" not in words_of(lead.get(address(fast)))
    words = words_of(press(lead, fast, "check", first_response_3_amount="8"))
    assert "This moves 3 running clocks of 3. 3 come due later" in words


def test_without_a_change_no_clock_moves(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    make.ticket(at=timezone.now())
    assert "The 1 clock that runs now stays where it is." in words_of(press(lead, fast, "check"))


def test_what_would_be_late_at_once_is_said_before(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    opened = timezone.now() - timedelta(hours=3)
    save(lead, fast, first_response_3_amount="1", first_response_3_unit="d", **ALWAYS)
    make.ticket(at=opened)
    words = words_of(press(lead, fast, "check", first_response_3_unit="h", **ALWAYS))
    assert "1 would be late at once." in words


def test_a_new_promise_moves_nothing_yet(company: Company, lead: Client) -> None:
    page = f"{NEW}?desk=it"
    answer = lead.post(page, typed(lead, page, name="Spare") | {"do": "check"})
    assert answer.status_code == 200
    assert answer.context["impact"] is None


# --- The running clocks follow ----------------------------------------------------------------


def budget(ticket: Ticket, kind: str = "first_response") -> int:
    return int(ticket.clocks.get(kind=kind).budget_minutes)


def test_running_clocks_move_and_ended_ones_stay(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    now = timezone.now()
    running, answered = make.ticket(at=now), make.ticket(at=now)
    actions.reply(answered, by=company.mihai, body="Here.", at=now)
    save(lead, fast, first_response_3_amount="2")
    resettling.resettle(now=now + timedelta(minutes=5))
    assert (budget(running), budget(answered)) == (120, 240)


def test_a_solved_request_keeps_what_it_was_promised(
    company: Company, lead: Client, fast: SLAPolicy, make: Make
) -> None:
    now = timezone.now()
    save(lead, fast, resolution_3_amount="3")
    solved = make.ticket(at=now)
    actions.resolve(solved, by=company.mihai, outcome=Outcome.SOLVED, at=now)
    save(lead, fast, resolution_3_amount="2")
    resettling.resettle(now=now + timedelta(minutes=5))
    assert budget(solved, "resolution") == 180


# --- History ----------------------------------------------------------------------------------


def history(client: Client, policy: SLAPolicy, more: str = "") -> str:
    return words_of(client.get(f"{address(policy)}history/{more}"))


def test_history_tells_each_change_in_words(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    save(
        lead,
        fast,
        first_response_3_amount="2",
        workaround_1_amount="90",
        workaround_1_unit="m",
        workaround_1_always="on",
        warn_percent="80",
        pauses=["waiting_approval", "scheduled", "waiting_third_party"],
        steps="2",
        step0_amount="3",
        **step(1, does="note", text="Call."),
        note="More people.",
    )
    words = history(lead, fast)
    for said in (
        "Version 2 in force",
        "Jonas Bauer “More people.”",
        "Normal · First answer: 2 hours instead of 4 hours",
        "Urgent · Workaround: 1 hour 30 minutes, day and night, new",
        "Warning at 80 percent instead of 75",
        "Holds the clock now: It is at a supplier or another team",
        "Does not hold the clock any more: We wait for the requester",
        "New step: Solution, 2 hours of working time before it is due: write the note “Call.”",
        "Step changed: Solution, 3 hours of working time before it is due: tell Mihai Ionescu; "
        "before: Solution, 1 hour of working time before it is due: tell Mihai Ionescu",
        "Version 1",
        "The first version.",
    ):
        assert said in words


def test_what_is_taken_away_is_told_too(company: Company, lead: Client, fast: SLAPolicy) -> None:
    save(lead, fast, first_response_3_amount="", steps="0")
    words = history(lead, fast)
    assert "Normal · First answer: not promised any more, was 4 hours" in words
    assert "Step taken out: Solution, 1 hour of working time before it is due" in words


def test_a_change_of_order_is_told_as_such(company: Company, lead: Client, fast: SLAPolicy) -> None:
    save(lead, fast, steps="2", **step(1))
    before = now_of(fast)
    timing.change_policy(fast, replace(before, steps=before.steps[::-1]), by=company.jonas)
    assert "The same steps in another order." in history(lead, fast)


def test_a_long_history_has_pages(company: Company, lead: Client, fast: SLAPolicy) -> None:
    for minutes in range(1, 25):
        rules = PromiseRules((TargetRule(3, "first_response", minutes),))
        timing.change_policy(fast, rules, by=company.jonas)
    first = lead.get(f"{address(fast)}history/")
    assert "Version 25" in words_of(first)
    assert "Version 5 " not in words_of(first)
    assert "upto=5" in first.content.decode()
    older = history(lead, fast, "?upto=5")
    assert "Version 5" in older
    assert "Version 1" in older
    assert "Version 6" not in older


@pytest.mark.parametrize("upto", ["x", "-1", "99999999999"])
def test_a_page_that_is_none_is_the_first(
    company: Company, lead: Client, fast: SLAPolicy, upto: str
) -> None:
    assert "Version 1" in history(lead, fast, f"?upto={upto}")


def test_two_versions_and_twenty_cost_the_same(
    company: Company, lead: Client, fast: SLAPolicy, django_assert_max_num_queries: Any
) -> None:
    save(lead, fast, first_response_3_amount="2")
    history(lead, fast)
    with django_assert_max_num_queries(40) as few:
        history(lead, fast)
    for minutes in range(1, 19):
        rules = PromiseRules((TargetRule(3, "first_response", minutes),))
        timing.change_policy(fast, rules, by=company.jonas)
    with django_assert_max_num_queries(len(few)):
        history(lead, fast)


def test_looking_at_any_page_changes_nothing(
    company: Company, lead: Client, fast: SLAPolicy
) -> None:
    before: list[datetime] = list(PolicyVersion.objects.values_list("made_at", flat=True))
    for page in (LIST, address(fast), f"{address(fast)}history/", f"{NEW}?desk=it"):
        lead.get(page)
    press(lead, fast, "check", first_response_3_amount="1")
    assert list(PolicyVersion.objects.values_list("made_at", flat=True)) == before

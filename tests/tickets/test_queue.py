"""The queue of a desk: who sees it, its lists, filters, orders."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Priority, Role, TargetKind
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Clock, Notification, State, Ticket
from tickets.paging import CHANGED, DUE, NEWEST, OLDEST, PAGE, PRIORITY, Sort, page_of, read_cursor

NOW = MONDAY + timedelta(minutes=30)  # 10:30 in Istanbul, 09:30 in Bucharest


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mihai(company: Company, client: Client) -> Client:
    client.force_login(company.mihai)
    return client


def shown(client: Client, address: str = "/desk/it/") -> list[str]:
    """The numbers of the rows, in order."""
    page = client.get(address)
    assert page.status_code == 200
    return re.findall(r'c-id">([^<]+)<', page.content.decode())


def text(client: Client, address: str = "/desk/it/") -> str:
    return client.get(address).content.decode()


# --- Who sees a queue ---------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/desk/it/", "/desk/it/rows/", "/desk/it/new/"])
@pytest.mark.parametrize("who", ["elif_", "tom", "misaki", "sam"])
def test_a_desk_is_unknown_to_who_is_no_member(
    company: Company, client: Client, address: str, who: str
) -> None:
    client.force_login(getattr(company, who))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/desk/", "/desk/it/", "/desk/it/rows/", "/desk/it/new/"])
def test_a_guest_signs_in_first(company: Company, client: Client, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_the_way_to_the_desk_leads_to_ones_first_desk(mihai: Client) -> None:
    assert mihai.get("/desk/").headers["Location"] == "/desk/it/"


def test_who_has_no_desk_goes_where_one_asks(company: Company, client: Client) -> None:
    client.force_login(company.elif_)
    assert client.get("/desk/").headers["Location"] == "/"


def test_a_confidential_ticket_stands_in_the_queue_of_its_group_only(
    company: Company, make: Make, client: Client
) -> None:
    make.secret()
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.AGENT)
    client.force_login(company.misaki)
    assert shown(client, "/desk/hr/") == ["HR-1"]
    client.force_login(company.olga)
    page = text(client, "/desk/hr/?view=all")
    assert "HR-1" not in page
    assert "Canary" not in page
    assert "0 tickets" in page


# --- Lists --------------------------------------------------------------------------------------


@pytest.fixture
def five(company: Company, make: Make) -> dict[str, Ticket]:
    """One ticket for each list."""
    made = {name: make.ticket(summary=name) for name in ("new", "mine", "other", "waits", "done")}
    actions.assign(made["mine"], to=company.mihai, by=company.mihai, at=MONDAY)
    actions.assign(made["other"], to=company.jonas, by=company.jonas, at=MONDAY)
    actions.set_state(made["waits"], State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    actions.resolve(made["done"], by=company.mihai, at=MONDAY)
    return made


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("open", {"new", "mine", "other", "waits"}),
        ("mine", {"mine"}),
        ("unassigned", {"new", "waits"}),
        ("waiting", {"waits"}),
        ("all", {"new", "mine", "other", "waits", "done"}),
        ("nonsense", {"new", "mine", "other", "waits"}),
    ],
)
def test_each_list_shows_its_tickets(
    five: dict[str, Ticket], mihai: Client, view: str, names: set[str]
) -> None:
    wanted = {five[name].number for name in names}
    assert set(shown(mihai, f"/desk/it/?view={view}")) == wanted


def test_due_today_ends_at_the_readers_own_midnight(
    company: Company, make: Make, client: Client
) -> None:
    ticket = make.ticket()
    midnight_in_berlin = MONDAY.replace(hour=23, minute=0)
    Ticket.objects.filter(pk=ticket.pk).update(
        next_due_at=midnight_in_berlin - timedelta(minutes=30)
    )
    client.force_login(company.jonas)
    assert shown(client, "/desk/it/?view=due") == ["IT-1"]
    client.force_login(company.mihai)  # An hour further east it is tomorrow.
    assert shown(client, "/desk/it/?view=due") == []


def test_a_late_ticket_is_due_today(make: Make, mihai: Client) -> None:
    make.ticket(at=MONDAY - timedelta(days=4))
    assert shown(mihai, "/desk/it/?view=due") == ["IT-1"]


@pytest.mark.parametrize("view", ["open", "mine", "unassigned", "due", "waiting", "all"])
def test_an_empty_list_says_so_kindly(mihai: Client, view: str) -> None:
    page = text(mihai, f"/desk/it/?view={view}")
    assert 'class="empty"' in page
    assert "0 tickets" in page


# --- Filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=new", {"new", "mine", "other"}),
        ("state=waiting_requester", {"waits"}),
        ("assignee=me", {"mine"}),
        ("assignee=nobody", {"new", "waits"}),
        ("priority=1", set()),
        ("priority=3", {"new", "mine", "other", "waits"}),
        ("channel=phone", set()),
        ("channel=web", {"new", "mine", "other", "waits"}),
        ("q=wait", {"waits"}),
        ("q=IT-2", {"mine"}),
        ("q=it-2", {"mine"}),
        ("q=%232", {"mine"}),
        ("q=2", {"mine"}),
        ("q=nothing+like+it", set()),
        ("view=all&state=resolved", {"done"}),
        ("state=resolved", set()),
        ("state=new&assignee=nobody&q=new", {"new"}),
    ],
)
def test_filters_narrow_the_list(
    five: dict[str, Ticket], mihai: Client, query: str, names: set[str]
) -> None:
    wanted = {five[name].number for name in names}
    assert set(shown(mihai, f"/desk/it/?{query}")) == wanted


def test_an_assignee_is_found_by_id(
    company: Company, five: dict[str, Ticket], mihai: Client
) -> None:
    assert shown(mihai, f"/desk/it/?assignee={company.jonas.pk}") == [five["other"].number]


def test_a_service_narrows_and_so_does_having_none(
    company: Company, make: Make, mihai: Client
) -> None:
    sorted_, unsorted = make.ticket(), make.ticket(service=None)
    assert shown(mihai, f"/desk/it/?service={company.laptop.pk}") == [sorted_.number]
    assert shown(mihai, "/desk/it/?service=none") == [unsorted.number]


@pytest.mark.parametrize(
    "query",
    [
        "state=gone",
        "priority=99",
        "assignee=999999",
        "assignee=0%27%20OR%201=1",
        "service=-1",
        "service=%F0%9F%92%A5",
        "sort=requester__password",
        "sort=-pk",
        "after=garbage",
        "after=1.2.3",
        "after=99999999999999999999.1",
        "after=none.",
        "desk=hr",
        "requester__email=a",
        "q=%00",
    ],
)
def test_what_we_do_not_offer_changes_nothing(make: Make, mihai: Client, query: str) -> None:
    make.ticket()
    assert shown(mihai, f"/desk/it/?{query}") == ["IT-1"]


def test_filters_in_force_stand_as_chips_that_can_be_taken_away(
    five: dict[str, Ticket], mihai: Client
) -> None:
    page = text(mihai, "/desk/it/?view=all&state=new&priority=3&assignee=me&sort=oldest")
    assert re.findall(r'<b>([^<]*)</b><a class="chip-x"', page) == ["New", "Normal", "Me"]
    assert 'class="chip-x" href="?view=all&amp;priority=3&amp;assignee=me&amp;sort=oldest"' in page


# --- Orders -------------------------------------------------------------------------------------


def test_due_first_puts_the_held_clocks_last(company: Company, make: Make, mihai: Client) -> None:
    held, low, high = make.ticket(), make.ticket(priority=4), make.ticket(priority=2)
    actions.reply(held, by=company.mihai, body="Which one?", then=State.WAITING_REQUESTER, at=NOW)
    assert shown(mihai) == [high.number, low.number, held.number]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("newest", [3, 2, 1]), ("oldest", [1, 2, 3]), ("priority", [2, 3, 1]), ("changed", [1, 3, 2])],
)
def test_the_order_is_the_readers_choice(
    company: Company, make: Make, mihai: Client, sort: str, order: list[int]
) -> None:
    first = make.ticket(priority=Priority.LOW)
    make.ticket(priority=Priority.URGENT, at=MONDAY + timedelta(minutes=1))
    make.ticket(at=MONDAY + timedelta(minutes=2))
    actions.note(first, by=company.mihai, body="Seen", at=NOW)
    assert shown(mihai, f"/desk/it/?sort={sort}") == [f"IT-{number}" for number in order]


def test_solved_tickets_are_not_put_in_order_of_due(five: dict[str, Ticket], mihai: Client) -> None:
    page = text(mihai, "/desk/it/?view=all&sort=due")
    assert "recently changed" in page
    assert "due first" not in page


# --- Groups and counts --------------------------------------------------------------------------


def test_rows_stand_under_how_soon_they_are_due(
    company: Company, make: Make, mihai: Client
) -> None:
    make.ticket(at=MONDAY - timedelta(days=3))  # Friday: long late
    make.ticket(priority=1, at=NOW)  # in half an hour
    make.ticket(at=NOW)  # in four hours
    make.ticket(priority=4, at=NOW + timedelta(hours=2))  # tomorrow
    held = make.ticket(at=NOW)
    actions.reply(held, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=NOW)
    titles = re.findall(r'q-group"><span>([^<]+)</span><span class="count">(\d+)', text(mihai))
    assert titles == [
        ("Late", "1"),
        ("Due in the next hour", "1"),
        ("Later today", "1"),
        ("Tomorrow and later", "1"),
        ("Clock held, waiting for someone", "1"),
    ]


def test_the_head_says_how_many_are_late_or_soon(make: Make, mihai: Client) -> None:
    make.ticket(at=MONDAY - timedelta(days=3))
    make.ticket(priority=1, at=NOW)
    page = text(mihai)
    assert "2 tickets" in page
    assert "1 late" in page
    assert "1 due within the hour" in page


def test_a_row_says_what_matters(company: Company, make: Make, mihai: Client) -> None:
    make.ticket(cannot_wait=True, cannot_wait_reason="Board meeting")
    page = text(mihai)
    for words in ("Laptop does not charge", "Elif Yıldız", "Laptop repair", "New", "cannot wait"):
        assert words in page
    assert "3h 30m left" in page
    assert "Nobody yet: take IT-1" in page


def test_news_that_were_not_read_mark_their_row(
    company: Company, make: Make, mihai: Client
) -> None:
    ticket = make.ticket()
    assert "q-row unread" not in text(mihai)
    event = ticket.events.get(kind="ticket.opened")
    notice = Notification.objects.create(person=company.mihai, ticket=ticket, event=event)
    assert "q-row unread" in text(mihai)
    actions.mark_read(ticket, by=company.mihai)
    assert "q-row unread" not in text(mihai)
    assert notice.pk


def test_a_free_ticket_is_taken_from_the_list(company: Company, make: Make, mihai: Client) -> None:
    ticket = make.ticket()
    back = "/desk/it/?view=unassigned"
    answer = mihai.post(
        f"/tickets/{ticket.number}/assign/", {"to": "me", "expected": "0", "next": back}
    )
    assert answer.headers["Location"] == back
    ticket.refresh_from_db()
    assert ticket.assignee == company.mihai


def test_who_comes_second_is_told_who_was_first(
    company: Company, make: Make, mihai: Client
) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.jonas, by=company.jonas)
    page = mihai.post(
        f"/tickets/{ticket.number}/assign/",
        {"to": "me", "expected": "0", "next": "/desk/it/"},
        follow=True,
    )
    assert "Jonas Bauer has it now." in page.content.decode()
    ticket.refresh_from_db()
    assert ticket.assignee == company.jonas


def test_the_way_back_never_leaves_the_house(make: Make, mihai: Client) -> None:
    ticket = make.ticket()
    asked = {"to": "me", "next": "https://evil.example/"}
    answer = mihai.post(f"/tickets/{ticket.number}/assign/", asked)
    assert answer.headers["Location"] == f"/tickets/{ticket.number}/"


def tick(client: Client, *numbers: str, **change: str) -> str:
    sent = {"ticket": numbers, "next": "/desk/it/?view=open", **change}
    return client.post("/desk/it/bulk/", sent, follow=True).content.decode()


def test_ticked_tickets_are_taken_together(company: Company, make: Make, mihai: Client) -> None:
    for _ticket in range(3):
        make.ticket()
    assert "2 tickets changed." in tick(mihai, "IT-1", "IT-3", take="on")
    assert set(Ticket.objects.filter(assignee=company.mihai).values_list("number", flat=True)) == {
        "IT-1",
        "IT-3",
    }


def test_ticked_tickets_get_one_priority(make: Make, mihai: Client) -> None:
    make.ticket()
    assert "1 ticket changed." in tick(mihai, "IT-1", priority="2")
    assert Ticket.objects.get().priority == Priority.HIGH


@pytest.mark.parametrize("change", [{}, {"priority": "9"}, {"priority": "x"}])
def test_ticking_with_a_change_that_is_none_changes_nothing(
    make: Make, mihai: Client, change: dict[str, str]
) -> None:
    before = make.ticket()
    assert "changed." not in tick(mihai, "IT-1", **change)
    assert Ticket.objects.get().changed_at == before.changed_at


def test_ticking_reaches_no_other_desk_and_no_secret(
    company: Company, make: Make, mihai: Client
) -> None:
    make.ticket(service=company.expenses)
    make.secret()
    tick(mihai, "FIN-1", "HR-1", take="on", priority="1")
    assert not Ticket.objects.filter(assignee=company.mihai).exists()
    assert not Ticket.objects.filter(priority=Priority.URGENT).exists()


def test_an_observers_ticks_are_refused_one_by_one(
    company: Company, make: Make, client: Client
) -> None:
    make.ticket()
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    client.force_login(company.olga)
    assert "IT-1: You may not do this" in tick(client, "IT-1", take="on")
    assert Ticket.objects.get().assignee is None


def test_an_observer_reads_the_queue_and_takes_nothing(
    company: Company, make: Make, client: Client
) -> None:
    ticket = make.ticket()
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    client.force_login(company.olga)
    page = text(client)
    assert ticket.number in page
    assert "take IT-1" not in page
    assert "New ticket" not in page
    assert client.get("/desk/it/new/").status_code == 404


def test_the_live_part_is_the_list_alone(make: Make, mihai: Client) -> None:
    make.ticket()
    part = text(mihai, "/desk/it/rows/?view=unassigned")
    assert "IT-1" in part
    assert "<html" not in part


# --- Pages --------------------------------------------------------------------------------------


def many(company: Company, count: int) -> None:
    """Tickets without history, half of them held, several due at the same instant."""
    Ticket.objects.bulk_create(
        Ticket(
            number=f"IT-{number}",
            desk=company.it,
            service=company.laptop,
            requester=company.elif_,
            summary=f"Number {number}",
            priority=number % 4 + 1,
            opened_at=MONDAY + timedelta(seconds=number // 3),
            changed_at=MONDAY + timedelta(seconds=number // 3),
            next_due_at=MONDAY + timedelta(minutes=number // 5) if number % 2 else None,
        )
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize("sort", [DUE, NEWEST, OLDEST, CHANGED, PRIORITY], ids=lambda s: s.key)
def test_pages_together_hold_each_ticket_once_and_in_order(company: Company, sort: Sort) -> None:
    many(company, 3 * PAGE + 7)
    everything = list(Ticket.objects.order_by(*sort.order()))
    found: list[Ticket] = []
    cursor = ""
    for _page in range(4):
        rows, cursor = page_of(Ticket.objects.all(), sort, cursor)
        found += rows
    assert found == everything
    assert cursor == ""


def test_the_next_page_is_a_link_that_keeps_the_filters(company: Company, mihai: Client) -> None:
    many(company, PAGE + 1)
    first = text(mihai, "/desk/it/?assignee=nobody&sort=oldest")
    link = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert link
    address = link[1].replace("&amp;", "&")
    assert "assignee=nobody" in address
    assert shown(mihai, f"/desk/it/{address}") == [f"IT-{PAGE + 1}"]


def test_a_group_that_goes_on_says_its_whole_size(company: Company, mihai: Client) -> None:
    many(company, 3 * PAGE)
    assert f'Late</span><span class="count">{3 * PAGE // 2}' in text(mihai)


@pytest.mark.parametrize(
    ("cursor", "is_known"),
    [
        ("1773039600000000.12", True),
        ("none.12", True),
        ("", False),
        (".", False),
        ("x.1", False),
        ("1.x", False),
        ("-1.1", False),
        ("1e5.1", False),
        ("5000000000000000.1", False),
        ("1.9999999999999999999", False),
    ],
)
def test_only_our_own_cursors_are_understood(cursor: str, is_known: bool) -> None:
    assert read_cursor(cursor, is_moment=True)[1] is is_known


def test_a_number_beyond_the_cap_is_not_counted_out(company: Company, mihai: Client) -> None:
    many(company, 1005)
    page = text(mihai)
    assert "999+" in page
    assert "1005" not in re.sub(r"IT-\d+|Number \d+", "", page)


# --- Cost ---------------------------------------------------------------------------------------


def cost(client: Client, address: str) -> int:
    client.get(address)  # Hours and the company's name are kept from here on.
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "query", ["", "?view=mine", "?view=all", "?sort=newest", "?state=open&assignee=me&q=e"]
)
def test_the_queue_costs_the_same_for_one_ticket_and_a_thousand(
    company: Company, make: Make, mihai: Client, query: str
) -> None:
    make.ticket()
    Ticket.objects.update(assignee=company.mihai, state=State.OPEN)
    one = cost(mihai, f"/desk/it/{query}")
    Ticket.objects.all().delete()
    many(company, 1000)
    Ticket.objects.update(assignee=company.mihai, state=State.OPEN)
    clocks(company)
    assert cost(mihai, f"/desk/it/{query}") == one
    assert one <= 10


def test_a_deep_page_costs_what_the_first_costs(company: Company, mihai: Client) -> None:
    many(company, 1000)
    clocks(company)
    deep = f"?sort=oldest&after={OLDEST.cursor(Ticket.objects.get(number='IT-900'))}"
    assert cost(mihai, f"/desk/it/{deep}") == cost(mihai, "/desk/it/?sort=oldest")


def clocks(company: Company) -> None:
    """Both clocks for every ticket."""
    Clock.objects.bulk_create(
        Clock(
            ticket=ticket,
            kind=kind,
            policy_version=company.policy.version,
            calendar_version=company.calendar.version,
            budget_minutes=240,
            started_at=MONDAY,
            settled_at=MONDAY,
            due_at=ticket.next_due_at,
        )
        for ticket in Ticket.objects.all()
        for kind in TargetKind.values
    )

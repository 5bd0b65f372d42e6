"""The words of the demo, and how they become the same ninety days whenever they are told."""

from datetime import UTC, datetime, timedelta

import pytest

from departments.models import Department, Person
from helpdesk.demo import catalogue, company, history, people, today
from helpdesk.demo.stage import VERBS, Case, play
from helpdesk.demo.stories import Story, stories_of
from tests.demo.conftest import NOW
from tickets import queues
from tickets.models import OutboundMail
from tickets.models.ticket import WAITING

DESKS = [desk["slug"] for desk in catalogue.DESKS]
ALL = [story for desk in DESKS for story in stories_of(desk)]
TODAY = people.words("today")["case"]
CATEGORIES = {
    service["name"]: {kind.name for kind in catalogue.kinds(service)}
    for service in catalogue.SERVICES
}


@pytest.mark.parametrize("story", ALL, ids=lambda story: f"{story.desk}: {story.summary[0]}")
def test_a_story_asks_for_something_that_is_offered_and_has_an_end(story: Story) -> None:
    assert story.category in {"", *CATEGORIES.get(story.service, ())}
    assert story.to_service in {"", *CATEGORIES}
    assert story.lang in people.ZONES
    assert story.done or story.never_mind or story.end
    assert bool(story.ask) == bool(story.reply)
    assert bool(story.back) == bool(story.again)


@pytest.mark.parametrize("row", TODAY, ids=lambda row: row["summary"])
def test_what_is_open_today_is_told_in_order_and_before_now(row: dict[str, object]) -> None:
    steps = row["steps"]
    assert isinstance(steps, list)
    minutes = [step[0] for step in steps]
    assert minutes == sorted(minutes)
    assert all(0 <= minute <= row["age"] for minute in minutes)
    assert {step[1] for step in steps} <= {*VERBS, *WAITING}


def signs(cases: list[Case]) -> list[object]:
    """What can be compared of the stories that were told."""
    return [
        (
            case.request.summary,
            case.request.body,
            case.opened_at,
            case.requester.email,
            [(deed.at, deed.verb, deed.by.email, deed.words) for deed in case.deeds],
        )
        for case in cases
    ]


def test_the_same_day_has_the_same_past_whatever_the_hour(db: None) -> None:
    aldera = company.found(NOW)
    morning, night = NOW.replace(hour=1), NOW.replace(hour=23)
    assert signs(history.cases(aldera, morning)) == signs(history.cases(aldera, night))


def test_another_day_has_another_past(db: None) -> None:
    aldera = company.found(NOW)
    other = signs(history.cases(aldera, NOW + timedelta(days=1)))
    assert signs(history.cases(aldera, NOW)) != other


def test_the_past_is_over_before_today(db: None) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    past = history.cases(company.found(NOW), NOW)
    assert not [case for case in past if case.last_at >= midnight]
    assert not [c for c in past if [d.at for d in c.deeds] != sorted(d.at for d in c.deeds)]


def test_people_ask_in_the_language_of_their_office(db: None) -> None:
    for case in history.cases(company.found(NOW), NOW):
        key = case.requester.email.partition("@")[0]
        assert people.PEOPLE[key].speaks == case.request.language


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 11, 23, 6, 5, tzinfo=UTC), id="Monday, just open"),
        pytest.param(datetime(2026, 11, 24, 1, 10, tzinfo=UTC), id="at night"),
        pytest.param(datetime(2026, 11, 27, 15, 0, tzinfo=UTC), id="Friday, closed"),
        pytest.param(datetime(2026, 11, 28, 12, 0, tzinfo=UTC), id="Saturday"),
        pytest.param(datetime(2026, 12, 31, 18, 30, tzinfo=UTC), id="the year's last evening"),
    ],
)
def test_the_queue_of_it_is_filled_at_any_time(db: None, now: datetime) -> None:
    aldera = company.found(now)
    play(today.cases(aldera, now), now=now)
    it = Department.objects.get(slug="it")
    desk = queues.desk_tickets(it, Person.objects.get(email=people.address("mihai")))
    counts = queues.count_groups(desk.unfinished(), now)
    assert not [group for group in queues.GROUPS if not counts[group]]


def test_what_is_told_of_today_is_not_mailed_again(db: None) -> None:
    play(today.cases(company.found(NOW), NOW), now=NOW)
    assert not OutboundMail.objects.exclude(state=OutboundMail.State.SENT).exists()

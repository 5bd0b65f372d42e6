"""The daily mail: once on each day of its reader, only what they may still see, never a loss."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from departments.models import Department, Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.choosing import HOUR, choose, wall
from tickets import actions, tasks
from tickets.actions.mail_choices import set_paces
from tickets.mail import digest, outbound
from tickets.models import DigestLine, GapWarning, OutboundMail, Participant, Ticket
from tickets.reactions import running

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SignIn = Callable[[Person], Client]


def react() -> None:
    while running.react_to_pending():
        pass


def lines(person: Person) -> list[DigestLine]:
    return list(DigestLine.objects.waiting().filter(person=person).order_by("pk"))


def due(person: Person) -> datetime:
    """When the waiting lines are told."""
    [moment] = {line.due_at for line in lines(person)}
    return moment


def digests(person: Person) -> list[OutboundMail]:
    return list(OutboundMail.objects.filter(person=person, kind="digest").order_by("pk"))


def the_digest(person: Person) -> OutboundMail:
    [mail] = digests(person)
    return mail


@pytest.fixture
def followed(make: Make, company: Company) -> Ticket:
    """Olga follows Elif's request and gets its news once a day; Mihai answered twice."""
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    react()
    choose(company.olga, followed="daily")
    for word in ("First", "Second"):
        actions.reply(ticket, by=company.mihai, body=f"{word} word.")
    react()
    return ticket


def test_news_wait_for_the_hour_that_was_chosen(followed: Ticket, company: Company) -> None:
    moment = due(company.olga)
    assert moment.astimezone(company.olga.zone).time() == time(8)
    assert timezone.now() < moment <= timezone.now() + DAY
    assert digest.send_due(moment - SECOND) == 0
    assert digest.send_due(moment) == 1
    assert outbound.send_queued(moment) > 0
    assert the_digest(company.olga).state == OutboundMail.State.SENT


def test_it_tells_each_request_once_with_all_its_news(
    followed: Ticket, make: Make, company: Company
) -> None:
    other = make.ticket(summary="Screen is dark")
    actions.add_participant(other, person=company.olga, by=company.elif_)
    react()
    digest.send_due(due(company.olga))
    mail = the_digest(company.olga)
    assert mail.subject == "Your daily mail: news of 2 requests"
    for text in (mail.text, mail.html):
        assert text.count("IT-1 Laptop does not charge") == 1
        assert text.count("Mihai Ionescu replied.") == 2
        assert text.count("IT-2 Screen is dark") == 1
        assert text.count("Elif Yıldız added Olga Lindqvist.") == 1
        assert "/requests/IT-1/" in text
        assert "/requests/IT-2/" in text
    assert "You get this because you chose one mail a day." in mail.text


def test_its_moments_are_those_of_its_readers_zone(followed: Ticket, company: Company) -> None:
    Person.objects.filter(pk=company.olga.pk).update(time_zone="Asia/Tokyo")
    event = followed.events.filter(kind="ticket.replied").latest("pk")
    company.olga.refresh_from_db()
    digest.send_due(due(company.olga))
    assert f"{wall(company.olga, event.at):%H:%M}: Mihai" in the_digest(company.olga).text


def test_it_is_written_once_whoever_tries_twice(followed: Ticket, company: Company) -> None:
    moment = due(company.olga)
    assert [digest.send_due(moment), digest.send_due(moment), digest.send_due(moment + HOUR)] == [
        1,
        0,
        0,
    ]
    assert len(digests(company.olga)) == 1
    actions.reply(followed, by=company.mihai, body="Third word.")
    react()
    assert len(lines(company.olga)) == 1


def test_a_worker_that_dies_leaves_no_double_and_no_loss(
    followed: Ticket, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = due(company.olga)

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(digest, "compose_digest", die)
        assert digest.send_due(moment) == 0
    update = DigestLine.objects.all().__class__.update
    with monkeypatch.context() as patch:  # After the mail is written, before its lines are marked.
        patch.setattr(DigestLine.objects.all().__class__, "update", die)
        assert digest.send_due(moment) == 0
    assert DigestLine.objects.all().__class__.update is update
    assert (digests(company.olga), len(lines(company.olga))) == ([], 2)
    assert digest.send_due(moment) == 1
    assert the_digest(company.olga).text.count("replied") == 2


def test_somebody_elses_broken_mail_stops_nobody(
    followed: Ticket, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(company.mihai, work="daily")
    actions.reply(followed, by=company.elif_, body="And now?")
    react()
    compose = digest.compose_digest

    def broken(told: Any, to: Person, key: str) -> Any:
        if to == company.olga:
            raise ValueError("broken")
        return compose(told, to, key)

    monkeypatch.setattr(digest, "compose_digest", broken)
    moment = max(due(company.olga), due(company.mihai))
    assert digest.send_due(moment) == 1
    assert (len(digests(company.mihai)), len(digests(company.olga))) == (1, 0)


def test_nothing_is_sent_where_nothing_is_left_to_tell(followed: Ticket, company: Company) -> None:
    moment = due(company.olga)
    actions.remove_participant(followed, person=company.olga, by=company.olga)
    assert digest.send_due(moment) == 0
    assert (digests(company.olga), lines(company.olga)) == ([], [])


@pytest.mark.parametrize("change", ["never", "left"])
def test_who_wants_it_no_more_or_left_gets_none(
    followed: Ticket, company: Company, change: str
) -> None:
    moment = due(company.olga)
    if change == "never":
        set_paces(company.olga, {"followed": "never"})
    else:
        Person.objects.filter(pk=company.olga.pk).update(is_active=False)
    assert digest.send_due(moment) == 0
    assert (digests(company.olga), lines(company.olga)) == ([], [])


def test_what_only_the_desk_reads_stays_there(followed: Ticket, company: Company) -> None:
    hidden = followed.events.filter(kind="ticket.replied").latest("pk")
    followed.events.filter(pk=hidden.pk).update(is_public=False)
    digest.send_due(due(company.olga))
    assert the_digest(company.olga).text.count("replied") == 1


def test_of_a_confidential_request_it_says_the_number_only(make: Make, company: Company) -> None:
    choose(company.misaki, work="daily")
    ticket = make.secret()
    actions.assign(ticket, to=company.misaki, by=company.andreea)
    react()
    digest.send_due(due(company.misaki))
    mail = the_digest(company.misaki)
    assert f"/tickets/{ticket.number}/" in mail.text
    assert "There is news. It stands on the page only." in mail.text
    for word in ("anary", "Elif", "Andreea", "gave"):
        assert word not in mail.subject + mail.text + mail.html


def test_gaps_of_a_rota_stand_under_their_desk(company: Company) -> None:
    choose(company.jonas, leading="daily")
    now = timezone.now()
    gap = GapWarning.objects.create(
        desk=company.it, layer_name="", starts_at=now + DAY, ends_at=now + 2 * DAY, told_at=now
    )
    outbound.queue_gaps([gap], to=company.jonas, at=now)
    outbound.queue_gaps([gap], to=company.jonas, at=now)
    digest.send_due(due(company.jonas))
    mail = the_digest(company.jonas)
    assert mail.text.count("On call at IT") == 1
    assert "/desk/it/on-call/" in mail.text


def test_who_leads_no_more_hears_of_no_gap(company: Company) -> None:
    choose(company.jonas, leading="daily")
    now = timezone.now()
    gap = GapWarning.objects.create(
        desk=company.it, layer_name="", starts_at=now + DAY, ends_at=now + 2 * DAY, told_at=now
    )
    outbound.queue_gaps([gap], to=company.jonas, at=now)
    Department.objects.get(pk=company.it.pk).memberships.filter(person=company.jonas).delete()
    assert digest.send_due(due(company.jonas)) == 0


def test_another_hour_moves_what_waits(followed: Ticket, company: Company) -> None:
    choose(company.olga, followed="daily", digest_at=time(17))
    assert due(company.olga).astimezone(company.olga.zone).time() == time(17)


def test_a_later_hour_on_the_same_day_brings_no_second_mail(
    followed: Ticket, company: Company
) -> None:
    moment = due(company.olga)
    told_on = lines(company.olga)[0].on
    digest.send_due(moment)
    actions.reply(followed, by=company.mihai, body="Third word.")
    react()
    DigestLine.objects.waiting().update(on=told_on, due_at=moment + HOUR)
    assert digest.send_due(moment + HOUR) == 0
    assert lines(company.olga)[0].on == told_on + DAY
    assert digest.send_due(due(company.olga)) == 1
    assert len(digests(company.olga)) == 2


def test_a_late_worker_does_not_wake_anybody(followed: Ticket, company: Company) -> None:
    moment = due(company.olga)
    choose(company.olga, followed="daily", quiet_from=time(22), quiet_until=time(7))
    night = moment.astimezone(company.olga.zone).replace(hour=23)
    assert digest.send_due(night) == 0
    later = due(company.olga)
    assert later.astimezone(company.olga.zone).time() == time(8)
    assert digest.send_due(later) == 1


def test_an_outage_of_two_days_brings_one_mail(followed: Ticket, company: Company) -> None:
    first = lines(company.olga)[0]
    DigestLine.objects.filter(pk=first.pk).update(on=first.on - DAY, due_at=first.due_at - DAY)
    moment = first.due_at + HOUR
    assert digest.send_due(moment) == 1
    assert the_digest(company.olga).text.count("replied") == 2
    assert the_digest(company.olga).key.endswith(str(first.on))


def test_the_daily_mail_does_not_come_on_days_off(followed: Ticket, company: Company) -> None:
    today = timezone.now().astimezone(company.olga.zone).weekday()
    off = frozenset({today, (today + 1) % 7})
    choose(company.olga, followed="daily", days_off=off)
    assert due(company.olga).astimezone(company.olga.zone).weekday() == (today + 2) % 7


def test_a_reaction_tried_again_tells_nothing_twice(followed: Ticket, company: Company) -> None:
    choose(company.olga)  # At once again, while two lines wait.
    for event in followed.events.filter(kind="ticket.replied"):
        key = f"{event.pk}:reply:{company.olga.pk}"
        outbound.tell("reply", key=key, to=company.olga, event=event)
    assert not OutboundMail.objects.filter(person=company.olga, kind="reply").exists()
    added = followed.events.get(kind="participant.added")
    choose(company.olga, followed="daily")
    outbound.tell("added", key=f"{added.pk}:added:{company.olga.pk}", to=company.olga, event=added)
    assert len(lines(company.olga)) == 2


def test_the_sweep_writes_and_sends_it(followed: Ticket, company: Company) -> None:
    DigestLine.objects.update(due_at=timezone.now() - SECOND)
    tasks.sweep()
    assert the_digest(company.olga).state == OutboundMail.State.SENT


def test_my_page_says_what_the_next_one_tells(
    followed: Ticket, company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.olga).get("/me/mails/").content.decode()
    assert "2 lines in your next daily mail" in page
    Participant.objects.filter(person=company.olga).delete()
    page = sign_in(company.olga).get("/me/mails/").content.decode()
    assert "next daily mail" not in page

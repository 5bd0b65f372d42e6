"""Gaps in a rota: the leads hear of them beforehand, once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from departments.models import Absence, Membership, Person, RotaLayer, RotaOverride
from tests.cast import Company
from tests.tickets.rotas import it_rota, rota_of
from tickets import tasks
from tickets.models import GapWarning, Notification, OutboundMail
from tickets.reactions.gaps import warn_of_gaps

SignIn = Callable[[Person], Client]
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)


def away(person: Person, first: date, last: date) -> Absence:
    return Absence.objects.create(person=person, starts_on=first, ends_on=last)


def alone(company: Company) -> None:
    """Mihai is the only layer of IT, and is away on Thursday and Friday."""
    rota_of(company.it, company.jonas, company.mihai)
    away(company.mihai, date(2026, 3, 12), date(2026, 3, 13))


def mails() -> list[OutboundMail]:
    return list(OutboundMail.objects.filter(kind="rota_gaps").order_by("pk"))


def test_the_lead_hears_where_nobody_is_on_call(company: Company) -> None:
    alone(company)
    assert warn_of_gaps(NOW) == 1
    mail = mails()[0]
    assert mail.to_address == "jonas@aldera.example"
    assert mail.subject == "On call at IT: somebody is missing"
    words = mail.text.replace("\xa0", " ")
    # Mihai's own days in Bucharest, told in Berlin.
    assert "Nobody is on call at IT from Wed 11 Mar 23:00 to Fri 13 Mar 23:00." in words
    assert "/desk/it/on-call/" in words
    assert "/desk/it/on-call/" in mail.html


def test_a_whole_rota_says_nothing(company: Company) -> None:
    it_rota(company)
    assert warn_of_gaps(NOW) == 0
    assert mails() == []


def test_each_gap_is_told_once(company: Company) -> None:
    alone(company)
    for hour in range(48):
        warn_of_gaps(NOW + timedelta(hours=hour))
    assert (GapWarning.objects.count(), len(mails())) == (1, 1)


def test_a_gap_that_has_begun_is_not_told_again(company: Company) -> None:
    alone(company)
    for hour in range(0, 24 * 6, 3):
        warn_of_gaps(NOW + timedelta(hours=hour))
    assert len(mails()) == 1


def test_a_new_gap_is_told_beside_an_old_one(company: Company) -> None:
    alone(company)
    warn_of_gaps(NOW)
    away(company.mihai, date(2026, 3, 20), date(2026, 3, 20))
    assert warn_of_gaps(NOW + DAY) == 1
    assert len(mails()) == 2
    assert "Fri 20 Mar" in mails()[1].text
    assert "Wed 11 Mar" not in mails()[1].text


def test_several_gaps_stand_in_one_mail(company: Company) -> None:
    alone(company)
    away(company.mihai, date(2026, 3, 20), date(2026, 3, 20))
    assert warn_of_gaps(NOW) == 2
    assert len(mails()) == 1


def test_what_lies_further_ahead_is_told_later(company: Company) -> None:
    rota_of(company.it, company.jonas, company.mihai)
    away(company.mihai, date(2026, 3, 24), date(2026, 3, 24))
    assert warn_of_gaps(NOW) == 0
    assert warn_of_gaps(NOW + 2 * DAY) == 1


def test_a_layer_without_anybody_is_told_by_its_name(company: Company) -> None:
    it_rota(company)
    away(company.mihai, date(2026, 3, 12), date(2026, 3, 12))
    warn_of_gaps(NOW)
    assert "Nobody is in “Line 1” of IT" in mails()[0].text


def test_who_stands_in_leaves_no_gap(company: Company) -> None:
    alone(company)
    Absence.objects.update(deputy=company.jonas)
    assert warn_of_gaps(NOW) == 0


def test_who_covers_leaves_no_gap(company: Company) -> None:
    alone(company)
    RotaOverride.objects.create(
        layer=RotaLayer.objects.get(),
        person=company.jonas,
        starts_at=NOW,
        ends_at=NOW + 7 * DAY,
    )
    assert warn_of_gaps(NOW) == 0


def test_a_rota_without_layers_is_one_gap(company: Company) -> None:
    rota_of(company.it, company.jonas)
    assert warn_of_gaps(NOW) == 1


def test_a_gap_that_stays_is_told_again_after_two_weeks(company: Company) -> None:
    rota_of(company.it, company.jonas)
    for day in range(20):
        warn_of_gaps(NOW + day * DAY)
    assert len(mails()) == 2


def test_every_lead_hears_and_nobody_else(company: Company) -> None:
    alone(company)
    Membership.objects.create(person=company.olga, department=company.it, role="lead")
    warn_of_gaps(NOW)
    assert {mail.person for mail in mails()} == {company.jonas, company.olga}
    assert set(Notification.objects.values_list("person", flat=True)) == {
        company.jonas.pk,
        company.olga.pk,
    }


def test_where_nobody_leads_the_gap_waits_for_somebody_who_does(company: Company) -> None:
    alone(company)
    Membership.objects.filter(person=company.jonas).update(role="agent")
    assert warn_of_gaps(NOW) == 0
    Membership.objects.filter(person=company.jonas).update(role="lead")
    assert warn_of_gaps(NOW) == 1


def test_a_lead_finds_it_among_the_notices_with_the_way_to_the_rota(
    company: Company, sign_in: SignIn
) -> None:
    alone(company)
    warn_of_gaps(NOW)
    client = sign_in(company.jonas)
    page = client.get("/notifications/").content.decode()
    assert "Nobody is on call at IT from" in page
    assert 'href="/desk/it/on-call/"' in page
    assert ">1<" in client.get("/notifications/count/").content.decode()


def test_who_leads_no_more_is_shown_no_gap(company: Company, sign_in: SignIn) -> None:
    alone(company)
    warn_of_gaps(NOW)
    Membership.objects.filter(person=company.jonas).update(role="agent")
    assert "Nobody is on call" not in sign_in(company.jonas).get("/notifications/").content.decode()


def test_reading_all_reads_gaps_too(company: Company, sign_in: SignIn) -> None:
    alone(company)
    warn_of_gaps(NOW)
    sign_in(company.jonas).post("/notifications/read/")
    assert not Notification.objects.unread().exists()


def test_it_speaks_the_leads_language(company: Company) -> None:
    alone(company)
    Person.objects.filter(pk=company.jonas.pk).update(language="de")
    warn_of_gaps(NOW)
    assert mails()[0].headers["Content-Language"] == "de"


@pytest.mark.parametrize("runs", [1, 2])
def test_the_hourly_task_tells_it_once(company: Company, runs: int) -> None:
    rota_of(company.it, company.jonas)
    for _run in range(runs):
        tasks.warn_of_gaps()
    assert len(mails()) == 1

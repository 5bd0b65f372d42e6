"""Several workers write daily mails at once, on a database that lets them: each once, no loss."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from departments.models import Person
from tests.cast import Company, found
from tests.conftest import Make
from tests.mail.choosing import choose
from tests.tickets.test_sweep_workers import at_once
from tickets import actions
from tickets.mail import digest
from tickets.models import DigestLine, OutboundMail
from tickets.reactions import running

WORKERS = 4
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one worker write at a time"
    ),
]


@pytest.fixture
def company(transactional_db: None) -> Company:
    return found()


def test_each_person_gets_one_and_each_line_is_told(company: Company) -> None:
    ticket = Make(company).ticket()
    followers = [company.olga, company.tom, company.sam]
    for person in followers:
        choose(person, followed="daily")
        actions.add_participant(ticket, person=person, by=company.elif_)
    for number in range(3):
        actions.reply(ticket, by=company.mihai, body=f"Word {number}.")
    while running.react_to_pending():
        pass
    now = timezone.now() + timedelta(days=2)
    wrote = at_once(*[lambda: digest.send_due(now)] * WORKERS)
    assert sum(wrote) == len(followers)
    assert not DigestLine.objects.waiting().exists()
    told = OutboundMail.objects.filter(kind="digest").values_list("person", "text")
    assert {pk: text.count("replied") for pk, text in told} == {p.pk: 3 for p in followers}


def test_a_line_that_comes_while_the_mail_is_written_waits_for_the_next(company: Company) -> None:
    ticket = Make(company).ticket()
    choose(company.olga, followed="daily")
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    while running.react_to_pending():
        pass
    now = timezone.now() + timedelta(days=2)

    def answer() -> None:
        writer = Person.objects.get(pk=company.mihai.pk)
        actions.reply(ticket, by=writer, body="While you write.")
        while running.react_to_pending():
            pass

    at_once(*[lambda: digest.send_due(now)] * 2, answer)
    digest.send_due(now)
    digest.send_due(now + timedelta(days=2))
    texts = OutboundMail.objects.filter(kind="digest").values_list("text", flat=True)
    assert sum(text.count("replied") for text in texts) == 1
    assert sum(text.count("added") for text in texts) == 1

"""Mailboxes in the product: leads add them, test them, pause them; secrets are never shown."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from departments.models import Person
from helpdesk.lib import secrets
from helpdesk.lib.outbound_places import Allowed
from tests.cast import Company
from tests.mail.broken_imap import BrokenImap
from tests.mail.postbox import letter
from tickets.models import Mailbox, MailSource

SignIn = Callable[[Person], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


@pytest.fixture
def jonas(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox.objects.get(address="it@aldera.example")


def account(**fields: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": 993,
        "security": "plain",
        "sign": "password",
        "username": "it",
        "secret": "Canary-secret",
        "folder": "INBOX",
        "after": "seen",
        **fields,
    }


def save(client: Client, box: Mailbox, **fields: Any) -> Any:
    return client.post(reverse("mailbox_source", args=[box.pk]), account(**fields), follow=True)


def test_a_lead_adds_a_mailbox_of_their_desk(company: Company, jonas: Client) -> None:
    words = {"address": "Printers@Aldera.example", "name": "Printers", "is_active": "on"}
    answer = jonas.post(reverse("mailbox_new"), {**words, "desk": company.it.pk})
    assert answer.status_code == 302
    assert Mailbox.objects.get(address="printers@aldera.example").desk == company.it


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("it@aldera.example", "There is a mailbox with this address already."),
        ("elif@aldera.example", "a person"),
        ("no address", "valid email"),
        ("", "required"),
    ],
)
def test_a_wrong_address_is_said_and_the_rest_kept(
    company: Company, jonas: Client, address: str, words: str
) -> None:
    fields = {"address": address, "name": "Kept words", "desk": company.it.pk}
    answer = jonas.post(reverse("mailbox_new"), fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Kept words" in answer.content.decode()


def test_nobody_adds_a_mailbox_to_another_desk(company: Company, jonas: Client) -> None:
    fields = {"address": "new@aldera.example", "name": "X", "desk": company.hr.pk}
    assert jonas.post(reverse("mailbox_new"), fields).status_code == 422
    assert not Mailbox.objects.filter(address="new@aldera.example").exists()


@pytest.mark.parametrize("name", ["mihai", "andreea", "tom", "elif_"])
def test_others_find_no_such_mailbox(
    company: Company, sign_in: SignIn, box: Mailbox, name: str
) -> None:
    client = sign_in(getattr(company, name))
    assert client.get(reverse("mailbox", args=[box.pk])).status_code == 404
    for action in ("mailbox_source", "mailbox_test", "mailbox_pause"):
        assert client.post(reverse(action, args=[box.pk]), account()).status_code == 404


def test_the_mailbox_of_a_confidential_service_is_its_groups(
    company: Company, sign_in: SignIn
) -> None:
    secret = Mailbox.objects.get(address="hr@aldera.example")
    for person, status in ((company.andreea, 200), (company.sam, 404), (company.misaki, 404)):
        page = sign_in(person).get(reverse("mailbox", args=[secret.pk]))
        assert page.status_code == status


def test_saving_an_account_tests_it_at_once(
    jonas: Client, box: Mailbox, settings: Settings
) -> None:
    server = BrokenImap([letter().as_bytes().replace(b"\n", b"\r\n")])
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{server.port}"])
    page = save(jonas, box, port=server.port)
    server.close()
    assert "It works. Unread letters in the folder now: 1." in page.content.decode()
    assert "FETCH" not in server.commands


def test_what_does_not_work_is_said_and_the_account_kept(jonas: Client, box: Mailbox) -> None:
    page = save(jonas, box)
    assert "It does not work yet" in page.content.decode()
    assert MailSource.objects.get().mailbox == box


def test_the_secret_is_sealed_and_never_shown(jonas: Client, box: Mailbox) -> None:
    assert "Canary-secret" not in save(jonas, box).content.decode()
    row = MailSource.objects.get()
    assert "Canary" not in row.secret
    assert secrets.unseal(row.secret) == "Canary-secret"


def test_an_empty_secret_keeps_the_one_we_know(jonas: Client, box: Mailbox) -> None:
    save(jonas, box)
    save(jonas, box, secret="", username="other")
    row = MailSource.objects.get()
    assert (row.username, secrets.unseal(row.secret)) == ("other", "Canary-secret")


def test_an_account_without_a_secret_is_asked_for_it(jonas: Client, box: Mailbox) -> None:
    page = save(jonas, box, secret="")
    assert page.status_code == 422
    assert "Enter the password or the secret" in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"after": "move"}, "Say to which folder."),
        ({"sign": "microsoft"}, "This way to sign in needs it."),
        ({"port": "many"}, "whole number"),
        ({"host": ""}, "required"),
    ],
)
def test_half_an_account_is_asked_again(
    jonas: Client, box: Mailbox, fields: dict[str, str], words: str
) -> None:
    page = save(jonas, box, **fields)
    assert page.status_code == 422
    assert words in page.content.decode()


def test_another_account_is_read_from_its_beginning(jonas: Client, box: Mailbox) -> None:
    save(jonas, box)
    MailSource.objects.update(uid_validity=7, last_uid=40)
    save(jonas, box, secret="")
    assert MailSource.objects.get().last_uid == 40
    save(jonas, box, username="other")
    assert MailSource.objects.get().last_uid == 0


def test_fetching_is_paused_goes_on_and_ends(jonas: Client, box: Mailbox) -> None:
    save(jonas, box)
    url = reverse("mailbox_pause", args=[box.pk])
    for choice, paused in (("pause", True), ("go_on", False)):
        jonas.post(url, {"choice": choice})
        assert MailSource.objects.get().is_paused is paused
    jonas.post(url, {"choice": "forget"})
    assert not MailSource.objects.exists()


def test_the_list_says_how_each_goes_in_a_few_queries(
    jonas: Client, box: Mailbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    save(jonas, box)
    MailSource.objects.update(error="The server is away.")
    with django_assert_max_num_queries(8):
        page = jonas.get(reverse("mailboxes")).content.decode()
    assert "Does not work" in page
    assert "Letters come by SMTP or a pipe" in page
    assert "hr@aldera.example" not in page


def settings_of(box: Mailbox, **fields: Any) -> dict[str, Any]:
    return {"address": box.address, "name": box.name, "desk": box.desk_id, **fields}


def test_a_lead_says_whom_to_believe_and_whom_to_take(
    company: Company, jonas: Client, box: Mailbox
) -> None:
    fields = settings_of(
        box,
        authserv_id=" MX.aldera.example; ",
        requires_authentication="own",
        allowed_domains="@Aldera.example, aldera.example\n",
        takes_guests="on",
        machines="Nagios@aldera.example\r\n*.monitor.example\nmüller.example",
        machines_as=company.mihai.pk,
    )
    assert jonas.post(reverse("mailbox", args=[box.pk]), fields).status_code == 302
    box.refresh_from_db()
    assert (box.authserv_id, box.requires_authentication) == ("mx.aldera.example", "own")
    assert (box.allowed_domains, box.takes_guests) == ("aldera.example", True)
    assert box.machines.split() == [
        "nagios@aldera.example", "monitor.example", "xn--mller-kva.example",
    ]  # fmt: skip
    assert box.machines_as == company.mihai
    page = jonas.get(reverse("mailbox", args=[box.pk])).content.decode()
    assert "nagios@aldera.example" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"requires_authentication": "own"}, "Without it nobody is proven genuine."),
        ({"requires_authentication": "maybe"}, "valid choice"),
        ({"authserv_id": "mx.a.example; dmarc=pass"}, "Only the first word"),
        ({"allowed_domains": "a.example\nno domain"}, "“no” is no domain."),
        ({"allowed_domains": "elif@aldera.example"}, "is no domain."),
        ({"allowed_domains": "\n".join(f"a{n}.example" for n in range(201))}, "At most 200 lines."),
        ({"allowed_domains": "gmail.com"}, "Everybody in the world can write from gmail.com."),
        ({"allowed_domains": "other.example"}, "Ask an administrator to add it."),
        ({"machines": "a@b.example"}, "Choose somebody of the desk."),
        ({"machines": "a@b@c", "machines_as": "mihai"}, "valid email"),
        ({"machines": "a.example", "machines_as": "tom"}, "valid choice"),
    ],
)
def test_half_a_setting_is_asked_again(
    company: Company, jonas: Client, box: Mailbox, fields: dict[str, str], words: str
) -> None:
    if name := fields.get("machines_as"):
        fields = {**fields, "machines_as": getattr(company, name).pk}
    page = jonas.post(reverse("mailbox", args=[box.pk]), settings_of(box, **fields))
    assert page.status_code == 422
    assert words in page.content.decode()
    for field in ("allowed_domains", "machines"):
        assert str(fields.get(field, ""))[:20] in page.content.decode()


def test_a_public_provider_is_taken_when_it_is_confirmed_by_who_may(
    company: Company, sign_in: SignIn, box: Mailbox
) -> None:
    fields = settings_of(box, allowed_domains="gmail.com")
    sam, url = sign_in(company.sam), reverse("mailbox", args=[box.pk])
    asked = sam.post(url, fields)
    assert asked.status_code == 422
    assert 'type="checkbox" name="sure"' in asked.content.decode()
    assert sam.post(url, {**fields, "sure": "on"}).status_code == 302
    box.refresh_from_db()
    assert box.allowed_domains == "gmail.com"
    jonas = sign_in(company.jonas)
    assert jonas.post(url, {**fields, "sure": "on", "name": "New"}).status_code == 302

"""Who writes: one person stays one, strangers stay strangers, and new colleagues are met."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from departments.models import Person, Service
from departments.models.people import plain_address, plain_domain
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets.mail import machines, release, senders
from tickets.mail.letter import Letter
from tickets.mail.likeness import skeleton
from tickets.mail.one_time import proves_an_address
from tickets.models import InboundMail, Mailbox, Message, OutboundMail, State, Ticket

Outcome = InboundMail.Outcome
WorkOff = Callable[[], None]
FAILED = b"Authentication-Results: mx.example; dmarc=fail\n"


# --- Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("elif@müller.example", "elif@xn--mller-kva.example", True),
        ("elif@MÜLLER.example", "ELIF@müller.EXAMPLE", True),
        ("elif@mu\u0308ller.example", "elif@müller.example", True),
        ("elif@straße.example", "elif@strasse.example", False),
        ("elif@аldera.example", "elif@aldera.example", False),
        ("elif@alderа.example", "elif@aldera.example", False),
        ("elıf@aldera.example", "elif@aldera.example", False),
        ("elif+x@aldera.example", "elif@aldera.example", False),
    ],
)
def test_which_addresses_are_one(one: str, other: str, are_one: bool) -> None:
    assert (plain_address(one) == plain_address(other)) is are_one


@given(st.text())
def test_a_plain_domain_is_plain_already(domain: str) -> None:
    assert plain_domain(plain_domain(domain)) == plain_domain(domain)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("elif@aldera.example", "eIif@aldera.example".lower(), True),
        ("elif@aldera.example", "e1if@aldera.example", True),
        ("elif@aldera.example", "еlif@aldera.example", True),
        ("elif@aldera.example", "elif@a1dera.example", True),
        ("elif@aldera.example", plain_address("elif@аldera.example"), True),
        ("martin@aldera.example", "rnartin@aldera.example", True),
        ("elif.yildiz@aldera.example", "elifyildiz@aldera.example", True),
        ("elif@aldera.example", "elif2@aldera.example", False),
        ("elif@aldera.example", "elif@aldera.test", False),
        ("anna@aldera.example", "hanna@aldera.example", False),
    ],
)
def test_what_looks_alike(one: str, other: str, is_alike: bool) -> None:
    assert (skeleton(one) == skeleton(other)) is is_alike


@given(st.text())
def test_everything_has_a_look(address: str) -> None:
    skeleton(address)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Elif Yıldız", "Elif Yıldız"),
        ("  'Elif'  ", "Elif"),
        ("Elif <b>Y</b>", "Elif b Y /b"),
        ("Visit https://evil.example now", "Visit now"),
        ("elif@aldera.example", ""),
        ("\u202eevil\x00", "evil"),
        ("12", ""),
        ("", ""),
    ],
)
def test_a_display_name_is_cleaned(written: str, shown: str) -> None:
    assert senders.clean_name(written) == shown


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Guten Tag, ich kann mich seit gestern nicht anmelden.", "de"),
        ("Hello, my screen is dark since yesterday.", "en"),
        ("???", ""),
        ("", ""),
    ],
)
def test_a_language_is_guessed_only_when_it_is_clear(text: str, language: str) -> None:
    assert senders.guess_language(text) == language


# --- New colleagues -------------------------------------------------------------------------------


@pytest.fixture
def box(company: Company) -> Mailbox:
    Mailbox.objects.filter(address="it@aldera.example").update(
        allowed_domains="aldera.example\nmüller.example\nxn--mller-kva.example"
    )
    return Mailbox.objects.get(address="it@aldera.example")


def new(address: str = "ayse@aldera.example", **fields: str) -> InboundMail:
    return taken_in(letter(f"Ayşe Kaya <{address}>", **fields))


@pytest.mark.django_db
def test_somebody_new_of_ours_is_an_employee_to_confirm(company: Company, box: Mailbox) -> None:
    Person.objects.filter(pk=company.jonas.pk).update(language="de")
    row = new(body="Guten Tag, ich kann mich seit gestern nicht anmelden.")
    person = Person.objects.get(email="ayse@aldera.example")
    assert (row.outcome, row.ticket and row.ticket.requester) == (Outcome.TICKET, person)
    assert (person.name, person.language) == ("Ayşe Kaya", "de")
    assert person.time_zone == "Europe/Berlin"  # As the desk's lead, until they say otherwise.
    assert (person.is_provisional, person.is_guest, person.has_usable_password()) == (
        True, False, False,
    )  # fmt: skip
    assert "Ayşe Kaya was added as an employee" in row.reason
    assert new(subject="Another").ticket != row.ticket
    assert Person.objects.filter(is_provisional=True).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("ayse@evil.example", {}),
        ("ayse@x.aldera.example", {}),
        ("ayse@aldera.example.evil.example", {}),
        ("no-reply@aldera.example", {}),
        ("helpdesk@aldera.example", {}),
        ("hr+x@aldera.example", {}),
        ("ayşe@aldera.example", {}),
        ("gone@aldera.example", {}),
        ("e1if@aldera.example", {}),
        ("ayse@aldera.example", {"Auto_Submitted": "auto-replied"}),
        ("ayse@aldera.example", {"Precedence": "bulk"}),
        ("ayse@aldera.example", {"From": "b@aldera.example"}),
    ],
)
def test_nobody_is_added_for_these(
    company: Company, box: Mailbox, address: str, fields: dict[str, str]
) -> None:
    Person.objects.create(email="gone@aldera.example", name="Gone", is_active=False)
    before = Person.objects.count()
    mail = letter("x@y.example", **{k: v for k, v in fields.items() if k != "From"})
    raw = mail.as_bytes().replace(b"x@y.example", address.encode())
    extra = f"From: {fields['From']}\n".encode() if "From" in fields else b""
    row = taken_in(extra + raw)
    assert row.outcome in {Outcome.QUARANTINED, Outcome.FOLDED}
    assert Person.objects.count() == before
    assert not Ticket.objects.exists()


@pytest.mark.django_db
def test_who_looks_like_a_colleague_waits_and_it_is_said(company: Company, box: Mailbox) -> None:
    assert "looks like Elif Yıldız (elif@aldera.example)" in new("e1if@aldera.example").reason
    row = taken_in(letter("ELIF YILDIZ <other@aldera.example>"))
    assert "looks like Elif Yıldız" in row.reason


@pytest.mark.django_db
def test_whose_check_failed_is_not_added(company: Company, box: Mailbox) -> None:
    Mailbox.objects.update(authserv_id="mx.example")
    assert taken_in(FAILED + letter("a@aldera.example").as_bytes()).outcome == Outcome.QUARANTINED
    assert not Person.objects.filter(email="a@aldera.example").exists()


@pytest.mark.django_db
def test_a_letter_that_claims_a_place_adds_nobody(
    company: Company, box: Mailbox, make: Make, work_off: WorkOff
) -> None:
    make.ticket()
    work_off()
    stolen = answer(OutboundMail.objects.get(), sender="ayse@aldera.example")
    assert taken_in(stolen).outcome == Outcome.QUARANTINED
    assert not Person.objects.filter(email="ayse@aldera.example").exists()


@pytest.mark.django_db
def test_a_bomb_of_invented_colleagues_stops(
    company: Company, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "EMPLOYEES_AN_HOUR", 3)
    names = ("ann", "bob", "kay", "meg", "zoe")
    rows = [taken_in(letter(f"{name}@aldera.example")) for name in names]
    assert [row.outcome for row in rows] == [Outcome.TICKET] * 3 + [Outcome.QUARANTINED] * 2
    assert "more than 3 new people within an hour" in rows[-1].reason
    known = taken_in(letter("elif@aldera.example"))
    assert known.outcome == Outcome.TICKET


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "is_elif"),
    [
        ("elif+shop@aldera.example", True),
        ("Elif+a+b@aldera.example", True),
        ("elif+shop@home.example", False),
    ],
)
def test_what_follows_a_plus_counts_for_nothing_at_our_own_domains(
    company: Company, box: Mailbox, address: str, is_elif: bool
) -> None:
    company.elif_.aliases.create(address="elif@home.example")
    row = taken_in(letter(address))
    assert (row.ticket is not None and row.ticket.requester == company.elif_) is is_elif


@pytest.mark.django_db
def test_a_whole_address_goes_before_its_beginning(company: Company, box: Mailbox) -> None:
    company.olga.aliases.create(address="elif+o@aldera.example")
    row = taken_in(letter("elif+o@aldera.example"))
    assert row.ticket is not None
    assert row.ticket.requester == company.olga


@pytest.mark.django_db
def test_a_domain_in_its_own_letters_is_found(company: Company, box: Mailbox) -> None:
    raw = letter("x@y.example").as_bytes()
    for domain in ("müller.example", "xn--mller-kva.example", "Müller.example"):
        taken_in(raw.replace(b"x@y.example", f"kurt@{domain}".encode()))
    assert Person.objects.get(is_provisional=True).email == "kurt@xn--mller-kva.example"


@pytest.mark.django_db
def test_who_is_to_be_confirmed_sees_their_own_and_what_is_for_everyone(
    company: Company, box: Mailbox, make: Make, sign_in: Callable[[Person], Client]
) -> None:
    foreign = make.ticket()
    own = new().ticket
    assert own is not None
    person = own.requester
    company.expenses.audience.add(company.finance)
    assert list(Ticket.objects.visible_to(person)) == [own]
    assert company.laptop in Service.objects.askable_by(person)
    assert company.expenses not in Service.objects.askable_by(person)
    client = sign_in(person)
    assert client.get(foreign.get_absolute_url()).status_code == 404
    assert client.get(own.get_absolute_url()).status_code == 200
    assert client.get(own.get_desk_url()).status_code == 404
    found = sign_in(company.olga).get(reverse("people"), {"q": "Kaya"})
    assert "Ayşe" not in found.content.decode()


# --- Codes that prove an address ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "text", "is_one"),
    [
        ("Your verification code", "It is 483920.", True),
        ("Confirm your e-mail", "Click https://slack.example/x", True),
        ("Ihr Bestätigungscode", "Er lautet 4839", True),
        ("Bitte bestätigen Sie Ihre Adresse", "http://x.example", True),
        ("E-posta doğrulama kodu", "Kodunuz: 483 920", True),
        ("Codul de verificare", "483920", True),
        ("認証コード", "認証コードは 483920 です", True),
        ("Código de verificación", "G7X2K9", True),
        ("Welcome", "Your one-time password is\n 1234", True),
        ("My verification code does not come", "I wait since Monday.", False),
        ("Invoice 48392011", "See https://x.example", False),
        ("Screen", "It is dark.", False),
    ],
)
def test_what_proves_an_address(subject: str, text: str, is_one: bool) -> None:
    assert proves_an_address(Letter(subject=subject, text=text)) is is_one


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("no-reply@aldera.example", {}),
        ("news@slack.example", {}),
        ("news@slack.example", {"Auto_Submitted": "auto-generated"}),
        ("noreply@slack.example", {"List_Unsubscribe": "<https://x.example>"}),
        ("elif@aldera.example", {"Auto_Submitted": "auto-generated"}),
    ],
)
def test_such_a_letter_is_the_leads_alone(
    company: Company,
    box: Mailbox,
    sender: str,
    headers: dict[str, str],
    work_off: WorkOff,
) -> None:
    Mailbox.objects.update(takes_guests=True)
    words = {"subject": "Your verification code", "body": "It is Canary 483920."}
    row = taken_in(letter(sender, **words, **headers))
    work_off()
    assert row.outcome == Outcome.QUARANTINED
    assert "proves an address to others" in row.reason
    assert not Ticket.objects.exists()
    assert not OutboundMail.objects.exists()
    for person, sees in ((company.jonas, True), (company.mihai, False), (company.elif_, False)):
        assert InboundMail.objects.visible_to(person).filter(pk=row.pk).exists() is sees
    is_machine = bool(headers) or "reply" in sender
    with pytest.raises(Refused, match="becomes no request" if is_machine else "Nobody here"):
        release.release(row, by=company.jonas)


@pytest.mark.django_db
def test_who_misses_a_code_may_say_so(company: Company) -> None:
    row = taken_in(letter(subject="Verification code", body="My code 483920 does not work."))
    assert row.outcome == Outcome.TICKET


# --- Machines -------------------------------------------------------------------------------------


@pytest.fixture
def watched(company: Company) -> Mailbox:
    Mailbox.objects.filter(address="it@aldera.example").update(
        machines="nagios@aldera.example\nmonitor.example", machines_as=company.mihai
    )
    return Mailbox.objects.get(address="it@aldera.example")


def alert(subject: str = "DISK full on db1", **fields: str) -> InboundMail:
    sender = fields.pop("sender", "nagios@aldera.example")
    return taken_in(
        letter(sender, subject=subject, **{"Auto_Submitted": "auto-generated", **fields})
    )


@pytest.mark.django_db
@pytest.mark.parametrize("sender", ["nagios@aldera.example", "any@monitor.example"])
def test_a_machine_of_the_list_asks_and_is_never_answered(
    company: Company, watched: Mailbox, sender: str, work_off: WorkOff
) -> None:
    row = alert(sender=sender)
    work_off()
    assert row.ticket is not None
    assert (row.outcome, row.ticket.requester) == (Outcome.TICKET, company.mihai)
    assert "is a machine that may ask here" in row.reason
    assert not OutboundMail.objects.exists()


@pytest.mark.django_db
def test_other_machines_are_folded_as_before(company: Company, watched: Mailbox) -> None:
    assert alert(sender="cron@aldera.example").outcome == Outcome.FOLDED
    Mailbox.objects.update(machines_as=None)
    assert alert().outcome == Outcome.FOLDED
    Mailbox.objects.update(machines_as=company.mihai)
    Person.objects.filter(pk=company.mihai.pk).update(is_active=False)
    assert alert().outcome == Outcome.FOLDED


@pytest.mark.django_db
def test_a_forged_machine_opens_nothing(company: Company, watched: Mailbox) -> None:
    Mailbox.objects.update(authserv_id="mx.example")
    for headers in ({"Auto_Submitted": "auto-generated"}, {}):
        row = taken_in(FAILED + letter("nagios@aldera.example", **headers).as_bytes())
        assert (row.outcome, "is forged" in row.reason) == (Outcome.QUARANTINED, True)
    assert not Ticket.objects.exists()


@pytest.mark.django_db
def test_the_same_alert_goes_on_on_its_request(company: Company, watched: Mailbox) -> None:
    first = alert(Message_ID="<1@db1>")
    same, referring = alert(), alert("DISK ok on db1", In_Reply_To="<1@db1>")
    other = alert("DISK full on db2")
    elses = alert(sender="x@monitor.example")
    assert {same.ticket, referring.ticket} == {first.ticket}
    assert (same.outcome, referring.outcome) == (Outcome.REPLY, Outcome.REPLY)
    assert "the same machine reported the same lately" in same.reason
    assert len({first.ticket, other.ticket, elses.ticket}) == 3
    assert first.ticket is not None
    tagged = alert(f"[{first.ticket.number}] still")
    assert (tagged.outcome, tagged.ticket) == (Outcome.REPLY, first.ticket)


@pytest.mark.django_db
def test_after_a_day_or_a_close_it_is_a_new_request(company: Company, watched: Mailbox) -> None:
    first = alert()
    InboundMail.objects.update(received_at=first.received_at - machines.SAME_ALERT * 2)
    second = alert()
    assert second.ticket is not None
    Ticket.objects.filter(pk=second.ticket.pk).update(state=State.CLOSED, is_open=False)
    third = alert()
    assert len({first.ticket_id, second.ticket_id, third.ticket_id}) == 3
    assert third.ticket is not None
    assert [link.target for link in third.ticket.links.all()] == [second.ticket]


@pytest.mark.django_db
def test_a_machine_gone_mad_is_put_away(
    company: Company, watched: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "MESSAGES_AN_HOUR", 2)
    monkeypatch.setattr(machines, "TICKETS_AN_HOUR", 2)
    outcomes = [alert().outcome for _n in range(5)]
    assert outcomes == [Outcome.TICKET, *[Outcome.REPLY] * 2, *[Outcome.FOLDED] * 2]
    assert [alert(f"Alert {n}").outcome for n in "ab"] == [Outcome.TICKET, Outcome.QUARANTINED]
    assert Message.objects.count() == 4


@pytest.mark.django_db
def test_a_machine_rings_nobody_at_night(company: Company, watched: Mailbox) -> None:
    ticket = alert(Importance="high").ticket
    assert ticket is not None
    assert not ticket.cannot_wait

"""Whether a letter comes from where it says: what our own server found out, and nothing else."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets.mail import authentication
from tickets.mail.authentication import Results, read
from tickets.models import Channel, InboundMail, Mailbox, Message, OutboundMail, Ticket
from tickets.reactions import running

Outcome = InboundMail.Outcome
MX = "mx.aldera.example"
PASS = f"{MX}; dmarc=pass header.from=aldera.example"
FAIL = f"{MX}; dmarc=fail header.from=aldera.example"


# --- Reading the header ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "dmarc"),
    [
        ([], ""),
        ([PASS], "pass"),
        ([FAIL], "fail"),
        ([f"{MX} 1; dmarc=pass"], "pass"),
        ([PASS.upper()], "pass"),
        ([f"{MX};\tspf=pass smtp.mailfrom=a@b.c;\r\n dkim=pass; dmarc = pass (p=REJECT)"], "pass"),
        ([f"(a comment; dmarc=fail) {MX} (x); dmarc=pass"], "pass"),
        ([f"{MX}; dmarc=bestguesspass"], "bestguesspass"),
        ([f"{MX}; none"], ""),
        ([MX], ""),
        # Others, and what they would like to be.
        (["mx.evil.example; dmarc=pass"], ""),
        ([f"mx.evil.example; {MX}; dmarc=pass"], ""),
        ([f"{MX}.evil.example; dmarc=pass"], ""),
        ([f"evil {MX}; dmarc=pass"], ""),
        (["mx.evil.example; dmarc=pass", FAIL], "fail"),
        ([FAIL, PASS], "fail"),
        ([f"{MX}; spf=pass", PASS], ""),
        # Words of the sender inside our own header.
        ([f'{MX}; spf=fail smtp.mailfrom="x; dmarc=pass"@evil.example; dmarc=fail'], "fail"),
        ([f'{MX}; spf=fail smtp.mailfrom="x; dmarc=pass "@evil.example'], ""),
        ([f"{MX}; spf=fail (sender x; dmarc=pass) smtp.mailfrom=a@b.c"], ""),
        ([f"{MX}; spf=fail (a (b) ; dmarc=pass)"], ""),
        ([f'{MX}; spf=fail reason="a \\" ; dmarc=pass"'], ""),
        ([f"{MX}; dmarc=pass; dmarc=fail"], "fail"),
        ([f"{MX}; dmarc=passed"], "passed"),
        ([f"{MX}; x-dmarc=pass"], ""),
        (["; dmarc=pass"], ""),
        (["dmarc=pass"], ""),
    ],
)
def test_only_the_topmost_word_of_our_own_server_counts(headers: list[str], dmarc: str) -> None:
    assert read(headers, MX).dmarc == dmarc


def test_the_other_methods_are_read_too() -> None:
    header = f"{MX}; spf=softfail; dkim=fail; dkim=pass header.d=b.example; dmarc=none"
    assert read([header], MX) == Results("none", "softfail", "pass", "")


def test_a_server_without_a_name_is_believed_only_where_that_is_said() -> None:
    unnamed = "spf=pass (sender IP is 1.2.3.4); dmarc=pass action=none header.from=Aldera.Example"
    assert read([unnamed], "none").passes("aldera.example")
    assert read([unnamed], MX) == Results()
    assert read(["none; dmarc=pass"], "none") == Results()
    assert read([PASS], "") == Results()


@pytest.mark.parametrize(
    ("header", "domain", "passes"),
    [
        ("dmarc=pass header.from=aldera.example", "aldera.example", True),
        ("dmarc=pass header.from=elif@aldera.example", "ALDERA.example", True),
        ("dmarc=pass", "aldera.example", True),
        ("dmarc=pass header.from=evil.example", "aldera.example", False),
        ("dmarc=none header.from=aldera.example", "aldera.example", False),
    ],
)
def test_a_pass_is_one_of_a_domain(header: str, domain: str, passes: bool) -> None:
    assert read([f"{MX}; {header}"], MX).passes(domain) is passes


@given(st.lists(st.text(), max_size=4), st.text())
def test_no_header_breaks_it(headers: list[str], server: str) -> None:
    read(headers, server)


@given(st.lists(st.sampled_from([*'();="\\ \n', "dmarc", "pass", MX]), max_size=30))
def test_no_broken_header_passes_by_a_quotation_or_comment(pieces: list[str]) -> None:
    inside = "".join(pieces).replace('"', "").replace("\\", "")
    assert read([f'{MX}; spf=fail reason="{inside}"'], MX).dmarc == ""


def test_a_long_header_is_read_at_once() -> None:
    for sign in ('"', "(", "\\", ";", "a=", "dmarc=pass "):
        read([MX + ";" + sign * 500_000], MX)


@pytest.mark.parametrize(
    ("domain", "is_ours"),
    [("a.example", True), ("x.a.example", True), ("xa.example", False), ("example", False)],
)
def test_a_domain_below_ours_is_ours(domain: str, is_ours: bool) -> None:
    assert authentication.is_below(domain, ["a.example"]) is is_ours


# --- What becomes of the letter -------------------------------------------------------------------


@pytest.fixture
def box(company: Company) -> Mailbox:
    Mailbox.objects.filter(address="it@aldera.example").update(authserv_id=MX)
    return Mailbox.objects.get(address="it@aldera.example")


def require(whom: str) -> None:
    Mailbox.objects.update(requires_authentication=whom)


def sent(sender: str, *results: str, **headers: str) -> bytes:
    """A letter below the results, the first one on top as servers write them."""
    raw = letter(sender, **headers).as_bytes()
    top = "".join(f"Authentication-Results: {each}\n" for each in results)
    return top.encode() + raw


RESULTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "pass": (PASS,),
    "fail": (FAIL,),
    "forged": ("mx.evil.example; dmarc=pass header.from=aldera.example",),
    "forged below": (FAIL, PASS),
    "other domain": (f"{MX}; dmarc=pass header.from=evil.example",),
    "folded": (f"{MX};\n spf=pass (ok);\n dmarc=pass (p=none) header.from=aldera.example",),
    "hidden in a word": ("=?utf-8?q?mx.aldera.example=3B_dmarc=3Dpass?=",),
}
LET_IN = {("nothing", name) for name in ("none", "pass", "forged", "other domain", "folded")} | {
    ("nothing", "hidden in a word")
}
LET_IN |= {(whom, name) for whom in ("own", "everybody") for name in ("pass", "folded")}


@pytest.mark.django_db
def test_who_is_believed(company: Company, box: Mailbox) -> None:
    """From × Reply-To × Sender × results × what is required, at one go."""
    others = ("", "Mihai Ionescu <mihai@aldera.example>")
    for whom in Mailbox.Requires.values:
        require(whom)
        for (name, results), reply_to, sender in product(RESULTS.items(), others, others):
            more = {"Reply_To": reply_to, "Sender": sender}
            row = taken_in(sent("elif@aldera.example", *results, **more))
            is_in = (whom, name) in LET_IN
            assert row.outcome == (Outcome.TICKET if is_in else Outcome.QUARANTINED), (whom, name)
            if is_in:
                assert row.ticket is not None
                assert row.ticket.requester == company.elif_
            stranger = taken_in(sent("x@evil.example", *results, **more))
            assert stranger.outcome == Outcome.QUARANTINED
    assert not Ticket.objects.exclude(requester=company.elif_).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("whom", "results", "words"),
    [
        ("nothing", FAIL, "the check for elif@aldera.example failed"),
        ("own", "other; none", "nothing proves that it comes from elif@aldera.example"),
    ],
)
def test_the_reason_says_what_is_missing(box: Mailbox, whom: str, results: str, words: str) -> None:
    require(whom)
    assert words in taken_in(sent("elif@aldera.example", results)).reason


@pytest.mark.django_db
def test_whose_domain_is_ours(company: Company, box: Mailbox) -> None:
    company.elif_.aliases.create(address="elif@home.example")
    company.elif_.aliases.create(address="elif@partner.example")
    Mailbox.objects.update(allowed_domains="partner.example")
    require("own")
    assert taken_in(sent("elif@home.example")).outcome == Outcome.TICKET
    assert taken_in(sent("elif@partner.example")).outcome == Outcome.QUARANTINED


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Sender", "Reply_To", "Resent_From"])
def test_nothing_but_from_says_who_writes(company: Company, name: str) -> None:
    mail = letter("x@evil.example", **{name: "elif@aldera.example"})
    assert taken_in(mail).outcome == Outcome.QUARANTINED
    del mail["From"]
    del mail["Message-ID"]
    row = taken_in(mail)
    assert (row.outcome, row.ticket) == (Outcome.QUARANTINED, None)


@pytest.mark.django_db
def test_a_forged_automatic_mail_leaves_no_line_on_a_ticket(
    company: Company, box: Mailbox, make: Make
) -> None:
    ticket = make.ticket()
    number = {"subject": f"[{ticket.number}] away", "Auto_Submitted": "auto-replied"}
    assert taken_in(sent("elif@aldera.example", FAIL, **number)).ticket is None
    assert taken_in(sent("elif@aldera.example", PASS, **number)).ticket == ticket


# --- Agents ---------------------------------------------------------------------------------------


@pytest.fixture
def notice(make: Make, company: Company) -> OutboundMail:
    """The mail to Mihai about a reply of Elif's on his ticket."""
    ticket = make.ticket()
    running.react_to_pending()
    ticket.assignee = company.mihai
    ticket.save()
    taken_in(answer(OutboundMail.objects.get(person=company.elif_), "Any news?"))
    running.react_to_pending()
    return OutboundMail.objects.get(person=company.mihai, kind="reply")


def agents_answer(notice: OutboundMail, *results: str, **fields: Any) -> InboundMail:
    raw = answer(notice, "Charge it over night.", **fields).as_bytes()
    top = "".join(f"Authentication-Results: {each}\n" for each in results)
    return taken_in(top.encode() + raw)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("whom", "results", "has_token", "is_in"),
    [
        ("nothing", "", True, True),
        ("nothing", "", False, False),
        ("nothing", PASS, False, False),
        ("nothing", FAIL, True, False),
        ("own", "", True, False),
        ("own", PASS, True, True),
        ("own", PASS, False, False),
    ],
)
def test_an_agent_needs_a_notice_and_where_required_a_proof(
    company: Company,
    box: Mailbox,
    notice: OutboundMail,
    whom: str,
    results: str,
    has_token: bool,
    is_in: bool,
) -> None:
    require(whom)
    bare = {"to": "it@aldera.example", "In_Reply_To": "", "References": ""}
    assert notice.ticket is not None
    bare["subject"] = f"Re: [{notice.ticket.number}]"
    notice.ticket.participants.create(person=company.mihai, added_by=company.elif_)
    row = agents_answer(notice, *filter(None, [results]), **({} if has_token else bare))
    assert (row.outcome == Outcome.REPLY) is is_in
    said = Message.objects.filter(author=company.mihai, channel=Channel.MAIL)
    assert said.exists() is is_in


@pytest.mark.django_db
def test_a_lead_reads_what_was_found_out(
    company: Company, box: Mailbox, sign_in: Callable[[Person], Client]
) -> None:
    row = taken_in(sent("elif@aldera.example", f"{MX}; dmarc=fail; spf=softfail; dkim=none"))
    page = sign_in(company.jonas).get(reverse("letter", args=[row.pk])).content.decode()
    assert "DMARC fail · SPF softfail · DKIM none" in page

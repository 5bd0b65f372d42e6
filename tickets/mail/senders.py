"""Who a letter's From names, whether that is proven, and who of the unknown is taken on."""

import re
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import CharField, DateTimeField, Exists, OuterRef, QuerySet
from django.utils import timezone

from departments.actions import people
from departments.models import EmailAlias, Membership, Person, Role
from departments.models.people import plain_address, plain_domain
from departments.search import fold
from departments.when import language_of
from helpdesk.lib.prepared import Given, Prepared
from tickets.mail import authentication, keyed
from tickets.mail.automatic import is_unattended
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.mail.likeness import skeleton
from tickets.models import Channel, Mailbox, Message, OutboundMail
from tickets.reasons import Reason, reason

# New people an hour and mailbox: a bomb of invented addresses must not fill the company.
EMPLOYEES_AN_HOUR = 50
GUESTS_AN_HOUR = 30
_NO_NAME = re.compile(r"[<>()\[\]{}\"“”„«»|\\]|https?://\S*|www\.\S*|\S*@\S*")
# The commonest words of a letter in each language that we may speak.
_COMMON = {
    "en": "the and is to my i not it you please we have does can with hello since for of",
    "de": "der die das und ist nicht ich mein meine bitte wir kann mit hallo seit für guten",
    "fr": "le la les et est ne pas je mon ma nous vous bonjour avec depuis pour merci",
    "ro": "și nu este mea meu vă rog avem bună ziua cu pentru să de la în",
    "tr": "ve bir bu için değil benim lütfen merhaba ile çok mı var yok olan",
}


def listed(lines: str) -> frozenset[str]:
    """The domains or addresses of a field that holds one a line."""
    return frozenset(each.lower().lstrip("@") for each in lines.split())


def domain_of(address: str) -> str:
    return plain_domain(address.rpartition("@")[2])


def is_listed(address: str, lines: str) -> bool:
    """Whether the field names the address itself or its domain."""
    plain = plain_address(address)
    return bool(lines) and not listed(lines).isdisjoint({plain, domain_of(plain)})


def known(address: str, mailbox: Mailbox, at: datetime | None = None) -> Person | None:
    """The one person who writes from here; at our own domains what follows a plus counts for
    nothing, unless somebody has the very address.

    It comes with the answer to what is asked of every sender: whether they wrote by mail, or were
    confirmed, within the week before.
    """
    plain, since = plain_address(address), (at or timezone.now()) - CHATTY
    found = WRITERS(address=plain, since=since)
    if not found and "+" in plain and domain_of(plain) in listed(mailbox.allowed_domains):
        found = WRITERS(address=keyed.bare_address(plain), since=since)
    return found[0] if len(found) == 1 else None


def _writers() -> QuerySet[Person]:
    """Who owns the address, as their own or as an alias: by one index each."""
    address, since = Given("address", CharField()), Given("since", DateTimeField())
    own = Person.objects.get_queryset().filter(email=address).values("pk")
    further = EmailAlias.objects.filter(address=address).values("person")
    wrote = Message.objects.filter(author=OuterRef("pk"), channel=Channel.MAIL, sent_at__gt=since)
    told = OutboundMail.objects.filter(person=OuterRef("pk"), kind="acknowledgement")
    people = Person.objects.get_queryset().filter(pk__in=own.union(further)).who_write()
    is_chatty = Exists(wrote) | Exists(told.filter(made_at__gt=since))
    return people.annotate(is_chatty=is_chatty)[:2]


WRITERS = Prepared(_writers)
CHATTY = timedelta(days=7)


def is_chatty(person: Person) -> bool:
    """Whether they wrote lately, as far as was asked; whoever was not asked for may have."""
    return bool(getattr(person, "is_chatty", True))


def objection(letter: Letter, mailbox: Mailbox) -> Reason | None:
    """Why this letter's From is not believed; None where nothing speaks against it."""
    if letter.sender is None or not mailbox.authserv_id:
        return None
    address = storable(letter.sender.address)
    domain = domain_of(address)
    results = authentication.read(letter.authentication_results, mailbox.authserv_id)
    if results.fails:
        return reason("failed_check", address=address)
    if _must_be_proven(domain, mailbox) and not results.passes(domain):
        return reason("not_proven", address=address)
    return None


def _must_be_proven(domain: str, mailbox: Mailbox) -> bool:
    if mailbox.requires_authentication == Mailbox.Requires.OWN:
        own = {domain_of(mailbox.address), *listed(mailbox.allowed_domains)}
        return authentication.is_below(domain, own)
    return mailbox.requires_authentication == Mailbox.Requires.EVERYBODY


def meet(letter: Letter, mailbox: Mailbox, at: datetime) -> Person | Reason | None:
    """An unknown sender as a new employee or guest; a reason where a person must look first;
    None where the mailbox takes no strangers, or this one not.
    """
    if letter.sender is None:
        return None
    address = plain_address(storable(letter.sender.address))
    is_ours = domain_of(address) in listed(mailbox.allowed_domains)
    if not (is_ours or mailbox.takes_guests) or _cannot_be_met(address):
        return None
    name = clean_name(letter.sender.name) or address.partition("@")[0]
    if refusal := _too_many(mailbox, at, is_guest=not is_ours):
        return refusal
    if twin := looks_like(address, name):
        return reason("looks_like", name=twin.name, address=twin.email)
    language, zone = _language_and_zone(letter, mailbox)
    return people.meet(
        address, name=name, language=language, time_zone=zone, is_guest=not is_ours, at=at
    )


def _cannot_be_met(address: str) -> bool:
    """No person's: a no-reply address, one of our own mailboxes, or of somebody who left."""
    local, at, domain = address.rpartition("@")
    if not (local and at and "." in domain and address.isascii() and len(address) <= 254):
        return True
    if is_unattended(address) or keyed.has_reply_token(address):
        return True
    ours = {address, keyed.bare_address(address)}
    if plain_address(settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> ")) in ours:
        return True
    return (
        Mailbox.objects.filter(address__in=ours).exists()
        or Person.objects.with_address(address).exists()
    )


def _too_many(mailbox: Mailbox, at: datetime, *, is_guest: bool) -> Reason | None:
    """Hold the mailbox, so that letters read at once are counted one after the other."""
    list(Mailbox.objects.select_for_update(no_key=True).filter(pk=mailbox.pk).values_list("pk"))
    limit = GUESTS_AN_HOUR if is_guest else EMPLOYEES_AN_HOUR
    fresh = Person.objects.filter(
        requests__letters__mailbox=mailbox,
        joined_at__gt=at - timedelta(hours=1),
        is_guest=is_guest,
    )
    if fresh.distinct().count() < limit:
        return None
    return reason("too_many_new", limit=limit)


def looks_like(address: str, name: str) -> Person | None:
    """An employee whom a hurried reader would take the writer for."""
    shape, called = skeleton(address), fold(name) if " " in name else None
    for pk, email, theirs in Person.objects.active().values_list("pk", "email", "name"):
        if skeleton(email) == shape or (called is not None and fold(theirs) == called):
            return Person.objects.get(pk=pk)
    aliases = EmailAlias.objects.filter(person__is_active=True).values_list("person", "address")
    alike = next((person for person, alias in aliases if skeleton(alias) == shape), None)
    return Person.objects.get(pk=alike) if alike is not None else None


def clean_name(name: str) -> str:
    """A display name without addresses, links and signs that no name has; "" when none is left."""
    plain = unicodedata.normalize("NFC", _NO_NAME.sub(" ", storable(name)))
    shown = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in plain)
    words = " ".join(shown.split()).strip(" ,;:.-_'*")
    return words[:120] if any(c.isalpha() for c in words) else ""


def guess_language(text: str) -> str:
    """The language among ours whose common words the text has most of; "" when in doubt."""
    offered = dict(settings.LANGUAGES)
    if (script := language_of(text)) in offered:
        return script
    words = re.findall(r"[^\W\d_]+", text[:4000].casefold())
    hits = {
        language: sum(word in common for word in words)
        for language, common in ((each, set(said.split())) for each, said in _COMMON.items())
    }
    best, second = sorted(hits.values(), reverse=True)[:2]
    language = max(hits, key=lambda each: hits[each])
    return language if best >= 2 and best > second and language in offered else ""


def _language_and_zone(letter: Letter, mailbox: Mailbox) -> tuple[str, str]:
    """The letter's language; else the desk's, which is that of whoever leads it, as is its zone."""
    leads = Membership.objects.filter(department=mailbox.desk_id, role=Role.LEAD)
    lead = leads.order_by("pk").values_list("person__language", "person__time_zone").first()
    language, zone = lead or ("", "")
    return guess_language(letter.reply_text or letter.text) or language, zone

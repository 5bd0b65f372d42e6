"""Every offered language: complete catalogues, and pages and mails in the reader's own words."""

import ast
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import words
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext, npgettext, pgettext

from departments import when
from departments.models import Person
from metrics import rollup
from tests.cast import Company
from tests.conftest import Make
from tests.tickets.pages import SignIn, tree_of
from tickets import actions
from tickets.models import OutboundMail, Ticket

ROOT = Path(__file__).resolve().parents[1]
TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
# Python's two ways of naming a value, and tags of HTML.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")
TAG = re.compile(r"</?[a-z][^>]*>")
FIELD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', re.M)
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)  # a Monday; 11:00 in Berlin

Work = Callable[[], None]


# --- The catalogues -------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One text of a catalogue with all its forms."""

    context: str | None
    sources: list[str]  # singular and, where there is one, plural
    forms: list[str]
    is_fuzzy: bool


@cache
def catalogue(language: str) -> list[Entry]:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    _head, *blocks = path.read_text().split("\n\n")
    return [entry(block + "\n") for block in blocks]


def entry(block: str) -> Entry:
    fields = {
        name: "".join(ast.literal_eval(line) for line in lines.split("\n") if line)
        for name, lines in FIELD.findall(block)
    }
    return Entry(
        context=fields.get("msgctxt"),
        sources=[fields[name] for name in ("msgid", "msgid_plural") if name in fields],
        forms=[text for name, text in fields.items() if name.startswith("msgstr")],
        is_fuzzy=bool(re.search("^#,.*fuzzy", block, re.M)),
    )


def found(marks: re.Pattern[str], texts: Iterable[str]) -> set[str]:
    return {mark for text in texts for mark in marks.findall(text)}


def compiled(entry: Entry, n: int) -> str:
    """What the active language says to this text."""
    one, many, context = entry.sources[0], entry.sources[-1], entry.context
    if len(entry.sources) == 1:
        return gettext(one) if context is None else pgettext(context, one)
    return ngettext(one, many, n) if context is None else npgettext(context, one, many, n)


def test_there_is_more_than_one_language() -> None:
    assert TRANSLATED


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    entries = catalogue(language)
    assert len(entries) > 1200
    assert [e for e in entries if e.is_fuzzy or not all(e.forms)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_forgotten(language: str) -> None:
    said = [(e.context, e.sources) for e in catalogue(language)]
    assert said == [(e.context, e.sources) for e in catalogue("en")]


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_stay_as_they_are(language: str) -> None:
    wrong = [
        e
        for e in catalogue(language)
        if found(PLACEHOLDER, e.forms) != found(PLACEHOLDER, e.sources)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_bring_no_tags_of_their_own(language: str) -> None:
    entries = catalogue(language)
    assert [e for e in entries if found(TAG, e.forms) - found(TAG, e.sources)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_blanks_and_full_stops_at_the_ends_agree(language: str) -> None:
    def ends(text: str) -> tuple[bool, bool, bool]:
        return text[:1].isspace(), text[-1:].isspace(), text.endswith(".")

    wrong = [e for e in catalogue(language) if any(ends(f) != ends(e.sources[0]) for f in e.forms)]
    assert wrong == []


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_product_says_what_the_catalogue_says(language: str, n: int) -> None:
    with translation.override(language):
        wrong = [e for e in catalogue(language) if compiled(e, n) != e.forms[:n][-1]]
    assert wrong == []


def test_every_name_for_gettext_is_known_to_makemessages() -> None:
    others = re.compile(r"gettext\w* as (?!_\b)\w+")
    apps = ["helpdesk", "metrics", "tickets", "knowledge_base", "departments"]
    modules = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    assert [str(path) for path in modules if others.search(path.read_text())] == []


# --- script/words.py ------------------------------------------------------------------------

needs_gettext = pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is missing")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write a catalogue with this text under a head that is in order."""
    ours = ROOT / "locale" / TRANSLATED[0] / "LC_MESSAGES" / "django.po"
    head, *_blocks = ours.read_text().split("\n\n")

    def write(text: str) -> Path:
        path = tmp_path / "django.po"
        path.write_text(f"{head}\n\n{text}")
        return path

    return write


@needs_gettext
def test_a_complete_catalogue_is_content(written: Callable[[str], Path], tmp_path: Path) -> None:
    path = written('msgid "Desk"\nmsgstr "Team"\n')
    assert words.complaint(path, tmp_path, write=True) == ""
    assert words.complaint(path, tmp_path, write=False) == ""


@needs_gettext
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('msgid "Desk"\nmsgstr ""\n', "untranslated"),
        ('#, fuzzy\nmsgid "Desk"\nmsgstr "Tisch"\n', "fuzzy"),
        ('#, python-format\nmsgid "by %(n)s"\nmsgstr "von %(m)s"\n', "'m'"),
    ],
)
def test_a_catalogue_with_gaps_is_refused(
    written: Callable[[str], Path], tmp_path: Path, text: str, complaint: str
) -> None:
    assert complaint in words.complaint(written(text), tmp_path, write=False)


@needs_gettext
def test_a_catalogue_that_was_not_compiled_again_is_refused(
    written: Callable[[str], Path], tmp_path: Path
) -> None:
    words.complaint(written('msgid "Desk"\nmsgstr "Tisch"\n'), tmp_path, write=True)
    path = written('msgid "Desk"\nmsgstr "Team"\n')
    assert "django.mo" in words.complaint(path, tmp_path, write=False)


# --- Pages ----------------------------------------------------------------------------------


def speaks_german(person: Person) -> Person:
    Person.objects.filter(pk=person.pk).update(language="de")
    person.language = "de"
    return person


@pytest.fixture
def german(company: Company, sign_in: SignIn) -> Callable[[str], Client]:
    """A browser in which this one of the cast is signed in and reads German."""
    return lambda name: sign_in(speaks_german(getattr(company, name)))


@pytest.fixture
def ticket(make: Make, company: Company) -> Ticket:
    """Asked an hour ago and answered since."""
    now = timezone.now()
    asked = make.ticket(at=now - timedelta(hours=1))
    actions.reply(asked, by=company.mihai, body="Bring it to room 12.", at=now)
    rollup.measure_changed()
    return asked


def page_of(answer: object) -> str:
    """All words of a German page, also those that only a screen reader says."""
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    tree = tree_of(answer)
    assert tree.get("lang") == "de"
    labels = [str(label) for label in tree.xpath("//@aria-label | //@placeholder | //@title")]
    return " ".join(" ".join([*tree.itertext(), *labels]).split())


@pytest.mark.parametrize(
    ("who", "path", "said"),
    [
        ("elif_", "/", ["Wobei brauchst du Hilfe?", "Deine offenen Anfragen", "Zum Inhalt"]),
        ("elif_", "/requests/", ["Meine Anfragen", "Offen", "Erledigt"]),
        ("elif_", "/ask/{laptop}/", ["Was ist passiert?", "Ich bin nicht sicher", "An IT senden"]),
        ("elif_", "/requests/IT-1/", ["Wir haben es", "Mihai kümmert sich", "Gelöst bis"]),
        ("elif_", "/me/", ["Wie sollen wir dich nennen?", "Sprache und Zeit", "Deutsch"]),
        ("elif_", "/people/", ["Wer ist wer", "Alle Abteilungen", "Leitung"]),
        ("elif_", "/departments/it/", ["Öffnungszeiten diese Woche", "09:00 bis 17:00", "Mi"]),
        ("mihai", "/desk/it/?view=all", ["Neues Ticket", "Zuständig", "1 Ticket", "In Arbeit"]),
        ("mihai", "/tickets/IT-1/", ["Elif antworten", "Interne Notiz", "Dringend", "noch "]),
        ("mihai", "/notifications/", ["Benachrichtigungen"]),
        ("jonas", "/figures/it/", ["So läuft es", "Wann gefragt wird", "Die Hälfte", "Als Tab"]),
        ("jonas", "/studio/it/", ["Services von IT", "Neuer Service", "Veröffentlicht"]),
        ("sam", "/desk/outbox/", ["Postausgang", "Keine Mails"]),
        ("sam", "/admin/", ["Die Installation", "Abteilungen", "Zusagen", "Postfächer"]),
    ],
)
def test_a_page_speaks_german(
    ticket: Ticket,
    company: Company,
    german: Callable[[str], Client],
    who: str,
    path: str,
    said: list[str],
) -> None:
    page = page_of(german(who).get(path.format(laptop=company.laptop.pk)))
    assert [each for each in said if each not in page] == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/accounts/login/", ["Anmelden", "Firmen-E-Mail", "Angemeldet bleiben"]),
        ("/accounts/password/reset/", ["Passwort zurücksetzen", "Link schicken"]),
    ],
)
def test_a_page_before_the_door_speaks_the_browsers_language(
    company: Company, path: str, said: list[str]
) -> None:
    page = page_of(Client().get(path, headers={"Accept-Language": "de-AT,de;q=0.9"}))
    assert [each for each in said if each.lower() not in page.lower()] == []


def test_an_unknown_language_gets_english(company: Company) -> None:
    answer = Client().get("/accounts/login/", headers={"Accept-Language": "eo"})
    assert tree_of(answer).get("lang") == "en"


def test_what_does_not_exist_says_so_in_german(german: Callable[[str], Client]) -> None:
    answer = german("elif_").get("/requests/IT-99/")
    assert answer.status_code == 404
    assert "Diese Seite finden wir nicht" in answer.content.decode()


def test_a_wrong_field_is_explained_in_german(
    company: Company, german: Callable[[str], Client]
) -> None:
    answer = german("elif_").post(f"/ask/{company.laptop.pk}/", {"cannot_wait": "on"})
    said = answer.content.decode()
    assert "Sag in einem Satz, warum es nicht warten kann." in said
    assert "brauchen noch einen Blick" in said


def test_a_refusal_is_explained_in_german(ticket: Ticket, company: Company) -> None:
    with translation.override("de"), pytest.raises(Exception, match="arbeitet nicht in diesem"):
        actions.assign(ticket, to=company.tom, by=company.mihai)


def test_the_menu_switches_for_who_is_signed_in(company: Company, sign_in: SignIn) -> None:
    browser = sign_in(company.elif_)
    answer = browser.post("/me/language/", {"language": "de", "next": "/"}, follow=True)
    assert "Wobei brauchst du Hilfe?" in page_of(answer)
    answer = browser.post("/me/language/", {"language": "en", "next": "/"}, follow=True)
    assert tree_of(answer).get("lang") == "en"


def test_the_menu_switches_for_guests(company: Company) -> None:
    guest = Client()
    sent = {"language": "de", "next": "/accounts/login/"}
    assert "Anmelden" in page_of(guest.post("/i18n/setlang/", sent, follow=True))
    assert tree_of(guest.get("/accounts/password/reset/")).get("lang") == "de"


# --- Mails ----------------------------------------------------------------------------------


def mail_to(person: Person, kind: str) -> OutboundMail:
    return OutboundMail.objects.get(to_address=person.email, kind=kind)


def test_the_acknowledgement_speaks_the_language_of_who_asked(
    make: Make, company: Company, work_off: Work
) -> None:
    make.ticket(by=speaks_german(company.elif_))
    make.ticket(by=company.olga)
    work_off()
    german, english = (mail_to(each, "acknowledgement") for each in (company.elif_, company.olga))
    assert "Wir haben es, Elif. Du hörst von uns bis Mo" in german.text
    assert "Du hörst von uns" in german.html
    assert german.headers["Content-Language"] == "de"
    assert "We have it, Olga. You will hear from us by Mon" in english.text


def test_a_reply_is_announced_in_the_language_of_who_reads_it(
    make: Make, company: Company, work_off: Work
) -> None:
    with translation.override("en"):
        actions.reply(
            make.ticket(by=speaks_german(company.elif_)), by=company.mihai, body="Bring it."
        )
        work_off()
    mail = mail_to(company.elif_, "reply")
    assert "Mihai Ionescu von IT hat dir geschrieben, Elif." in mail.text
    assert "Bring it." in mail.text
    assert 'lang="de"' in mail.html


# --- Times and numbers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "0 min"),
        (20, "20 min"),
        (60, "1 h"),
        (260, "4 h 20 min"),
        (480, "1 Tag"),
        (960, "2 Tage"),
        (540, "1 Tag 1 h"),
        (1080, "2 Tage 2 h"),
    ],
)
def test_a_duration_in_german(minutes: int, said: str) -> None:
    assert when.duration_words(minutes, 480, "de") == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 Minute"), (62, "1 Stunde 2 Minuten"), (121, "2 Stunden 1 Minute"), (960, "2 Tage")],
)
def test_a_long_duration_in_german(minutes: int, said: str) -> None:
    assert when.long_duration_words(minutes, 480, "de") == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-24, "gestern 11:00"),
        (0, "heute 11:00"),
        (24, "morgen 11:00"),
        (48, "Mi 11:00"),
        (24 * 9, "Mi 18. Mär 11:00"),
        (-24 * 100, "Sa 29. Nov 2025 11:00"),
    ],
)
def test_a_moment_in_german(hours: int, said: str) -> None:
    moment = when.moment_words(NOW + timedelta(hours=hours), NOW, BERLIN, "de")
    assert moment.replace(when.NBSP, " ") == said


def test_the_heading_of_a_day_in_german() -> None:
    assert when.day_heading(NOW.date(), NOW.date(), "de") == "Heute, Montag, 9. März"


@pytest.mark.parametrize(("minutes", "said"), [(0, "jetzt"), (1500, "1 Tag"), (4000, "2 Tage")])
def test_how_long_ago_in_german(minutes: int, said: str) -> None:
    assert when.ago_words(NOW - timedelta(minutes=minutes), NOW, "de") == said


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 Tickets"), (1, "1 Ticket"), (2, "2 Tickets"), (21, "21 Tickets")]
)
def test_numbers_choose_their_form(n: int, said: str) -> None:
    with translation.override("de"):
        assert ngettext("%(total)s ticket", "%(total)s tickets", n) % {"total": n} == said


def test_sizes_have_a_german_comma() -> None:
    assert when.file_size_words(1_234_567, "de") == "1,2 MB"

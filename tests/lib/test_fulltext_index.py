"""One index is asked the same questions on both databases and gives the same answers."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from pytest_django import DjangoAssertNumQueries

from departments.models import Person
from helpdesk.lib.fulltext import gathering, showing
from helpdesk.lib.fulltext.analysis import Fields, number_of
from helpdesk.lib.fulltext.gathering import leads
from helpdesk.lib.fulltext.index import Index, create, drop
from helpdesk.lib.fulltext.question import understand
from helpdesk.lib.fulltext.ranking import Statistics
from helpdesk.lib.fulltext.rows import Entry
from knowledge_base.models import SearchRow
from tests.lib.test_fulltext_words import HOSTILE

ALL = Q()
ARTICLES = [
    ("Reset your password", "Open the portal and choose a new password.", "en"),
    ("Passwort zurücksetzen", "Öffnen Sie das Portal und wählen Sie ein neues Passwort.", "de"),
    ("Şifre değiştirme", "Şifrenizi değiştirmek için portala girin.", "tr"),
    ("Schimbarea parolei", "Deschideți portalul și alegeți o parolă nouă.", "ro"),
    ("パスワードの変更", "ポータルを開いて、新しいパスワードを選びます。", "ja"),
    ("Printer offline", "Turn the printer off and on again. See IT-1042.", "en"),
    ("Netzwerkdrucker einrichten", "So richten Sie den Drucker im Büro ein.", "de"),
    ("年末調整の書類", "人事部に提出してください。", "ja"),
]


def article(ref: int, title: str = "", body: str = "", language: str = "en") -> Entry:
    return Entry("article", ref, language, Fields(title=title, body=body))


@pytest.fixture
def index(db: None) -> Index:
    create(connection, SearchRow._meta.db_table)
    return Index(SearchRow)


@pytest.fixture
def shelf(index: Index) -> Index:
    index.write(article(at, *said) for at, said in enumerate(ARTICLES))
    index.settle()
    return index


def refs(
    index: Index, text: str, language: str = "en", allowed: Q = ALL, *, typing: bool = False
) -> list[int]:
    return [hit.ref for hit in index.find(text, allowed=allowed, language=language, typing=typing)]


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("password reset", "en", 0),
        ("I forgot my pasword", "en", 0),
        ("passwort ändern", "de", 1),
        ("PASSWORT ZURUECKSETZEN", "de", 1),
        ("sifre degistirme", "tr", 2),
        ("ŞİFRE", "tr", 2),
        ("parola schimbata", "ro", 3),
        ("パスワードを変更したい", "ja", 4),
        ("ﾊﾟｽﾜｰﾄﾞ", "ja", 4),
        ("it-1042", "en", 5),
        ("drucker", "de", 6),
        ("drucker", "ja", 6),
        ("年末調整", "en", 7),
        ("printer 年末調整の書類", "en", 7),
    ],
)
def test_the_right_article_comes_first(shelf: Index, text: str, language: str, first: int) -> None:
    assert refs(shelf, text, language)[0] == first


def test_an_unfinished_word_finds_its_title(shelf: Index) -> None:
    for typed in ("n", "ne", "net", "netzw", "einrichten netzw"):
        assert refs(shelf, typed, "de", typing=True)[0] == 6, typed


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_question_finds_little_and_breaks_nothing(shelf: Index, text: str) -> None:
    assert len(refs(shelf, text, typing=True)) <= len(ARTICLES)


def test_hostile_texts_can_be_written(index: Index) -> None:
    index.write(article(at, text, text) for at, text in enumerate(HOSTILE))
    index.settle()
    assert SearchRow.objects.count() == len(HOSTILE)
    assert refs(index, "drop tables")


def test_what_is_not_allowed_leaves_no_trace(shelf: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.lib.fulltext.index.MOST_RANKED", 1)
    assert refs(shelf, "reset your password portal") == [0]
    others = refs(shelf, "reset your password portal", allowed=~Q(ref=0))
    assert len(others) == 1  # The one place was not taken by what may not be seen.
    assert 0 not in others
    assert refs(shelf, "printer", allowed=Q(kind="ticket")) == []
    assert refs(shelf, "printer", allowed=Q(ref__in=[])) == []


def test_the_thing_itself_says_who_may_find_it(shelf: Index) -> None:
    seen = Person.objects.create(email="elif@example.com", name="Elif")
    SearchRow.objects.filter(ref=5).update(ref=seen.pk + 1000, kind="person")
    named = Person.objects.filter(pk=OuterRef("ref") - 1000, name="Elif")
    mine = Q(Exists(named), kind="person")
    assert refs(shelf, "printer", allowed=mine) == [seen.pk + 1000]
    Person.objects.update(name="Tom")
    assert refs(shelf, "printer", allowed=mine) == []


def test_a_question_costs_two_statements(
    shelf: Index, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert refs(shelf, "how to reset the password of a printer", typing=True)


def test_nothing_to_ask_costs_nothing(
    shelf: Index, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert refs(shelf, '%_\\ "*" 😀') == []


def test_a_thing_is_found_once_in_the_language_of_the_reader(index: Index) -> None:
    index.write(article(1, "VPN", "VPN", language) for language in ("en", "de", "tr"))
    index.write([article(2, "VPN", "VPN", "en")])
    found = index.find("VPN", allowed=ALL, language="tr")
    assert [(hit.ref, hit.language) for hit in found] == [(1, "tr"), (2, "en")]


def test_writing_again_replaces_and_removing_forgets(index: Index) -> None:
    index.write([article(1, "Old printer"), article(2, "Scanner"), article(2, "Drucker", "", "de")])
    assert index.write([article(1, "Old printer")]) == 0
    assert [entry.ref for entry in index.stale([article(1, "New"), article(3)])] == [1, 3]
    assert index.write([article(1, "x"), article(1, "Telephone")]) == 1
    assert refs(index, "printer") == []
    assert refs(index, "telephone") == [1]
    index.remove("article", [2], except_languages=["en"])
    assert index.write([article(2, "Scanner")]) == 0
    assert refs(index, "drucker", "de") == []
    index.remove("article", [2])
    assert refs(index, "scanner") == []
    assert refs(index, "telephone") == [1]


def test_an_index_without_statistics_finds_all_the_same(index: Index) -> None:
    assert refs(index, "printer") == []
    index.refresh_statistics()
    index.write(article(at, *said) for at, said in enumerate(ARTICLES))
    assert refs(index, "printer offline")[0] == 5


def test_a_boost_lifts_among_equals(index: Index) -> None:
    index.write([article(1, "VPN"), article(2, "VPN")._replace(boost=0.1), article(3, "VPN")])
    assert refs(index, "vpn") == [2, 1, 3]


def test_what_is_made_besides_the_table_can_be_made_twice_and_taken_away(index: Index) -> None:
    create(connection, SearchRow._meta.db_table)
    drop(connection, SearchRow._meta.db_table)
    drop(connection, SearchRow._meta.db_table)
    create(connection, SearchRow._meta.db_table)
    index.write([article(1, "VPN")])
    assert refs(index, "vpn") == [1]


def gathered(text: str, shares: dict[str, float], documents: int = 300_000) -> list[set[str]]:
    """The groups of terms that lead to candidates, by name."""
    question = understand(text, "en")
    names = {number_of(term): term for term in (*question.terms, *question.titles)}
    known = Statistics(
        documents, 100.0, 1e-6, {number_of(term): share for term, share in shares.items()}
    )
    return [{names[number] for number in lead.terms} for lead in leads(question, known)]


def grams_of(text: str, share: float) -> dict[str, float]:
    return {term: share for term in understand(text, "en").terms if term[0] == "g"}


def test_a_rare_word_leads_alone_and_a_common_one_only_by_its_titles() -> None:
    shares = {"wprinter": 0.2, "wzebra": 0.0001, "twprinter": 0.001, **grams_of("printer", 0.3)}
    found = gathered("printer zebra", shares)
    assert {"wzebra"} in found
    assert {"twprinter"} in found
    assert {"wprinter"} not in found


def test_two_common_words_lead_together() -> None:
    both = "printer vpn"
    shares = {"wprinter": 0.02, "wvpn": 0.01, "twprinter": 0.01, "twvpn": 0.01}
    found = gathered(both, {**shares, **grams_of(both, 0.05)})
    assert {"wprinter", "wvpn"} in found


def test_a_common_word_leads_although_another_is_only_a_slip() -> None:
    shares = {"wprinter": 0.2, "twprinter": 0.004, **grams_of("printer", 0.3)}
    assert {"twprinter"} in gathered("printer zzzzx", shares)


def test_where_slips_lead_nowhere_the_rarest_known_word_does(
    shelf: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_HITS", 2)
    monkeypatch.setattr(gathering, "MOST_FOR_A_WORD", 0)
    assert refs(shelf, "portal zzzzx") == []
    monkeypatch.setattr("helpdesk.lib.fulltext.index.MOST_TOUCHED", 2)
    assert refs(shelf, "portal zzzzx")


def test_of_a_common_word_the_allowed_ones_are_found_however_many_others_there_are(
    shelf: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.lib.fulltext.index.MOST_TOUCHED", 1)
    for one in (0, 1, 2, 3):
        assert refs(shelf, "portal", allowed=Q(ref=one)) == [one]


def test_nothing_is_left_of_what_was_removed(index: Index) -> None:
    index.write([article(1, "Old printer"), article(2, "Scanner")])
    index.remove("article", [1])
    index.write([article(3, "Telephone")])
    assert refs(index, "printer") == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM knowledge_base_searchrow_terms")
            assert cursor.fetchone() == (2,)


def test_something_always_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gathered("a", {"wa": 0.5, "g^a": 0.5, "twa": 0.4}) == [{"twa"}]
    assert len(gathered("printer", {"wprinter": 0.99}, documents=100)) > 1
    monkeypatch.setattr(gathering, "MOST_HITS", 0)
    assert len(gathered("printer", {})) == 1


def test_ranks_do_not_depend_on_how_many_are_ranked(
    shelf: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything: Sequence[int] = refs(shelf, "password portal")
    monkeypatch.setattr("helpdesk.lib.fulltext.index.MOST_RANKED", 3)
    assert refs(shelf, "password portal")[0] == everything[0]


def test_hits_are_shown_with_what_was_found(
    shelf: Index, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hits = shelf.find("sifre", allowed=ALL, language="tr")
    SearchRow.objects.exclude(ref=2).delete()
    with django_assert_num_queries(1):
        (found,) = showing.show(shelf, hits, "sifre", language="tr")
    assert found.hit == hits[0]
    assert [part.text for part in found.title if part.is_hit] == ["Şifre"]
    assert [part.text for part in found.excerpt if part.is_hit] == ["Şifrenizi"]

"""Finding articles: in one's own words and letters, and never what is not for oneself."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Person
from knowledge_base import search
from knowledge_base.actions import writing
from knowledge_base.actions.writing import Words
from knowledge_base.models import Article, SearchRow
from tests.cast import Company
from tests.knowledge_base.conftest import Write

SignIn = Callable[[Person], Client]
TURKISH = Words("Şifreni değiştir", "<p>Oturum açamıyorsan yeni bir şifre iste.</p>")
JAPANESE = Words("給与明細の見方", "<p>手取りの金額は口座に振り込まれます。</p>")


def titles(person: Person, question: str) -> list[str]:
    return ["".join(part.text for part in one.title) for one in search.find(person, question)]


@pytest.mark.parametrize(
    ("words", "language", "question"),
    [
        (TURKISH, "tr", "sifre degistir"),
        (TURKISH, "tr", "ŞİFRE"),
        (JAPANESE, "ja", "給与"),
        (JAPANESE, "ja", "手取り"),
        (Words("Reset your password", "<p>Forgot it?</p>", keywords="login"), "en", "pasword"),
        (Words("Reset your password", "<p>Forgot it?</p>", keywords="login"), "en", "login"),
    ],
)
def test_people_find_it_in_their_own_letters(
    company: Company, write: Write, words: Words, language: str, question: str
) -> None:
    write.published(Words("Badge", "<p>The reader is red.</p>"))
    write.published(words, source_language=language)
    assert titles(company.elif_, question)[:1] == [words.title]


def test_new_words_are_found_and_old_ones_no_more(company: Company, write: Write) -> None:
    article = write.published(Words("Zebra", "<p>Stripes.</p>"))
    changed = writing.save_draft(article, "en", Words("Horse", "<p>x</p>"), by=company.mihai)
    assert titles(company.elif_, "zebra") == ["Zebra"]
    writing.publish(changed, by=company.jonas)
    assert (titles(company.elif_, "zebra"), titles(company.elif_, "horse")) == ([], ["Horse"])


def test_what_is_archived_or_a_draft_is_not_found(company: Company, write: Write) -> None:
    write.draft(Words("Zebra", "<p>x</p>"))
    writing.archive(write.published(Words("Zebra two", "<p>x</p>")), by=company.jonas)
    assert titles(company.elif_, "zebra") == []


@pytest.mark.parametrize("who", ["elif_", "mihai", "jonas", "tom", "sam"])
def test_nothing_confidential_is_found_by_others(
    company: Company, write: Write, sign_in: SignIn, who: str
) -> None:
    write.secret()
    person = getattr(company, who)
    for question in ("Canary-title", "canary", "body"):
        assert titles(person, question) == []
    assert "anary-" not in sign_in(person).get("/knowledge/?q=body").content.decode()
    assert titles(company.misaki, "canary") == ["Canary-title"]


@pytest.mark.parametrize(
    "question",
    [
        '"*"',
        "%_\\",
        "😀",
        "the",
        "a AND OR NOT",
        "x" * 500,
        "\x00",
        "' OR 1=1 --",
        "()",
        "NEAR(a b)",
    ],
)
def test_no_question_breaks_the_page(
    write: Write, company: Company, sign_in: SignIn, question: str
) -> None:
    write.published()
    answer = sign_in(company.elif_).get("/knowledge/", {"q": question})
    assert answer.status_code == 200


def test_the_page_marks_what_was_found(write: Write, company: Company, sign_in: SignIn) -> None:
    write.published()
    shown = sign_in(company.elif_).get("/knowledge/?q=vpn").content.decode()
    assert "<mark>VPN</mark>" in shown
    assert "1 article for" in shown


def test_who_finds_nothing_is_led_to_a_team(company: Company, sign_in: SignIn) -> None:
    assert "Ask a team" in sign_in(company.elif_).get("/knowledge/?q=unicorn").content.decode()


def test_finding_costs_the_same_for_one_article_and_for_many(
    company: Company, write: Write, sign_in: SignIn
) -> None:
    client = sign_in(company.elif_)

    def statements() -> int:
        client.get("/knowledge/?q=vpn")
        with CaptureQueriesContext(connection) as asked:
            client.get("/knowledge/?q=vpn")
        return len(asked)

    write.published()
    search.index().settle()
    before = statements()
    for number in range(5):
        write.published(Words(f"VPN {number}", "<p>x</p>"))
    assert statements() <= before


def test_the_index_can_be_checked_and_rebuilt(write: Write, company: Company) -> None:
    write.published()
    call_command("rebuild_search", check=True)
    SearchRow.objects.update(digest="")
    with pytest.raises(CommandError, match="1 rows differ"):
        call_command("rebuild_search", check=True)
    call_command("rebuild_search")
    call_command("rebuild_search", check=True)
    assert titles(company.elif_, "vpn") == ["Connect to the office VPN"]
    SearchRow.objects.update(ref=999)
    call_command("rebuild_search")
    assert list(SearchRow.objects.values_list("ref", flat=True)) == [Article.objects.get().pk]

"""Reading an article: in one's own language, by those it is meant for, and saying if it helped."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Person
from knowledge_base.actions import writing
from knowledge_base.actions.writing import Words
from knowledge_base.models import Article, Translation
from tests.cast import Company
from tests.knowledge_base.conftest import Write

SignIn = Callable[[Person], Client]
GERMAN = Words("Mit dem VPN verbinden", "<h2>Zuerst</h2><p>Connect öffnen.</p><h2>Dann</h2>")


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def page(client: Client, article: Article, language: str = "") -> str:
    asked = f"/knowledge/{article.pk}/" + (f"{language}/-/" if language else "")
    return client.get(asked, follow=True).content.decode()


def test_the_permalink_leads_to_the_reader_s_language(
    company: Company, write: Write, sign_in: SignIn
) -> None:
    article = write.published()
    write.translated(article, "de", GERMAN)
    Person.objects.filter(pk=company.olga.pk).update(language="de")
    answer = sign_in(Person.objects.get(pk=company.olga.pk)).get(f"/knowledge/{article.pk}/")
    assert answer["Location"] == f"/knowledge/{article.pk}/de/mit-dem-vpn-verbinden/"


def test_an_old_address_leads_to_the_new_name(
    company: Company, write: Write, elif_: Client
) -> None:
    article = write.published()
    old = Translation.objects.get(article=article).get_absolute_url()
    new = Words("Work from home", "<p>x</p>")
    writing.publish(writing.save_draft(article, "en", new, by=company.mihai), by=company.jonas)
    assert elif_.get(old)["Location"] == f"/knowledge/{article.pk}/en/work-from-home/"


def test_a_text_that_is_not_there_in_my_language_says_so(
    company: Company, write: Write, elif_: Client
) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(language="tr")
    article = write.published(GERMAN, source_language="de")
    shown = page(elif_, article)
    assert "Türkçe" in shown
    assert "Connect öffnen" in shown
    assert 'lang="de"' in shown


def test_its_parts_are_listed_and_can_be_reached(write: Write, elif_: Client) -> None:
    shown = page(elif_, write.published(GERMAN, source_language="de"))
    assert 'href="#zuerst"' in shown
    assert '<h2 id="zuerst">' in shown


def test_other_languages_are_offered_with_their_age(
    company: Company, write: Write, elif_: Client
) -> None:
    article = write.published()
    write.translated(article, "de", GERMAN)
    changed = writing.save_draft(article, "en", Words("New", "<p>New</p>"), by=company.mihai)
    writing.publish(changed, by=company.jonas)
    assert "older" in page(elif_, article)
    assert "something newer" not in page(elif_, article)


@pytest.mark.parametrize("who", ["elif_", "mihai", "tom", "sam"])
def test_nothing_of_a_confidential_article_reaches_others(
    company: Company, write: Write, sign_in: SignIn, who: str
) -> None:
    secret = write.secret()
    client = sign_in(getattr(company, who))
    address = Translation.objects.get(article=secret).get_absolute_url()
    for path in (f"/knowledge/{secret.pk}/", address):
        assert client.get(path).status_code == 404
    assert client.post(f"/knowledge/{secret.pk}/helped/", {"helped": "yes"}).status_code == 404
    assert "Canary" not in client.get("/knowledge/").content.decode()


def test_the_list_shows_what_is_published_for_me(
    company: Company, write: Write, elif_: Client
) -> None:
    write.published()
    write.draft(Words("Unfinished", "<p>x</p>"))
    shown = elif_.get("/knowledge/").content.decode()
    assert "Connect to the office VPN" in shown
    assert "Unfinished" not in shown


def test_an_empty_shelf_offers_the_way_to_a_team(elif_: Client) -> None:
    assert "Ask a team" in elif_.get("/knowledge/").content.decode()


def test_who_says_yes_is_counted_once(write: Write, elif_: Client) -> None:
    article = write.published()
    for _click in range(2):
        elif_.post(f"/knowledge/{article.pk}/helped/", {"helped": "yes", "language": "en"})
    article.refresh_from_db()
    assert (article.helped, article.voted) == (1, 1)
    assert "Helped 1 of 1" in page(elif_, article)


def test_who_says_no_is_asked_what_was_missing(write: Write, elif_: Client) -> None:
    article = write.published()
    address = f"/knowledge/{article.pk}/helped/"
    elif_.post(address, {"helped": "no", "language": "en"})
    assert "What was missing?" in page(elif_, article)
    elif_.post(address, {"helped": "no", "language": "en", "reason": "Step 3"})
    article.refresh_from_db()
    assert (article.helped, article.voted) == (0, 1)
    assert article.votes.get().reason == "Step 3"


def test_looking_counts_nothing(write: Write, elif_: Client) -> None:
    article = write.published()
    assert elif_.get(f"/knowledge/{article.pk}/helped/").status_code == 405
    assert elif_.post(f"/knowledge/{article.pk}/helped/", {"helped": "?"}).status_code == 404
    article.refresh_from_db()
    assert article.voted == 0


def statements(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_pages_cost_the_same_for_one_article_and_for_many(
    company: Company, write: Write, elif_: Client
) -> None:
    article = write.published(services=[company.laptop])
    write.published(Words("Another", "<p>x</p>"), services=[company.laptop])
    address = Translation.objects.get(article=article).get_absolute_url()
    before = [statements(elif_, path) for path in ("/knowledge/", address)]
    for n in range(6):
        more = write.published(Words(f"Article {n}", "<p>x</p>"), services=[company.laptop])
        write.translated(more, "de", GERMAN)
    after = [statements(elif_, path) for path in ("/knowledge/", address)]
    assert after == before

"""From a draft over a colleague's look to what everybody reads."""

from datetime import UTC, datetime, timedelta

import pytest

from departments.models import Person
from helpdesk.lib.errors import Refused
from knowledge_base.actions import writing
from knowledge_base.actions.writing import ChangedMeanwhile, Words
from knowledge_base.article_html import LONGEST
from knowledge_base.models import Article, Revision, Translation
from tests.cast import Company
from tests.knowledge_base.conftest import VPN, Write

State = Revision.State
NEW = Words("Connect to the VPN from home", "<p>Open Connect.</p>")
GERMAN = Words("Mit dem VPN verbinden", "<p>Connect öffnen.</p>")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reads(person: Person, article: Article) -> bool:
    return Article.objects.visible_to(person).filter(pk=article.pk).exists()


def live(article: Article, language: str = "en") -> str:
    words = Translation.objects.get(article=article, language=language).live
    return words.title if words else ""


def is_older(article: Article, language: str) -> bool:
    return Translation.objects.get(article=article, language=language).is_stale


def test_nobody_but_the_desk_sees_a_draft(company: Company, write: Write) -> None:
    article = write.draft()
    assert reads(company.mihai, article)
    assert not reads(company.elif_, article)
    assert not reads(company.sam, article)


def test_a_lead_publishes_what_an_agent_wrote(company: Company, write: Write) -> None:
    article = write.draft()
    writing.submit(write.newest(article), by=company.mihai)
    writing.publish(write.newest(article), by=company.jonas)
    assert reads(company.elif_, article)
    assert live(article) == VPN.title


def test_readers_keep_the_old_words_until_the_new_ones_are_published(
    company: Company, write: Write
) -> None:
    article = write.published()
    revision = writing.save_draft(article, "en", NEW, by=company.mihai)
    assert live(article) == VPN.title
    writing.publish(revision, by=company.jonas)
    assert live(article) == NEW.title
    states = Revision.objects.filter(translation__article=article).values_list("number", "state")
    assert dict(states) == {1: State.REPLACED, 2: State.PUBLISHED}


def test_an_agent_publishes_only_what_they_were_asked_to_read(
    company: Company, write: Write
) -> None:
    article = write.draft(by=company.jonas)
    revision = write.newest(article)
    with pytest.raises(Refused):
        writing.publish(revision, by=company.mihai)
    writing.submit(revision, by=company.jonas, reviewer=company.mihai)
    assert writing.publish(revision, by=company.mihai).state == State.PUBLISHED


def test_nobody_is_asked_to_read_their_own_words(company: Company, write: Write) -> None:
    revision = write.newest(write.draft())
    with pytest.raises(Refused, match="four eyes"):
        writing.submit(revision, by=company.mihai, reviewer=company.mihai)
    with pytest.raises(Refused, match="does not work"):
        writing.submit(revision, by=company.mihai, reviewer=company.tom)


def test_what_needs_more_work_goes_back_with_a_note(company: Company, write: Write) -> None:
    revision = write.newest(write.draft())
    writing.submit(revision, by=company.mihai)
    with pytest.raises(Refused):
        writing.send_back(revision, by=company.jonas, note=" ")
    back = writing.send_back(revision, by=company.jonas, note="Step 3 is missing.")
    assert (back.state, back.note) == (State.DRAFT, "Step 3 is missing.")


def test_two_writers_at_once_lose_nothing(company: Company, write: Write) -> None:
    article = write.draft()
    writing.save_draft(article, "en", NEW, by=company.jonas, seen=1)
    with pytest.raises(ChangedMeanwhile, match="Jonas") as refusal:
        writing.save_draft(article, "en", VPN, by=company.mihai, seen=1)
    again = refusal.value.revision.number
    assert writing.save_draft(article, "en", VPN, by=company.mihai, seen=again).number == 3


def test_new_words_in_the_source_make_translations_older(company: Company, write: Write) -> None:
    article = write.published()
    write.translated(article, "de", GERMAN)
    assert not is_older(article, "de")
    writing.publish(writing.save_draft(article, "en", NEW, by=company.mihai), by=company.jonas)
    assert is_older(article, "de")
    write.translated(article, "de", GERMAN)
    assert not is_older(article, "de")


def test_better_wording_leaves_translations_as_they_are(company: Company, write: Write) -> None:
    article = write.published()
    write.translated(article, "de", GERMAN)
    minor = Words(NEW.title, NEW.body, is_minor=True)
    writing.publish(writing.save_draft(article, "en", minor, by=company.mihai), by=company.jonas)
    assert not is_older(article, "de")


def test_a_translation_of_old_words_is_published_as_older(company: Company, write: Write) -> None:
    article = write.published()
    draft = writing.save_draft(article, "de", GERMAN, by=company.mihai)
    for words in (NEW, Words(NEW.title, NEW.body, is_minor=True)):
        writing.publish(
            writing.save_draft(article, "en", words, by=company.mihai), by=company.jonas
        )
    writing.publish(draft, by=company.jonas)
    assert is_older(article, "de")


def test_it_is_published_when_its_time_has_come_and_once(company: Company, write: Write) -> None:
    article = write.draft()
    later = NOON + timedelta(days=1)
    writing.publish(write.newest(article), by=company.jonas, when=later, at=NOON)
    assert writing.publish_due(NOON) == 0
    assert not reads(company.elif_, article)
    assert [writing.publish_due(later), writing.publish_due(later)] == [1, 0]
    assert reads(company.elif_, article)
    assert write.newest(article).published_at == later


def test_old_words_come_back_as_a_draft(company: Company, write: Write) -> None:
    article = write.published()
    writing.publish(writing.save_draft(article, "en", NEW, by=company.mihai), by=company.jonas)
    first = Revision.objects.get(translation__article=article, number=1)
    draft = writing.restore(first, by=company.mihai)
    assert (draft.state, draft.title, draft.number) == (State.DRAFT, VPN.title, 3)
    assert live(article) == NEW.title


def test_the_archive_hides_and_gives_back(company: Company, write: Write) -> None:
    article = write.published()
    with pytest.raises(Refused):
        writing.archive(article, by=company.mihai)
    writing.archive(article, by=company.jonas)
    assert not reads(company.elif_, article)
    writing.take_back(article, by=company.jonas)
    assert reads(company.elif_, article)


def test_a_change_that_is_given_up_leaves_what_readers_see(company: Company, write: Write) -> None:
    article = write.published()
    writing.discard(writing.save_draft(article, "en", NEW, by=company.mihai), by=company.mihai)
    assert live(article) == VPN.title


@pytest.mark.parametrize("who", ["elif_", "tom", "sam", "misaki"])
def test_strangers_write_nothing(company: Company, write: Write, who: str) -> None:
    stranger = getattr(company, who)
    article = write.published()
    revision = write.newest(article)
    for attempt in (
        lambda: writing.start_article(company.it, NEW, by=stranger),
        lambda: writing.save_draft(article, "en", NEW, by=stranger),
        lambda: writing.restore(revision, by=stranger),
        lambda: writing.archive(article, by=stranger),
        lambda: writing.settle_article(article, by=stranger, is_for_desk=True),
    ):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.parametrize("who", ["mihai", "jonas", "tom", "sam", "elif_"])
def test_what_is_confidential_is_read_by_its_group_alone(
    company: Company, write: Write, who: str
) -> None:
    secret = write.secret()
    assert not reads(getattr(company, who), secret)
    assert reads(company.misaki, secret)
    company.letter.group.remove(company.misaki)
    assert not reads(company.misaki, secret)


def test_how_the_desk_works_is_for_the_desk(company: Company, write: Write) -> None:
    inside = write.published(is_for_desk=True)
    assert reads(company.mihai, inside)
    assert not reads(company.elif_, inside)


def test_an_audience_of_departments(company: Company, write: Write) -> None:
    article = write.published(audience=[company.hr])
    andreea, tom = (Person.objects.get(pk=each.pk) for each in (company.andreea, company.tom))
    assert reads(andreea, article)
    assert not reads(tom, article)
    assert not reads(company.olga, article)


def test_confidence_needs_a_confidential_service_of_the_desk(
    company: Company, write: Write
) -> None:
    for service in (company.laptop, company.letter):
        with pytest.raises(Refused):
            write.draft(confidential_to=service)


def test_an_article_needs_a_title_and_an_end(company: Company, write: Write) -> None:
    for words in (Words(" ", "<p>x</p>"), Words("x", "y" * (LONGEST + 1))):
        with pytest.raises(Refused):
            write.draft(words)
    assert not Article.objects.exists()

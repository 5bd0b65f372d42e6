"""Many articles at once, in and out again, from files that people and strangers make."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from knowledge_base import article_files
from knowledge_base.actions.importing import bring_in, take_out
from knowledge_base.article_files import LARGEST_FILE, ArticleFile, Unreadable
from knowledge_base.models import Article, Revision, Translation
from tests.cast import Company

ENGLISH = "---\ntitle: Use the VPN\ntags: network, home\n---\n## First\n\n> [!TIP]\n> On a train?\n"
TURKISH = "---\ntitle: VPN kullanmak\n---\nBağlan.\n"


def packed(*files: tuple[str, str | bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    made.seek(0)
    return made


def test_files_of_one_name_are_one_article_in_many_languages(company: Company) -> None:
    files = [("vpn.tr.md", TURKISH), ("vpn.en.md", ENGLISH)]
    brought = bring_in(company.it, files, by=company.jonas, at=timezone.now(), publishes=True)
    assert (brought.made, brought.translated, brought.refused) == (1, 1, ())
    article = Article.objects.get()
    assert (article.source_language, article.tags) == ("en", ["network", "home"])
    titles = Translation.objects.order_by("language").values_list("live__title", "is_stale")
    assert list(titles) == [("Use the VPN", False), ("VPN kullanmak", False)]


def test_markdown_becomes_an_article(company: Company) -> None:
    bring_in(company.it, [("vpn.en.md", ENGLISH)], by=company.mihai, at=timezone.now())
    draft = Revision.objects.get()
    assert draft.state == Revision.State.DRAFT
    assert draft.body.startswith("<h2>First</h2>")
    assert '<aside data-kind="tip"><p>On a train?</p>' in draft.body


def test_an_agent_brings_in_drafts_but_publishes_nothing(company: Company) -> None:
    files = [("vpn.en.md", ENGLISH)]
    brought = bring_in(company.it, files, by=company.mihai, at=timezone.now(), publishes=True)
    assert brought.made == 0
    assert "A lead" in brought.refused[0]
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("vpn.md", ENGLISH, "with its language"),
        ("vpn.en.md", "Only words", "title: …"),
        ("vpn.en.md", "---\nlede: x\n---\n", "no title"),
        ("vpn.en.md", "---\ntitle: x\nowner: me\n---\n", "is none of"),
        ("vpn.xx.md", "---\ntitle: x\n---\n", "no such language"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_comes_in(
    company: Company, name: str, content: str, complaint: str
) -> None:
    files = [(name, content), ("other.en.md", ENGLISH)]
    brought = bring_in(company.it, files, by=company.mihai, at=timezone.now())
    assert brought.made == 1
    assert complaint in brought.refused[0]


def test_out_and_in_again_is_the_same(company: Company) -> None:
    files = [("vpn.tr.md", TURKISH), ("vpn.en.md", ENGLISH)]
    bring_in(company.it, files, by=company.jonas, at=timezone.now(), publishes=True)
    out = list(take_out(Article.objects.all()))
    stem = f"{Article.objects.get().pk}-use-the-vpn"
    assert [name for name, _content in out] == [f"{stem}.en.html", f"{stem}.tr.html"]
    before = [article_files.read(*each) for each in out]
    again = bring_in(company.it, out, by=company.jonas, at=timezone.now(), publishes=True)
    assert (again.made, again.translated) == (1, 1)
    newest = take_out(Article.objects.order_by("-pk")[:1])
    after = [article_files.read(*each) for each in newest]
    for old, new in zip(before, after, strict=True):
        assert (old.title, old.html, old.tags) == (new.title, new.html, new.tags)


def test_a_path_that_leads_out_of_the_zip_is_no_file_of_ours() -> None:
    hostile = packed(
        ("../evil.en.md", ENGLISH), ("/abs.en.md", ENGLISH), ("a/b.en.md", ENGLISH), ("x.exe", "x")
    )
    assert [name for name, _content in article_files.in_zip(hostile)] == ["a/b.en.md"]


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed(("big.en.md", b"\0" * (LARGEST_FILE * 20)))
    with pytest.raises(Unreadable, match="larger than"):
        list(article_files.in_zip(bomb))
    many = packed(*((f"{n}.en.md", "x") for n in range(article_files.MOST_FILES + 1)))
    with pytest.raises(Unreadable, match="more than"):
        list(article_files.in_zip(many))


def test_a_zip_that_lies_about_its_size_is_cut() -> None:
    content = bytearray(packed(("a.en.md", b"x" * (LARGEST_FILE * 2))).getvalue())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        list(article_files.in_zip(io.BytesIO(bytes(content))))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no zip at all"])
def test_what_is_no_zip_is_said_kindly(content: bytes) -> None:
    with pytest.raises(Unreadable, match="Pack it again"):
        list(article_files.in_zip(io.BytesIO(content)))


def test_a_file_in_another_encoding_is_named() -> None:
    with pytest.raises(Unreadable, match="UTF-8"):
        list(article_files.in_zip(packed(("a.en.md", "ş".encode("cp1254")))))


def test_writing_and_reading_a_file_is_the_same() -> None:
    file = ArticleFile(
        "vpn", "tr", "VPN: nasıl?", "<p>x</p>", "Önce", "uzak", ("a", "b"), is_source=True
    )
    assert article_files.read(*article_files.write(file)).title == file.title
    again = article_files.read(*article_files.write(file))
    assert (again.lede, again.keywords, again.tags, again.is_source) == (
        *(file.lede, file.keywords, file.tags),
        True,
    )


def test_the_commands_bring_in_and_take_out(company: Company, tmp_path: Path) -> None:
    (tmp_path / "vpn.en.md").write_text(ENGLISH)
    (tmp_path / "notes.txt").write_text("x")
    options = {"department": "it", "by": "jonas@aldera.example"}
    call_command("import_articles", tmp_path, publish=True, **options)
    call_command("export_articles", tmp_path / "out.zip", department="it")
    call_command("import_articles", tmp_path / "out.zip", **options)
    assert Article.objects.count() == 2
    assert Article.objects.published().count() == 1
    with pytest.raises(CommandError, match="no such department"):
        call_command("import_articles", tmp_path, department="x", by="jonas@aldera.example")
    with pytest.raises(CommandError, match="no zip"):
        call_command("import_articles", tmp_path / "notes.txt", **options)

"""What people write and what they ask for meet, in every language and spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.lib.fulltext.analysis import TERM_LIMIT, Fields, Weights, analyse, number_of
from helpdesk.lib.fulltext.excerpts import Segment, excerpt, mark
from helpdesk.lib.fulltext.folding import fold, fold_kana
from helpdesk.lib.fulltext.languages import likely
from helpdesk.lib.fulltext.question import LONGEST, MOST_TERMS, Question, understand
from helpdesk.lib.fulltext.ranking import Candidate, Statistics, pack, rank, unpack

HOSTILE = [
    "",
    " ",
    "%_\\",
    '"*"',
    '" OR 1=1 --',
    "NEAR(a b, 3)",
    "a AND NOT (b OR",
    "title:x -y +z ^w",
    "'; DROP TABLE tickets; --",
    "a:*b & | ! <-> (",
    "\x00",
    "a\x00b",
    "\ud800",
    "pass\udfffword",
    "😀🏳️‍🌈👩‍👩‍👧",
    "the and of",
    "nasıl ne için",
    "\u202eabc\u200d",
    "x" * 300,
    "パ" * 300,
    "a " * 150,
    "\u0301\u0301",
    "ﷺ" * 300,
]


def meet(text: str, asked: str, language: str, *, kinds: str = "wcup") -> bool:
    """Whether a document with the text holds a whole term of the question."""
    held = analyse(Fields(body=text), language).terms
    return any(term in held for term in understand(asked, language).terms if term[0] in kinds)


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("İSTANBUL", "istanbul", "tr"),
        ("ISPARTA", "ısparta", "tr"),
        ("Isparta", "isparta", "en"),
        ("ışık", "IŞIK", "de"),
        ("IT DEPARTMENT", "it department", "tr"),
        ("şifre değiştirme", "sifre", "tr"),
        ("Şifrenizi unuttunuz", "şifre", "tr"),
        ("parolanızı Ankara'da", "ankara", "tr"),
        ("siguranţă", "siguranță", "ro"),
        ("aşteaptă", "așteaptă", "ro"),
        ("imprimantă", "imprimanta", "ro"),
        ("Müller", "Mueller", "de"),
        ("Mueller", "Müller", "de"),
        ("Müller", "Muller", "en"),
        ("Köln", "Koeln", "en"),
        ("Kaefer", "Käfer", "en"),
        ("Straße", "STRASSE", "de"),
        ("Århus", "aarhus", "da"),
        ("Århus", "arhus", "en"),
        ("Smørrebrød", "smorrebrod", "da"),
        ("Æble", "aeble", "da"),
        ("Łódź", "lodz", "pl"),
        ("Đorđe", "dorde", "sr"),
        ("the printers failed", "printer fails", "en"),
        ("the printers failed", "printers", "de"),
        ("Die Drucker", "Drucker", "en"),
        ("E-Mail", "email", "de"),
        ("WLAN/Wi-Fi", "wifi", "de"),
        ("see IT-1042.", "it-1042", "en"),
        ("see IT-1042.", "IT1042", "en"),
        ("error 0x80070005", "0X80070005", "en"),
        ("Fehler E-42", "e42", "de"),
        ("ask jonas.weber@firma.de", "jonas.weber@firma.de", "de"),
        ("ask jonas.weber@firma.de", "weber", "de"),
        (r"C:\Windows\System32\drivers", "system32", "en"),
        ("version 10.0.19045", "10.0.19045", "en"),
        ("written in C++", "c++", "en"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ １２３", "full 123", "ja"),
        ("ﬁle", "file", "en"),
        ("pass\u00adword", "password", "en"),
        ("u\u0308ber", "über", "de"),
        ("サーバー", "サーバ", "ja"),
        ("ｻｰﾊﾞｰ", "サーバー", "ja"),
        ("がぞう", "ガゾウ", "ja"),
        ("印刷できません", "印刷", "ja"),
        ("社員証の再発行", "再発行の方法", "en"),
        ("USBメモリを使う", "usb", "ja"),
        ("円", "円", "ja"),
        ("비밀번호 변경", "비밀번호", "ko"),
        ("密码重置", "重置密码", "zh"),
        ("Сброс пароля", "СБРОС", "ru"),
    ],
)
def test_text_and_question_meet(text: str, asked: str, language: str) -> None:
    assert meet(text, asked, language)


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("the password was reset", "pasword", "en"),
        ("printer offline", "pritner", "en"),
        ("Netzwerkdrucker", "drucker", "de"),
        ("değiştiriyorum", "değişiklik", "tr"),
        ("calculatorului", "calculator", "ro"),
        ("installation", "instal", "en"),
    ],
)
def test_slips_compounds_and_endings_meet_in_pieces_of_four_letters(
    text: str, asked: str, language: str
) -> None:
    assert meet(text, asked, language, kinds="g")


@pytest.mark.parametrize(
    ("one", "other"),
    [("サーバー", "サーバ"), ("ｻｰﾊﾞｰ", "サーバー"), ("さーば", "サーバ"), ("ＡＢ株", "ab株")],
)
def test_spellings_of_japanese_are_one(one: str, other: str) -> None:
    assert analyse(Fields(title=one), "ja") == analyse(Fields(title=other), "ja")


def test_titles_have_terms_of_their_own_and_questions_lead_to_them() -> None:
    held = analyse(Fields(title="Printer", keywords="休暇", body="scanner"), "en").terms
    asked = understand("printers 休暇 scanner", "en").titles
    assert {term for term in asked if term in held} == {"twprinter", "tc休暇"}


def test_size_is_the_text_by_the_weights_of_its_fields() -> None:
    assert analyse(Fields(title="two words"), "en").size == 2 * Weights().title
    assert analyse(Fields(keywords="四つの字"), "ja").size == 2 * Weights().keywords


def test_words_that_have_nothing_in_common_do_not_meet() -> None:
    assert not meet("printer offline", "holiday", "en", kinds="wcupg")
    assert not meet("休暇申請", "印刷", "ja", kinds="wcupg")


def test_an_unfinished_word_finds_titles_that_begin_so() -> None:
    held = analyse(Fields(title="Printers", body="x"), "en").terms
    assert any(term in held for term in understand("the p", "en", typing=True).terms)
    assert not any(term in held for term in understand("the p ", "en", typing=True).terms)
    japanese = analyse(Fields(title="休暇"), "ja").terms
    assert any(term in japanese for term in understand("休", "ja", typing=True).terms)


def test_titles_count_more_than_keywords_and_these_more_than_bodies() -> None:
    far = " ".join(["x"] * 200)
    weights = [
        analyse(fields, "en").terms["wprinter"]
        for fields in (
            Fields(title="printer"),
            Fields(keywords="printer"),
            Fields(body=f"printer {far}"),
            Fields(body=f"{far} printer"),
        )
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 4


def test_small_words_stay_and_count_little() -> None:
    asked = understand("how to print", "en").terms
    assert 0 < asked["whow"] < asked["wprint"]


def test_synonyms_of_a_group_are_asked_for_too() -> None:
    groups = [["notebook", "laptop"], ["log in", "sign in"]]
    asked = understand("My laptops", "en", synonyms=groups).terms
    assert 0 < asked["wnotebook"] < asked["wlaptop"]
    assert "wsign" in understand("cannot log in", "en", synonyms=groups).terms
    assert "wsign" not in understand("log of in", "en", synonyms=groups).terms
    assert "wnotebook" not in understand("printer", "en", synonyms=[*groups, ["", "!"]]).terms


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Wie kann ich mein Passwort ändern, wenn ich es nicht mehr weiß", "en", "de"),
        ("How do I reset it when the page is not there", "de", "en"),
        ("VPN", "tr", "tr"),
        ("VPN", "", ""),
        ("die Hand", "en", "en"),
    ],
)
def test_only_clear_words_speak_against_the_hint(text: str, hint: str, language: str) -> None:
    assert likely(map(fold, text.split()), hint) == language


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_kana(fold_kana(text)) == fold_kana(text)


@settings(max_examples=60)
@given(st.text(max_size=400), st.sampled_from(["", "en", "tr", "ja", "xx", "zz-ZZ"]))
def test_any_text_can_be_analysed_asked_for_and_shown(text: str, language: str) -> None:
    analysed = analyse(Fields(text, text, text), language)
    question = understand(text, language, typing=True, synonyms=[[text, "x"]])
    assert len(question.terms) <= MOST_TERMS
    assert all(0 <= number_of(term) < 2**32 for term in analysed.terms)
    assert analysed.size >= 0
    assert "".join(segment.text for segment in mark(text, question, language)) == text
    shown = "".join(segment.text for segment in excerpt(text, question, language))
    assert shown.strip("…") in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    question = understand(text, "en", typing=True)
    analyse(Fields(text, text, text), "en")
    assert "".join(segment.text for segment in mark(text, question)) == text


def test_size_is_bounded() -> None:
    many = " ".join(f"w{number:x}x" for number in range(20_000)) + "y" * 5_000_000
    assert len(analyse(Fields(body=many), "en").terms) <= TERM_LIMIT
    assert len(analyse(Fields(body="x" * 5_000_000), "en").terms) < 100
    assert understand("a" * LONGEST + " printer") == understand("a" * LONGEST)


def shown(segments: list[Segment]) -> str:
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in segments)


@pytest.mark.parametrize(
    ("text", "asked", "language", "expected"),
    [
        ("The printers failed.", "printer fails", "en", "The [printers] [failed]."),
        ("Şifrenizi unuttunuz", "SIFRE", "tr", "[Şifrenizi] unuttunuz"),
        ("IŞIK ve ışık", "isik", "tr", "[IŞIK] ve [ışık]"),
        ("Druckertreiber neu", "drucker", "de", "[Druckertreiber] neu"),
        ("Herr Müller", "Mueller", "de", "Herr [Müller]"),
        ("Reset your passwords", "pasword", "en", "Reset your [passwords]"),
        ("パスワードを変更する", "パスワードの変更", "ja", "[パスワード]を[変更]する"),
        ("新しいｻｰﾊﾞｰです", "サーバー", "ja", "新しい[ｻｰﾊﾞｰ]です"),
        ("1 円です", "円", "ja", "1 [円]です"),
        ("<b>bold</b>", "bold", "en", "<b>[bold]</b>"),
        ("nothing here", "zebra", "en", "nothing here"),
        ("", "zebra", "en", ""),
    ],
)
def test_hits_are_marked(text: str, asked: str, language: str, expected: str) -> None:
    assert shown(excerpt(text, understand(asked, language), language)) == expected


def test_what_is_typed_marks_the_words_that_begin_so() -> None:
    question = understand("pr", "en", typing=True)
    assert shown(mark("Printer and proxy", question, "en")) == "[Printer] and [proxy]"


def test_the_window_is_where_most_of_the_question_is_answered() -> None:
    text = "printer " * 30 + "filler " * 200 + "reset the printer queue now " + "filler " * 200
    found = shown(excerpt(text, understand("reset printer queue", "en"), "en", length=80))
    assert "[reset]" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) < 110


def test_a_letter_and_its_mark_are_not_parted() -> None:
    text = "e\u0301" * 300
    cut = excerpt(text, Question({}, (), ()), "", length=101)
    assert cut[0].text.endswith("\u0301")


@given(st.dictionaries(st.integers(0, 2**32 - 1), st.floats(0.5, 60), max_size=50))
def test_packed_terms_come_back(terms: dict[int, float]) -> None:
    numbers, often = unpack(pack(terms))
    assert list(numbers) == sorted(terms)
    assert all(abs(often[at] / 4 - terms[n]) <= 0.125 for at, n in enumerate(numbers))


def candidate(row: int, terms: dict[int, float], size: float = 10) -> Candidate:
    return Candidate(row, size, 0.0, pack(terms))


@pytest.mark.parametrize("other_terms", [0, 5000])
def test_rare_words_more_of_them_and_shorter_texts_come_first(other_terms: int) -> None:
    more = dict.fromkeys(range(10, 10 + other_terms), 1.0)
    known = Statistics(100, 10.0, 0.01, {1: 0.5, 2: 0.02})
    wanted = {1: 1.0, 2: 1.0}
    documents = [
        candidate(1, {1: 1.0, **more}),
        candidate(2, {2: 1.0, **more}),
        candidate(3, {1: 1.0, 2: 1.0, **more}),
        candidate(4, {1: 1.0, 2: 1.0, **more}, size=12),
        candidate(5, {3: 1.0, **more}),
    ]
    assert [row for row, _score in rank(wanted, documents, known)] == [3, 4, 2, 1]


def test_a_title_alone_is_short_but_not_infinitely_good() -> None:
    known = Statistics(100, 100.0, 0.01, {1: 0.1, 2: 0.1})
    once = candidate(1, {1: 1.0}, size=1)
    often = candidate(2, {1: 4.0, 2: 1.0}, size=100)
    assert [row for row, _score in rank({1: 1.0, 2: 1.0}, [once, often], known)] == [2, 1]
    tiny = [candidate(row, {1: 1.0}, size=row) for row in (1, 20)]
    assert len({score for _row, score in rank({1: 1.0}, tiny, known)}) == 1
    short, long = rank({1: 1.0}, [candidate(1, {1: 1.0}, 30), candidate(2, {1: 1.0}, 300)], known)
    assert short[0] == 1
    assert short[1] > 2 * long[1]


def test_a_boost_is_gentle_and_equals_keep_their_order() -> None:
    known = Statistics(100, 10.0, 0.01, {1: 0.1})
    packed = pack({1: 1.0})
    twins = [Candidate(7, 10, 0.0, packed), Candidate(8, 10, 0.0, packed)]
    lifted = [*twins, Candidate(9, 10, 0.1, packed)]
    assert [row for row, _score in rank({1: 1.0}, twins, known)] == [7, 8]
    assert [row for row, _score in rank({1: 1.0}, lifted, known)] == [9, 7, 8]

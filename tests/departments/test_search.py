"""Finding a service by any word, in the languages of the house."""

import pytest

from departments import search
from departments.models import Category, Person, Service
from departments.search import find, fold, is_one_slip_away, marked, terms_of, word_fit
from tests.cast import Company


def names(person: Person, question: str) -> list[str]:
    found = find(person, question, 10)
    return [hit.category.name if hit.category else hit.service.name for hit in found]


def text_of(pieces: list[search.Piece]) -> str:
    return "".join(f"[{text}]" if found else text for text, found in pieces)


@pytest.fixture
def shelf(company: Company) -> Company:
    """Services in the languages of the house."""
    for name, description in [
        ("VPN and network", "Home office, travel, meeting rooms"),
        ("İzin ve ısıtma", "Yıllık izin, ısıtma sorunları"),
        ("Straßenschäden melden", "Löcher und Glätte"),
        ("ノートパソコンの修理", "壊れたとき"),
        ("Călătorie în străinătate", "Diurnă și bilete"),
        ("Printing", "Paper, toner, and the printers of each floor"),
    ]:
        Service.objects.create(
            department=company.finance,
            name=name,
            description=description,
            state=Service.State.PUBLISHED,
        )
    return company


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("vpn", "VPN and network"),
        ("vp", "VPN and network"),
        ("my vpn is broken", "VPN and network"),
        ("travel vpn", "VPN and network"),
        ("izin", "İzin ve ısıtma"),
        ("IZIN", "İzin ve ısıtma"),
        ("İZİN", "İzin ve ısıtma"),
        ("ISITMA", "İzin ve ısıtma"),
        ("ısıtma", "İzin ve ısıtma"),
        ("isitma", "İzin ve ısıtma"),
        ("strasse", "Straßenschäden melden"),
        ("schäden", "Straßenschäden melden"),
        ("STRASSENSCHADEN", "Straßenschäden melden"),
        ("パソコン", "ノートパソコンの修理"),
        ("パソコンが壊れた", "ノートパソコンの修理"),
        ("修理", "ノートパソコンの修理"),
        ("ﾊﾟｿｺﾝ", "ノートパソコンの修理"),
        ("calatorie", "Călătorie în străinătate"),
        ("diurna", "Călătorie în străinătate"),
        ("laptops", "Laptop repair"),
        ("lapotp", "Laptop repair"),
        ("laptp", "Laptop repair"),
        ("printer", "Printing"),
    ],
)
def test_a_service_is_found_however_it_is_typed(shelf: Company, typed: str, name: str) -> None:
    assert names(shelf.elif_, typed)[0] == name


def test_a_kind_of_problem_is_found_inside_its_service(company: Company) -> None:
    hit = find(company.elif_, "battery", 5)[0]
    assert (hit.service, hit.category) == (company.laptop, company.battery)


def test_a_group_finds_what_is_in_it(company: Company) -> None:
    assert "Battery or charging" in names(company.elif_, "power")


def test_the_name_of_a_service_does_not_list_all_its_kinds(company: Company) -> None:
    assert names(company.elif_, "laptop repair") == ["Laptop repair"]


def test_service_and_kind_together_find_the_kind_first(company: Company) -> None:
    assert names(company.elif_, "laptop battery")[0] == "Battery or charging"


def test_a_rare_word_counts_more_than_a_common_one(company: Company) -> None:
    for number in range(8):
        Category.objects.create(service=company.laptop, name=f"Trouble with thing {number}")
    Category.objects.create(service=company.expenses, name="Hotel")
    assert names(company.elif_, "trouble hotel")[0] == "Hotel"


@pytest.mark.parametrize("question", ["", "   ", "?!", "zzzzqqqq", "\u200b"])
def test_nothing_is_found_for_nothing(company: Company, question: str) -> None:
    assert find(company.elif_, question, 5) == []


def test_what_one_may_not_ask_for_is_not_found(company: Company) -> None:
    company.laptop.audience.add(company.hr)
    assert "Laptop repair" not in names(company.elif_, "laptop")


@pytest.mark.parametrize("state", [Service.State.DRAFT, Service.State.RETIRED])
def test_what_is_not_published_is_not_found(company: Company, state: str) -> None:
    Service.objects.filter(pk=company.laptop.pk).update(state=state)
    assert names(company.jonas, "laptop battery") == []


def test_a_retired_kind_is_not_found(company: Company) -> None:
    Category.objects.filter(pk=company.battery.pk).update(is_retired=True)
    assert names(company.elif_, "battery") == []


def test_the_kinds_of_a_retired_group_are_not_found(company: Company) -> None:
    Category.objects.filter(name="Power").update(is_retired=True)
    assert names(company.elif_, "battery") == []


def test_a_search_costs_the_same_for_any_number_of_services(
    company: Company, django_assert_num_queries: object
) -> None:
    for number in range(20):
        service = Service.objects.create(
            department=company.it, name=f"Laptop {number}", state=Service.State.PUBLISHED
        )
        Category.objects.create(service=service, name="Lid")
    with django_assert_num_queries(2):  # type: ignore[operator]
        find(company.elif_, "laptop lid", 5)


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [
        ("VPN and network", "vpn", "[VPN] and network"),
        ("VPN and network", "net vp", "[VP]N and [net]work"),
        ("Straße", "strasse", "[Straße]"),
        ("Straße", "strass", "[Straß]e"),
        ("İzin", "iz", "[İz]in"),
        ("ノートパソコン", "パソコン", "ノート[パソコン]"),
        ("Laptop <b>", "laptop", "[Laptop] <b>"),
        ("Printing", "pritning", "[Printing]"),
        ("Printing", "zebra", "Printing"),
    ],
)
def test_found_words_are_marked_as_they_are_written(name: str, typed: str, shown: str) -> None:
    assert text_of(marked(name, terms_of(typed))) == shown


@pytest.mark.parametrize("name", ["VPN and network", "İzin ve ısıtma", "ノートパソコン", ""])
def test_marking_loses_no_letter(name: str) -> None:
    assert "".join(text for text, _found in marked(name, terms_of("vpn izin パソ and"))) == name


@pytest.mark.parametrize(
    ("a", "b"),
    [("printer", "prinetr"), ("printer", "prnter"), ("printer", "printter"), ("cable", "kable")],
)
def test_one_slip_is_forgiven(a: str, b: str) -> None:
    assert is_one_slip_away(a, b)
    assert is_one_slip_away(b, a)


@pytest.mark.parametrize(("a", "b"), [("printer", "painted"), ("cable", "table2"), ("ab", "abcd")])
def test_two_slips_are_another_word(a: str, b: str) -> None:
    assert not is_one_slip_away(a, b)


@pytest.mark.parametrize(
    ("term", "word", "is_last", "fits"),
    [
        ("do", "door", True, True),
        ("do", "door", False, False),
        ("doo", "door", False, True),
        ("not", "note", True, True),
        ("oor", "door", True, False),
        ("repair", "laptoprepair", False, True),
    ],
)
def test_only_the_last_word_may_still_be_growing(
    term: str, word: str, is_last: bool, fits: bool
) -> None:
    assert bool(word_fit(term, word, is_last)) is fits


@pytest.mark.parametrize("one", ["I", "ı", "İ", "i", "Í", "ï"])
def test_every_letter_i_is_one(one: str) -> None:
    assert fold(one) == "i"


def test_dakuten_are_letters_and_not_accents() -> None:
    assert fold("が") != fold("か")


def test_a_very_long_question_is_cut() -> None:
    assert len(terms_of(" ".join(f"word{n}" for n in range(500)))) <= 2 * search.MOST_WORDS

"""Every Django form comes out with label, hint, control and error tied together."""

from typing import Any

import pytest
from django import forms
from lxml.html import HtmlElement, fromstring

CHOICES = [("yes", "Yes"), ("no", "No, I am stuck")]


class Question(forms.Form):
    """One field of each kind."""

    summary = forms.CharField(help_text="In a few words.")
    story = forms.CharField(widget=forms.Textarea, required=False)
    place = forms.ChoiceField(choices=CHOICES)
    kind = forms.ChoiceField(
        choices=CHOICES, widget=forms.Select(attrs={"data-combobox-select": True})
    )
    able = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, help_text="For now.")
    many = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    sure = forms.BooleanField(help_text="Really.")
    file = forms.FileField(widget=forms.FileInput(attrs={"data-max-bytes": 25, "class": "own"}))
    styled = forms.CharField(widget=forms.TextInput(attrs={"class": "wide"}))
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean_summary(self) -> str:
        raise forms.ValidationError(["Say a little more.", "Use <b>words</b>."])


class Hinted(forms.ChoiceField):
    choice_hints = {"no": "We bring a loan laptop"}


def drawn(form: forms.Form) -> HtmlElement:
    return fromstring(f"<main>{form}</main>")


@pytest.fixture
def fresh() -> HtmlElement:
    return drawn(Question())


@pytest.fixture
def refused() -> HtmlElement:
    return drawn(Question({"summary": "x", "secret": ""}))


def one(tree: HtmlElement, path: str, **values: Any) -> HtmlElement:
    found: list[HtmlElement] = tree.xpath(path, **values)
    assert len(found) == 1, (path, len(found))
    return found[0]


def control(tree: HtmlElement, name: str) -> HtmlElement:
    return one(tree, "//*[self::input or self::select or self::textarea][@name=$n]", n=name)


@pytest.mark.parametrize("name", ["summary", "story", "place", "kind", "sure", "file", "styled"])
def test_a_label_belongs_to_its_control(fresh: HtmlElement, name: str) -> None:
    assert len(fresh.xpath("//label[@for=$id]", id=control(fresh, name).get("id"))) == 1


@pytest.mark.parametrize("name", ["summary", "story", "place", "kind", "sure", "file", "styled"])
def test_an_error_and_a_hint_describe_their_control(refused: HtmlElement, name: str) -> None:
    field = control(refused, name)
    for described_by in (field.get("aria-describedby") or "").split():
        assert one(refused, "//*[@id=$id]", id=described_by).text_content().strip()
    assert (name == "story") != ("_error" in field.get("aria-describedby", ""))
    assert (name == "story") != (field.get("aria-invalid") == "true")


def test_hint_stands_before_the_control_and_error_after_it(refused: HtmlElement) -> None:
    field = control(refused, "summary")
    assert field.get("aria-describedby") == "id_summary_helptext id_summary_error"
    order = [e.get("id") for e in field.getparent().iter() if e.get("id")]
    assert order == ["id_summary_helptext", "id_summary", "id_summary_error"]


def test_every_error_is_shown_and_escaped(refused: HtmlElement) -> None:
    shown = one(refused, "//*[@id='id_summary_error']").text_content()
    assert "Say a little more." in shown
    assert "Use <b>words</b>." in shown


@pytest.mark.parametrize("name", ["able", "many"])
def test_choices_are_cards_in_a_named_group(refused: HtmlElement, name: str) -> None:
    group = one(refused, "//fieldset[@id=$id]", id=f"id_{name}")
    assert group.find("legend") is not None
    assert f"id_{name}_error" in group.get("aria-describedby")
    assert len(group.xpath(".//label[@class='choice']//input")) == len(CHOICES)


def test_a_choice_can_have_a_line_of_help() -> None:
    form = forms.Form()
    form.fields["able"] = Hinted(choices=CHOICES, widget=forms.RadioSelect)
    assert drawn(form).xpath("//label//small/text()") == ["We bring a loan laptop"]


@pytest.mark.parametrize(
    ("name", "css"),
    [
        ("summary", "input"),
        ("story", "input"),
        ("styled", "wide input"),
        ("place", None),
        ("file", "own"),
    ],
)
def test_controls_get_their_looks_without_asking(fresh: HtmlElement, name: str, css: str) -> None:
    assert control(fresh, name).get("class") == css


def test_only_what_may_stay_empty_says_so(fresh: HtmlElement) -> None:
    assert [label.get("for") for label in fresh.xpath("//label[.//*[@class='opt']]")] == [
        "id_story"
    ]


def test_a_file_field_is_a_drop_zone_with_its_limits(fresh: HtmlElement) -> None:
    zone = one(fresh, "//*[@data-dropzone]")
    assert zone.get("data-max-bytes") == "25"
    assert one(fresh, "//ul[@id=$id]", id=zone.get("data-list")) is not None
    assert "{name}" in zone.get("data-words-size")


def test_a_searchable_select_brings_its_words(fresh: HtmlElement) -> None:
    assert control(fresh, "kind").get("data-words-none")
    assert control(fresh, "place").get("data-words-none") is None


def test_a_good_form_has_no_summary(fresh: HtmlElement) -> None:
    assert not fresh.xpath("//*[@data-error-summary]")


def test_the_summary_counts_the_fields(refused: HtmlElement) -> None:
    assert "9 things need another look" in one(refused, "//*[@data-error-summary]").text_content()


def test_each_link_of_the_summary_leads_to_its_field(refused: HtmlElement) -> None:
    links = refused.xpath("//*[@data-error-summary]//a/@href")
    assert len(links) == 9
    for link in links:
        one(refused, "//*[@id=$id]", id=link.removeprefix("#"))


def test_an_error_of_no_visible_field_is_said_without_a_link(refused: HtmlElement) -> None:
    plain = refused.xpath("//*[@data-error-summary]//li[not(a)]")
    assert [item.text_content().strip() for item in plain] == ["This field is required."]


def test_errors_of_the_whole_form_stand_in_the_summary() -> None:
    form = forms.Form({})
    form.add_error(None, "Somebody wrote meanwhile.")
    summary = one(drawn(form), "//*[@data-error-summary]")
    assert "Somebody wrote meanwhile." in summary.text_content()
    assert "One thing needs another look" in summary.text_content()
    assert summary.get("tabindex") == "-1"


def test_a_prefix_keeps_the_ids_of_two_forms_apart() -> None:
    both = f"{Question({}, prefix='a')}{Question({}, prefix='b')}"
    ids = fromstring(f"<main>{both}</main>").xpath("//@id")
    assert len(ids) == len(set(ids))

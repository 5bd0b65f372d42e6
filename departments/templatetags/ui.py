"""Template tags for the parts of the design language: icon, avatar, moment, duration."""

from datetime import date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from departments import when as words
from departments.models import Person
from helpdesk.lib import markdown as markdown_text

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """`{% icon "laptop" %}`, `{% icon "x" "icon-s" %}`; always beside a word, so hidden itself."""
    css = f"icon {extra}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def mark() -> SafeString:
    """The product's own sign."""
    return format_html(
        '<svg class="mark" aria-hidden="true"><use href="{}#mark"/></svg>', static("icons.svg")
    )


@register.simple_tag
def avatar(person: Person | None, size: str = "", presence: str = "") -> SafeString:
    """`{% avatar person "xs" %}`: initials in the person's hue; nobody is a dashed plus.

    `size`: "", xs, s, l, xl. `presence`: "", here, away. The name has to stand nearby.
    """
    css = f" avatar-{size}" if size else ""
    if person is None:
        plus = icon("plus", "icon-s")
        return format_html(
            '<span class="avatar avatar-none{}" aria-hidden="true">{}</span>', css, plus
        )
    dots = {"here": mark_safe("<i></i>"), "away": mark_safe('<i class="away"></i>')}
    return format_html(
        '<span class="avatar avatar-{}{}" aria-hidden="true">{}{}</span>',
        person.avatar_hue,
        css,
        person.initials,
        dots.get(presence, ""),
    )


@register.simple_tag
def when(moment: datetime | None, style: str = "short", *, capital: bool = False) -> SafeString:
    """`{% when moment %}`: a <time> in the reader's zone and language. Styles: short, time, day."""
    if moment is None:
        return mark_safe("")
    tz = timezone.get_current_timezone()
    now = timezone.now()
    if style == "time":
        text = words.time_words(moment, tz)
    elif style == "day":
        text = words.day_words(moment.astimezone(tz).date(), now.astimezone(tz).date())
    else:
        text = words.moment_words(moment, now, tz)
    return _time(moment, _capital(text) if capital else text)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString:
    """`{% ago moment %}`: “6m”, with the full moment for whoever asks."""
    if moment is None:
        return mark_safe("")
    return _time(moment, words.ago_words(moment, timezone.now()))


@register.filter
def day_heading(moment: datetime | date) -> str:
    """The line above a day in a conversation."""
    tz = timezone.get_current_timezone()
    on = moment.astimezone(tz).date() if isinstance(moment, datetime) else moment
    return words.day_heading(on, timezone.now().astimezone(tz).date())


@register.filter
def local_day(moment: datetime) -> date:
    """The reader's calendar day, for `{% ifchanged %}` and `{% regroup %}`."""
    return moment.astimezone(timezone.get_current_timezone()).date()


@register.filter
def duration(minutes: float | None, day_minutes: int | None = None) -> str:
    """`{{ minutes|duration }}`: “4h 20m”; `{{ minutes|duration:480 }}`: “1d 2h” of working time."""
    return "" if minutes is None else words.duration_words(minutes, day_minutes)


@register.filter
def long_duration(minutes: float | None, day_minutes: int | None = None) -> str:
    """The same in whole words."""
    return "" if minutes is None else words.long_duration_words(minutes, day_minutes)


@register.filter
def file_size(size: int) -> str:
    """“84 KB”."""
    return words.file_size_words(size)


@register.filter
def markdown(text: str) -> SafeString:
    """A person's Markdown as safe HTML."""
    return mark_safe(markdown_text.render(text))  # noqa: S308 (render() ends in clean())


@register.simple_tag
def lang_attr(text: object) -> SafeString:
    """`<b{% lang_attr name %}>`: a lang attribute when the script says another language."""
    language = words.language_of(str(text or ""))
    if not language or language == translation.get_language():
        return mark_safe("")
    return format_html(' lang="{}"', language)


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], *names: str) -> SafeString:
    """`<a href="…"{% current "services" "service" %}>`: marks the link to the page we are on."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = getattr(match, "url_name", None)
    return mark_safe(' aria-current="page"') if here in names else mark_safe("")


def _time(moment: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="minutes"), text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""What one version of a promise changed in another, in words; and the words of single parts."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise as LazyWords
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from departments.models import Priority, TargetKind
from departments.promise_rules import PromiseRules, StepRule
from departments.promises import WORKING_DAY, target_words
from departments.when import long_duration_words

Words = list[tuple[str, str | LazyWords]]
HOLDING_WORDS: Words = [
    ("waiting_requester", gettext_lazy("We wait for the requester")),
    ("waiting_approval", gettext_lazy("An approval is needed")),
    ("scheduled", gettext_lazy("The requester wants it at a later date")),
    ("waiting_third_party", gettext_lazy("It is at a supplier or another team")),
]
DEED_WORDS: Words = [
    ("notify_owner", gettext_lazy("Tell the owner")),
    ("notify_lead", gettext_lazy("Tell the leads")),
    ("notify_person", gettext_lazy("Tell a person")),
    ("reassign", gettext_lazy("Give it to a person")),
    ("raise_priority", gettext_lazy("Raise the priority")),
    ("page", gettext_lazy("Page who is on call")),
    ("note", gettext_lazy("Write an internal note")),
]
Names = Mapping[int, str]


def changes(before: PromiseRules, after: PromiseRules, names: Names) -> list[str]:
    """Every difference as a sentence; `names` are the people that steps name, by id."""
    return [
        *_targets(before, after),
        *_warning(before, after),
        *_holding(before, after),
        *_steps(before, after, names),
    ]


def people_in(*versions: PromiseRules) -> set[int]:
    return {step.person_id for rules in versions for step in rules.steps if step.person_id}


def _targets(before: PromiseRules, after: PromiseRules) -> Iterator[str]:
    for priority in Priority:
        for kind in TargetKind:
            was = target_words(before.by_target.get((priority, kind)))
            now = target_words(after.by_target.get((priority, kind)))
            if was == now:
                continue
            if was and now:
                pattern = _("%(priority)s · %(kind)s: %(now)s instead of %(was)s")
            elif now:
                pattern = _("%(priority)s · %(kind)s: %(now)s, new")
            else:
                pattern = _("%(priority)s · %(kind)s: not promised any more, was %(was)s")
            yield pattern % {"priority": priority.label, "kind": kind.label, "now": now, "was": was}


def _warning(before: PromiseRules, after: PromiseRules) -> Iterator[str]:
    if before.warn_percent != after.warn_percent:
        percents = {"now": after.warn_percent, "was": before.warn_percent}
        yield _("Warning at %(now)s percent instead of %(was)s") % percents


def _holding(before: PromiseRules, after: PromiseRules) -> Iterator[str]:
    for state, words in HOLDING_WORDS:
        if state in after.pauses - before.pauses:
            yield _("Holds the clock now: %(state)s") % {"state": words}
        elif state in before.pauses - after.pauses:
            yield _("Does not hold the clock any more: %(state)s") % {"state": words}


def _steps(before: PromiseRules, after: PromiseRules, names: Names) -> Iterator[str]:
    old, new = ({step.key: step for step in rules.steps} for rules in (before, after))
    for key, step in new.items():
        words = step_words(step, names)
        if key not in old:
            yield _("New step: %(step)s") % {"step": words}
        elif step != old[key]:
            yield _("Step changed: %(now)s; before: %(was)s") % {
                "now": words,
                "was": step_words(old[key], names),
            }
    for key, step in old.items():
        if key not in new:
            yield _("Step taken out: %(step)s") % {"step": step_words(step, names)}


def step_words(step: StepRule, names: Names) -> str:
    """“Solution, 2 hours of working time before it is due: tell the leads”."""
    if step.minutes == 0:
        pattern = _("%(clock)s, when it is due: %(deed)s")
    elif step.minutes < 0 and step.is_business:
        pattern = _("%(clock)s, %(time)s of working time before it is due: %(deed)s")
    elif step.minutes < 0:
        pattern = _("%(clock)s, %(time)s before it is due: %(deed)s")
    elif step.is_business:
        pattern = _("%(clock)s, %(time)s of working time after it was due: %(deed)s")
    else:
        pattern = _("%(clock)s, %(time)s after it was due: %(deed)s")
    day = WORKING_DAY if step.is_business else 24 * 60
    return pattern % {
        "clock": TargetKind(step.kind).label,
        "time": long_duration_words(abs(step.minutes), day),
        "deed": _deed(step, names),
    }


def _deed(step: StepRule, names: Names) -> str:
    name = names.get(step.person_id or 0, _("somebody who left"))
    return {
        "notify_owner": pgettext("step", "tell the owner"),
        "notify_lead": pgettext("step", "tell the leads"),
        "notify_person": pgettext("step", "tell %(name)s"),
        "reassign": pgettext("step", "give it to %(name)s"),
        "raise_priority": pgettext("step", "raise the priority"),
        "page": pgettext("step", "page who is on call"),
        "note": pgettext("step", "write the note “%(text)s”"),
    }[step.does] % {"name": name, "text": step.text}

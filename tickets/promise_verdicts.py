"""How a promise would have held in the last 90 days, in the words that stand beside each target."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import Department, TargetKind
from departments.when import long_duration_words
from tickets.shares import REAL_DAY, WORKING_DAY, Share
from tickets.track_record import NEWEST, Slot, TrackRecord


@dataclass(frozen=True)
class Verdict:
    """What the last 90 days say about one target."""

    look: str = ""  # ok, warn, few, or nothing to say
    words: str = ""
    count: str = ""
    take: int | None = None  # Minutes of the promise that would have held.
    take_words: str = ""


def verdict(
    record: TrackRecord, slot: Slot, minutes: int | None, *, is_always_open: bool
) -> Verdict:
    """The sentence beside a target; without minutes nothing is promised there."""
    if minutes is None:
        return _unpromised(record, slot, is_always_open=is_always_open)
    share = record.share_kept(slot, minutes, is_always_open=is_always_open)
    if not share.is_enough:
        return _too_few(record, slot, share)
    count = _count_words(slot, share.n)
    if share.holds():
        return Verdict("ok", _kept_words(share), count)
    nearest = record.nearest_that_holds(slot, minutes, is_always_open=is_always_open)
    time = _time_words(nearest, is_always_open=is_always_open)
    return Verdict("warn", _late_words(share), count, nearest, time)


def _unpromised(record: TrackRecord, slot: Slot, *, is_always_open: bool) -> Verdict:
    nearest = record.nearest_that_holds(slot, 1, is_always_open=is_always_open)
    if nearest is None:
        return Verdict()
    share = record.share_kept(slot, nearest, is_always_open=is_always_open)
    time = _time_words(nearest, is_always_open=is_always_open)
    return Verdict("none", _("Nothing promised"), _count_words(slot, share.n), nearest, time)


def _too_few(record: TrackRecord, slot: Slot, share: Share) -> Verdict:
    if not record.may_count(slot):
        return Verdict("few", _("Too few to say"))
    return Verdict("few", _("Too few to say (%(n)s)") % {"n": share.n})


def _kept_words(share: Share) -> str:
    if share.kept == share.n:
        return _("All would have kept this")
    return _("%(n)s of 10 would have kept this") % {"n": int(10 * share.share)}


def _late_words(share: Share) -> str:
    late = 1 - share.share
    if share.kept == 0:
        return _("All would have been late")
    if late <= 0.5:
        return _("Would have been late for 1 in %(n)s") % {"n": round(1 / late)}
    return _("Would have been late for %(n)s of 10") % {"n": min(9, round(10 * late))}


def _count_words(slot: Slot, n: int) -> str:
    if slot[1] == TargetKind.NEXT_RESPONSE:
        return ngettext("%(n)s message", "%(n)s messages", n) % {"n": n}
    return ngettext("%(n)s request", "%(n)s requests", n) % {"n": n}


def _time_words(minutes: int | None, *, is_always_open: bool) -> str:
    day = REAL_DAY if is_always_open else WORKING_DAY
    return "" if minutes is None else long_duration_words(minutes, day)


def basis_words(record: TrackRecord, desk: Department | None) -> str:
    """On what the shares rest."""
    if not record.may_tell_total:
        return _("There are too few requests in the last 90 days to say how this would have held.")
    if record.is_own:
        words = ngettext(
            "Measured on %(n)s request of the last 90 days to which this promise applies.",
            "Measured on %(n)s requests of the last 90 days to which this promise applies.",
            record.requests,
        )
    elif desk is not None:
        words = ngettext(
            "Nobody uses it yet: measured on %(n)s request to %(desk)s in the last 90 days.",
            "Nobody uses it yet: measured on %(n)s requests to %(desk)s in the last 90 days.",
            record.requests,
        )
    else:
        words = ngettext(
            "Nobody uses it yet: measured on %(n)s request to any desk in the last 90 days.",
            "Nobody uses it yet: measured on %(n)s requests to any desk in the last 90 days.",
            record.requests,
        )
    words %= {"n": record.requests, "desk": desk.name if desk else ""}
    if record.is_cut:
        words += " " + _("There were more: of each priority the newest %(n)s count.") % {
            "n": NEWEST
        }
    return words

"""What one version of a promise says, as an immutable document; pure, no Django."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

# Whom or what an escalation step moves.
DEEDS = (
    "notify_owner",
    "notify_lead",
    "notify_person",
    "reassign",
    "raise_priority",
    "page",
    "note",
)
# States of a ticket in which the clocks of workaround and solution may be held.
HOLDING = ("waiting_requester", "waiting_approval", "scheduled", "waiting_third_party")
USUAL_PAUSES = frozenset({"waiting_requester", "waiting_approval", "scheduled"})


@dataclass(frozen=True)
class TargetRule:
    """So many minutes for this kind of answer at this priority: business or around the clock."""

    priority: int
    kind: str
    budget_minutes: int
    is_always_open: bool = False


@dataclass(frozen=True)
class StepRule:
    """What to do at an offset from due: negative minutes are before it.

    `key` stays the same through all versions, so that a step is taken once per clock.
    """

    key: str
    kind: str
    minutes: int
    does: str
    is_business: bool = True
    person_id: int | None = None
    text: str = ""

    @property
    def offset(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class PromiseRules:
    """Targets, the share at which to warn, the states that hold, and escalation steps."""

    targets: tuple[TargetRule, ...]
    steps: tuple[StepRule, ...] = ()
    warn_percent: int = 75
    pauses: frozenset[str] = USUAL_PAUSES

    @cached_property
    def by_target(self) -> dict[tuple[int, str], TargetRule]:
        return {(target.priority, target.kind): target for target in self.targets}

    def steps_of(self, kind: str) -> list[StepRule]:
        return [step for step in self.steps if step.kind == kind]

    def to_json(self) -> dict[str, Any]:
        return {
            "warn_percent": self.warn_percent,
            "pauses": sorted(self.pauses),
            "targets": [asdict(self.by_target[target]) for target in sorted(self.by_target)],
            "steps": [asdict(step) for step in self.steps],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "PromiseRules":
        return cls(
            targets=tuple(TargetRule(**target) for target in stored["targets"]),
            steps=tuple(StepRule(**step) for step in stored["steps"]),
            warn_percent=stored["warn_percent"],
            pauses=frozenset(stored["pauses"]),
        )

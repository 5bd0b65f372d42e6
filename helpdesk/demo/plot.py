"""From a story to its deeds: who does what, and at which instant."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from departments.hours import Hours
from departments.models import Person, Priority, Role, TargetKind
from helpdesk.demo import catalogue, people
from helpdesk.demo.company import Company
from helpdesk.demo.stage import Case, Deed
from helpdesk.demo.stories import Story, answering, asking, particulars
from tickets import actions
from tickets.actions.opening import priority_of
from tickets.models import Channel, State

LATE_ANSWERS, LATE_SOLUTIONS = 0.07, 0.12
MAILED, ANSWERED_BY_MAIL, CONFIRMED, GIVEN, RAISED = 0.13, 0.4, 0.45, 0.3, 0.05
MORNING, EVENING = time(8), time(19)
SHORT = timedelta(minutes=3)


class Plot:
    """One telling of a story. `pace` 1 is the desk's usual speed, less is faster."""

    def __init__(
        self,
        company: Company,
        rng: Random,
        story: Story,
        asker: Person,
        at: datetime,
        pace: float,
    ) -> None:
        self.company, self.rng, self.asker = company, rng, asker
        self.opened_at, self.pace = at, pace
        slots = particulars(rng, at.month)
        texts = {name: value for name, value in vars(story).items() if isinstance(value, str)}
        self.story = replace(
            story,
            summary=[one.format_map(slots) for one in story.summary],
            **{name: text.format_map(slots) for name, text in texts.items()},
        )
        self.desk = self.story.to or self.story.desk
        self.agent = self._worker(self.desk)
        self.deeds: list[Deed] = []

    def case(self, *, telling: int, before: datetime) -> Case | None:
        """The whole case, or nothing when it would not be over before then."""
        case = Case(self._request(telling), self.asker, self.opened_at, self.deeds)
        if case.request.channel == Channel.PHONE:
            case.filed_by = self.agent
            case.opened_at = self.opened_at = self._open_time(self.opened_at, 5, 50)
        self._priority = case.request.priority or priority_of(
            case.request.service, case.request.category
        )
        self._tell()
        self.deeds.sort(key=lambda deed: deed.at)
        if case.last_at >= before:
            return None
        self._confirm(before)
        return case

    # --- What is asked --------------------------------------------------------------------------

    def _request(self, telling: int) -> actions.Request:
        story, channel = self.story, self.story.channel
        service, category = story.service, story.category
        if channel == Channel.WEB and self.rng.random() < MAILED:
            # A mail names no service; its mailbox may.
            channel, service, category = Channel.MAIL, catalogue.behind_mailbox(story.desk), ""
        said = asking(self.rng, story.lang, story.text, self.asker)
        return actions.Request(
            summary=story.summary[telling % len(story.summary)],
            body=story.text if channel == Channel.PHONE else said,
            desk=self.company.desks[story.desk],
            service=self.company.services.get(service),
            category=self.company.categories.get((service, category)),
            channel=channel,
            language=story.lang,
        )

    # --- What happens ---------------------------------------------------------------------------

    def _tell(self) -> None:
        story = self.story
        at = self._first_answer_at()
        self._take(at)
        if story.never_mind:
            self._withdraw()
            return
        if story.to:
            at = self._move(at)
        at = self._answer(at)
        if story.end == "declined":
            self._do(at + SHORT, "decline", self.agent)
            return
        if story.hold:
            self._do(at + timedelta(seconds=50), story.hold, self.agent)
        self._solve(at)

    def _answer(self, at: datetime) -> datetime:
        """What is said before it is solved; returns when the desk last spoke."""
        story = self.story
        if story.adds:
            colleague = self.company.people[story.adds]
            self._do(self.opened_at + SHORT, "add", self.asker, whom=colleague)
        if story.note:
            self._do(self._open_time(at, 2, 15), "note", self.agent, story.note)
            at = self.deeds[-1].at
        if story.ask:
            self._say(at, "ask", story.ask)
            at = self._awake(at + self._between(6, 200))
            self._do(at, "answer", self.asker, story.reply)
        if story.answer:
            at = self._open_time(at, 1, 4)
            self._say(at, "answer", story.answer)
        return at

    def _take(self, at: datetime) -> None:
        """Somebody takes it, or the lead gives it to them; now and then it becomes pressing."""
        if self.story.to:
            return
        counted = self.hours().count(self.opened_at, at)
        taken = self.hours().add(self.opened_at, counted * self.rng.uniform(0.1, 0.6))
        lead = self.company.people[self._lead(self.story.desk)]
        if self.rng.random() < GIVEN and lead not in {self.agent, self.asker}:
            self._do(taken, "give", lead, whom=self.agent)
        else:
            self._do(taken, "take", self.agent)
        if self._priority == Priority.NORMAL and self.rng.random() < RAISED:
            self._do(taken + timedelta(seconds=40), "raise", self.agent)
            self._priority = Priority.HIGH

    def _move(self, at: datetime) -> datetime:
        mover = self._worker(self.story.desk)
        self._do(
            at,
            "move",
            mover,
            desk=self.company.desks[self.story.to],
            service=self.company.services[self.story.to_service],
        )
        return self._open_time(at, 10, 90)

    def _withdraw(self) -> None:
        at = self._awake(self.opened_at + self._between(15, 150))
        self.deeds[:] = [deed for deed in self.deeds if deed.at < at]
        self._do(at, "answer", self.asker, self.story.never_mind)
        self._do(at + timedelta(seconds=35), "withdraw", self.asker)

    def _solve(self, at: datetime) -> None:
        """Solved, and once more if the requester says that it is not."""
        story = self.story
        has_answered = bool(story.answer or story.ask)
        at = self._solved_at(at) if has_answered else at
        if story.hold:
            self._do(at, State.OPEN, self.agent)
            at += SHORT
        self._say(at, "solve", story.done)
        if story.back:
            at = self._awake(at + self._between(90, 1500))
            self._do(at, "answer", self.asker, story.back)
            self._say(self._open_time(at, 25, 240), "solve", story.again)

    def _confirm(self, before: datetime) -> None:
        """Some say that it is solved; the others let the days pass."""
        last = self.deeds[-1]
        at = self._awake(last.at + self._between(5, 1600))
        if last.verb == "solve" and at < before and self.rng.random() < CONFIRMED:
            self._do(at, "confirm", self.asker)

    # --- When -----------------------------------------------------------------------------------

    def hours(self) -> Hours:
        return self.company.hours(self.desk)

    def _first_answer_at(self) -> datetime:
        if self.story.channel == Channel.PHONE:  # While they are still on the line.
            return self._open_time(self.opened_at, 2, 12)
        share = self._share_of_budget(LATE_ANSWERS)
        return self._after(self.opened_at, TargetKind.FIRST_RESPONSE, share)

    def _solved_at(self, at: datetime) -> datetime:
        """Counted from the last word of the requester, as the clock was held before."""
        since = at if self.story.ask else self.opened_at
        share = self._share_of_budget(LATE_SOLUTIONS)
        return max(self._after(since, TargetKind.RESOLUTION, share), self._open_time(at, 6, 40))

    def _share_of_budget(self, late: float) -> float:
        """How much of the promised time is used; mostly a fifth, seldom more than there is."""
        if self.pace == 1 and self.rng.random() < late:
            return self.rng.uniform(1.05, 1.9)
        return self.rng.triangular(0.03, 0.9, 0.14) * self.pace

    def _after(self, since: datetime, kind: str, share: float) -> datetime:
        target = self.company.promises[self.story.desk].target(self._priority, kind)
        minutes = target.budget_minutes * share if target else 60 * share
        seconds = self.rng.randrange(60)
        return self.company.hours(self.story.desk).add(
            since, timedelta(minutes=max(2, int(minutes)), seconds=seconds)
        )

    def _open_time(self, at: datetime, least: int, most: int) -> datetime:
        return self.hours().add(at, self._between(least, most))

    def _between(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=int(self.rng.randrange(least * 60, most * 60) * self.pace) + 5)

    def _awake(self, at: datetime) -> datetime:
        """The next instant at which the requester is at work."""
        local = at.astimezone(self.asker.zone)
        early, late = local.time() < MORNING, local.time() >= EVENING
        if early or late or local.weekday() > 4:
            day = local.date() + timedelta(days=0 if early and local.weekday() < 5 else 1)
            while day.weekday() > 4:
                day += timedelta(days=1)
            begin = datetime.combine(day, MORNING, tzinfo=self.asker.zone)
            at = (begin + self._between(20, 120)).astimezone(at.tzinfo)
        return at

    # --- Who ------------------------------------------------------------------------------------

    def _lead(self, desk: str) -> str:
        return next(key for key, role in people.DESKS[desk].items() if role == Role.LEAD)

    def _worker(self, desk: str) -> Person:
        return self.company.people[self.rng.choice(self.company.agents(desk, self.story.lang))]

    def _say(self, at: datetime, verb: str, text: str) -> None:
        """The agent writes, in the requester's language if they speak it."""
        fluent = people.PEOPLE[self.agent.email.partition("@")[0]].speaks == self.story.lang
        lang = self.story.lang if fluent else "en"
        is_first = not any(deed.words and deed.by == self.agent for deed in self.deeds)
        words = answering(self.rng, lang, text, self.agent, self.asker, is_first=is_first)
        self._do(at, verb, self.agent, words)

    def _do(self, at: datetime, verb: str, by: Person, words: str = "", **more: object) -> None:
        if by == self.asker and words and self.rng.random() < ANSWERED_BY_MAIL:
            more["channel"] = Channel.MAIL
        self.deeds.append(Deed(at, verb, by, words, **more))  # type: ignore[arg-type]

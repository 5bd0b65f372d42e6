"""What a link that stops mails does: which paces it sets, and which it brings back."""

from collections.abc import Mapping
from dataclasses import dataclass

from departments.models import Person
from tickets.mail.unsubscribe import Proof
from tickets.models import CHOSEN, MailChoices, Pace, Topic


@dataclass(frozen=True)
class Stop:
    """What the page of the link shows."""

    person: Person
    topic: Topic
    is_stopped: bool
    before: str  # What the button that brings them back hands in.


def build(proof: Proof, before: str) -> Stop:
    topics = all_off(proof)
    paces = {topic: _kept(proof).pace_of(topic) for topic in topics}
    is_stopped = all(pace == Pace.NEVER for pace in paces.values())
    return Stop(proof.person, proof.topic, is_stopped, written(as_before(proof, before)))


def all_off(proof: Proof) -> dict[str, str]:
    """The topic of the link; of the daily mail, everything that comes with it."""
    return dict.fromkeys(_topics(proof), Pace.NEVER)


def as_before(proof: Proof, before: str) -> dict[str, str]:
    """What the page was told of the time before, as far as the link has a say in it."""
    if proof.topic != Topic.DIGEST:
        known = dict(part.partition(":")[::2] for part in before.split(",")).get(proof.topic)
        pace = known if known in {Pace.AT_ONCE, Pace.DAILY} else Pace.AT_ONCE
        return {str(proof.topic): pace}
    given = {part.partition(":")[0] for part in before.split(",")}
    return {str(topic): Pace.DAILY for topic in CHOSEN if topic in given}


def written(paces: Mapping[str, str]) -> str:
    """Topics and paces as an address carries them; `as_before` reads it."""
    return ",".join(f"{topic}:{pace}" for topic, pace in paces.items())


def _topics(proof: Proof) -> list[str]:
    if proof.topic != Topic.DIGEST:
        return [str(proof.topic)]
    kept = _kept(proof)
    return [str(topic) for topic in CHOSEN if kept.pace_of(topic) == Pace.DAILY]


def _kept(proof: Proof) -> MailChoices:
    """Their choices; what everybody has who chose nothing."""
    found = MailChoices.objects.filter(person=proof.person).first()
    return found or MailChoices(person=proof.person)

"""The samples on which the original and its artifacts disagree most, each once for all variants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UnsetType

from edgekit.documents import parity
from edgekit.documents.parity import TaskScores, WorstSample
from edgekit.documents.run import ArtifactEntry

# A picture or a sound is shown only if it is in the document itself: a report asks nothing of any network.
PICTURE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")
SOUND = re.compile(r"data:audio/ogg;base64,[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one variant said about a sample."""

    variant: str
    label: str | None
    score: float | None
    distance: float | None
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One sample, the original's answer, and the answers of the variants that list it among their worst."""

    sample: str
    label: str | None
    picture: str | None
    text: str | None
    sound: str | None
    reference: parity.Answer
    answers: tuple[Answer, ...]

    @property
    def changed(self) -> bool:
        """Whether some variant named another label than the original."""
        return any(answer.changed for answer in self.answers)

    @property
    def rank(self) -> tuple[int, float]:
        """What sorts samples: how many variants changed their answer, then the greatest distance; more comes first."""
        distances = [answer.distance for answer in self.answers if answer.distance is not None]
        return -sum(answer.changed for answer in self.answers), -max(distances, default=0.0)


def disagreements(artifacts: Sequence[ArtifactEntry]) -> list[Disagreement]:
    """Return the worst samples of all variants, those on which most variants changed their answer first."""
    grouped: dict[str, list[tuple[str, WorstSample]]] = {}
    for artifact in artifacts:
        for entry in artifact.parity.worst if artifact.parity else ():
            grouped.setdefault(entry.sample, []).append((artifact.variant, entry))
    return sorted(map(_disagreement, grouped.values()), key=lambda disagreement: disagreement.rank)


def summary(samples: Sequence[Disagreement], tasks: Sequence[TaskScores]) -> str:
    """Return what the worst samples say; that no answer changed is said only where all variants were asked."""
    if tasks and tasks[0].threshold is not None:
        if not samples:
            return "No error at all."
        return "The samples whose answers are least alike, each with how alike they are."
    agreed = bool(tasks) and all(task.agreement == 1 for task in tasks)
    changed = sum(sample.changed for sample in samples)
    if changed:
        words = "of these samples has an answer" if changed == 1 else "of these samples have an answer"
        return f"{changed} {words} that changed; those on which most variants changed come first."
    if samples:
        start = "No answer changed" if agreed else "None of these samples has an answer that changed"
        return f"{start}; these are the samples whose scores moved most."
    return "No answer changed." if agreed else "No samples are listed."


def _disagreement(entries: Sequence[tuple[str, WorstSample]]) -> Disagreement:
    first = entries[0][1]
    answers = sorted((_answer(variant, entry) for variant, entry in entries), key=lambda answer: not answer.changed)
    pictures = (entry.picture for _, entry in entries)
    sounds = (entry.sound for _, entry in entries)
    return Disagreement(
        sample=first.sample,
        label=first.label,
        picture=next((picture for picture in pictures if picture and PICTURE.fullmatch(picture)), None),
        text=first.text,
        sound=next((sound for sound in sounds if sound and SOUND.fullmatch(sound)), None),
        reference=first.reference,
        answers=tuple(answers),
    )


def _answer(variant: str, entry: WorstSample) -> Answer:
    changed = entry.changed
    if isinstance(changed, UnsetType):  # an earlier edgekit did not say it
        changed = entry.candidate.label != entry.reference.label
    return Answer(
        variant=variant,
        label=entry.candidate.label,
        score=entry.candidate.score,
        distance=entry.distance,
        changed=changed,
    )

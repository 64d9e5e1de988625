"""Parity: does what ships still answer like the original? A report with numbers, intervals and a verdict."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import overload

from edgekit.adapters.metric import Measure, Question
from edgekit.data.leakage import unseen
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.documents.parity import ParityReport
from edgekit.errors import EdgekitError, MissingExtraError
from edgekit.evaluation.caveats import Leakage
from edgekit.evaluation.comparison import Shard, compare, shards
from edgekit.evaluation.intervals import require_statistics
from edgekit.evaluation.measure import choose_measure, question_of
from edgekit.evaluation.reference import Answers, kept_answers, original_answers
from edgekit.evaluation.release import Release, reference, remarks, seen_by, with_class_names_of, with_their_words
from edgekit.evaluation.tally import Comparison
from edgekit.evaluation.verdict import Judge
from edgekit.inference.contenders import as_candidate
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.recipe.recipe import ParityRecipe
from edgekit.system.optional import installed_version
from edgekit.system.processes import ChildExecutor, cores
from edgekit.system.progress import Advance, silent

Contender = TunedModel | Artifact | str | Path
"""A model of any kind, told by its content: SavedModel, Keras file, artifact, bundle, TFLite or ONNX file."""
Outcome = ParityReport | EdgekitError


@overload
def parity(
    model: object,
    artifact: Contender,
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    placement: Placement | None = None,
    names: Mapping[str, str] | None = None,
    released: bool = False,
    progress: Advance = silent,
) -> ParityReport: ...


@overload
def parity(
    model: object,
    artifact: list[Contender] | tuple[Contender, ...],
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    placement: Placement | None = None,
    names: Mapping[str, str] | None = None,
    released: bool = False,
    progress: Advance = silent,
) -> list[ParityReport]: ...


def parity(
    model: object,
    artifact: Contender | list[Contender] | tuple[Contender, ...],
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    placement: Placement | None = None,
    names: Mapping[str, str] | None = None,
    released: bool = False,
    progress: Advance = silent,
) -> ParityReport | list[ParityReport]:
    """Compare a model with its original, or several with the same one, on the same raw samples.

    Args:
        model: The original: a SavedModel, a Keras file, an artifact, a bundle, a TFLite or ONNX file, or one in memory.
        artifact: What ships, of any of these kinds too; of several, each is compared, and the original is asked once.
        data: Raw samples; labelled ones give a task score. Those that trained the model or calibrated the artifact
            are left out, as far as files and texts tell; if none is left, all judge, and a warning says so.
        rule: Metric, limit and confidence.
        placement: What runs the artifact.
        names: What inputs and outputs of the original are called in the artifact, where that differs; without it,
            those of other names are matched by shape and dtype where only one way fits.
        released: Whether the original is an older release, which may be quantized itself; it is no reference then.
        progress: Called as shards of samples are done.

    Returns:
        A report; of a sequence of artifacts a list of them, in its order.

    Raises:
        DataError: Samples, original and artifact do not fit together.
        SessionError: A runtime refused or failed.
    """
    several = isinstance(artifact, list | tuple)
    outcomes = comparisons(
        model,
        artifact if isinstance(artifact, list | tuple) else [artifact],
        data=data,
        rule=rule,
        placements=[placement or Placement()],
        names=names,
        released=released,
        progress=progress,
    )
    failed = next((outcome for (outcome,) in outcomes if isinstance(outcome, EdgekitError)), None)
    if failed is not None:
        raise failed
    reports = [outcome for (outcome,) in outcomes if isinstance(outcome, ParityReport)]
    return reports if several else reports[0]


def comparisons(
    model: object,
    artifacts: Sequence[Contender],
    *,
    data: DataLike,
    placements: Sequence[Placement],
    rule: ParityRecipe | None = None,
    names: Mapping[str, str] | None = None,
    released: bool = False,
    progress: Advance = silent,
) -> list[list[Outcome]]:
    """Compare artifacts with their original on several devices at once; of what fails, return its error.

    Args:
        model: As for `parity`; it is asked once.
        artifacts: As for `parity`.
        data: As for `parity`.
        placements: What runs the artifacts, and on which device; each once.
        rule: As for `parity`.
        names: As for `parity`.
        released: As for `parity`.
        progress: Called as samples are done, of all devices.

    Returns:
        For each artifact, what each placement gave.

    Raises:
        DataError, MissingExtraError: As for `parity`.
    """
    require_statistics()
    candidates = [as_candidate(artifact) for artifact in artifacts]
    original = with_their_words(reference(model), candidates, names or {})
    worth = remarks(original, candidates, released=released)  # what is no reference is told before data is read
    samples = load_samples(data, original.contract)
    named, doubt = with_class_names_of(original, samples)
    worth += () if doubt is None else (doubt,)
    samples, leakage = _judging_samples(named, candidates, samples)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        answers = _answers(original, samples, Path(scratch))
        checks = [
            Check(named, samples, answers, rule or ParityRecipe(), placement, names or {}, leakage, worth)
            for placement in placements
        ]
        return _outcomes(checks, candidates, progress)


def _answers(original: TunedModel | Release, samples: Samples, scratch: Path) -> Answers:
    answers = kept_answers(original, samples)
    if answers is not None:
        return answers
    if isinstance(original, TunedModel):
        _require_original()
    return original_answers(original, samples, scratch)


def _outcomes(checks: Sequence[Check], candidates: Sequence[Artifact], progress: Advance) -> list[list[Outcome]]:
    """Return what each check gave of each candidate."""
    # As many at once as there are devices: what a child does for one is to wait.
    with ChildExecutor(max(cores(), len(checks)), fresh=True) as executor:
        started = [
            (check, candidate, check.start(candidate, executor, check.workers))
            for candidate in candidates
            for check in checks
        ]
        outcomes = [_collected(*comparison, progress) for comparison in started]
    return [outcomes[start : start + len(checks)] for start in range(0, len(outcomes), len(checks))]


def _judging_samples(
    original: TunedModel | Release, candidates: Sequence[Artifact], samples: Samples
) -> tuple[Samples, Leakage]:
    """Return the samples that no side has seen; if there is none, all."""
    samples = fit_to_model(samples, original.contract)
    calibrated_on = frozenset[str]().union(*(candidate.calibrated_on for candidate in candidates))
    clean = unseen(samples, seen_by(original) | calibrated_on)
    leakage = Leakage(
        samples=len(samples) - len(clean),
        all_leaked=not len(clean),
        unknown=isinstance(original, Release) and original.trained_on() is None,
    )
    return clean if len(clean) else samples, leakage


def _collected(check: Check, artifact: Artifact, futures: list[Future[Comparison]], progress: Advance) -> Outcome:
    try:
        return check.collect(artifact, futures, progress)
    except EdgekitError as error:
        return error


def _require_original() -> None:
    if installed_version("tensorflow") is None:
        raise MissingExtraError(
            "asking the original about other samples than its run did", missing="tensorflow", extra="convert"
        )


@dataclass(frozen=True)
class Check:
    """Everything that comparing artifacts with one original needs; the original's answers are shared by all."""

    model: TunedModel | Release
    samples: Samples
    answers: Answers
    rule: ParityRecipe
    placement: Placement
    names: Mapping[str, str] = field(default_factory=dict)
    leakage: Leakage = field(default_factory=Leakage)
    remarks: tuple[str, ...] = ()

    @functools.cached_property
    def question(self) -> Question:
        """What a metric is asked to judge."""
        return question_of(self.rule, self.model.contract, self.samples, self.answers)

    @functools.cached_property
    def measure(self) -> Measure | None:
        """What is judged; None where neither the rule nor the model says what an answer is good for."""
        return choose_measure(self.question)

    @property
    def workers(self) -> int:
        """In how many processes an artifact is compared: one for a device, which has one of each core."""
        return 1 if self.placement.delegate or self.placement.is_remote else cores()

    def settled_rule(self) -> ParityRecipe:
        """Return the rule with the metric and the threshold that were used."""
        if self.measure is None:
            return self.rule
        return replace(self.rule, metric=self.measure.metric, threshold=self.measure.threshold)

    def start(self, artifact: Artifact, executor: Executor, workers: int) -> list[Future[Comparison]]:
        """Begin to compare an artifact, in as many processes as there are workers."""
        ranges = shards(len(self.samples), workers)
        return [executor.submit(compare, self.shard(artifact, start, stop)) for start, stop in ranges]

    def shard(self, artifact: Artifact, start: int, stop: int) -> Shard:
        """Return the unit of work that compares samples ``start`` to ``stop``."""
        return Shard(
            artifact=artifact,
            contract=self.model.contract,
            samples=self.samples,
            answers=self.answers,
            measure=self.measure,
            start=start,
            stop=stop,
            placement=self.placement,
            names=self.names,
        )

    def collect(
        self, artifact: Artifact, futures: list[Future[Comparison]], progress: Advance = silent
    ) -> ParityReport:
        """Wait for the comparison of an artifact and judge it."""
        comparison = Comparison()
        for future in futures:
            with _named(artifact):
                comparison.merge(future.result())
            progress(comparison.samples, len(self.samples), artifact.name)
        return self.judge().report(artifact, comparison)

    def judge(self) -> Judge:
        """Return what judges the comparisons."""
        return Judge(
            question=self.question,
            measure=self.measure,
            placement=self.placement,
            leakage=self.leakage,
            remarks=self.remarks,
        )


@contextlib.contextmanager
def _named(artifact: Artifact) -> Iterator[None]:
    """Say of which artifact an error is."""
    try:
        yield
    except EdgekitError as error:
        error.within(artifact.name, variant=artifact.name)
        raise

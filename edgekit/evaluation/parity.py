"""Parity: does what ships still answer like the original? A report with numbers, intervals and a verdict."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from edgekit.adapters.metric import Measure, Question
from edgekit.contract.alignment import with_floats
from edgekit.data.leakage import Seen, load_seen, unseen
from edgekit.data.loading import DataLike, fit_to_model, load_samples
from edgekit.data.samples import Samples
from edgekit.documents.parity import ParityReport
from edgekit.errors import ArtifactError, EdgekitError, MissingExtraError
from edgekit.evaluation.caveats import Leakage
from edgekit.evaluation.comparison import Shard, compare, shards
from edgekit.evaluation.intervals import require_statistics
from edgekit.evaluation.measure import choose_measure, question_of
from edgekit.evaluation.reference import Answers, kept_answers, original_answers
from edgekit.evaluation.release import Release
from edgekit.evaluation.tally import Comparison
from edgekit.evaluation.verdict import Judge
from edgekit.inference.placement import Placement
from edgekit.models.artifact import Artifact, load_artifact
from edgekit.models.tuned_model import TunedModel
from edgekit.original.finished import load_model
from edgekit.recipe.recipe import ParityRecipe
from edgekit.system.optional import installed_version
from edgekit.system.processes import ChildExecutor, cores
from edgekit.system.progress import Advance, silent


def parity(
    model: TunedModel | Artifact | str | Path,
    artifact: Artifact | str | Path,
    *,
    data: DataLike,
    rule: ParityRecipe | None = None,
    placement: Placement | None = None,
    names: Mapping[str, str] | None = None,
    progress: Advance = silent,
) -> ParityReport:
    """Compare an artifact with its original on the same raw samples.

    Args:
        model: The original; or, to compare two releases, the older artifact or bundle, as an `Artifact`.
        artifact: What ships.
        data: Raw samples; labelled ones give a task score. Those that trained the model or calibrated the artifact
            are left out, as far as files and texts tell; if none is left, all judge, and a warning says so.
        rule: Metric, limit and confidence.
        placement: What runs the artifact.
        names: What inputs and outputs of the original are called in the artifact, where that differs.
        progress: Called as shards of samples are done.

    Raises:
        DataError: Samples, original and artifact do not fit together.
        SessionError: A runtime refused or failed.
    """
    (report,) = parities(
        model, artifact, data=data, rule=rule, placements=[placement or Placement()], names=names, progress=progress
    )
    if isinstance(report, EdgekitError):
        raise report
    return report


def parities(
    model: TunedModel | Artifact | str | Path,
    artifact: Artifact | str | Path,
    *,
    data: DataLike,
    placements: Sequence[Placement],
    rule: ParityRecipe | None = None,
    names: Mapping[str, str] | None = None,
    progress: Advance = silent,
) -> list[ParityReport | EdgekitError]:
    """Compare an artifact with its original on several devices at once; of a device that fails, return its error.

    Args:
        model: As for `parity`; it is asked once.
        artifact: As for `parity`.
        data: As for `parity`.
        placements: What runs the artifact, and on which device; each once.
        rule: As for `parity`.
        names: As for `parity`.
        progress: Called as samples are done, of all devices.

    Raises:
        DataError, MissingExtraError: As for `parity`.
    """
    require_statistics()
    original = _reference(model)
    shipped = artifact if isinstance(artifact, Artifact) else load_artifact(artifact)
    samples, leakage = _judging_samples(original, shipped, data)
    with tempfile.TemporaryDirectory(prefix="edgekit-") as scratch:
        answers = kept_answers(original, samples)
        if answers is None:
            if isinstance(original, TunedModel):
                _require_original()
            answers = original_answers(original, samples, Path(scratch))
        checks = [
            Check(original, samples, answers, rule or ParityRecipe(), placement, names or {}, leakage)
            for placement in placements
        ]
        # As many at once as there are devices: what a child does for one is to wait.
        with ChildExecutor(max(cores(), len(checks)), fresh=True) as executor:
            futures = [check.start(shipped, executor, check.workers) for check in checks]
            return [
                _collected(check, shipped, shards_of_check, progress)
                for check, shards_of_check in zip(checks, futures, strict=True)
            ]


def _judging_samples(original: TunedModel | Release, artifact: Artifact, data: DataLike) -> tuple[Samples, Leakage]:
    """Return the samples that neither side has seen; if there is none, all."""
    samples = fit_to_model(load_samples(data, original.contract), original.contract)
    clean = unseen(samples, _seen(original) | artifact.calibrated_on)
    leakage = Leakage(
        samples=len(samples) - len(clean),
        all_leaked=not len(clean),
        unknown=isinstance(original, Release) and original.trained_on() is None,
    )
    return clean if len(clean) else samples, leakage


def _reference(model: TunedModel | Artifact | str | Path) -> TunedModel | Release:
    if isinstance(model, TunedModel):
        return model
    if not isinstance(model, Artifact):
        return load_model(model)
    if model.contract is None:
        raise ArtifactError(f"{model.file} says no contract, so nothing can be compared with it: give a bundle")
    return Release(artifact=model, contract=with_floats(model.contract))


def _seen(original: TunedModel | Release) -> Seen:
    return load_seen(original.path) if isinstance(original, TunedModel) else original.seen()


def _collected(
    check: Check, artifact: Artifact, futures: list[Future[Comparison]], progress: Advance
) -> ParityReport | EdgekitError:
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
        return Judge(question=self.question, measure=self.measure, placement=self.placement, leakage=self.leakage)


@contextlib.contextmanager
def _named(artifact: Artifact) -> Iterator[None]:
    """Say of which artifact an error is."""
    try:
        yield
    except EdgekitError as error:
        error.within(artifact.name, variant=artifact.name)
        raise

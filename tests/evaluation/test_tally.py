"""What is counted of answers beside errors: scores that are no probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgekit.models.artifact import load_artifact
from edgekit.recipe.recipe import ParityRecipe


@pytest.mark.parametrize(("change", "verdict"), [("none", "pass"), ("logits", "fail"), ("rounding", "pass")])
def test_scores_that_are_no_probabilities_fail(change: str, verdict: str, demo_run: Path) -> None:
    from edgekit.contract.contract import OutputSpec
    from edgekit.data.arrays import array_samples
    from edgekit.data.npy import save_rows
    from edgekit.evaluation.measure import choose_measure, question_of
    from edgekit.evaluation.reference import Answers
    from edgekit.evaluation.tally import Tally
    from edgekit.evaluation.verdict import Judge
    from edgekit.inference.placement import Placement

    artifact = load_artifact(demo_run / "artifacts" / "tflite-fp32")
    assert artifact.contract is not None
    output = artifact.contract.classifier
    assert isinstance(output, OutputSpec)
    scores = np.random.default_rng(0).dirichlet(np.ones(10), 400).astype(np.float32)
    changed = {"none": scores, "logits": np.log(scores), "rounding": scores * np.float32(1.02)}[change]
    samples = array_samples({"image": np.zeros([400, 1], np.uint8)}, labels=scores.argmax(1).tolist())
    assert samples.scratch is not None
    rows = save_rows(Path(samples.scratch.name) / "answers.npy", scores)
    answers = Answers(outputs={output.name: rows})
    question = question_of(ParityRecipe(), artifact.contract, samples, answers)
    measure = choose_measure(question)
    assert measure is not None
    tally = Tally(artifact.contract, samples, answers, measure)
    tally.add(0, {output.name: changed})
    judge = Judge(question=question, measure=measure, placement=Placement())
    report = judge.report(artifact, tally.comparison)
    assert report.verdict == verdict
    assert ("a softmax or sigmoid is left out" in report.message) == (change == "logits")

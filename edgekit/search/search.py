"""The search: cheap evidence for all candidates, dear evidence for those that it leaves.

All precisions are derived from one float file and asked a few samples. What another one beats by far is dropped. A
compression is built in one shot, which tells its size; it is trained only where it could beat what is there. What is
left is asked all choosing samples. The choice is certified on held-out samples that chose nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgekit.answers import original_answers
from edgekit.artifacts import Artifact
from edgekit.checks import Check
from edgekit.console import progress
from edgekit.conversion import convert_all
from edgekit.data import fit_to_model
from edgekit.debugging.operators import compare_operators
from edgekit.debugging.parts import tensor_feeds
from edgekit.deriving import CalibrationBatches
from edgekit.digests import value_digest
from edgekit.document import tool_versions
from edgekit.errors import ConversionError, DataError, EdgekitError
from edgekit.files import make_folder, write_bytes, write_json
from edgekit.frameworks import installed_version
from edgekit.freezing import load_frozen
from edgekit.intervals import require_statistics
from edgekit.judgement import Where
from edgekit.latency import bench
from edgekit.recipe import Recipe
from edgekit.run_folder import Original, RunFolder, open_run, read_json
from edgekit.samples import Samples
from edgekit.search.candidates import (
    Candidate,
    compressed_candidates,
    mixed_candidates,
    plain_candidates,
)
from edgekit.search.front import NEAR_DB, Evidence, beats, pick
from edgekit.search.outcome import Outcome
from edgekit.splits import stratified_split
from edgekit.variants import Compression
from edgekit.verdicts import FINITE
from edgekit.workers import ChildExecutor, cores, preload

FEW = 12
"""Choosing samples that all candidates are asked."""
RUNS = 20
SENSITIVITY_SAMPLES = 4
HOPELESS_DB = 3.0
"""Below this the answers are noise, whatever the limits."""


def search(recipe: Recipe, out: Path, *, shows: bool = False) -> dict[str, Any]:
    """Find the best variants of a recipe's model within its limits.

    Args:
        recipe: What to build, with ``[search]``; the limit of the drop is that of ``[parity]``.
        out: Folder; what it holds of an earlier search with the same inputs is kept.
        shows: Show progress on stderr.

    Returns:
        What ``edgekit search --json`` prints: the front, the choice with its certificate, and how much was built.

    Raises:
        EdgekitError: The input is bad, or something is missing.
    """
    require_statistics()
    preload("edgekit.preload")
    with open_run(recipe, out, shows=shows) as (folder, split):
        if split.train is None:
            raise DataError("a search chooses by training samples, apart from those that certify: give [data] train")
        return _Search(folder, folder.original(split)).run()


@dataclass
class _Search:
    folder: RunFolder
    original: Original
    considered: dict[str, Candidate] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        recipe, train = self.folder.recipe, self.original.split.train
        assert train is not None, "checked before"
        self.recipe, self.limits, self.max_drop = recipe, recipe.search, recipe.parity.max_drop
        self.model = self.original.model
        self.fitting, choosing = stratified_split(train, self.limits.choosing, seed=recipe.data.seed)
        self.choosing = fit_to_model(choosing, self.model.contract)

    def run(self) -> dict[str, Any]:
        self._plain()
        self._mixed()
        self._compressed()
        self._closer_look()
        if not self._measured():
            reasons = "; ".join(f"{name}: {reason}" for name, reason in list(self.reasons.items())[:3])
            raise ConversionError(f"nothing that could be built keeps the original's answers: {reasons}")
        chosen = pick(self._measured(), self.limits, self.max_drop)
        certificate = None if chosen is None else self._certificate(chosen)
        document = self._outcome(chosen, certificate).to_json()
        write_json(self.folder.out / "search.json", document)
        if installed_version("matplotlib") is not None:
            from edgekit.search.drawing import draw_front

            drawn = draw_front(document["candidates"], None if chosen is None else chosen.name, self.limits.size)
            write_bytes(self.folder.out / "front.svg", drawn.encode())
        return document

    def _outcome(self, chosen: Evidence | None, certificate: dict[str, Any] | None) -> Outcome:
        counts = {
            "fitting": len(self.fitting),
            "choosing": len(self.choosing),
            "certifying": len(self.original.split.held_out),
        }
        return Outcome(
            name=self.recipe.name, out=self.folder.out, limits=self.limits, max_drop=self.max_drop,
            considered=self.considered, artifacts=self.artifacts, evidence=self.evidence, reasons=self.reasons,
            choice=chosen, certificate=certificate, samples=counts, asked=self.asked,
        )  # fmt: skip

    def _plain(self) -> None:
        """Every precision of the float model, asked a few samples."""
        candidates = plain_candidates(self.limits)
        self._build(candidates, "precisions")
        self._ask(candidates, FEW)
        self._drop_beaten()

    def _mixed(self) -> None:
        """What has 4 bits, with its most sensitive operators at 8."""
        small = [each for each in self.considered.values() if each.name in self.artifacts and not each.excepted]
        if not any(mixed_candidates(each.variant, ["", "", "", ""]) for each in small):
            return
        sensitive = self._sensitive()
        candidates = [each for one in small for each in mixed_candidates(one.variant, sensitive)]
        self._build(candidates, "mixed precision")
        self._ask(candidates, FEW)
        self._drop_beaten()

    def _sensitive(self) -> list[str]:
        """Return the operators that lose most by 4 bits, one by one, in TFLite."""
        worst = next((a for n, a in self.artifacts.items() if n == "tflite-w4"), None)
        place = self.folder.work / self.model.digest()[7:19]
        graph = load_frozen(place)
        if worst is None or graph is None or not (place / "float.tflite").exists():
            return []
        with progress("sensitivity", shows=self.folder.shows) as advance, ChildExecutor(1) as child:
            some = self.fitting.take(range(min(SENSITIVITY_SAMPLES, len(self.fitting))))
            batches = CalibrationBatches(some, self.model.contract, graph.front)
            found = child.submit(_sensitivity, place / "float.tflite", worst.file, batches).result()
            advance(1, 1, f"{len(found)} operators")
        return found

    def _compressed(self) -> None:
        """Compressions: their sizes by one shot, and training only where they could beat what is there."""
        candidates = compressed_candidates(self.limits)
        self.considered |= {each.name: each for each in candidates}
        shot = [each for each in candidates if not each.variant.compression.qat]
        sizes = self._one_shot_sizes(shot)
        wanted = [each for each in candidates if self._could_win(each, sizes)]
        for compression in dict.fromkeys(each.variant.compression for each in wanted):
            group = [each for each in wanted if each.variant.compression == compression]
            group = [each for each in group if self._could_win(each, sizes)]  # the groups before may have won
            self._build(group, f"trained {compression}")
            self._ask(group, FEW)
            self._drop_beaten()

    def _one_shot_sizes(self, candidates: Sequence[Candidate]) -> dict[str, int]:
        """Return the size of candidates whose weights were taken away without training: it stays when they are."""
        how = dataclasses.replace(
            self.recipe.conversion,
            compression=dataclasses.replace(self.recipe.conversion.compression, schedule="one-shot"),
        )
        with progress("sizes", shows=self.folder.shows) as advance:
            made = convert_all(
                self.model,
                [each.variant for each in candidates],
                samples=self.fitting,
                out=make_folder(self.folder.work / "one-shot"),
                how=how,
                work=self.folder.work,
                progress=advance,
            )
        found = {}
        for candidate, result in zip(candidates, made, strict=True):
            if result.artifact is None:
                self.reasons[candidate.name] = f"cannot be built: {result.error}"
            else:
                found[candidate.name] = self._size(result.artifact)
        return found

    def _could_win(self, candidate: Candidate, sizes: dict[str, int]) -> bool:
        """Whether a candidate could be on the front, if training repaired all that was taken away."""
        variant = candidate.variant
        plain = str(dataclasses.replace(variant, compression=Compression()))
        untrained = str(dataclasses.replace(variant, compression=dataclasses.replace(variant.compression, qat=False)))
        size = sizes.get(untrained) if variant.compression.sparsity or variant.compression.clusters else (
            self.evidence[plain].size if plain in self.evidence else None
        )  # fmt: skip
        if size is None:
            self.reasons.setdefault(candidate.name, "its precision cannot be built")
            return False
        if self.limits.max_bytes is not None and size > self.limits.max_bytes:
            self.reasons[candidate.name] = f"its size, {size:,} bytes, is over the limit"
            return False
        best = self.evidence[plain].quality if plain in self.evidence else float("inf")
        hoped = Evidence(
            name=candidate.name, bytes=size, size=size, samples=0, agreement=None,
            sqnr_db=None if variant.compression.qat else best,
        )  # fmt: skip
        rival = next((e for n, e in self.evidence.items() if n in self.artifacts and beats(e, hoped)), None)
        if rival is not None:
            self.reasons[candidate.name] = f"{rival.name} is no larger, and better than it can become"
            return False
        if best < HOPELESS_DB and not variant.compression.qat:
            self.reasons[candidate.name] = f"{plain} keeps only {best:.1f} dB before anything is taken away"
            return False
        return True

    def _build(self, candidates: Sequence[Candidate], title: str) -> None:
        """Build candidates; those with the same exceptions at once."""
        self.considered |= {each.name: each for each in candidates}
        groups = dict.fromkeys(each.excepted for each in candidates)
        for entries in groups:
            group = [each for each in candidates if each.excepted == entries]
            key = value_digest([entry.to_json() for entry in entries])[7:15] if entries else "plain"
            with progress(title, shows=self.folder.shows) as advance:
                made = convert_all(
                    self.model,
                    [each.variant for each in group],
                    samples=self.fitting,
                    out=make_folder(self.folder.out / "candidates" / key),
                    how=dataclasses.replace(self.recipe.conversion, excepted=entries),
                    work=self.folder.work,
                    progress=advance,
                    shows=self.folder.shows,
                )
            for candidate, result in zip(group, made, strict=True):
                if result.artifact is None:
                    self.reasons[candidate.name] = f"cannot be built: {result.error}"
                    continue
                twin = next((n for n, a in self.artifacts.items() if a.digest() == result.artifact.digest()), None)
                if twin is None:
                    self.artifacts[candidate.name] = result.artifact
                elif twin != candidate.name:
                    self.reasons[candidate.name] = f"the same file as {twin}"

    def _ask(self, candidates: Sequence[Candidate], count: int) -> None:
        """Ask candidates some of the choosing samples; what was asked before is kept."""
        order = list(range(0, len(self.choosing), max(1, len(self.choosing) // count)))[:count]
        samples = self.choosing if count >= len(self.choosing) else self.choosing.take(order)
        names = [each.name for each in candidates if each.name in self.artifacts]
        with progress("ask", shows=self.folder.shows) as advance, ChildExecutor() as executor:
            check = self._check(samples)
            kept = {name: read_json(self._evidence_file(name, samples)) for name in names}
            started = {n: check.start(self.artifacts[n], executor, 1) for n in names if kept[n] is None}
            for futures in started.values():  # latency is measured with nothing beside it
                wait(futures)
            for done, name in enumerate(names, 1):
                found = kept[name]
                if found is None:
                    try:
                        found = check.collect(self.artifacts[name], started[name]).value
                    except EdgekitError as error:
                        self.reasons[name] = str(error)
                        del self.artifacts[name]
                        continue
                    self.asked += len(samples)
                    write_json(self._evidence_file(name, samples), found)
                broken = next(gate["value"] for gate in found["gates"] if gate["name"] == FINITE)
                if broken:  # its ratio is that of the other samples, or none, which would read as exact
                    self.reasons[name] = f"NaN or infinite values in the answers to {broken:.0%} of the samples"
                    del self.artifacts[name]
                    continue
                self.evidence[name] = self._timed(self._read(name, found))
                advance(done, len(names), f"{name}, {len(samples)} samples")

    def _timed(self, found: Evidence) -> Evidence:
        """Add the latency and the memory of a candidate; each is measured once, with nothing beside it."""
        artifact = self.artifacts[found.name]
        file = self.folder.work / f"latency-{artifact.digest()[7:23]}.json"
        measured = read_json(file) or bench(artifact, runs=RUNS)
        write_json(file, measured)
        return dataclasses.replace(
            found, latency_ms=measured["latency_ms"]["p50"], ram_bytes=measured["peak_rss_bytes"]
        )

    def _check(self, samples: Samples) -> Check:
        answers = original_answers(self.model, samples, self.folder.work)
        return Check(self.model, samples, answers, self.recipe.parity, Where())

    def _evidence_file(self, name: str, samples: Samples) -> Path:
        key = value_digest([self.artifacts[name].digest(), samples.digest(), tool_versions()])
        return self.folder.work / f"evidence-{key[7:23]}.json"

    def _read(self, name: str, found: dict[str, Any]) -> Evidence:
        ratios = [output["sqnr_db"] for output in found["outputs"].values() if output["sqnr_db"] is not None]
        artifact = self.artifacts[name]
        return Evidence(
            name=name,
            bytes=artifact.bytes,
            size=self._size(artifact),
            samples=found["samples"],
            agreement=None if found["task"] is None else found["task"]["agreement"],
            sqnr_db=min(ratios) if ratios else None,
        )

    def _size(self, artifact: Artifact) -> int:
        assert artifact.weights is not None, "it was built here"
        if self.limits.size == "file":
            return artifact.bytes
        return int(artifact.weights["bytes_compressed"]) + artifact.bytes - artifact.file.stat().st_size

    def _measured(self) -> list[Evidence]:
        return [self.evidence[name] for name in self.artifacts if name in self.evidence]

    def _drop_beaten(self) -> None:
        """Drop what another candidate beats by more than a few samples can be wrong."""
        found = self._measured()
        for each in found:
            rival = next((other for other in found if beats(other, each, margin=NEAR_DB)), None)
            if each.quality < HOPELESS_DB:
                self.reasons[each.name] = f"only {each.quality:.1f} dB"
            elif rival is not None:
                self.reasons[each.name] = f"{rival.name} is no larger and {_better(rival, each)}"
            else:
                continue
            del self.artifacts[each.name]

    def _closer_look(self) -> None:
        """Ask what is left all choosing samples."""
        self._ask([self.considered[name] for name in self.artifacts], len(self.choosing))

    def _certificate(self, chosen: Evidence) -> dict[str, Any]:
        """Return parity of the choice on the held-out samples, which have chosen nothing."""
        samples = fit_to_model(self.original.split.held_out, self.model.contract)
        with progress("certify", shows=self.folder.shows) as advance, ChildExecutor() as executor:
            check = self._check(samples)
            artifact = self.artifacts[chosen.name]
            return check.collect(artifact, check.start(artifact, executor, cores()), advance).to_json()


def _better(rival: Evidence, other: Evidence) -> str:
    if rival.quality == float("inf"):
        return "exact"
    return f"{rival.quality - other.quality:.0f} dB better"


def _sensitivity(model: Path, artifact: Path, batches: CalibrationBatches) -> list[str]:
    """Return operators of a float TFLite file, those first that lose most alone."""
    feeds = tensor_feeds(model.read_bytes(), batches)
    operators, _ = compare_operators(model.read_bytes(), artifact.read_bytes(), feeds)
    return [operator.name for operator in operators if operator.alone_db is not None]

"""The port of tasks: what an answer is for. Each file in ``tasks`` is one, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct

from edgekit.errors import ModuleError, nearest
from edgekit.system import registry
from edgekit.system.files import JsonObject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edgekit.contract.contract import Contract, OutputSpec
    from edgekit.data.samples import Samples
    from edgekit.data.splits import DataSplit

KIND = "tasks"


class Meaning(Struct, frozen=True, kw_only=True):
    """What the numbers of an output are, by the word that a contract has for it.

    Attributes:
        probabilities: Whether each number is a probability.
        exclusive: Whether the numbers of a row are those of one distribution, and so sum to one.
    """

    probabilities: bool = False
    exclusive: bool = False


class Objective(Struct, frozen=True, kw_only=True):
    """How a head is trained: it gives one number per output, of which an objective makes the answer.

    Attributes:
        outputs: Number of numbers that the head gives.
        truth: Returns what is right for samples, as the loss takes it.
        answer: Makes of the head's numbers, a tensor ``[n, outputs]``, what the model gives.
        loss: Makes the loss, of Keras.
        metrics: Makes the metrics, of Keras; one called ``accuracy`` chooses the best epoch.
        right: What its accuracy is the share of.
    """

    outputs: int
    truth: Callable[[Samples], NDArray[Any]]
    answer: Callable[[Any], Any]
    loss: Callable[[], Any]
    metrics: Callable[[], list[Any]]
    right: str = "samples"

    def note(self, logs: Mapping[str, float]) -> str:
        """Say in a few words what an epoch measured."""
        if "val_accuracy" not in logs:
            return f"validation loss {logs['val_loss']:.3f}"
        score = "accuracy" if self.right == "samples" else f"{self.right} right"
        return f"validation {score} {logs['val_accuracy']:.3f}"


class Words(NamedTuple):
    """An answer in words.

    Attributes:
        label: What it says; None: only how alike it is to another is known.
        score: The model's own score of that; None: it gives none.
    """

    label: str | None
    score: float | None


class Task(Protocol):
    """What each file in ``tasks`` offers."""

    RANK: int
    """Where a model has outputs for several tasks, the lowest says what is judged; also the order of messages."""
    TRAINED: bool
    """Whether a head is trained for it; else modules are saved as they are."""
    JOINS_FEATURES: bool
    """Whether the features of all modules become one vector; else all outputs of all modules are taken."""
    MEANINGS: Mapping[str, Meaning]
    """What its outputs mean in a contract."""
    COUNTED: bool
    """Whether answers are right or wrong, and the same or not, as `decisions` has it."""
    TRUTH_HEADING: str
    """What stands in a report above that which is right for a sample."""

    def head_output(self, split: DataSplit) -> OutputSpec:
        """Return the output of a head that is trained on data.

        Raises:
            DataError: The data does not say what the task needs.
            NotImplementedError: No head is trained for it.
        """
        ...

    def objective(self, samples: Samples) -> Objective:
        """Return how a head is trained on samples; TensorFlow is imported.

        Raises:
            NotImplementedError: No head is trained for it.
        """
        ...

    def output(self, contract: Contract, samples: Samples) -> str | None:
        """Return the output that holds its answers, as the contract or the samples tell; None: there is none.

        Raises:
            DataError: The samples have another number of targets than that output.
        """
        ...

    def metric(self, samples: Samples) -> str | None:
        """Return what judges where a rule names no metric: by the truth if samples have it, else by the original."""
        ...

    def decisions(self, scores: NDArray[Any]) -> NDArray[Any]:
        """Return what scores ``[n, size]`` decide: ``[n]``, or ``[n, labels]`` where each label is decided by itself.

        Raises:
            NotImplementedError: Answers are not counted.
        """
        ...

    def truth(self, samples: Samples, start: int, stop: int) -> NDArray[Any] | None:
        """Return what is right for samples ``start`` to ``stop``, as `decisions` or values; None: they do not tell."""
        ...

    def distances(self, reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
        """Return how far two answers ``[n, size]`` to each sample are apart ``[n]``."""
        ...

    def words(self, scores: Sequence[float], contract: Contract, samples: Samples) -> Words:
        """Say one answer in words."""
        ...

    def truth_words(self, samples: Samples, index: int, contract: Contract) -> str | None:
        """Say what is right for a sample; None: the samples do not tell."""
        ...

    def prediction(self, scores: NDArray[Any], output: OutputSpec, top: int) -> JsonObject:
        """Return one answer ``[size]`` as ``predict`` prints it: ``top``, the likeliest first, or ``outputs``."""
        ...


def load_task(name: str) -> Task:
    """Import a task.

    Raises:
        EdgekitError: There is none of that name.
    """
    task: Task = registry.load(KIND, name)
    return task


def all_tasks() -> dict[str, Task]:
    """Return all tasks by name, in the order of their ranks."""
    tasks = {name: load_task(name) for name in registry.names(KIND)}
    return dict(sorted(tasks.items(), key=lambda entry: entry[1].RANK))


def task_of(meaning: str) -> Task:
    """Return the task of a contract's word for what an output means.

    Raises:
        ModuleError: No task has such a word.
    """
    for name in registry.names(KIND):  # one after the other: a start waits for no more than it needs
        task = load_task(name)
        if meaning in task.MEANINGS:
            return task
    words = [word for task in all_tasks().values() for word in task.MEANINGS]
    raise ModuleError(f"no output means {meaning!r}{nearest(meaning, words)} (there are: {', '.join(words)})")


def meaning_of(word: str) -> Meaning:
    """Return what a contract's word for an output says of its numbers; `ModuleError` as by `task_of`."""
    return task_of(word).MEANINGS[word]


def likeliest(scores: NDArray[Any], output: OutputSpec, top: int) -> list[JsonObject]:
    """Return the labels with the highest of the scores ``[size]``, and these; of equal ones, the first."""
    order = [int(index) for index in np.argsort(-scores, kind="stable")[:top]]
    names = output.labels or tuple(f"class {index}" for index in range(len(scores)))
    return [{"label": names[index], "score": float(scores[index])} for index in order]

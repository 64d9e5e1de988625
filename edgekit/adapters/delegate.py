"""The port of delegates: accelerators that a model is handed to, ``NAME`` or ``NAME:ARGUMENT``, such as ``gpu:fp32``.

What each is, how it is loaded, what it takes of a model and why not the rest is in ``runtimes/delegates``, one file per
delegate, with its table of rules beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from edgekit.errors import EdgekitError
from edgekit.system import registry

if TYPE_CHECKING:
    from edgekit.formats.tflite.operators import Operator  # heavy
    from edgekit.models.artifact import Artifact
    from edgekit.recipe.variants import Variant

KIND = "runtimes.delegates"

LoadSettings = dict[str, str | dict[str, str] | None]
"""How the shim loads a delegate: ``library`` and ``options``, or ``precision`` of a GPU."""

Obstacle = tuple[str, str | None]
"""Why a delegate does not take an operator, and what would help; None for the latter: nothing is known."""


class Delegate(Struct, frozen=True, kw_only=True):
    """A delegate as it was asked for.

    Attributes:
        name: Which one.
        argument: What stands behind the colon: a precision, a library; None: nothing does.
        options: Keys and values for the delegate itself.
    """

    name: str
    argument: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return it as it is written."""
        return self.name if self.argument is None else f"{self.name}:{self.argument}"

    @property
    def adapter(self) -> DelegateAdapter:
        """What is known of it."""
        return load_delegate(self.name)


class ModelFile(Struct, frozen=True, kw_only=True):
    """A model file that is planned.

    Attributes:
        path: Where it is.
        format: ``tflite`` or ``onnx``.
        operators: Those of a TFLite file; of others, none are read before the delegate asks.
    """

    path: Path
    format: str
    operators: tuple[Operator, ...] = ()


class PlannedOp(Struct, frozen=True, kw_only=True):
    """What becomes of an operator.

    Attributes:
        index: Its place in the file.
        op: Its type.
        name: The name of its first output.
        delegated: Whether the delegate takes it.
        reason: Why not; None if it does.
        fix: What would help; None if nothing is known.
    """

    index: int
    op: str
    name: str
    delegated: bool
    reason: str | None = None
    fix: str | None = None

    @classmethod
    def of(cls, operator: Operator, obstacle: Obstacle | None) -> PlannedOp:
        """Return what becomes of an operator with an obstacle, or without."""
        reason, fix = obstacle or (None, None)
        return cls(
            index=operator.index,
            op=operator.kind,
            name=operator.name,
            delegated=obstacle is None,
            reason=reason,
            fix=fix,
        )


class Planned(Struct, frozen=True, kw_only=True):
    """What a delegate says of a file.

    Attributes:
        basis: ``compiled``: its compiler's own result; ``measured``: it was asked; ``rules``: a prediction.
        source: Where the rules are from, or what was asked.
        ops: All operators, in the order of the file.
        partitions: Number of connected runs of operators that it takes; None: it follows from the operators.
    """

    basis: str
    source: str
    ops: Sequence[PlannedOp]
    partitions: int | None = None


class DelegateAdapter(Protocol):
    """What each file in ``runtimes/delegates`` offers."""

    FORM: str
    """How it is written, such as ``gpu[:fp32]``."""
    TITLE: str
    """What it is called in a sentence."""
    RUNTIMES: Sequence[str]
    """The runtimes that hand a model to it, the preferred one first; none: it is only planned for."""
    FORMATS: Sequence[str]
    """The formats of which it can say what it takes; none: that shows when it runs."""
    COMPILES: bool
    """Whether its plan can write a compiled model."""
    NOTE: str
    """What its users should know; empty if nothing."""
    HELP: str
    """What to do where it cannot be had; empty if nothing is known."""
    PROGRAMS: Sequence[tuple[str, str]]
    """Programs of this machine that it needs, and where each is from."""
    LIBRARIES: Sequence[tuple[str, str]]
    """Shared libraries that it needs where the model runs, and where each is from."""

    def settings(self, delegate: Delegate) -> LoadSettings:
        """Return how the shim loads it: ``library`` and ``options``, or ``precision`` of a GPU.

        Raises:
            EdgekitError: Its argument or options make no sense.
            DelegateError: No interpreter has it.
        """
        ...

    def flags(self, delegate: Delegate) -> list[str]:
        """Return the flags that ask ``benchmark_model`` for it.

        Raises:
            EdgekitError: As above.
        """
        ...

    def plan(self, model: ModelFile, *, out: Path | None = None) -> Planned:
        """Say what becomes of each operator of a file that has one of its formats.

        Args:
            model: The file.
            out: Where the compiled model goes, if it `COMPILES`; None: nowhere.

        Raises:
            ReachError: A compiled model is wanted, and there is no compiler.
            ConversionError: The compiler failed.
        """
        ...

    def compiler(self, variant: Variant) -> str | None:
        """Return the program that compiles what a variant makes; None: none takes it, or it is not installed."""
        ...

    def compile(self, artifact: Artifact, compiler: str) -> Artifact:
        """Return an artifact with what its compiler made of it beside its file, or with why that refused."""
        ...

    def file_of(self, artifact: Artifact) -> Path:
        """Return the file of an artifact that it takes."""
        ...


def load_delegate(name: str) -> DelegateAdapter:
    """Return what is known of a delegate.

    Raises:
        EdgekitError: There is none of that name; the nearest is named.
    """
    adapter: DelegateAdapter = registry.load(KIND, name)
    return adapter


def delegates() -> dict[str, DelegateAdapter]:
    """Return all delegates by name."""
    return {name: load_delegate(name) for name in registry.names(KIND)}


def delegate_names() -> list[str]:
    """Return the names of the delegates that run models."""
    return [name for name, adapter in delegates().items() if adapter.RUNTIMES]


def parse_delegate(text: str, options: Sequence[str] = ()) -> Delegate:
    """Read a delegate and its options.

    Args:
        text: ``NAME`` or ``NAME:ARGUMENT``.
        options: Each ``KEY=VALUE``.

    Raises:
        EdgekitError: There is none of that name, or it cannot be asked for so.
    """
    name, colon, argument = text.partition(":")
    pairs = tuple(_pair(option) for option in options)
    delegate = Delegate(name=name, argument=argument if colon else None, options=pairs)
    delegate.adapter.flags(delegate)  # what makes no sense is refused before anything is opened
    return delegate


def _pair(option: str) -> tuple[str, str]:
    key, equals, value = option.partition("=")
    if not key or not equals:
        raise EdgekitError(f"delegate option {option}: say it as KEY=VALUE")
    return key, value


def refusal(delegate: Delegate, reason: str) -> EdgekitError:
    """Return the error of a delegate that was asked for in a way that makes no sense."""
    return EdgekitError(f"delegate {delegate}: {reason}", delegate=str(delegate))


def require_plain(delegate: Delegate) -> None:
    """Refuse an argument or options of a delegate that takes none.

    Raises:
        EdgekitError: It was given one.
    """
    if delegate.argument is not None:
        raise refusal(delegate, f"{delegate.name} takes nothing behind the colon")
    require_no_options(delegate)


def require_no_options(delegate: Delegate) -> None:
    """Refuse options of a delegate that takes none.

    Raises:
        EdgekitError: It was given one.
    """
    if delegate.options:
        raise refusal(delegate, f"{delegate.name} has no option {delegate.options[0][0]!r}")


def library_flags(library: str, options: Mapping[str, str]) -> list[str]:
    """Return the flags that ask ``benchmark_model`` for a library, with the library's own options."""
    flags = [f"--external_delegate_path={library}"]
    if options:
        pairs = ";".join(f"{key}:{value}" for key, value in options.items())
        flags.append(f"--external_delegate_options={pairs}")
    return flags

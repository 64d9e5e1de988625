"""The port of media: what each file in ``edgekit/data/media`` offers, and how it is found.

Such a file defines ``Settings`` (what a contract says of the medium), ``RecipeSettings`` (what a recipe says of it) and
``MEDIUM``, the one value of a subclass of `Medium`. Everything that depends on which medium an input is of lies there;
elsewhere `medium_of` is asked. What a medium does not override does nothing, or takes the array as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from edgekit.contract.contract import MEDIA, InputSpec
from edgekit.contract.public_description import PublicDescription
from edgekit.contract.settings import MediumSettings, Stated
from edgekit.contract.shape import Shape
from edgekit.errors import DataError, ModuleError
from edgekit.system import registry

FILES, TEXTS, ARRAYS = "files", "texts", "arrays"
"""What a raw sample is: a file of its own, a text, or an array that is the tensor itself."""

ContractFault = Callable[[InputSpec], InputSpec | None]
"""Returns the input with a wrong contract; None: the fault does not apply to it."""
InputFault = Callable[[InputSpec, NDArray[Any]], NDArray[Any] | None]
"""Returns a prepared batch ``[n, ...]`` as an app would make it that errs; None: the fault does not apply."""


class Preview(NamedTuple):
    """What a report shows of a raw sample; None where there is nothing of the kind.

    Attributes:
        picture: A small picture as a ``data:`` URL.
        text: Its texts.
        sound: The beginning of a sound as a ``data:`` URL.
    """

    picture: str | None = None
    text: str | None = None
    sound: str | None = None


class Medium:
    """What a medium offers.

    Attributes:
        kind: Its name, that of its file.
        source: `FILES`, `TEXTS` or `ARRAYS`.
        suffixes: By these a file is taken for one of this medium, in small letters, the dot included.
        takes_unknown_files: Whether a file that no medium's suffixes name is tried as one of this.
        plural: What raw samples are called, such as ``photos``.
        tensor: What they become, such as ``float32 [?, samples]``.
        example: What stands for a raw sample in an example of a command line.
        unknown_if_none: Settings where None means that nothing is known; two contracts are compared where both say.
        absent_if_none: Settings where None means that nothing of the kind is done, or the default that is given here.
        prepared_by: Settings that decide how a file is decoded and fitted; the others are for `finish`.
        ranged: Whether there is a setting ``range``, without which no values can be made of raw samples.
        sized: Whether there is a setting ``size``, for tensors that leave theirs free.
        native_code: Whether a bundle's Kotlin and C++ code prepares it.
        portable: Files of edgekit that prepare it in a bundle, where its stand-alone code does not.
        augmentations: Names of what training may do to samples, as in ``[train] augment``.
        usual_augmentations: Those that ``augment = true`` means.
        contract_faults: Faults that a self-test seeds into contracts, by name.
        input_faults: Faults that it seeds into prepared batches, by name.
    """

    kind: ClassVar[str]
    source: ClassVar[str] = ARRAYS
    suffixes: ClassVar[tuple[str, ...]] = ()
    takes_unknown_files: ClassVar[bool] = False
    plural: ClassVar[str] = "arrays"
    tensor: ClassVar[str] = "of any shape"
    example: ClassVar[str] = "input.npy"
    unknown_if_none: ClassVar[tuple[str, ...]] = ()
    absent_if_none: ClassVar[Mapping[str, Any]] = {}
    prepared_by: ClassVar[tuple[str, ...]] = ()
    ranged: ClassVar[bool] = False
    sized: ClassVar[bool] = False
    native_code: ClassVar[bool] = False
    portable: ClassVar[tuple[str, ...]] = ()
    augmentations: ClassVar[tuple[str, ...]] = ()
    usual_augmentations: ClassVar[tuple[str, ...]] = ()
    contract_faults: ClassVar[Mapping[str, ContractFault]] = {}
    input_faults: ClassVar[Mapping[str, InputFault]] = {}

    # What a signature and a recipe say of an input.

    def guesses(self, dtype: str, shape: Shape) -> bool:
        """Whether a tensor of a signature is taken for this medium where nothing else tells."""
        del dtype, shape
        return False

    def fits(self, dtype: str, shape: Shape) -> bool:
        """Whether a tensor can be of this medium at all."""
        del dtype, shape
        return True

    def with_defaults(self, spec: InputSpec) -> InputSpec:
        """Spell out the preprocessing that is done where nobody said anything."""
        return spec

    def with_recipe(self, spec: InputSpec, stated: Stated) -> InputSpec:
        """Add what a recipe states of how raw samples are prepared, by the names of ``RecipeSettings``.

        Raises:
            ModuleError: It does not go with the tensor.
        """
        return spec.with_settings(**stated) if stated else spec

    def fixed(self, spec: InputSpec, handle: str) -> InputSpec:
        """Fix what the signature of a hub module leaves open, before anything is trained on it.

        Raises:
            ModuleError: Something is open that nobody said, or the recipe says other than the module.
        """
        del handle
        return spec

    def planned_shape(self, spec: InputSpec) -> Shape:
        """Return the shape with what the settings fix of it, such as the size of photos."""
        return spec.shape

    def as_floats(self, spec: InputSpec) -> InputSpec:
        """Return an input of integers as one of floats of the same values."""
        return msgspec.structs.replace(spec, dtype="float32")

    # Raw samples.

    def check(self, path: Path) -> None:
        """Decode a file; `DataError` if it is broken."""
        raise DataError(f"{path}: {self.plural} do not come in files")

    def load(self, path: Path, spec: InputSpec) -> NDArray[Any]:
        """Decode a file and fit it to an input, one sample without a batch; `finish` does the rest.

        Raises:
            DataError: It cannot be read.
            ModuleError: The contract does not say what is needed.
        """
        del spec
        raise DataError(f"{path}: {self.plural} do not come in files")

    def stored(self, spec: InputSpec) -> tuple[tuple[int, ...], str]:
        """Return shape and dtype of what `load` returns, which is kept on disk for reuse."""
        raise ModuleError(f"input {spec.name!r}: {self.plural} do not come in files")

    def finish(self, batch: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
        """Return what the model takes of a batch of what `load` returned."""
        del spec
        return batch

    def of_texts(self, texts: Sequence[str], spec: InputSpec) -> NDArray[Any]:
        """Return what the model takes of texts."""
        del texts
        raise DataError(f"input {spec.name!r} takes {self.plural}, and no texts")

    def is_raw(self, dtype: np.dtype[Any], shape: Sequence[int]) -> bool:
        """Whether an array ``[n, ...]`` holds raw samples, and not yet the tensor that a model takes."""
        del dtype, shape
        return False

    def of_raw(self, batch: NDArray[Any], spec: InputSpec) -> NDArray[Any]:
        """Return what the model takes of an array of raw samples ``[n, ...]``."""
        del spec
        return batch

    def refusal(self, spec: InputSpec, dtype: np.dtype[Any]) -> str | None:
        """Return why an array of ``dtype``, handed to a session, cannot be what the model takes; None: it can."""
        del spec, dtype
        return None

    def values(self, spec: InputSpec) -> tuple[float, float]:
        """Return between which values random inputs lie."""
        del spec
        return 0.0, 1.0

    # What is shown and told of them.

    def steps(self, spec: InputSpec) -> Iterable[str]:
        """Return in words what becomes of a raw sample, one step after the other."""
        del spec
        return ()

    def preview(self, path: Path) -> Preview:
        """Return what a report shows of a file."""
        del path
        return Preview()

    def raw_preview(self, sample: NDArray[Any]) -> Preview:
        """Return what a report shows of a raw sample in an array."""
        del sample
        return Preview()

    def slices(self, path: Path) -> Mapping[str, str]:
        """Return by what a file's header tells samples apart, and this file's value of it, such as its size."""
        del path
        return {}

    def has_native_code(self, spec: InputSpec) -> bool:
        """Whether a bundle's Kotlin and C++ code prepares this input."""
        del spec
        return self.native_code

    # TFLite Metadata, which other clients go by.

    def describe(self, spec: InputSpec) -> PublicDescription:
        """Return what the public format can say of an input."""
        del spec
        return PublicDescription()

    def unsaid(self, spec: InputSpec) -> Sequence[str]:
        """Return what it cannot say, as ends of a sentence."""
        del spec
        return ()

    def described(self, spec: InputSpec, description: PublicDescription) -> InputSpec | None:
        """Return an input of a bare file as its description says; None: that is of another medium."""
        del spec, description
        return None

    # Training and probing.

    def augmenting(self, spec: InputSpec, names: Sequence[str], seed: int) -> Iterable[Any]:
        """Return Keras layers that change prepared samples at random, in the order of ``names``."""
        del spec, names, seed
        return ()

    def feedings(self, spec: InputSpec) -> Mapping[str, Stated]:
        """Return usual ways to feed a model that does not say how, by what they are called, as settings."""
        del spec
        return {}


@functools.cache
def load_medium(kind: str) -> Medium:
    """Return the medium of a name.

    Raises:
        EdgekitError: There is none; the nearest is named.
    """
    medium = registry.load(MEDIA, kind).MEDIUM
    assert isinstance(medium, Medium), f"edgekit/data/media/{kind}.py defines MEDIUM"
    return medium


def medium_of(spec: InputSpec) -> Medium:
    """Return the medium that an input is of."""
    return load_medium(spec.kind)


def lacks_range(spec: InputSpec) -> bool:
    """Whether an input needs a range that its contract does not say."""
    return medium_of(spec).ranged and getattr(spec.medium, "range", None) is None


def media_names() -> list[str]:
    """Return the names of all media, sorted."""
    return registry.names(MEDIA)


def all_media() -> list[Medium]:
    """Return every medium, in the order of their names."""
    return [load_medium(name) for name in media_names()]


def recipe_settings(kind: str) -> type[MediumSettings]:
    """Return the class of what a recipe says of a medium."""
    settings: type[MediumSettings] = registry.load(MEDIA, kind).RecipeSettings
    return settings


def medium_of_file(path: Path) -> Medium:
    """Return the medium that a file is taken for by its suffix, or the one that takes unknown files."""
    suffix = path.suffix.lower()
    media = all_media()
    named = [medium for medium in media if suffix in medium.suffixes]
    return (named or [medium for medium in media if medium.takes_unknown_files])[0]


def takes_file(medium: Medium, path: Path) -> bool:
    """Whether a file may be a raw sample of a medium; several may take the same suffix."""
    return path.suffix.lower() in medium.suffixes or medium_of_file(path) is medium


def media_suffixes() -> set[str]:
    """Return the suffixes of all media."""
    return {suffix for medium in all_media() for suffix in medium.suffixes}


def guessed_input(name: str, dtype: str, shape: Shape) -> InputSpec:
    """Return an input that only a signature describes: of the first medium that takes it for its own, or a tensor."""
    media = (medium.kind for medium in all_media() if medium.guesses(dtype, shape))
    spec = InputSpec.of(next(media, "tensor"), name=name, dtype=dtype, shape=shape, key=name)
    return medium_of(spec).with_defaults(spec)

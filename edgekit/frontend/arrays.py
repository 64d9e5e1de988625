"""Front-end ops on arrays: arithmetic, comparison, reduction, shape and selection, as TensorFlow defines them.

Where an attribute is not there, its default is that of TensorFlow's own op, which a graph may leave out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.errors import FrontEndError
from edgekit.frontend.registry import Attributes, Kernel, numpy_dtype, op, plain, refuse_unless

plain(lambda x: x, "Identity", "StopGradient", "PreventGradient", "EnsureShape", "Snapshot")
plain(np.add, "Add", "AddV2")
plain(np.subtract, "Sub")
plain(np.multiply, "Mul")
plain(np.true_divide, "RealDiv")
plain(np.floor_divide, "FloorDiv")
plain(np.mod, "FloorMod")
plain(np.fmod, "Mod", "TruncateMod")
plain(np.maximum, "Maximum")
plain(np.minimum, "Minimum")
plain(np.power, "Pow")
plain(np.negative, "Neg")
plain(np.abs, "Abs")
plain(np.square, "Square")
plain(lambda a, b: np.square(a - b), "SquaredDifference")
plain(np.sqrt, "Sqrt")
plain(lambda x: (1 / np.sqrt(x)).astype(x.dtype), "Rsqrt")
plain(lambda x: (1 / x).astype(x.dtype), "Reciprocal", "Inv")
plain(np.exp, "Exp")
plain(np.log, "Log")
plain(np.log1p, "Log1p")
plain(np.cos, "Cos")
plain(np.sin, "Sin")
plain(np.tanh, "Tanh")
plain(np.floor, "Floor")
plain(np.ceil, "Ceil")
plain(np.rint, "Rint", "Round")
plain(np.sign, "Sign")
plain(lambda x: np.maximum(x, 0), "Relu")
plain(np.greater, "Greater")
plain(np.greater_equal, "GreaterEqual")
plain(np.less, "Less")
plain(np.less_equal, "LessEqual")
plain(lambda a, b: np.asarray(a == b, bool), "Equal")
plain(lambda a, b: np.asarray(a != b, bool), "NotEqual")
plain(np.logical_and, "LogicalAnd")
plain(np.logical_or, "LogicalOr")
plain(np.logical_not, "LogicalNot")
plain(lambda condition, a, b: np.where(condition, a, b), "SelectV2")
plain(lambda condition: np.argwhere(condition).astype(np.int64), "Where")
plain(lambda x, shape: np.reshape(x, shape), "Reshape")
plain(lambda x, perm: np.transpose(x, perm), "Transpose")
plain(lambda x, axis: np.expand_dims(x, int(axis)), "ExpandDims")
plain(lambda x: np.int32(np.ndim(x)), "Rank")
plain(np.zeros_like, "ZerosLike")
plain(np.ones_like, "OnesLike")
plain(lambda x, multiples: np.tile(x, multiples), "Tile")
plain(lambda x, shape: np.broadcast_to(x, shape), "BroadcastTo")
plain(lambda shape, value: np.full(shape, value, dtype=np.asarray(value).dtype), "Fill")
plain(lambda x, axes: np.flip(x, tuple(np.atleast_1d(axes))), "ReverseV2")
plain(lambda x, low, high: np.clip(x, low, high), "ClipByValue")
plain(lambda *arrays: np.sum(arrays, axis=0, dtype=arrays[0].dtype), "AddN")
plain(lambda x, paddings: np.pad(x, paddings), "Pad")
plain(lambda x, paddings, value: np.pad(x, paddings, constant_values=value), "PadV2")


@op("Range")
def _range(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs["Tidx"])
    return lambda start, limit, delta: np.arange(start, limit, delta, dtype=dtype)


@op("Cast")
def _cast(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs["DstT"])
    return lambda x: np.asarray(x).astype(dtype)


@op("Shape")
def _shape(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs.get("out_type", "int32"))
    return lambda x: np.array(np.shape(x), dtype)


@op("Size")
def _size(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs.get("out_type", "int32"))
    return lambda x: np.asarray(np.size(x), dtype)


@op("Squeeze")
def _squeeze(attrs: Attributes) -> Kernel:
    axes = tuple(attrs.get("squeeze_dims") or ()) or None
    return lambda x: np.squeeze(x, axes)


@op("Pack")
def _pack(attrs: Attributes) -> Kernel:
    axis = attrs.get("axis", 0)
    return lambda *arrays: np.stack(arrays, axis)


@op("Unpack")
def _unpack(attrs: Attributes) -> Kernel:
    axis, count = attrs.get("axis", 0), attrs["num"]

    def kernel(x: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        if x.shape[axis] != count:
            raise FrontEndError(f"Unpack: size {x.shape[axis]} where the graph says {count}")
        return tuple(np.moveaxis(x, axis, 0))

    return kernel


plain(lambda *arrays: np.concatenate(arrays[:-1], int(arrays[-1])), "ConcatV2")


@op("Split")
def _split(attrs: Attributes) -> Kernel:
    count = attrs["num_split"]
    return lambda axis, x: tuple(np.split(x, count, int(axis)))


@op("SplitV")
def _split_v(attrs: Attributes) -> Kernel:  # noqa: ARG001  # every factory takes attributes
    def kernel(x: NDArray[Any], sizes: NDArray[Any], axis: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        lengths = np.array(sizes, np.int64)
        if (lengths < 0).any():
            lengths[lengths < 0] = x.shape[int(axis)] - lengths[lengths >= 0].sum()
        return tuple(np.split(x, np.cumsum(lengths)[:-1], int(axis)))

    return kernel


@op("Slice")
def _slice(attrs: Attributes) -> Kernel:  # noqa: ARG001
    def kernel(x: NDArray[Any], begin: NDArray[Any], size: NDArray[Any]) -> NDArray[Any]:
        pairs = zip(begin.tolist(), size.tolist(), strict=True)
        window: NDArray[Any] = x[tuple(slice(b, None if s < 0 else b + s) for b, s in pairs)]
        return window

    return kernel


@op("StridedSlice")
def _strided_slice(attrs: Attributes) -> Kernel:
    masks = {key: attrs.get(f"{key}_mask", 0) for key in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}

    def part(position: int, begin: int, end: int, stride: int) -> Any:
        bit = 1 << position
        if masks["ellipsis"] & bit:
            return Ellipsis
        if masks["new_axis"] & bit:
            return None
        if masks["shrink_axis"] & bit:
            return begin
        return slice(None if masks["begin"] & bit else begin, None if masks["end"] & bit else end, stride)

    def kernel(x: NDArray[Any], begin: Any, end: Any, strides: Any) -> Any:
        parts = zip(begin.tolist(), end.tolist(), strides.tolist(), strict=True)
        return np.asarray(x)[tuple(part(position, *bounds) for position, bounds in enumerate(parts))]

    return kernel


@op("GatherV2")
def _gather(attrs: Attributes) -> Kernel:
    refuse_unless(attrs, "batch_dims", 0)
    return lambda x, indices, axis: np.take(x, indices, int(axis))


plain(lambda x, indices: x[tuple(np.moveaxis(indices, -1, 0))], "GatherNd")


@op("OneHot")
def _one_hot(attrs: Attributes) -> Kernel:
    refuse_unless(attrs, "axis", -1)

    def kernel(indices: NDArray[Any], depth: Any, on: Any, off: Any) -> NDArray[Any]:
        encoded: NDArray[Any] = np.where(np.asarray(indices)[..., None] == np.arange(int(depth)), on, off)
        return encoded

    return kernel


@op("MatMul")
def _mat_mul(attrs: Attributes) -> Kernel:
    flip_a, flip_b = attrs.get("transpose_a", False), attrs.get("transpose_b", False)
    return lambda a, b: np.matmul(a.T if flip_a else a, b.T if flip_b else b)


@op("BatchMatMulV2", "BatchMatMul")
def _batch_mat_mul(attrs: Attributes) -> Kernel:
    refuse_unless(attrs, "adj_x", False)
    refuse_unless(attrs, "adj_y", False)
    return np.matmul


@op("MirrorPad")
def _mirror_pad(attrs: Attributes) -> Kernel:
    mode = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}[attrs["mode"]]
    return lambda x, paddings: np.pad(x, paddings, mode=mode)  # type: ignore[call-overload]


@op("Unique")
def _unique(attrs: Attributes) -> Kernel:
    dtype = numpy_dtype(attrs.get("out_idx", "int32"))

    def kernel(x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        values, first, inverse = np.unique(x, return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return values[order], rank[inverse.reshape(-1)].astype(dtype)

    return kernel

"""Which weights are compressed: the inner ones, unless asked otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgekit.compression.kernels import chosen_kernels, find_kernels
from edgekit.errors import ConversionError
from tests.compression.graphs import frozen_network


def test_roles(tmp_path: Path) -> None:
    kernels = find_kernels(frozen_network(tmp_path).load())
    assert [(kernel.op, kernel.role, kernel.shape) for kernel in kernels] == [
        ("Conv2D", "first", (3, 3, 3, 8)),
        ("DepthwiseConv2dNative", "depthwise", (3, 3, 8, 1)),
        ("Conv2D", "inner", (1, 1, 8, 16)),
        ("MatMul", "inner", (16, 16)),
        ("MatMul", "last", (16, 3)),
    ]
    assert [kernel.shape for kernel in chosen_kernels(kernels)] == [(1, 1, 8, 16), (16, 16)]
    assert len(chosen_kernels(kernels, also=["."])) == 5
    assert [kernel.op for kernel in chosen_kernels(kernels, dense=["^matmul"])] == ["Conv2D"]


def test_a_pattern_that_matches_nothing_names_the_nearest(tmp_path: Path) -> None:
    kernels = find_kernels(frozen_network(tmp_path).load())
    with pytest.raises(ConversionError, match="'matmull' matches no layer of the model; did you mean 'matmul'"):
        chosen_kernels(kernels, also=["matmull"])
    with pytest.raises(ConversionError, match="no layer is left to compress: first and last layers"):
        chosen_kernels(kernels, dense=["."])

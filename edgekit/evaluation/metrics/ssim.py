"""Structural similarity of pictures.

Wang et al., IEEE Trans. Image Processing 13, 2004, with the paper's Gaussian window, by scikit-image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgekit.adapters.metric import Notation, Question, Threshold, Unit
from edgekit.errors import DataError
from edgekit.evaluation.similarity import (
    SimilarityMeasure,
    Vectors,
    picture_outputs,
    similarity_columns,
    threshold_of,
    value_ranges,
)
from edgekit.system.optional import require

NOTATION = Notation(name="SSIM", title="SSIM", unit=Unit.NUMBER, columns=similarity_columns("SSIM", Unit.NUMBER))
THRESHOLD = Threshold(default=0.95, greatest=1.0)
TASK = None
ALL_OUTPUTS = False
WINDOW = 11
"""Side in pixels of the window that Wang et al. use."""


@dataclass(frozen=True, kw_only=True)
class Ssim(SimilarityMeasure):
    """Compares pictures by their structure.

    Attributes:
        ranges: By output, the difference of the original's greatest and smallest value.
    """

    NOTATION: ClassVar[Notation] = NOTATION
    ranges: Mapping[str, float]

    def similarity(self, output: str, reference: Vectors, candidate: Vectors) -> Vectors:
        """Return the similarity of each picture.

        Raises:
            DataError: The pictures are smaller than the window.
            MissingExtraError: scikit-image is not installed.
        """
        metrics = require("skimage.metrics", asked="the metric ssim", extra="pictures")
        height, width = reference.shape[1:3]
        if min(height, width) < WINDOW:
            raise DataError(
                f"metric 'ssim' needs pictures of at least {WINDOW} x {WINDOW} pixels, these have "
                f"{height} x {width}: take 'psnr'"
            )
        # Where all pixels of the original are alike there is no range, and any will do.
        value_range = self.ranges[output] or 1.0
        similarities = [
            float(
                metrics.structural_similarity(
                    first,
                    second,
                    data_range=value_range,
                    channel_axis=-1,
                    gaussian_weights=True,
                    sigma=1.5,
                    use_sample_covariance=False,
                )
            )
            for first, second in zip(reference, candidate, strict=True)
        ]
        return np.array(similarities)


def fit(question: Question) -> Ssim:
    """Judge outputs that are pictures."""
    outputs = picture_outputs("ssim", question)
    return Ssim(
        metric="ssim",
        outputs=outputs,
        threshold=threshold_of(question, THRESHOLD),
        ranges=value_ranges(outputs, question),
    )

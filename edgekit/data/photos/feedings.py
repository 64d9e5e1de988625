"""Usual ways to scale pixels for a model, which a probe tries on one that does not say how.

They are the ranges of TensorFlow Hub's modules, [0, 1] and [-1, 1], plain 0 to 255, ImageNet's mean and deviation as of
torchvision, and Caffe's means in the order BGR; the first three in both orders of colours. Figures:
https://pytorch.org/vision/stable/models.html and keras.applications.imagenet_utils (modes "torch" and "caffe").
"""

from __future__ import annotations

from edgekit.contract.settings import Stated

COLOUR_FEEDINGS: dict[str, Stated] = {
    "[0, 1], RGB": {"range": (0.0, 1.0), "channels": "RGB"},
    "[-1, 1], RGB": {"range": (-1.0, 1.0), "channels": "RGB"},
    "[0, 255], RGB": {"range": (0.0, 255.0), "channels": "RGB"},
    "[0, 1], BGR": {"range": (0.0, 1.0), "channels": "BGR"},
    "[-1, 1], BGR": {"range": (-1.0, 1.0), "channels": "BGR"},
    "[0, 255], BGR": {"range": (0.0, 255.0), "channels": "BGR"},
    "ImageNet mean and std, RGB": {
        "range": (0.0, 1.0),
        "channels": "RGB",
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
    },
    "ImageNet means of Caffe, BGR": {
        "range": (0.0, 255.0),
        "channels": "BGR",
        "mean": (103.939, 116.779, 123.68),
        "std": (1.0, 1.0, 1.0),
    },
}
"""Of models that take three colours, by what they are called; as a recipe says them."""
GREY_FEEDINGS: dict[str, Stated] = {
    "[0, 1]": {"range": (0.0, 1.0)},
    "[-1, 1]": {"range": (-1.0, 1.0)},
    "[0, 255]": {"range": (0.0, 255.0)},
}
"""Of models that take grey."""

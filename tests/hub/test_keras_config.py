"""Objects of a Keras configuration are found however deep they lie."""

from __future__ import annotations

from edgekit.hub.keras_config import class_names, objects

CONFIG = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {"class_name": "Dense", "config": {"kernel_initializer": {"class_name": "Zeros", "config": {}}}},
            {"class_name": "Dense", "config": {}},
        ],
        "build_input_shape": {"class_name": "__tuple__", "items": [None, 3]},
        "name": {"class_name": 3, "config": {}},
    },
}


def test_each_object_is_found_as_often_as_it_is_there() -> None:
    assert list(class_names(CONFIG)) == ["Sequential", "Dense", "Zeros", "Dense"]


def test_an_object_need_have_no_configuration() -> None:
    assert [entry["class_name"] for entry in objects(CONFIG)][-1] == "__tuple__"
    assert list(objects([1, "class_name", None])) == []

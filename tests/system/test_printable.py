"""What others say is shown as short lines that any terminal and any XML reader can take."""

from __future__ import annotations

import pytest

from edgekit.system.printable import LONGEST, encodable, plain, printable, reason_of, size


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("no such op", "no such op"),
        ("no such op\n\tat node 3\n", "no such op"),
        ("\n\n  no such op", "no such op"),
        ("", "ValueError"),
        (" \n ", "ValueError"),
    ],
)
def test_the_reason_says_something_even_of_an_empty_message(message: str, line: str) -> None:
    assert reason_of(ValueError(message)) == line


MATMUL = "Matrix size-incompatible: In[0]: [1,3], In[1]: [4,2]"
NEGATIVE = "Negative dimension size caused by subtracting 3 from 1"
HIDDEN = {
    f"Graph execution error:\n\nDetected at node call/dense defined at (most recent call last):\n<stack traces "
    f"unavailable>\n{MATMUL}\n\t [[{{{{node StatefulPartitionedCall/call/dense}}}}]] [Op:__inference_1]": (
        f"{MATMUL} (node call/dense)"
    ),
    f"Exception encountered when calling Conv2D.call().\n\n\x1b[1m{NEGATIVE}\x1b[0m\n\nArguments received": NEGATIVE,
    f'in user code:\n\n    File "net.py", line 8, in call  *\n        x = self.conv(x)\n\n    ValueError: Exception '
    f"encountered when calling Conv2D.call().\n    \n    \x1b[1m{NEGATIVE}\x1b[0m": NEGATIVE,
    f'in user code:\n\n    File "net.py", line 8, in call  *\n        x = y\n\n    ValueError: {NEGATIVE}': (
        f"ValueError: {NEGATIVE}"
    ),
    f"{{{{function_node __wrapped__MatMul_device_/job:localhost}}}} {MATMUL} [Op:MatMul] name: ": (
        f"{MATMUL} [Op:MatMul] name:"
    ),
    "Graph execution error:": "Graph execution error:",
}


@pytest.mark.parametrize("message", HIDDEN)
def test_headings_of_tensorflow_and_keras_hide_no_reason(message: str) -> None:
    assert reason_of(ValueError(message)) == HIDDEN[message]


def test_the_reason_is_of_an_error_without_arguments_too() -> None:
    assert reason_of(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_the_reason_is_cut_where_asked() -> None:
    assert reason_of(ValueError("x" * 300), longest=120) == "x" * 120
    assert reason_of(ValueError("x" * 300)) == "x" * 300


def test_what_a_device_says_is_one_short_line() -> None:
    assert plain("\x1b[31mno\nsuch device\x00") == "[31mno such device"
    assert plain("x" * 1000) == "x" * LONGEST


def test_half_a_surrogate_pair_is_replaced_and_a_letter_is_not() -> None:
    assert encodable({"caf\u00e9": ["\ud83c"]}) == {"caf\u00e9": ["\N{REPLACEMENT CHARACTER}"]}


def test_what_xml_has_not_is_replaced_and_colours_are_dropped() -> None:
    assert printable(("a\x00b", "\x1b[31mred\x1b[0m", 3)) == ["a\N{REPLACEMENT CHARACTER}b", "red", 3]


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_500_000, "1.50 MB"), (2_000_000_000, "2.00 GB")],
)
def test_sizes_are_in_powers_of_1000(count: int | None, text: str) -> None:
    assert size(count) == text

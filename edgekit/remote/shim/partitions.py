"""What an interpreter has given to a delegate, by its own list of operators."""

from __future__ import annotations

from .arrays import Message

DELEGATE = "DELEGATE"
"""What the interpreter calls the operator that stands for a partition."""


def partitions(details: list[Message]) -> tuple[int, list[set[int]]]:
    """Return the number of a model's own operators, and those of each partition, by their places in the file.

    The interpreter lists a file's operators as they were, and after them one for each partition, with what goes into
    it and comes out. A partition holds what lies between.

    Args:
        details: What ``Interpreter._get_ops_details()`` returned.
    """
    own = [operator for operator in details if operator["op_name"] != DELEGATE]
    makers = {int(tensor): operator for operator in own for tensor in operator["outputs"]}
    runs = []
    for partition in details[len(own) :]:
        edges, waiting = {int(t) for t in partition["inputs"]}, [int(t) for t in partition["outputs"]]
        taken: set[int] = set()
        while waiting:
            maker = makers.get(waiting.pop())
            if maker is not None and maker["index"] not in taken:
                taken.add(int(maker["index"]))
                waiting += [int(tensor) for tensor in maker["inputs"] if int(tensor) not in edges]
        runs.append(taken)
    return len(own), runs

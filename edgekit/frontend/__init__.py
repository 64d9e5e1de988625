"""The portable front end: what a model does to its raw inputs before any format's builtin ops, run in numpy alone.

A `Program` is a list of TensorFlow ops by name, with constants and tables. Each op is a function in one of
`arrays`, `ragged`, `signals` and `strings`; nothing here needs TensorFlow.
"""

from edgekit.frontend.program import Node, Port, Program, Table
from edgekit.frontend.program_files import load_program, save_program

__all__ = ["Node", "Port", "Program", "Table", "load_program", "save_program"]

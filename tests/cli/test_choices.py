"""Help lists what adapters there are, when it is printed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edgekit.adapters.delegate import delegates
from edgekit.adapters.device import transports
from edgekit.cli.choices import Listing, any_of
from edgekit.cli.main import main


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return "".join(capsys.readouterr().out.split())


def test_each_adapter_is_in_the_help_of_what_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(["bench", "--help"], capsys)
    forms = [transport.FORM for transport in transports().values()]
    forms += [delegate.FORM for delegate in delegates().values() if delegate.RUNTIMES]
    assert [form for form in forms if form not in text] == []
    assert "coreml" not in text
    assert "coreml(onnx)" in printed(["plan", "--help"], capsys)


def test_no_adapter_is_read_before(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; from edgekit.cli.arguments import parser; parser(); print('edgekit.runtimes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_listing_in_words() -> None:
    assert any_of(["a"]) == "a"
    assert any_of(["a", "b", "c"]) == "a, b or c"
    listing = Listing("where", lambda: ["here", "there"])
    assert (listing, listing.whole()) == ("where", "where: here or there")

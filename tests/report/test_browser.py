"""The page in a real browser: nothing wider than the screen, its one style sheet allowed, nothing else asked for."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgekit.documents.run import RunReport
from edgekit.report import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
]
WIDTHS = (320, 390, 820, 1280)
# One frame for each width; the script runs in the wrapper, for the report's own policy allows none.
WRAPPER = """<!doctype html><body>{frames}<pre id="found"></pre><script>
addEventListener("load", () => {{
  const found = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument.documentElement;
    const heading = frame.contentWindow.getComputedStyle(page.querySelector("h1"));
    page.querySelectorAll("details").forEach((each) => {{ each.open = true; }});
    return {{width: frame.clientWidth, needed: page.scrollWidth, margin: heading.marginTop}};
  }});
  document.getElementById("found").textContent = JSON.stringify(found);
}});
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium")


def browse(page: str, folder: Path) -> tuple[list[dict[str, Any]], str]:
    """Return what the wrapper found at each of ``WIDTHS``, and the browser's log."""
    assert BROWSER is not None
    frames = "".join(
        f'<iframe width="{width}" style="border:0" srcdoc="{html.escape(page)}"></iframe>' for width in WIDTHS
    )
    wrapper = folder / "wrapper.html"
    wrapper.write_text(WRAPPER.format(frames=frames), encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", wrapper.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = done.stdout.partition('<pre id="found">')[2].partition("</pre>")[0]
    return json.loads(html.unescape(found)), done.stderr


def test_fits_every_screen_and_keeps_its_policy(document: dict[str, Any], tmp_path: Path) -> None:
    page = write_report(RunReport.from_json(document), tmp_path).read_text(encoding="utf-8")
    found, log = browse(page, tmp_path)
    for at in found:
        assert at["needed"] <= at["width"], at
        assert at["margin"] == "0px", "the policy refused the style sheet"
    assert [at["width"] for at in found] == list(WIDTHS)
    assert "Content Security Policy" not in log


def test_the_check_finds_a_seeded_fault(document: dict[str, Any], tmp_path: Path) -> None:
    page = write_report(RunReport.from_json(document), tmp_path).read_text(encoding="utf-8")
    wide = f"<pre>{'x' * 400}</pre><script>1</script>"
    found, log = browse(page.replace("</main>", f"{wide}</main>"), tmp_path)
    assert found[0]["needed"] > found[0]["width"]
    assert "Content Security Policy" in log

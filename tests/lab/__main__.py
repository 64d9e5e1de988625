"""The lab: every way to a device and every fault on it, by the commands that a user types, on what really runs.

    python -m tests.lab [ssh] [adb] [gpu] [edgetpu]

Prints each command with what it said; ends with 1 if one said something else than it should.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edgekit.data.splits import split_data
from edgekit.recipe.reader import load_recipe
from tests.lab import vulkan
from tests.lab.build import build_delegate, has_compiler
from tests.lab.crash import write_crashing_model
from tests.lab.phone import free_port, has_adb, lab_phone, make_tool
from tests.lab.pi import EmulatedPi, emulated_pi, obstacle

ROOT = Path(__file__).parent.parent.parent
MATERIAL = Path(os.environ.get("EDGEKIT_MATERIAL", ROOT.parent / "shared" / "material"))
PLACE = ROOT / "build" / "lab"
VARIANTS = ("tflite-fp32", "tflite-int8", "tflite-int8full")
LIMIT = "0.35"
"""Of the drop: ten photos decide about no less, and what the lab asks is whether the way is right."""


NOTHING: Mapping[str, str] = {}
NO_DRIVER = {"VK_ICD_FILENAMES": "/nowhere.json"}


class Lab:
    """Runs commands of edgekit, shows them, and remembers what was not as it should be."""

    def __init__(self, run: Path, few: Path) -> None:
        self.model, self.artifacts, self.few = run / "model", run / "artifacts", few
        self.wrong: list[str] = []
        self.count = 0

    def title(self, text: str) -> None:
        sys.stdout.write(f"\n== {text}\n")

    def edgekit(self, words: Sequence[str], code: int, *patterns: str, use: Mapping[str, str] = NOTHING) -> None:
        """Run a command, show it, and check its exit code and what it says."""
        shown = " ".join(word.replace(str(ROOT) + "/", "") for word in words)
        sys.stdout.write(f"\n$ edgekit {shown}\n")
        sys.stdout.flush()
        command, environment = [sys.executable, "-m", "edgekit", *words], {**os.environ, **use}
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=900, **pipes)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        sys.stdout.writelines(f"  {line}\n" for line in lines)
        joined = " ".join(" ".join(line.split()) for line in lines)
        missing = [pattern for pattern in patterns if not re.search(pattern, joined)]
        self.count += 1
        if done.returncode != code or missing:
            why = (
                f"exit code {done.returncode}, not {code}" if done.returncode != code else f"did not say {missing[0]!r}"
            )
            sys.stdout.write(f"  !! {why}\n")
            self.wrong.append(f"edgekit {shown}: {why}")

    def parity(
        self,
        variant: str,
        where: Sequence[str],
        code: int,
        *patterns: str,
        data: Path | None = None,
        use: Mapping[str, str] = NOTHING,
    ) -> None:
        """Compare an artifact with the original somewhere."""
        words = ["parity", str(self.model), str(self.artifacts / variant), "--data", str(data or self.few)]
        self.edgekit([*words, "--max-drop", LIMIT, *where], code, *patterns, use=use)

    def bench(
        self, variant: str, where: Sequence[str], code: int, *patterns: str, use: Mapping[str, str] = NOTHING
    ) -> None:
        """Time an artifact somewhere."""
        words = ["bench", str(self.artifacts / variant), "--runs", "5", *where]
        self.edgekit(words, code, *patterns, use=use)


def prepared() -> Lab:
    """Tune and convert once: the flowers where they are, else the digits that come with a package."""
    recipe = PLACE / "lab.toml"
    recipe.parent.mkdir(parents=True, exist_ok=True)
    if MATERIAL.is_dir():
        text = (ROOT / "examples" / "flowers.toml").read_text().replace("../../shared/material", str(MATERIAL))
        build = "build = [" + ", ".join(f'"{name}"' for name in VARIANTS) + "]"
        recipe.write_text(re.sub(r"build = \[.*?\]", build, text, flags=re.DOTALL))
        command = ["run", str(recipe), "--out", str(PLACE / "run")]
    else:
        command = ["demo", "--out", str(PLACE / "run")]
    subprocess.run([sys.executable, "-m", "edgekit", *command], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if not MATERIAL.is_dir():
        recipe = next((PLACE / "run" / "source").glob("*.toml"))
    return Lab(PLACE / "run", _few_photos(recipe))


def _few_photos(recipe: Path) -> Path:
    """Return a folder with two held-out photos of each class: a process is started for each on a phone."""
    loaded, few = load_recipe(recipe), PLACE / "few"
    shutil.rmtree(few, ignore_errors=True)
    held_out = split_data(loaded.data, loaded.base, lambda done, total: None).held_out
    assert held_out.labels is not None
    assert held_out.classes is not None
    source = loaded.base / str(loaded.data.train)
    for label, name in enumerate(held_out.classes):
        chosen = [i for i, other in enumerate(held_out.labels) if other == label][:2]
        (few / name).mkdir(parents=True)
        for index in chosen:
            shutil.copy(source / held_out.names[index], few / name)
    return few


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="edgekit-lab-") as folder:
        yield Path(folder)


def ssh(lab: Lab) -> None:
    """A Pi behind ssh: both interpreters, all together, and each fault."""
    reason = obstacle()
    if reason is not None:
        sys.exit(f"make lab: {reason}")
    with emulated_pi(PLACE / "pi") as pi, _scratch() as scratch:
        use = {"EDGEKIT_SSH_CONFIG": str(pi.config), "EDGEKIT_CACHE": str(scratch / "cache")}
        litert = "ssh://pi/opt/litert/bin/python"
        lab.title("a Raspberry Pi over ssh: parity on both interpreters")
        for variant in ("tflite-fp32", "tflite-int8"):
            lab.parity(variant, ["--device", "ssh://pi"], 0, "tflite_runtime, ssh://pi: pass", use=use)
            lab.parity(variant, ["--device", litert], 0, f"litert, {litert}: pass", use=use)
        lab.title("this machine and both interpreters at once")
        three = ["--device", "host", "--device", "ssh://pi", "--device", litert]
        lab.parity("tflite-int8", three, 0, "host pass", "tflite_runtime", use=use)
        lab.bench("tflite-int8", three, 0, "aarch64, 2 cores, Raspberry Pi 4", use=use)
        lab.bench("tflite-int8", ["--device", "ssh://pi", "--cpus", "1"], 0, "48 degrees Celsius before", use=use)
        _ssh_faults(lab, pi, use)
        _lost(lab, pi, scratch / "cache", use)
        if has_adb():
            _phone_on(lab, pi)


def _ssh_faults(lab: Lab, pi: EmulatedPi, use: dict[str, str]) -> None:
    lab.title("faults on the way, and there")

    def refused(address: str, pattern: str, code: int = 4) -> None:
        lab.bench("tflite-int8", ["--device", address], code, pattern, use=use)

    refused(f"ssh://root@127.0.0.1:{free_port()}", "Connection refused")
    refused("ssh://stranger", r"Permission denied \(publickey\)")
    pi.known_hosts.write_text("")
    refused("ssh://pi", "Host key verification failed")
    kind, other, *_ = (pi.folder / "other.pub").read_text().split()
    pi.known_hosts.write_text(f"[127.0.0.1]:{pi.port} {kind} {other}\n")
    refused("ssh://pi", "Host key verification failed")
    pi.trust()
    refused("ssh://pi/opt/none/bin/python", "[Nn]o such file|not found")
    refused("ssh://pi/opt/bare/bin/python", "has no numpy")
    refused("ssh://pi/opt/numpy/bin/python", "has no interpreter for tflite")
    refused("ssh://pi/opt/full/bin/python", "the disk there is full", 2)
    words = ["bench", str(write_crashing_model(PLACE / "crash.tflite")), "--device", "ssh://pi"]
    lab.edgekit(words, 4, "the process there ended while it loaded the model", use=use)


def _lost(lab: Lab, pi: EmulatedPi, cache: Path, use: dict[str, str]) -> None:
    """End the process on the Pi in the middle of a comparison, and go on."""
    lab.title("lost in the middle, and gone on from there")
    data = MATERIAL / "data" / "flowers" if MATERIAL.is_dir() else lab.few

    def end() -> None:
        for _ in range(3000):
            if any(cache.glob("device-answers/*/*.npz")) and (there := pi.interpreters()):
                os.kill(there[-1], signal.SIGKILL)
                return
            time.sleep(0.1)

    ending = threading.Thread(target=end)
    ending.start()
    lab.parity("tflite-fp32", ["--device", "ssh://pi"], 4, "are answered; the same command", data=data, use=use)
    ending.join()
    lab.parity("tflite-fp32", ["--device", "ssh://pi"], 0, "ssh://pi: pass", data=data, use=use)


def _phone_on(lab: Lab, pi: EmulatedPi) -> None:
    """Show a phone whose files and interpreter are those of the Pi."""
    lab.title("a phone over adb, on the same aarch64 machine")
    tools = pi.root / "data/local/tmp"
    tools.mkdir(parents=True, exist_ok=True)
    make_tool(tools, python="/usr/bin/python3")
    shutil.copy(Path(__file__).parent / "adbd.py", pi.root / "opt/adbd.py")

    def start(port: int) -> subprocess.Popen[str]:
        return pi.inside("/usr/bin/python3", "/opt/adbd.py", str(port))

    with _scratch() as scratch, lab_phone(scratch, start=start) as phone:
        for variant in ("tflite-fp32", "tflite-int8"):
            where = ["--device", f"adb:{phone.serial}"]
            lab.parity(variant, where, 0, "benchmark_model, adb:.*: pass", use=phone.environment)


def adb(lab: Lab) -> None:
    """A phone behind adb: outputs, times, delegates, and each fault."""
    if not has_adb():
        sys.exit("make lab: adb is not installed: apt-get install adb")
    with _scratch() as scratch, lab_phone(scratch / "phone") as phone:
        use = {**phone.environment, "EDGEKIT_PHONE_FOLDER": str(scratch / "files")}
        where = ["--device", "adb:", "--benchmark-model", str(make_tool(scratch))]
        lab.title("a phone over adb")
        lab.parity("tflite-fp32", where, 0, "benchmark_model, adb:: pass", use=use)
        lab.parity("tflite-int8", [*where, "--delegate", "xnnpack"], 0, "xnnpack ran", use=use)
        lab.bench("tflite-int8", where, 0, "p50 .* p90 .* p99", "Lab Stand-in", use=use)
        lab.title("faults of phones")
        lab.bench("tflite-int8", ["--device", "adb:"], 4, "name the file by --benchmark-model", use=use)
        lab.bench("tflite-int8", ["--device", "adb:none"], 4, "adb knows no such phone", use=use)
        lab.bench("tflite-int8", [*where, "--delegate", "nnapi"], 4, "will not be executed by the delegate", use=use)
        lab.bench("tflite-int8", [*where, "--delegate", "gpu", "--fallback"], 0, "warning: the CPU ran it", use=use)
        server = int(phone.environment["ANDROID_ADB_SERVER_PORT"])
        with lab_phone(scratch / "second", "unauthorized", server=server) as second:
            lab.bench("tflite-int8", where, 4, "name one of adb:", use=use)
            lab.bench("tflite-int8", ["--device", f"adb:{second.serial}"], 4, "has not allowed this computer", use=use)
            phone.adb("disconnect", second.serial)
        phone.adb("disconnect", phone.serial)
        lab.bench("tflite-int8", where, 4, "finds no phone", use=use)


def gpu(lab: Lab) -> None:
    """The GPU delegate on a driver in software, in both precisions."""
    if not vulkan.has_loader():
        sys.exit(f"make lab: no Vulkan loader is installed: apt-get install {' '.join(vulkan.PACKAGES)}")
    use = vulkan.lavapipe(PLACE / "vulkan")
    lab.title("the GPU, on a Vulkan driver in software")
    for delegate in ("gpu:fp32", "gpu"):
        for variant in ("tflite-fp32", "tflite-int8"):
            where = ["--delegate", delegate]
            lab.parity(variant, where, 0, f"{delegate} ran", "selected adapter llvmpipe", use=use)
    lab.bench("tflite-fp32", ["--delegate", "gpu"], 0, "selected adapter llvmpipe", use=use)
    lab.title("faults of the GPU")
    lab.bench("tflite-fp32", ["--delegate", "gpu"], 4, "LiteRT found no GPU", use=NO_DRIVER)
    lab.bench("tflite-fp32", ["--delegate", "gpu", "--fallback"], 0, "warning: the CPU ran it", use=NO_DRIVER)


def edgetpu(lab: Lab) -> None:
    """The way to libedgetpu, with a delegate in its place that takes compiled models and gives zeros."""
    if not has_compiler():
        sys.exit("make lab: no C compiler is installed: apt-get install gcc libc6-dev")
    with _scratch() as scratch:
        library = build_delegate(scratch)
        option = ["--delegate-option", f"library={library}", "--delegate-option", "kind=custom"]
        lab.title("the Edge TPU's way, with a stand-in for libedgetpu")
        compiled = MATERIAL / "edgetpu" / "mobilenet_v1_0.25_128_quant_edgetpu.tflite"
        if compiled.exists():
            words = ["bench", str(compiled), "--runs", "5", "--delegate", "edgetpu:usb", *option]
            lab.edgekit(words, 0, r"edgetpu:usb ran 1 of \d+ operators in 1 partition")
        lab.title("faults of delegates")
        lab.bench("tflite-int8full", ["--delegate", "edgetpu", *option], 4, "takes none of the model's")
        lab.bench("tflite-int8full", ["--delegate", "edgetpu"], 4, "libedgetpu is at https://coral.ai/software")
        own = ["--delegate", f"external:{library}", "--delegate-option"]
        lab.bench("tflite-fp32", ["--delegate", "external:/nowhere.so"], 4, "there is no such file")
        lab.bench("tflite-fp32", [*own, "fail=create"], 4, "asked to fail in create")
        lab.bench("tflite-fp32", [*own, "ops=0", "--delegate-option", "fail=prepare"], 4, "failed to prepare")
        lab.bench("tflite-fp32", [*own, "ops=0", "--delegate-option", "fail=invoke"], 2, "asked to fail in invoke")
        lab.bench("tflite-fp32", [*own, "ops=0", "--delegate-option", "crash=invoke"], 4, "the process there ended")


SCENES = {"ssh": ssh, "adb": adb, "gpu": gpu, "edgetpu": edgetpu}


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in SCENES]
    if unknown:
        sys.exit(f"no scene {unknown[0]!r} (there are: {', '.join(SCENES)})")
    lab, started = prepared(), time.monotonic()
    for name in names or SCENES:
        SCENES[name](lab)
    seconds = time.monotonic() - started
    sys.stdout.write(f"\n{lab.count} commands in {seconds:.0f} s, {len(lab.wrong)} not as they should be\n")
    sys.stdout.writelines(f"  {line}\n" for line in lab.wrong)
    return 1 if lab.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

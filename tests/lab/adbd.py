"""A phone's side of adb, for Google's own client: shell, push, pull and stat, on a port of this machine.

    python adbd.py PORT [unauthorized]

The protocol is that of AOSP's ``packages/modules/adb/protocol.txt`` and ``SYNC.TXT``. It needs Python alone, so that it
also runs where there is nothing else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import socket
import struct
import subprocess
import sys
import threading
from typing import NamedTuple

HEADER = struct.Struct("<6I")
VERSION, LARGEST = 0x01000001, 1 << 18
BANNER = (
    b"device::ro.product.name=standin;ro.product.model=Stand-in;ro.product.device=lab;features=shell_v2,cmd,stat_v2"
)
PROPERTIES = {
    "ro.product.manufacturer": "Lab",
    "ro.product.model": "Stand-in",
    "ro.product.cpu.abi": os.uname().machine,
    "ro.build.version.release": "14",
}
PIECE = 1 << 16
OUT, ERR, EXIT = 1, 2, 3
"""What a packet of the shell protocol carries."""


class Message(NamedTuple):
    """A message of the transport."""

    command: bytes
    first: int
    second: int
    data: bytes = b""

    def packed(self) -> bytes:
        number = struct.unpack("<I", self.command)[0]
        return (
            HEADER.pack(
                number, self.first, self.second, len(self.data), sum(self.data) & 0xFFFFFFFF, number ^ 0xFFFFFFFF
            )
            + self.data
        )


class Connection:
    """A client that is connected, and its streams."""

    def __init__(self, client: socket.socket, *, authorized: bool) -> None:
        self.client, self.authorized = client, authorized
        self.sending = threading.Lock()
        self.streams: dict[int, Stream] = {}
        self.next = 1

    def send(self, message: Message) -> None:
        with self.sending:
            self.client.sendall(message.packed())

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self.client.recv(size - len(found))
            if not piece:
                raise EOFError
            found += piece
        return found

    def serve(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, first, second, size, _, _ = HEADER.unpack(self._read(HEADER.size))
                self._handle(Message(struct.pack("<I", number), first, second, self._read(size)))

    def _handle(self, message: Message) -> None:
        stream = self.streams.get(message.second)
        if message.command == b"CNXN":
            # A phone that has not allowed the computer asks for a signature, again and again.
            known = Message(b"CNXN", VERSION, LARGEST, BANNER)
            self.send(known if self.authorized else Message(b"AUTH", 1, 0, os.urandom(20)))
        elif message.command == b"OPEN":
            opened = Stream(self, self.next, message.first, message.data.rstrip(b"\0").decode())
            self.streams[opened.number], self.next = opened, self.next + 1
            threading.Thread(target=opened.run, daemon=True).start()
        elif message.command == b"WRTE" and stream is not None:
            stream.given.put(message.data)
            self.send(Message(b"OKAY", message.second, message.first))
        elif message.command == b"OKAY" and stream is not None:
            stream.taken.release()
        elif message.command == b"CLSE" and stream is not None:
            self.streams.pop(message.second).given.put(b"")


class Stream:
    """A service that a client has opened: a shell command, or the files."""

    def __init__(self, connection: Connection, number: int, other: int, service: str) -> None:
        self.connection, self.number, self.other, self.service = connection, number, other, service
        self.given: queue.Queue[bytes] = queue.Queue()
        self.taken, self.writing, self.rest = threading.Semaphore(0), threading.Lock(), b""

    def run(self) -> None:
        kind, _, argument = self.service.partition(":")
        with contextlib.suppress(EOFError, OSError):
            if kind.partition(",")[0] in ("shell", "exec"):
                self._okay()
                Shell(self, packets="v2" in kind).run(argument)
            elif kind == "sync":
                self._okay()
                Files(self).run()
        with contextlib.suppress(OSError):
            self.connection.send(Message(b"CLSE", self.number, self.other))
        self.connection.streams.pop(self.number, None)

    def _okay(self) -> None:
        self.connection.send(Message(b"OKAY", self.number, self.other))

    def write(self, data: bytes) -> None:
        with self.writing:
            for start in range(0, len(data), PIECE):
                self.connection.send(Message(b"WRTE", self.number, self.other, data[start : start + PIECE]))
                if not self.taken.acquire(timeout=60):
                    raise EOFError

    def read(self, size: int) -> bytes:
        while len(self.rest) < size:
            piece = self.given.get()
            if not piece:
                raise EOFError
            self.rest += piece
        found, self.rest = self.rest[:size], self.rest[size:]
        return found


class Shell:
    """A command of the shell; with packets its two outputs are apart, and its exit code is told."""

    def __init__(self, stream: Stream, *, packets: bool) -> None:
        self.stream, self.packets = stream, packets

    def run(self, command: str) -> None:
        words = command.split()
        if words[:1] == ["getprop"]:
            self._write(OUT, (PROPERTIES.get(" ".join(words[1:]), "") + "\n").encode())
            self._exit(0)
            return
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        assert process.stdout is not None
        assert process.stderr is not None
        pumps = [
            threading.Thread(target=self._pump, args=(file.fileno(), kind))
            for file, kind in ((process.stdout, OUT), (process.stderr, ERR))
        ]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        self._exit(process.wait())

    def _pump(self, descriptor: int, kind: int) -> None:
        with contextlib.suppress(EOFError, OSError):
            while data := os.read(descriptor, PIECE // 2):
                self._write(kind, data)

    def _write(self, kind: int, data: bytes) -> None:
        self.stream.write(struct.pack("<BI", kind, len(data)) + data if self.packets else data)

    def _exit(self, code: int) -> None:
        if self.packets:
            self.stream.write(struct.pack("<BIB", EXIT, 1, code & 255 if code >= 0 else 128 - code))


class Files:
    """Files that are pushed, pulled, listed and looked up."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def run(self) -> None:
        known = {
            b"STAT": self._stat,
            b"STA2": self._stat2,
            b"LST2": self._stat2,
            b"LIST": self._list,
            b"SEND": self._take,
            b"RECV": self._give,
        }
        while True:
            name, size = struct.unpack("<4sI", self.stream.read(8))
            if name == b"QUIT":
                return
            path = self.stream.read(size).decode()
            if name in known:
                known[name](name, path)
            else:
                self._fail(f"{name.decode(errors='replace')} is not known here")

    def _fail(self, reason: str) -> None:
        self.stream.write(struct.pack("<4sI", b"FAIL", len(reason.encode())) + reason.encode())

    def _stat(self, name: bytes, path: str) -> None:
        try:
            found = os.stat(path)
            values = found.st_mode, found.st_size & 0xFFFFFFFF, int(found.st_mtime)
        except OSError:
            values = (0, 0, 0)
        self.stream.write(b"STAT" + struct.pack("<III", *values))

    def _stat2(self, name: bytes, path: str) -> None:
        try:
            found, wrong = (os.lstat if name == b"LST2" else os.stat)(path), 0
        except OSError as error:
            self.stream.write(name + struct.pack("<IQQIIIIQqqq", error.errno or errno.EIO, *[0] * 10))
            return
        times = int(found.st_atime), int(found.st_mtime), int(found.st_ctime)
        owners = found.st_mode, found.st_nlink, found.st_uid, found.st_gid
        self.stream.write(
            name + struct.pack("<IQQIIIIQqqq", wrong, found.st_dev, found.st_ino, *owners, found.st_size, *times)
        )

    def _list(self, name: bytes, path: str) -> None:
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                found, label = entry.stat(), entry.name.encode()
                values = found.st_mode, found.st_size & 0xFFFFFFFF, int(found.st_mtime), len(label)
                self.stream.write(b"DENT" + struct.pack("<IIII", *values) + label)
        self.stream.write(b"DONE" + struct.pack("<IIII", 0, 0, 0, 0))

    def _take(self, name: bytes, argument: str) -> None:
        path, _, mode = argument.rpartition(",")
        reason, file = None, None
        try:
            os.makedirs(os.path.dirname(path) or "/", exist_ok=True)
            file = open(path, "wb")  # noqa: SIM115 - what comes has to be read even if it cannot be written
        except OSError as error:
            reason = error.strerror
        while True:
            kind, size = struct.unpack("<4sI", self.stream.read(8))
            if kind == b"DONE":
                break
            data = self.stream.read(size)
            try:
                if file is not None and reason is None:
                    file.write(data)
                    file.flush()
            except OSError as error:
                reason = error.strerror
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        if reason is not None:
            self._fail(f"couldn't create file: {reason}")
            return
        os.chmod(path, int(mode) & 0o777)
        self.stream.write(b"OKAY" + struct.pack("<I", 0))

    def _give(self, name: bytes, path: str) -> None:
        try:
            with open(path, "rb") as file:
                while data := file.read(PIECE - 8):
                    self.stream.write(b"DATA" + struct.pack("<I", len(data)) + data)
            self.stream.write(b"DONE" + struct.pack("<I", 0))
        except OSError as error:
            self._fail(str(error.strerror))


def main(port: int, *, authorized: bool) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(8)
        print(f"adbd on 127.0.0.1:{server.getsockname()[1]}", flush=True)  # noqa: T201 - whoever started it waits
        while True:
            client, _ = server.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection(client, authorized=authorized).serve, daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), authorized="unauthorized" not in sys.argv)

r"""Regular expressions: TensorFlow's are RE2's, on UTF-8; ours are Python's.

`translate` turns one into the other when a front end is exported, following RE2's syntax
(https://github.com/google/re2/wiki/Syntax): ``\d``, ``\w``, ``\s`` and ``[[:alpha:]]`` are ASCII, ``$`` is the end of
the text, and bytes that are no valid UTF-8 match nothing. `Replacement` runs the result.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator

from edgekit.errors import FrontEndError

Ranges = tuple[tuple[int, int], ...]

INVALID_BYTES = (0xDC80, 0xDCFF)
"""Where Python's ``surrogateescape`` puts bytes that are no valid UTF-8."""

_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_PERL = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_ANCHORS = {
    ("^", False): r"\A",
    ("^", True): r"(?:\A|(?<=\n))",
    ("$", False): r"\Z",
    ("$", True): r"(?=\n|\Z)",
}
_QUANTIFIER = re.compile(r"\{\d+(,\d*)?\}")
_REWRITE = re.compile(r"\\(.)", re.DOTALL)


class Replacement:
    r"""Replaces the matches of a pattern, as RE2's ``GlobalReplace`` or ``Replace`` does.

    Args:
        pattern: In Python's syntax, as `translate` gives it.
        rewrite: The replacement, with groups as ``\1``.
        everywhere: Replace every match rather than the first.
    """

    def __init__(self, pattern: str, rewrite: str, *, everywhere: bool) -> None:
        self.search = re.compile(pattern)
        self.everywhere = everywhere
        self.parts: list[str | int] = []
        end = 0
        for found in _REWRITE.finditer(rewrite):
            self.parts.append(rewrite[end : found.start()])
            self.parts.append(int(found[1]) if found[1].isdigit() else found[1])
            end = found.end()
        self.parts.append(rewrite[end:])

    def __call__(self, text: bytes) -> bytes:
        """Return ``text`` with its matches replaced."""
        string = text.decode("utf-8", "surrogateescape")
        return "".join(self._pieces(string)).encode("utf-8", "surrogateescape")

    def _pieces(self, string: str) -> Iterator[str]:
        end = last = 0
        first = True
        for match in self.search.finditer(string):
            if match.start() == match.end() == last and not first:
                continue  # RE2 allows no empty match right after a match; Python does
            yield string[end : match.start()]
            for part in self.parts:
                yield (match[part] or "") if isinstance(part, int) else part
            end = last = match.end()
            first = False
            if not self.everywhere:
                break
        yield string[end:]


def translate(pattern: str) -> str:
    """Return an RE2 pattern in Python's syntax.

    Raises:
        FrontEndError: It uses what Python cannot do alike; the construct is named.
    """
    made = _Translator(pattern).run()
    try:
        re.compile(made)
    except re.error as error:
        raise FrontEndError(f"regular expression {pattern!r}: {error}") from error
    return made


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.flags = [set[str]()]

    def run(self) -> str:
        made = []
        while self.at < len(self.pattern):
            made.append(self._next())
        return "".join(made)

    def _refuse(self, what: str) -> FrontEndError:
        return FrontEndError(f"regular expression {self.pattern!r}: {what} is not supported")

    def _take(self, count: int = 1) -> str:
        part = self.pattern[self.at : self.at + count]
        if len(part) < count:
            raise self._refuse("an incomplete pattern")
        self.at += count
        return part

    def _ahead(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _next(self) -> str:
        char = self._take()
        flags = self.flags[-1]
        if char == "\\":
            return self._escape()
        if char == "[":
            return _shown(self._set())
        if char == ".":
            return _shown(_complement(() if "s" in flags else ((10, 10),)))
        if char in "$^":
            return _ANCHORS[char, "m" in flags]
        if char == "(":
            return self._group()
        if char == ")":
            if len(self.flags) > 1:
                self.flags.pop()
            return ")"
        if char == "{":
            found = _QUANTIFIER.match(self.pattern, self.at - 1)
            if found is None:
                return r"\{"
            self.at = found.end()
            return found[0]
        return char if char in "*+?|" else re.escape(char)

    def _group(self) -> str:
        flags = set(self.flags[-1])
        if not self._ahead("?"):
            self.flags.append(flags)
            return "("
        if self._ahead("?P<") or self._ahead("?<"):
            end = self.pattern.find(">", self.at)
            name = self.pattern[self.at : end].lstrip("?P<")
            self.at = end + 1
            self.flags.append(flags)
            return f"(?P<{name}>"
        return self._flagged_group(flags)

    def _flagged_group(self, flags: set[str]) -> str:
        found = re.compile(r"\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])").match(self.pattern, self.at)
        if found is None:
            raise self._refuse(f"the group {self.pattern[self.at - 1 : self.at + 4]!r}")
        on, off = set(found[1]), set((found[2] or "")[1:])
        if (on | off) - set("ims"):
            raise self._refuse(f"the flag {sorted((on | off) - set('ims'))[0]!r}")
        first = self.at == 1
        self.at = found.end()
        if found[3] == ")":
            if not first:
                raise self._refuse("flags in the middle of a pattern")
            self.flags[-1] = (flags | on) - off
            return "(?i)" if "i" in self.flags[-1] else ""
        self.flags.append((flags | on) - off)
        return "(?i:" if "i" in on else "(?-i:" if "i" in off else "(?:"

    def _escape(self) -> str:
        char = self._take()
        if char in "bB":
            return rf"(?a:\{char})"
        if char == "A":
            return r"\A"
        if char == "z":
            return r"\Z"
        if char == "Q":
            end = self.pattern.find(r"\E", self.at)
            literal = self.pattern[self.at : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return re.escape(literal)
        found = self._escaped(char)
        return re.escape(chr(found)) if isinstance(found, int) else _shown(found)

    def _escaped(self, char: str) -> int | Ranges:
        """Return what an escape stands for, in and outside of a set: a character or a set."""
        if char.lower() in _PERL:
            ranges = _PERL[char.lower()]
            return ranges if char.islower() else _complement(ranges)
        if char in "pP":
            return self._unicode_set(negated=char == "P")
        if char in _CONTROL:
            return _CONTROL[char]
        if char == "x":
            digits = self._braced() if self._ahead("{") else self._take(2)
            return int(digits, 16)
        if char in "01234567":
            found = re.compile(r"[0-7]{1,3}").match(self.pattern, self.at - 1)
            if char != "0" and (found is None or len(found[0]) < 2):
                raise self._refuse(f"the escape \\{char}")
            assert found is not None, "it begins with an octal digit"
            self.at = found.end()
            return int(found[0], 8)
        if char.isalnum():
            raise self._refuse(f"the escape \\{char}")
        return ord(char)

    def _braced(self) -> str:
        end = self.pattern.find("}", self.at)
        if end < 0:
            raise self._refuse("an incomplete pattern")
        found = self.pattern[self.at + 1 : end]
        self.at = end + 1
        return found

    def _unicode_set(self, *, negated: bool) -> Ranges:
        name = self._braced() if self._ahead("{") else self._take()
        if name.startswith("^"):
            name, negated = name[1:], not negated
        ranges = _category(name)
        if not ranges:
            raise self._refuse(f"the Unicode class {name!r}")
        return _complement(ranges) if negated else ranges

    def _set(self) -> Ranges:
        negated = self._ahead("^")
        if negated:
            self._take()
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._ahead("]"):
            first = False
            if self._ahead("[:"):
                ranges += self._posix()
                continue
            low = self._member()
            if not isinstance(low, int):
                ranges += low
                continue
            high = low
            if self._ahead("-") and not self._ahead("-]"):
                self._take()
                end = self._member()
                if not isinstance(end, int):
                    raise self._refuse("a range that ends in a set")
                high = end
            ranges.append((low, high))
        self._take()
        return _complement(ranges) if negated else tuple(ranges)

    def _member(self) -> int | Ranges:
        char = self._take()
        return self._escaped(self._take()) if char == "\\" else ord(char)

    def _posix(self) -> Ranges:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 2 : end]
        ranges = _POSIX.get(name.lstrip("^"))
        if end < 0 or ranges is None:
            raise self._refuse(f"the class [:{name}:]")
        self.at = end + 2
        return _complement(ranges) if name.startswith("^") else ranges


def _complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return all characters but these, and but the bytes that are none."""
    found, start = [], 0
    for low, high in sorted([*ranges, INVALID_BYTES]):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= sys.maxunicode:
        found.append((start, sys.maxunicode))
    return tuple(found)


def _shown(ranges: Ranges) -> str:
    def char(code: int) -> str:
        return re.escape(chr(code)) if 32 <= code < 127 else f"\\U{code:08x}"

    return "[" + "".join(char(a) if a == b else f"{char(a)}-{char(b)}" for a, b in ranges) + "]"


@functools.cache
def _category(name: str) -> Ranges:
    """Return the characters of a Unicode general category, such as ``P`` or ``Lu``."""
    found: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return tuple(found)

r"""Regular expressions: TensorFlow's are RE2's, on UTF-8; ours are Python's.

`translate` turns one into the other when a front end is exported, following RE2's syntax
(https://github.com/google/re2/wiki/Syntax): ``\d``, ``\w``, ``\s`` and ``[[:alpha:]]`` are ASCII, ``$`` is the end of
the text, and bytes that are no valid UTF-8 match nothing. `Replacement` runs the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgekit.errors import FrontEndError
from edgekit.frontend.characters import CONTROL, PERL, POSIX, Ranges, bracketed, category, complement

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
        for group in _REWRITE.finditer(rewrite):
            self.parts.append(rewrite[end : group.start()])
            self.parts.append(int(group[1]) if group[1].isdigit() else group[1])
            end = group.end()
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
            for piece in self.parts:
                yield (match[piece] or "") if isinstance(piece, int) else piece
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
    translated = _Translator(pattern).run()
    try:
        re.compile(translated)
    except re.error as error:
        raise FrontEndError(f"regular expression {pattern!r}: {error}") from error
    return translated


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.flags = [set[str]()]

    def run(self) -> str:
        pieces = []
        while self.at < len(self.pattern):
            pieces.append(self._next())
        return "".join(pieces)

    def _refuse(self, what: str) -> FrontEndError:
        return FrontEndError(f"regular expression {self.pattern!r}: {what} is not supported")

    def _take(self, count: int = 1) -> str:
        taken = self.pattern[self.at : self.at + count]
        if len(taken) < count:
            raise self._refuse("an incomplete pattern")
        self.at += count
        return taken

    def _ahead(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _next(self) -> str:
        char = self._take()
        flags = self.flags[-1]
        if char == "\\":
            return self._escape()
        if char == "[":
            return bracketed(self._set())
        if char == ".":
            return bracketed(complement(() if "s" in flags else ((10, 10),)))
        if char in "$^":
            return _ANCHORS[char, "m" in flags]
        if char == "(":
            return self._group()
        if char == ")":
            if len(self.flags) > 1:
                self.flags.pop()
            return ")"
        if char == "{":
            quantifier = _QUANTIFIER.match(self.pattern, self.at - 1)
            if quantifier is None:
                return r"\{"
            self.at = quantifier.end()
            return quantifier[0]
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
        opening = re.compile(r"\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])").match(self.pattern, self.at)
        if opening is None:
            raise self._refuse(f"the group {self.pattern[self.at - 1 : self.at + 4]!r}")
        on, off = set(opening[1]), set((opening[2] or "")[1:])
        if (on | off) - set("ims"):
            raise self._refuse(f"the flag {sorted((on | off) - set('ims'))[0]!r}")
        first = self.at == 1
        self.at = opening.end()
        if opening[3] == ")":
            if not first:
                raise self._refuse("flags in the middle of a pattern")
            self.flags[-1] = (flags | on) - off
            return "(?i)" if "i" in self.flags[-1] else ""
        self.flags.append((flags | on) - off)
        if "i" in on:
            return "(?i:"
        return "(?-i:" if "i" in off else "(?:"

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
        escaped = self._escaped(char)
        return re.escape(chr(escaped)) if isinstance(escaped, int) else bracketed(escaped)

    def _escaped(self, char: str) -> int | Ranges:
        """Return what an escape stands for, in and outside of a set: a character or a set."""
        if char.lower() in PERL:
            ranges = PERL[char.lower()]
            return ranges if char.islower() else complement(ranges)
        if char in "pP":
            return self._unicode_set(negated=char == "P")
        if char in CONTROL:
            return CONTROL[char]
        if char == "x":
            digits = self._braced() if self._ahead("{") else self._take(2)
            return int(digits, 16)
        if char in "01234567":
            octal = re.compile(r"[0-7]{1,3}").match(self.pattern, self.at - 1)
            if char != "0" and (octal is None or len(octal[0]) < 2):
                raise self._refuse(f"the escape \\{char}")
            assert octal is not None, "it begins with an octal digit"
            self.at = octal.end()
            return int(octal[0], 8)
        if char.isalnum():
            raise self._refuse(f"the escape \\{char}")
        return ord(char)

    def _braced(self) -> str:
        end = self.pattern.find("}", self.at)
        if end < 0:
            raise self._refuse("an incomplete pattern")
        content = self.pattern[self.at + 1 : end]
        self.at = end + 1
        return content

    def _unicode_set(self, *, negated: bool) -> Ranges:
        name = self._braced() if self._ahead("{") else self._take()
        if name.startswith("^"):
            name, negated = name[1:], not negated
        ranges = category(name)
        if not ranges:
            raise self._refuse(f"the Unicode class {name!r}")
        return complement(ranges) if negated else ranges

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
        return complement(ranges) if negated else tuple(ranges)

    def _member(self) -> int | Ranges:
        char = self._take()
        return self._escaped(self._take()) if char == "\\" else ord(char)

    def _posix(self) -> Ranges:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at + 2 : end]
        ranges = POSIX.get(name.lstrip("^"))
        if end < 0 or ranges is None:
            raise self._refuse(f"the class [:{name}:]")
        self.at = end + 2
        return complement(ranges) if name.startswith("^") else ranges

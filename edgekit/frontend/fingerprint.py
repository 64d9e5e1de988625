"""FarmHash's Fingerprint64 in plain Python: how TensorFlow puts unknown words into hash buckets.

The algorithm is that of ``farmhashna::Hash64`` (google/farmhash, src/farmhash.cc, MIT); letters, constants and steps
are called as there. All is arithmetic of unsigned 64-bit numbers, so each sum and product is cut by ``_MASK``.
"""

from __future__ import annotations

# Primes between 2^63 and 2^64, of farmhash.cc.
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MASK = (1 << 64) - 1


def fingerprint64(text: bytes) -> int:
    """Return the fingerprint of ``text``, an unsigned 64-bit number."""
    size = len(text)
    if size <= 16:
        return _up_to_16(text, size)
    if size <= 32:
        return _up_to_32(text, size)
    if size <= 64:
        return _up_to_64(text, size)
    return _longer(text, size)


def _word(text: bytes, start: int, width: int = 8) -> int:
    return int.from_bytes(text[start : start + width], "little")


def _rotate(value: int, shift: int) -> int:
    return ((value >> shift) | (value << (64 - shift))) & _MASK


# ShiftMix of farmhash.cc.
def _shift_mix(value: int) -> int:
    return value ^ (value >> 47)


# HashLen16 of farmhash.cc, with a multiplier: 128 bits become 64, as in Murmur.
def _mix(u: int, v: int, multiplier: int) -> int:
    a = _shift_mix(((u ^ v) * multiplier) & _MASK)
    b = _shift_mix(((v ^ a) * multiplier) & _MASK)
    return (b * multiplier) & _MASK


# HashLen0to16: both ends of the text, which overlap where it is short, so that no byte is left out.
def _up_to_16(text: bytes, size: int) -> int:
    multiplier = _K2 + size * 2
    if size >= 8:
        a, b = (_word(text, 0) + _K2) & _MASK, _word(text, size - 8)
        c = (_rotate(b, 37) * multiplier + a) & _MASK
        d = ((_rotate(a, 25) + b) * multiplier) & _MASK
        return _mix(c, d, multiplier)
    if size >= 4:
        return _mix((size + (_word(text, 0, 4) << 3)) & _MASK, _word(text, size - 4, 4), multiplier)
    if size > 0:
        y = text[0] + (text[size >> 1] << 8)
        z = size + (text[size - 1] << 2)
        return (_shift_mix(((y * _K2) ^ (z * _K0)) & _MASK) * _K2) & _MASK
    return _K2


# HashLen17to32.
def _up_to_32(text: bytes, size: int) -> int:
    multiplier = _K2 + size * 2
    a, b = (_word(text, 0) * _K1) & _MASK, _word(text, 8)
    c, d = (_word(text, size - 8) * multiplier) & _MASK, (_word(text, size - 16) * _K2) & _MASK
    u = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    v = (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK
    return _mix(u, v, multiplier)


# HashLen33to64: the steps of HashLen17to32 on the outer 32 bytes, then on the inner ones with their sums.
def _up_to_64(text: bytes, size: int) -> int:
    multiplier = _K2 + size * 2
    a, b = (_word(text, 0) * _K2) & _MASK, _word(text, 8)
    c, d = (_word(text, size - 8) * multiplier) & _MASK, (_word(text, size - 16) * _K2) & _MASK
    y = (_rotate((a + b) & _MASK, 43) + _rotate(c, 30) + d) & _MASK
    z = _mix(y, (a + _rotate((b + _K2) & _MASK, 18) + c) & _MASK, multiplier)
    e, f = (_word(text, 16) * multiplier) & _MASK, _word(text, 24)
    g, h = ((y + _word(text, size - 32)) * multiplier) & _MASK, ((z + _word(text, size - 24)) * multiplier) & _MASK
    u = (_rotate((e + f) & _MASK, 43) + _rotate(g, 30) + h) & _MASK
    return _mix(u, (e + _rotate((f + a) & _MASK, 18) + g) & _MASK, multiplier)


# WeakHashLen32WithSeeds: 32 bytes are stirred into the seeds a and b.
def _weak_pair(text: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(text, start + 8 * index) for index in range(4))
    a = (a + w) & _MASK
    b = _rotate((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _rotate(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


# Hash64 of more than 64 bytes: the state is x, y, z and the pairs v and w, 56 bytes.
def _longer(text: bytes, size: int) -> int:
    seed = 81  # of farmhash.cc: another number puts words into other buckets
    x = seed
    y = (seed * _K1 + 113) & _MASK
    z = (_shift_mix((y * _K2 + 113) & _MASK) * _K2) & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(text, 0)) & _MASK
    end = ((size - 1) // 64) * 64
    last = end + ((size - 1) & 63) - 63
    # Blocks of 64 bytes; the last block is left to what follows, even where it is a full one.
    for start in range(0, end, 64):
        x = (_rotate((x + y + v[0] + _word(text, start + 8)) & _MASK, 37) * _K1) & _MASK
        y = (_rotate((y + v[1] + _word(text, start + 48)) & _MASK, 42) * _K1) & _MASK
        x ^= w[1]
        y = (y + v[0] + _word(text, start + 40)) & _MASK
        z = (_rotate((z + w[0]) & _MASK, 33) * _K1) & _MASK
        v = _weak_pair(text, start, (v[1] * _K1) & _MASK, (x + w[0]) & _MASK)
        w = _weak_pair(text, start + 32, (z + w[1]) & _MASK, (y + _word(text, start + 16)) & _MASK)
        z, x = x, z
    # The last 64 bytes, which overlap the block before, with a multiplier that depends on the state.
    multiplier = (_K1 + ((z & 0xFF) << 1)) & _MASK
    start = last
    w = ((w[0] + ((size - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    x = (_rotate((x + y + v[0] + _word(text, start + 8)) & _MASK, 37) * multiplier) & _MASK
    y = (_rotate((y + v[1] + _word(text, start + 48)) & _MASK, 42) * multiplier) & _MASK
    x ^= (w[1] * 9) & _MASK
    y = (y + v[0] * 9 + _word(text, start + 40)) & _MASK
    z = (_rotate((z + w[0]) & _MASK, 33) * multiplier) & _MASK
    v = _weak_pair(text, start, (v[1] * multiplier) & _MASK, (x + w[0]) & _MASK)
    w = _weak_pair(text, start + 32, (z + w[1]) & _MASK, (y + _word(text, start + 16)) & _MASK)
    z, x = x, z
    first = (_mix(v[0], w[0], multiplier) + _shift_mix(y) * _K0 + z) & _MASK
    return _mix(first, (_mix(v[1], w[1], multiplier) + x) & _MASK, multiplier)

"""Front-end ops on signals: Fourier transforms and complex numbers, as TensorFlow defines them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgekit.frontend.registry import plain


def _length(fft_length: NDArray[Any]) -> int:
    return int(np.atleast_1d(fft_length)[-1])


def _single(values: NDArray[Any]) -> NDArray[Any]:
    """Return NumPy's answer in TensorFlow's width: NumPy before 2.0 computes every transform in double."""
    return values.astype(np.complex64 if values.dtype.kind == "c" else np.float32, copy=False)


plain(lambda x, n: _single(np.fft.rfft(x, _length(n))), "RFFT")
plain(lambda x, n: _single(np.fft.irfft(x, _length(n))), "IRFFT")
plain(lambda x: _single(np.fft.fft(x)), "FFT")
plain(lambda x: _single(np.fft.ifft(x)), "IFFT")
plain(np.abs, "ComplexAbs")
plain(np.real, "Real")
plain(np.imag, "Imag")
plain(np.conj, "Conj")
plain(lambda x: np.angle(x).astype(np.float32), "Angle")
plain(lambda real, imag: _single(real + 1j * imag), "Complex")

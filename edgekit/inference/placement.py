"""Placement: by what runtime, delegate and device an artifact is run."""

from __future__ import annotations

from msgspec import Struct

from edgekit.adapters.device import HOST, transport_of


class Placement(Struct, frozen=True, kw_only=True):
    """Where and how an artifact runs; the attributes are the arguments of `open_session`."""

    runtime: str | None = None
    delegate: str | None = None
    delegate_options: tuple[str, ...] = ()
    fallback: bool = False
    threads: int = 1
    cpus: tuple[int, ...] | None = None
    device: str = HOST
    benchmark_model: str | None = None

    @property
    def is_remote(self) -> bool:
        """Whether it runs on another machine; not, where the address is wrong."""
        transport = transport_of(self.device)
        return transport is not None and transport.IS_REMOTE

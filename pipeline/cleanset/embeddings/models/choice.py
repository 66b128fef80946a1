"""Which embedder a user wants, before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

OWN = "cleanset"
"""Name of the project's own embedder."""
CPU, CUDA = "cpu", "cuda"


@dataclass(frozen=True, slots=True)
class Choice:
    """An embedder that is not loaded yet; it can be sent to another process.

    Attributes:
        name: as the user names it; ``load.KNOWN`` lists the forms.
        device: ``cpu`` or ``cuda``.
        address: of the process that has it in memory; empty where each process loads its own.
    """

    name: str = OWN
    device: str = CPU
    address: str = ""

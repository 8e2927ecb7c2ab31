"""Tables in markdown, on the terminal and in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import torch


def ms(seconds: float) -> str:
    """Milliseconds with as many digits as are worth reading."""
    value = seconds * 1000
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def ratio(value: float) -> str:
    return f"{value:.2f}"


def kilobytes(count: float) -> str:
    return f"{count / 1000:,.0f}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table; the first column is left-aligned, numbers are not."""
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(chromium: str, load: float) -> str:
    """What the numbers were measured on; `load` is how many processes wanted to run before."""
    cores = os.cpu_count() or 1
    busy = (
        f" Other work kept the machine busy (load {load:.1f} on {cores} cores), so that times are "
        "longer and less steady than on a quiet one."
        if load > cores / 2
        else ""
    )
    return (
        f"{_processor()}, {cores} cores, {platform.system()}; Python "
        f"{platform.python_version()}, torch {torch.__version__} on {torch.get_num_threads()} "
        f"threads, transformers {version('transformers')}, {chromium}.{busy}"
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

"""How this process gives memory back to the system.

By default glibc returns every large buffer when it is freed, and the next run gets it again
page by page from the kernel, zeroed: at 256 tokens that cost as much as the arithmetic. A
server that keeps what it will need again at the next request answers in two thirds of the time.
"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of <malloc.h>
KEPT_BYTES = 128 * 2**20
TRIM_S = 20.0  # it takes some 50 ms of one thread
LARGEST_KEPT_BYTES = 32 * 2**20  # the most that glibc allows


def keep_freed_memory() -> bool:
    """Keep up to 128 MB of freed memory for the next run. False where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    kept = mallopt(TRIM_THRESHOLD, KEPT_BYTES) and mallopt(MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
    return bool(kept)


async def trim_memory(counted: Callable[[], float], every_s: float = TRIM_S) -> None:
    """Now and then, where `counted` shows that something was done meanwhile, gives the free pages
    between those in use back to the system: of long texts in many threads they would grow to as
    much again as the runs that are kept. Goes on until it is cancelled; nothing without glibc.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return
    before = counted()
    while True:
        await asyncio.sleep(every_s)
        if (now := counted()) != before:
            before = now
            await asyncio.to_thread(trim, 0)

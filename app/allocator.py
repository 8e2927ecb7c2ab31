"""How this process gives memory back to the system.

By default glibc returns every large buffer when it is freed, and the next run gets it again
page by page from the kernel, zeroed: at 256 tokens that cost as much as the arithmetic. A
server that keeps what it will need again at the next request answers in two thirds of the time.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of <malloc.h>
KEPT_BYTES = 128 * 2**20
LARGEST_KEPT_BYTES = 32 * 2**20  # the most that glibc allows


def keep_freed_memory() -> bool:
    """Keep up to 128 MB of freed memory for the next run. False where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    kept = mallopt(TRIM_THRESHOLD, KEPT_BYTES) and mallopt(MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
    return bool(kept)

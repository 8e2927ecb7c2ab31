"""A server's freed memory: what one run gave back, the next takes without asking the kernel."""

import asyncio
import resource
import subprocess
import sys

import pytest

from headlight.app.service.allocator import trim_memory

TOUCHES_A_FREED_BUFFER = """
import resource, sys, torch
from headlight.app.service.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones(16, 2**20 // 4).sum()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


def faults(how: str) -> int:
    """Pages that ten buffers of 16 MB, each freed before the next, cost when all is warm."""
    done = subprocess.run(
        [sys.executable, "-c", TOUCHES_A_FREED_BUFFER, how],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_a_freed_buffer_is_used_again_without_new_pages() -> None:
    of_one_buffer = 16 * 2**20 // resource.getpagesize()
    assert faults("kept") < of_one_buffer / 8


def test_free_pages_are_given_back_where_something_was_done_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts, trims = [0, 1, 1, 2, 2, 2], list[int]()

    class Libc:
        def __init__(self, name: None) -> None:
            pass

        def malloc_trim(self, pad: int) -> int:
            trims.append(pad)
            return 1

    def counted() -> int:
        return counts.pop(0) if len(counts) > 1 else counts[0]

    async def some_time() -> None:
        giving = asyncio.create_task(trim_memory(counted, 0.001))
        while len(counts) > 1:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)

    monkeypatch.setattr("headlight.app.service.allocator.ctypes.CDLL", Libc)
    asyncio.run(some_time())
    assert trims == [0, 0]

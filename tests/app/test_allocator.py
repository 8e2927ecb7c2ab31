"""A server's freed memory: what one run gave back, the next takes without asking the kernel."""

import resource
import subprocess
import sys

TOUCHES_A_FREED_BUFFER = """
import resource, sys, torch
from app.allocator import keep_freed_memory
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

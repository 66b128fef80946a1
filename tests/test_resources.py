"""A process that extracts keeps freed memory, and gives it back when it is done."""

import gc
import os
import subprocess
import sys

import pytest

from cleanset.resources import settled

FAULTS_OF_TEN_ARRAYS = """
import contextlib, resource
import numpy as np
from cleanset.resources import keeping_freed_memory
with keeping_freed_memory() if {keep} else contextlib.nullcontext():
    np.ones(20 << 20, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(20 << 20, np.uint8)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
resident = int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() >> 20
print(faults, resident)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other allocators")


def _faults_and_resident(*, keep: bool) -> tuple[int, int]:
    """Page faults of ten arrays of 20 MiB, one after the other, and MiB that are resident afterwards."""
    told = subprocess.check_output([sys.executable, "-c", FAULTS_OF_TEN_ARRAYS.format(keep=keep)], text=True)
    faults, resident = map(int, told.split())
    return faults, resident


@linux
def test_a_large_array_takes_the_pages_of_the_one_before_and_the_last_one_is_given_back() -> None:
    (kept, after), (given_back, usual) = _faults_and_resident(keep=True), _faults_and_resident(keep=False)
    if given_back < 100:
        pytest.skip("this allocator keeps freed memory by itself")
    assert kept < given_back / 10
    assert after < usual + 10


def test_garbage_is_collected_as_usual_afterwards() -> None:
    with settled():
        assert gc.get_freeze_count()
    assert not gc.get_freeze_count()


def test_threads_settle_together_and_the_last_one_ends_it() -> None:
    first, second = settled(), settled()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_freeze_count(), "the second still works"
    assert "RAYON_NUM_THREADS" in os.environ
    second.__exit__(None, None, None)
    assert not gc.get_freeze_count()

"""A process that extracts keeps freed memory."""

import subprocess
import sys

import pytest

FAULTS_OF_TEN_ARRAYS = """
import resource
import numpy as np
from cleanset.features.process import settle
if {keep}:
    settle()
np.ones(20 << 20, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    np.ones(20 << 20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other allocators")
def test_a_large_array_takes_the_pages_of_the_one_before() -> None:
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", FAULTS_OF_TEN_ARRAYS.format(keep=keep)]))
        for keep in (True, False)
    )
    if given_back < 100:
        pytest.skip("this allocator keeps freed memory by itself")
    assert kept < given_back / 10

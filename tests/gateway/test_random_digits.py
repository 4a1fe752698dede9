"""Digits are given once, whoever asks."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.random_digits import random_digits


def test_they_are_32_and_never_the_same_again() -> None:
    given = [random_digits() for _ in range(1_000)]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in given)
    assert len(set(given)) == len(given)


def test_threads_never_share_any() -> None:
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: random_digits(), range(20_000)))
    assert len(set(given)) == len(given)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_others() -> None:
    random_digits()  # some are ready now
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(into, "\n".join(random_digits() for _ in range(200)).encode())
        os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with os.fdopen(out) as pipe:
        theirs = set(pipe.read().split())
    assert len(theirs) == 200
    assert not theirs & {random_digits() for _ in range(400)}

import os
import threading
import time

import numpy as np
import pytest

from leukfeat.errors import ImageError
from leukfeat.imaging.decode import decode
from tests.broken import encode
from tests.pictures import assert_image, make_image


def test_words_of_other_threads_survive(capfd):
    jpeg = encode(make_image(400, 400)).jpeg
    stop = threading.Event()

    def talk():
        while not stop.is_set():
            os.write(2, b"progress\n")
            time.sleep(0.0005)

    thread = threading.Thread(target=talk)
    thread.start()
    for _ in range(40):
        decode(jpeg)
    stop.set()
    thread.join()
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) > 0
    assert set(lines) == {"progress"}


def test_threads_decode_the_same():
    encoded = encode(make_image(200, 200))
    broken = encoded.jpeg[: len(encoded.jpeg) // 2] + b"\xff\xd9"
    expected = decode(encoded.jpeg)
    failures = []

    def work():
        for _ in range(20):
            if not np.array_equal(decode(encoded.jpeg), expected):
                failures.append("other pixels")
            try:
                decode(broken)
            except ImageError:
                continue
            failures.append("not refused")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_closed_standard_error(tmp_path):
    saved = os.dup(2)
    os.close(2)
    try:
        image = decode(encode(make_image()).png)
    finally:
        os.dup2(saved, 2)
        os.close(saved)
    assert_image(image, make_image())


def test_standard_error_comes_back_after_damage(capfd):
    jpeg = encode(make_image(200, 200)).jpeg
    before = os.fstat(2)
    with pytest.raises(ImageError, match="the decoder says"):
        decode(jpeg[: len(jpeg) // 2] + b"\xff\xd9")
    assert os.path.samestat(os.fstat(2), before)
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_without_files_in_memory(monkeypatch, capfd):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    encoded = encode(make_image())
    assert_image(decode(encoded.png), make_image())
    with pytest.raises(ImageError, match="the decoder says"):
        decode(encoded.jpeg[: len(encoded.jpeg) // 2] + b"\xff\xd9")
    assert capfd.readouterr().err == ""

"""Weights from a server on this machine: what arrives, what does not, and what is left behind."""

import errno
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leukfeat.errors import WeightsError
from leukfeat.features import download, weights
from leukfeat.features.download import fetch
from tests.networks import entry_of

CONTENT = bytes(range(256)) * 4096  # a megabyte
TWO_AT_ONCE = """
from leukfeat.features import weights
from leukfeat.features.download import fetch
from leukfeat.features.weights_table import WeightsFile
weights.WEIGHTS = (WeightsFile({!r}, {!r}, {!r}, {!r}, 6, {!r}),)
print(fetch("tiny"))
"""


class Handler(BaseHTTPRequestHandler):
    """Serves `CONTENT` under paths that say what goes wrong."""

    def __init__(self, *arguments, server_log, together) -> None:
        self.server_log = server_log
        self.together = together
        super().__init__(*arguments)

    def do_GET(self):
        self.server_log.append(self.path)
        if "absent" in self.path:
            self.send_error(404)
            return
        if "together" in self.path:
            self.together.wait(timeout=60)
        body = b"\0" * len(CONTENT) if "other" in self.path else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if "cut" in self.path else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    """Return the address of a server, and the list of what it was asked for."""
    log: list[str] = []
    handler = partial(Handler, server_log=log, together=threading.Barrier(2))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", log
        running.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path):
    """Return where downloads go."""
    return tmp_path / "cache" / "weights"


@pytest.fixture
def known(tmp_path, monkeypatch):
    """Return a function that puts one file, at some address, into the table."""
    (tmp_path / "tiny.onnx").write_bytes(CONTENT)
    entry = entry_of(tmp_path / "tiny.onnx")

    def know(url: str):
        changed = replace(entry, url=url)
        monkeypatch.setattr(weights, "WEIGHTS", (changed,))
        return changed

    return know


def left_behind(folder) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_a_file_is_downloaded_checked_and_found(server, known, folder):
    address, log = server
    known(f"{address}/tiny.onnx")
    steps = []
    path = fetch("tiny", lambda done, total: steps.append((done, total)))
    assert path == folder / "tiny.onnx"
    assert path.read_bytes() == CONTENT
    assert left_behind(folder) == ["tiny.onnx"]
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert all(done <= total == len(CONTENT) for done, total in steps)
    assert weights.locate("tiny").path == path
    assert fetch("tiny") == path
    assert log == ["/tiny.onnx"]


@pytest.mark.parametrize(
    ("what", "reason"),
    [("absent", "404 Client Error"), ("cut", "the connection was cut"), ("other", "is not that file")],
)
def test_what_goes_wrong_is_said_and_nothing_is_left_behind(server, known, folder, what, reason):
    address, _ = server
    known(f"{address}/{what}/tiny.onnx")
    with pytest.raises(
        WeightsError, match=rf"tiny\.onnx \(1\.0 MB\) could not be downloaded: .*{reason}"
    ) as caught:
        fetch("tiny")
    assert address in str(caught.value)
    assert left_behind(folder) == []
    with pytest.raises(WeightsError, match="leukfeat weights fetch tiny"):
        weights.locate("tiny")


def test_a_damaged_file_is_replaced(server, known, folder):
    address, _ = server
    known(f"{address}/tiny.onnx")
    folder.mkdir(parents=True)
    (folder / "tiny.onnx").write_bytes(b"damaged")
    assert fetch("tiny").read_bytes() == CONTENT


def test_two_processes_may_fetch_at_once(server, known, folder):
    address, log = server
    entry = known(f"{address}/together/tiny.onnx")
    code = TWO_AT_ONCE.format(entry.name, entry.file, entry.sha256, entry.n_bytes, entry.url)
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0].strip() for process in both]
    assert outputs == [str(folder / "tiny.onnx")] * 2
    assert (folder / "tiny.onnx").read_bytes() == CONTENT
    assert left_behind(folder) == ["tiny.onnx"]
    assert len(log) == 2


def test_offline_what_is_there_is_taken(known, folder):
    known(f"http://127.0.0.1:{closed_port()}/tiny.onnx")
    folder.mkdir(parents=True)
    (folder / "tiny.onnx").write_bytes(CONTENT)
    assert fetch("tiny") == folder / "tiny.onnx"


def test_offline_without_it_the_ways_are_named(known, folder):
    entry = known(f"http://127.0.0.1:{closed_port()}/tiny.onnx")
    with pytest.raises(WeightsError, match="there is no connection") as caught:
        fetch("tiny")
    for part in (entry.url, str(folder), "LEUKFEAT_WEIGHTS"):
        assert part in str(caught.value)
    assert left_behind(folder) == []


def test_too_little_space_is_said_before_anything_is_asked_for(server, known, folder, monkeypatch):
    address, log = server
    known(f"{address}/tiny.onnx")
    full = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: full)
    with pytest.raises(WeightsError, match=r"tiny\.onnx needs 1\.0 MB, and .* has 0\.0 MB left\. Make room"):
        fetch("tiny")
    assert log == left_behind(folder) == []


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(server, known, folder):
    address, _ = server
    known(f"{address}/tiny.onnx")

    def fill_up(done, total):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WeightsError, match=r"cannot be written to .*: No space left on device"):
        fetch("tiny", fill_up)
    assert left_behind(folder) == []


def test_a_folder_that_cannot_be_made(server, known, folder):
    address, _ = server
    known(f"{address}/tiny.onnx")
    folder.parent.write_bytes(b"a file")
    with pytest.raises(ValueError, match="cannot be made"):
        fetch("tiny")


def test_names_and_files_that_cannot_be_fetched(known):
    known("")
    with pytest.raises(WeightsError, match=r"cannot be downloaded\. Set LEUKFEAT_WEIGHTS"):
        fetch("tiny")
    with pytest.raises(WeightsError, match=r"Unknown weights 'restnet'\. Choose from: 'tiny'"):
        fetch("restnet")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Downloads from a local fake of the service; nothing leaves the machine."""

import http.server
import io
import json
import os
import socket
import sys
import threading
import time
import zipfile
from types import SimpleNamespace

import pytest

from leukfeat.datasets import ADAPTERS, DownloadError, download, fetch
from leukfeat.errors import ConfigurationError
from tests.standins import plant

CARD = ADAPTERS["all-smears"].card
SECRET = "KGAT_0123456789abcdef"  # noqa: S105
NAME = "Original/Benign/WBC-Benign-001.jpg"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch, tmp_path):
    """Give a key that no message may show, and no file of the user's."""
    for name in ("KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no-kaggle"))
    monkeypatch.delenv("KAGGLEHUB_CACHE", raising=False)


def library(monkeypatch, act):
    """Put a fake kagglehub in place of the real one."""

    def dataset_download(handle):
        assert handle == CARD.kaggle
        return act(os.environ["KAGGLEHUB_CACHE"])

    monkeypatch.setitem(sys.modules, "kagglehub", SimpleNamespace(dataset_download=dataset_download))


def raising(error):
    def act(folder):
        sys.stdout.write(f"Authorization: Bearer {SECRET}")
        raise error

    return act


def named(name, base=Exception, **attributes):
    return type(name, (base,), attributes)(f"header {SECRET} https://x/?signature={SECRET}")


def response(status):
    return SimpleNamespace(status_code=status)


def test_files_go_where_they_are_wanted(monkeypatch, tmp_path, capfd):
    library(monkeypatch, lambda folder: sys.stdout.write("noise") and plant(tmp_path / "d", [NAME]))
    assert fetch(CARD, tmp_path / "d") == tmp_path / "d"
    assert (tmp_path / "d" / NAME).is_file()
    assert capfd.readouterr().out == ""
    assert "KAGGLEHUB_CACHE" not in os.environ


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (named("CredentialError"), "Kaggle wants to know you"),
        (named("UnauthenticatedError"), "Kaggle wants to know you"),
        (named("KaggleApiHTTPError", OSError, response=response(401)), "Kaggle wants to know you"),
        (named("KaggleApiHTTPError", OSError, response=response(403)), "kaggle auth login"),
        (named("KaggleApiHTTPError", OSError, response=response(404)), "no data set mehradaria/leukemia"),
        (named("ConnectionError", OSError), "cannot be reached"),
        (named("ConnectTimeout", named("Timeout").__class__), "cannot be reached"),
        (OSError(28, "No space left on device"), "disk is full"),
        (named("DataCorruptionError"), "incomplete or damaged"),
        (zipfile.BadZipFile("not a zip"), "incomplete or damaged"),
        (EOFError(), "incomplete or damaged"),
        (ValueError("Unsupported archive type."), "incomplete or damaged"),
        (named("Surprise"), r"\(Surprise\)\. Run the same again, or get it by hand"),
    ],
)
def test_what_goes_wrong_is_one_clear_sentence_without_secrets(monkeypatch, tmp_path, capfd, error, message):
    library(monkeypatch, raising(error))
    with pytest.raises(DownloadError, match=message) as caught:
        fetch(CARD, tmp_path / "d")
    said = str(caught.value) + "".join(capfd.readouterr())
    assert SECRET not in said
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "KAGGLEHUB_CACHE" not in os.environ


def test_the_cause_behind_an_exception_counts(monkeypatch, tmp_path):
    outer = RuntimeError("wrapped")
    outer.__cause__ = OSError(28, "No space left on device")
    library(monkeypatch, raising(outer))
    with pytest.raises(DownloadError, match="disk is full"):
        fetch(CARD, tmp_path / "d")


def test_room_is_looked_for_before_anything_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: SimpleNamespace(free=5_000_000_000))
    library(monkeypatch, lambda folder: pytest.fail("fetched"))
    with pytest.raises(DownloadError, match=r"c-nmc takes 11\.5 GB, and 5\.0 GB are free"):
        fetch(ADAPTERS["c-nmc"].card, tmp_path / "d")


def test_without_the_library_or_the_command_both_ways_are_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"Install leukfeat\[kaggle\], or say --with-cli"):
        fetch(CARD, tmp_path / "d")
    with pytest.raises(ConfigurationError, match="no command kaggle"):
        fetch(CARD, tmp_path / "d", with_cli=True)


def test_what_is_given_on_request_only(tmp_path):
    with pytest.raises(ConfigurationError, match=r"all-idb1 cannot be downloaded.*scotti"):
        fetch(ADAPTERS["all-idb1"].card, tmp_path / "d")


def command(monkeypatch, tmp_path, script):
    """Put a fake kaggle command on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kaggle").write_text(f"#!{sys.executable}\nimport pathlib, sys\n{script}\n")
    (folder / "kaggle").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_the_command_is_called_as_kaggle_documents_it(monkeypatch, tmp_path):
    script = f"""
assert sys.argv[1:5] == ["datasets", "download", "-d", "{CARD.kaggle}"], sys.argv
assert sys.argv[5] == "-p" and sys.argv[7:] == ["--unzip"], sys.argv
path = pathlib.Path(sys.argv[6], "{NAME}")
path.parent.mkdir(parents=True)
path.write_text("x")"""
    command(monkeypatch, tmp_path, script)
    assert (fetch(CARD, tmp_path / "d", with_cli=True) / NAME).is_file()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("OSError: Could not find kaggle.json. Make sure it's located in /root/.kaggle", "wants to know you"),
        ("401 Client Error: Unauthorized for url: https://www.kaggle.com/api/v1/x", "wants to know you"),
        ("You must authenticate before you can call the Kaggle API.", "wants to know you"),
        ("404 Client Error: Not Found for url: https://www.kaggle.com/api/v1/x", "no data set"),
        ("HTTPSConnectionPool(host='www.kaggle.com'): Max retries exceeded with url: /", "cannot be reached"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Bad zip file, please report on www.github.com/kaggle/kaggle-api", "incomplete or damaged"),
        ("something new", r"\(the kaggle command ended with 1\)"),
    ],
)
def test_what_the_command_says_is_put_in_one_sentence(monkeypatch, tmp_path, capfd, said, message):
    command(monkeypatch, tmp_path, f"print({said!r})\nsys.stderr.write({SECRET!r})\nsys.exit(1)")
    with pytest.raises(DownloadError, match=message) as caught:
        fetch(CARD, tmp_path / "d", with_cli=True)
    assert SECRET not in str(caught.value) + "".join(capfd.readouterr())


def test_an_archive_left_behind_is_a_partial_download(monkeypatch, tmp_path):
    command(monkeypatch, tmp_path, 'pathlib.Path(sys.argv[6], "leukemia.zip").write_text("half")')
    with pytest.raises(DownloadError, match="incomplete or damaged"):
        fetch(CARD, tmp_path / "d", with_cli=True)


class Service(http.server.BaseHTTPRequestHandler):
    """Answers as Kaggle does, as well or as badly as `mode` says."""

    mode = "good"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.mode.isdigit():
            self.send_response(int(self.mode))
            self.end_headers()
            return
        if "Download" in self.path:
            self.answer(self.archive(), "application/zip")
        else:
            self.answer(json.dumps({"currentVersionNumber": 3}).encode(), "application/json")

    do_GET = do_POST  # noqa: N815

    def archive(self):
        if self.mode == "garbage":
            return b"no archive" * 100
        with io.BytesIO() as data:
            with zipfile.ZipFile(data, "w") as archive:
                archive.writestr(NAME, "x" * 5000)
            return data.getvalue()

    def answer(self, data, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:1000] if self.mode == "cut" else data)

    def log_message(self, *arguments):
        pass


def listen(port, patience=20.0):
    """Serve on a port as soon as the test of another worker has left it."""
    until = time.monotonic() + patience
    while True:
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", port), Service)
        except OSError:
            if time.monotonic() > until:
                pytest.skip(f"port {port}, which kagglehub's test environment asks, is taken")
            time.sleep(0.1)


@pytest.fixture
def kaggle(monkeypatch):
    """Lead the real kagglehub, where it is installed, to a service on this machine."""
    # Since 1.0 its clients ask localhost:7777 in this environment; earlier ones would ask the network.
    pytest.importorskip("kagglehub", minversion="1.0", reason="needs leukfeat[kaggle], kagglehub 1.0")
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    server = listen(7777)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Service
    Service.mode = "good"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_real_library_fetches_from_a_local_service(kaggle, tmp_path, capfd):
    folder = fetch(CARD, tmp_path / "d")
    assert len(list(folder.rglob("WBC-Benign-001.jpg"))) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert SECRET not in err


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("401", "wants to know you"),
        ("403", "wants to know you"),
        ("404", "no data set"),
        ("garbage", "incomplete or damaged"),
        ("cut", "incomplete or damaged"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_real_library_fails_in_one_sentence(kaggle, monkeypatch, tmp_path, capfd, mode, message):
    monkeypatch.setattr(kaggle, "mode", mode)
    with pytest.raises(DownloadError, match=message):
        fetch(CARD, tmp_path / "d")
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_real_library_without_a_network(monkeypatch, tmp_path, kaggle):
    def refuse(*arguments, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(CARD, tmp_path / "d")

from leukfeat.report.record import LIBRARIES


def test_doctor_names_what_is_there(leukfeat, tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "net.onnx").write_bytes(b"")
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(weights))
    done = leukfeat("doctor", "--json")
    assert done.code == 0
    assert set(done.json["versions"]) == {"python", *LIBRARIES}
    assert done.json["machine"]["cores"] >= 1
    assert isinstance(done.json["gpu"], list)
    assert done.json["networks"][0] == "cpu"
    assert done.json["weights"] == [str(weights / "net.onnx")]
    assert done.json["cache"] == {"folder": str(tmp_path / "cache"), "bytes": 0}


def test_doctor_speaks_to_people(leukfeat, monkeypatch):
    monkeypatch.delenv("LEUKFEAT_WEIGHTS", raising=False)
    done = leukfeat("doctor")
    assert done.code == 0
    for name in ("python", "numpy", "scikit-learn", "gpu", "networks run on", "weights", "cache"):
        assert any(line.startswith(f"{name} ") for line in done.stdout.splitlines())
    assert "LEUKFEAT_WEIGHTS" in done.stdout


def test_doctor_says_what_a_network_on_a_gpu_needs(leukfeat, monkeypatch):
    devices = []
    monkeypatch.setattr("leukfeat.features.sessions.usable_devices", lambda: devices)
    monkeypatch.setattr("leukfeat._array.cuda_devices", list)
    for found, advice in (
        ([], "install leukfeat[cnn]"),
        (["cpu"], "onnxruntime-gpu in place of onnxruntime"),
        (["cpu", "cuda"], ""),
    ):
        devices[:] = found
        said = leukfeat("doctor").stdout
        assert "leukfeat[gpu-" not in said  # CuPy runs no network
        (line,) = [line for line in said.splitlines() if line.startswith("networks run on")]
        assert advice in line
        assert ("install" in line) == (not found)

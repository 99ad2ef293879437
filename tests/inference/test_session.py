"""Sessions: the device that was asked for, tried before it is used, and what is said
where it does not work."""

import sys
from pathlib import Path

import pytest

from abcrun import DeviceError, Model, UsageError
from abcrun.inference.session import quiet_fallback
from tests import fakes
from tests.fakes import FakeRuntime


@pytest.mark.parametrize("fails_at", ["load", "silent", "run"])
def test_a_gpu_that_is_listed_and_does_not_work(
    tiny_path: Path,
    fails_at: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    fakes.put_in_place(monkeypatch, FakeRuntime(fails_at))
    with pytest.raises(DeviceError, match="does not work here") as caught:
        Model.load(tiny_path, device="cuda")
    assert "\n" not in str(caught.value)
    model = Model.load(tiny_path, device="auto")
    assert model.device == "cpu"
    assert "running on the CPU" in caplog.text
    assert next(model.generate(seed=1, max_chars=5)).text
    assert capfd.readouterr().out == ""


def test_a_fallback_may_be_kept_quiet(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.put_in_place(monkeypatch, FakeRuntime("load"))
    with quiet_fallback():
        assert Model.load(tiny_path, device="auto").device == "cpu"
    assert caplog.text == ""
    Model.load(tiny_path, device="auto")
    assert "running on the CPU" in caplog.text, "and only as long as asked"


def test_a_gpu_that_works_is_taken(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fakes.put_in_place(monkeypatch, FakeRuntime("never"))
    for device in ("cuda", "auto"):
        assert Model.load(tiny_path, device=device).device == "cuda"  # type: ignore[arg-type]


def test_what_cuda_lacks_is_said_in_one_line(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime = FakeRuntime("load")
    complaint = "Failed to load libcublas.so.13: no such file\nPlease follow https://example.org"
    monkeypatch.setattr(runtime, "preload_dlls", lambda: print(complaint))
    fakes.put_in_place(monkeypatch, runtime)
    with pytest.raises(
        DeviceError, match=r'load libcublas.so.13: no such file; pip install "abcrun\[cuda\]"'
    ):
        Model.load(tiny_path, "cuda")
    assert capfd.readouterr() == ("", "")


def test_cuda_without_a_cuda_build_names_the_command(tiny_path: Path) -> None:
    if "CUDAExecutionProvider" in fakes.REAL.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA compiled in")
    with pytest.raises(DeviceError, match=r'pip install "abcrun\[cuda\]"'):
        Model.load(tiny_path, device="cuda")


def test_without_onnx_runtime_both_commands_are_named(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DeviceError, match=r'"abcrun\[cpu\]", or "abcrun\[cuda\]"'):
        Model.load(tiny_path)


def test_an_unknown_device_is_a_usage_error(tiny_path: Path) -> None:
    with pytest.raises(UsageError, match="auto, cpu, cuda"):
        Model.load(tiny_path, device="tpu")  # type: ignore[arg-type]

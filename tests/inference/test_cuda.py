"""Batches on the GPU: states stay there, and rows come from the host and go there."""

import ctypes
from pathlib import Path

import pytest

from abcrun import DeviceError, Model
from abcrun.inference.engine import Engine
from tests import fakes
from tests.fakes import FakeRuntime


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    runtime = FakeRuntime("never")
    fakes.put_in_place(monkeypatch, runtime)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: runtime.gpu)
    return runtime


def test_states_stay_on_the_gpu(tiny_path: Path, gpu: FakeRuntime) -> None:
    on_cpu = Model.load(tiny_path, "cpu", "float32")
    expected = list(on_cpu.generate(30, seed=6, prompt="X:1\n", max_chars=90))
    model = Model.load(tiny_path, "cuda")
    assert list(model.generate(30, seed=6, prompt="X:1\n", max_chars=90, slots=8)) == expected
    steps = max(len(tune.text) for tune in expected)
    state_of_a_row = 2 * model.spec.layers * model.spec.hidden * 4
    assert gpu.gpu.fetched == 0, "only logits come back, and those with the step"
    assert gpu.gpu.sent < 30 * (state_of_a_row + 8 * 90), (
        "a state goes there when a row begins, tokens at each step"
    )
    assert steps > 20


def test_rows_of_the_gpu_are_snapshotted_and_rewound(tiny_path: Path, gpu: FakeRuntime) -> None:
    model = Model.load(tiny_path, "cuda")
    engine = Engine(model.network, 3)
    rows = [
        engine.submit(model.request(prompt="K:D\n|:d2", seed=seed, max_chars=50))
        for seed in range(3)
    ]
    for _ in range(3):
        engine.step()
    snapshot = rows[1].snapshot()
    assert gpu.gpu.fetched == 2 * model.spec.layers * model.spec.hidden * 4
    before = rows[1].text()
    engine.cancel(rows[0])  # the last row moves into its place, on the GPU
    rows[1].rewind(snapshot)
    assert rows[1].text() == before
    while not engine.is_idle:
        engine.step()
    on_cpu = Model.load(tiny_path, "cpu", "float32")
    assert rows[2].generated == next(on_cpu.generate(prompt="K:D\n|:d2", seed=2, max_chars=50))


def test_a_copy_that_fails_on_the_gpu_is_an_error(tiny_path: Path, gpu: FakeRuntime) -> None:
    model = Model.load(tiny_path, "cuda")
    gpu.gpu.fails = 700
    with pytest.raises(DeviceError, match="a copy failed"):
        next(model.generate())


def test_a_gpu_without_cudas_library_is_an_error(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = FakeRuntime("never")
    fakes.put_in_place(monkeypatch, runtime)
    runtime.cuda_version = "9999.1"
    with pytest.raises(DeviceError, match=r"9999.* cannot be loaded"):
        next(Model.load(tiny_path, "cuda").generate())

"""Generation: primed, repeatable, independent of the batch, bounded, and honest about
how it ended."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import abcrun
from abcrun import DeviceError, Model, ModelError, Sampling, UsageError
from abcrun.inference import batch, cuda
from abcrun.inference import session as sessions
from abcrun.inference.engine import Engine
from tests.fakes import FakeRuntime

PROMPT = "X:1\nT:Test\nM:6/8\nL:1/8\nK:D Major\n"


def test_a_prompt_sets_the_state_as_reading_it_character_by_character_would(shipped: Model) -> None:
    tokens = shipped.spec.vocabulary.encode(PROMPT)
    at_once, state_at_once = shipped.network.prefill(tokens)
    state = shipped.initial_state()
    for token in tokens:
        logits, state = shipped.step(np.array([[token]]), state)
    assert at_once == pytest.approx(logits[:, -1], abs=1e-4)
    for a, b in zip(state_at_once, state, strict=True):
        assert a == pytest.approx(b, abs=1e-4)


@pytest.mark.parametrize("length", [1, 2, 5000])
def test_a_prompt_of_any_length_works(tiny: Model, length: int) -> None:
    prompt = (PROMPT * 200)[:length]
    text = next(tiny.generate(prompt=prompt, max_chars=5, seed=1)).text
    assert text.startswith(prompt)
    assert len(text) <= length + 5


def test_a_seed_repeats_a_tune_and_a_fresh_one_is_reported(tiny: Model) -> None:
    first, second = (next(tiny.generate(max_chars=80)) for _ in range(2))
    assert first.seed != second.seed
    assert next(tiny.generate(max_chars=80, seed=first.seed)).text == first.text


def test_a_tune_does_not_depend_on_its_batch(tiny: Model) -> None:
    texts = {
        slots: [tune.text for tune in tiny.generate(20, seed=3, max_chars=150, slots=slots)]
        for slots in (1, 7, 20)
    }
    assert texts[1] == texts[7] == texts[20]
    assert len(set(texts[1])) > 15
    assert [tune.text for tune in tiny.generate(5, seed=3, max_chars=150)] == texts[1][:5]


def test_streaming_gives_the_first_tune_of_generate(shipped: Model) -> None:
    stream = shipped.stream(seed=11, prompt=PROMPT)
    pieces = list(stream)
    assert pieces[0] == PROMPT
    assert all(len(piece) == 1 for piece in pieces[1:])
    tune = next(shipped.generate(seed=11, prompt=PROMPT))
    assert ("".join(pieces), stream.complete, stream.seed) == (tune.text, tune.complete, tune.seed)


def test_a_complete_tune_ends_before_the_blank_line(shipped: Model) -> None:
    tunes = list(shipped.generate(8, seed=1))
    complete = [tune for tune in tunes if tune.complete]
    assert complete
    for tune in complete:
        assert tune.text.endswith("\n")
        assert "\n\n" not in tune.text


def test_a_tune_is_cut_at_max_chars(tiny: Model) -> None:
    tunes = list(tiny.generate(20, seed=1, max_chars=10))
    cut = [tune for tune in tunes if not tune.complete]
    assert cut
    assert {len(tune.text) for tune in cut} == {len(tiny.spec.prompt) + 10}
    assert all(len(tune.text) <= len(tiny.spec.prompt) + 10 for tune in tunes)


def test_greedy_needs_no_seed(tiny: Model) -> None:
    texts = {
        next(tiny.generate(max_chars=60, sampling=Sampling(greedy=True))).text for _ in range(3)
    }
    assert len(texts) == 1


def test_two_streams_of_one_model_do_not_disturb_each_other(tiny: Model) -> None:
    streams = [tiny.stream(seed=seed, max_chars=60) for seed in (1, 2)]
    woven = ["".join(pieces) for pieces in zip(*(list_in_turn(streams)), strict=True)]
    assert woven == [next(tiny.generate(seed=seed, max_chars=60)).text for seed in (1, 2)]


def list_in_turn(streams: list[abcrun.Stream]) -> Iterator[tuple[str, ...]]:
    while True:
        pieces = tuple(next(stream, "") for stream in streams)
        if not any(pieces):
            return
        yield pieces


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": ""}, "prompt is empty"),
        ({"prompt": "X:1\nT:Ωmega"}, r"prompt: character 'Ω' .* \(line 2, column 3\)"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**64}, "seed is"),
        ({"max_chars": 0}, "max_chars is 0"),
        ({"count": 0}, "count is 0"),
        ({"slots": 0}, "slots is 0"),
    ],
)
def test_errors_come_at_the_call(tiny: Model, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        tiny.generate(**arguments)  # type: ignore[arg-type]


def test_many_tunes_are_composed_lazily(tiny: Model) -> None:
    assert len(list(islice(tiny.generate(10**9, seed=1, max_chars=20), 3))) == 3


# Devices


@pytest.mark.parametrize("fails_at", ["load", "silent", "run"])
def test_a_gpu_that_is_listed_and_does_not_work(
    tiny_path: Path, fails_at: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sessions, "onnx_runtime", lambda: FakeRuntime(fails_at))
    with pytest.raises(DeviceError, match="does not work here") as caught:
        Model.load(tiny_path, device="cuda")
    assert "\n" not in str(caught.value)
    model = Model.load(tiny_path, device="auto")
    assert model.device == "cpu"
    assert "running on the CPU" in caplog.text
    assert next(model.generate(seed=1, max_chars=5)).text
    assert capfd.readouterr().out == ""


def test_a_gpu_that_works_is_taken(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "onnx_runtime", lambda: FakeRuntime("never"))
    for device in ("cuda", "auto"):
        assert Model.load(tiny_path, device=device).device == "cuda"  # type: ignore[arg-type]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    runtime = FakeRuntime("never")
    for module in (sessions, batch):
        monkeypatch.setattr(module, "onnx_runtime", lambda: runtime)
    monkeypatch.setattr(cuda.ctypes, "CDLL", lambda name: runtime.gpu)
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
    for module in (sessions, batch):
        monkeypatch.setattr(module, "onnx_runtime", lambda: runtime)
    runtime.cuda_version = "9999.1"
    with pytest.raises(DeviceError, match=r"9999.* cannot be loaded"):
        next(Model.load(tiny_path, "cuda").generate())


def test_what_cuda_lacks_is_said_in_one_line(
    tiny_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime = FakeRuntime("load")
    complaint = "Failed to load libcublas.so.13: no such file\nPlease follow https://example.org"
    monkeypatch.setattr(runtime, "preload_dlls", lambda: print(complaint))
    monkeypatch.setattr(sessions, "onnx_runtime", lambda: runtime)
    with pytest.raises(
        DeviceError, match=r'load libcublas.so.13: no such file; pip install "abcrun\[cuda\]"'
    ):
        Model.load(tiny_path, "cuda")
    assert capfd.readouterr() == ("", "")


def test_cuda_without_a_cuda_build_names_the_command(tiny_path: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
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


# Precision


def test_auto_takes_int8_on_the_cpu_where_it_exists(tiny_path: Path, tmp_path: Path) -> None:
    assert Model.load(tiny_path, "cpu").spec.precision == "int8"
    assert Model.load(tiny_path, "cpu", "int8").spec.precision == "int8"
    assert Model.load(tiny_path, "cpu", "float32").spec.precision == "float32"
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(tiny_path.read_bytes())
    assert Model.load(alone, "cpu").spec.precision == "float32"
    with pytest.raises(ModelError, match="its weights are float32, int8 was asked for"):
        Model.load(alone, "cpu", "int8")
    small = tiny_path.with_suffix(".int8.onnx")
    assert Model.load(small, "cpu").spec.precision == "int8"
    with pytest.raises(ModelError, match="its weights are int8, float32 was asked for"):
        Model.load(small, "cpu", "float32")


def test_int8_runs_on_the_cpu_only(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="int8 runs on the CPU only"):
        Model.load(tiny_path, "cuda", "int8")
    monkeypatch.setattr(sessions, "onnx_runtime", lambda: FakeRuntime("never"))
    model = Model.load(tiny_path, "auto")
    assert (model.device, model.spec.precision) == ("cuda", "float32")
    model = Model.load(tiny_path, "auto", "int8")
    assert (model.device, model.spec.precision) == ("cpu", "int8")


def test_an_unknown_precision_is_a_usage_error(tiny_path: Path) -> None:
    with pytest.raises(UsageError, match="auto, float32, int8"):
        Model.load(tiny_path, precision="float16")  # type: ignore[arg-type]


def test_a_tune_does_not_depend_on_its_batch_in_int8_either(tiny_path: Path) -> None:
    model = Model.load(tiny_path, "cpu", "int8")
    texts = {
        slots: [tune.text for tune in model.generate(20, seed=3, max_chars=150, slots=slots)]
        for slots in (1, 7, 20)
    }
    assert texts[1] == texts[7] == texts[20]


# The public face


def test_everything_public_is_there() -> None:
    for name in abcrun.__all__:
        assert getattr(abcrun, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        abcrun.nothing  # noqa: B018


def test_importing_abcrun_loads_nothing_heavy() -> None:
    program = (
        "import sys, abcrun; "
        "heavy = {'onnxruntime', 'soundfile', 'mido', 'torch', 'onnx', 'matplotlib', 'click', 'resvg_py', 'IPython'}; "
        "print(*sorted(heavy & set(sys.modules)), *[n for n in sys.modules if n.startswith('abctrain')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""

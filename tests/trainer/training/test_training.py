"""Training: what it learns with, what it keeps, and that nothing is lost when it is
killed, stopped or fails."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from abcrun.errors import DeviceError
from abctrain.data.corpus import Corpus
from abctrain.recipe import NetworkRecipe, Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training.checkpoint import CheckpointError
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.network import CharacterLSTM
from abctrain.training.trainer import BEST, LAST, Trainer, TrainingError, choose_device
from tests.conftest import TINY, abctrain

CPU = torch.device("cpu")


@pytest.fixture
def trainer(workshop: Path, tmp_path: Path) -> Trainer:
    return new_trainer(workshop, tmp_path / "run")


def new_trainer(workshop: Path, run: Path, seed: int = 0) -> Trainer:
    recipe = Recipe.load(str(workshop / "tiny.toml"))
    return Trainer(recipe, Corpus.of_path(workshop / "songs (1).txt", 0.05), run, CPU, seed)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return checkpoints.load(path)["network"]


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


# What a training leaves behind


def test_a_run_holds_metrics_a_curve_and_its_configuration(workshop: Path) -> None:
    run = workshop / "runs" / "songs-1"  # named after songs (1).txt
    with (run / "metrics.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    losses = [float(row["held_out_bits_per_character"]) for row in rows]
    assert losses == sorted(losses, reverse=True), "it learns"
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")
    configuration = json.loads((run / "config.json").read_text())
    assert configuration["recipe"]["network"]["hidden"] == 48
    assert configuration["versions"]["torch"] == torch.__version__


def test_a_finished_run_is_left_alone(workshop: Path) -> None:
    before = (workshop / "runs/songs-1" / LAST).read_bytes()
    result = abctrain("train", "--recipe", "tiny.toml", "--corpus", "songs (1).txt", cwd=workshop)
    assert result.returncode == 0
    assert b"trained already" in result.stderr
    assert (workshop / "runs/songs-1" / LAST).read_bytes() == before


# The parts of a step


def test_input_is_one_hot_and_dropout_is_between_the_layers() -> None:
    network = CharacterLSTM(7, NetworkRecipe(layers=3, hidden=5, dropout=0.5))
    assert network.lstm.input_size == 7
    assert (network.lstm.num_layers, network.lstm.dropout) == (3, 0.5)
    logits, (hidden, cell) = network(torch.tensor([[1, 2, 3], [4, 5, 6]]))
    assert logits.shape == (2, 3, 7)
    assert hidden.shape == cell.shape == (3, 2, 5)


def test_state_is_carried_from_window_to_window_detached_and_reset_at_each_epoch(
    trainer: Trainer,
) -> None:
    windows = trainer.batches.windows()
    trainer.step(*next(windows))
    carried = trainer.state
    assert not any(part.requires_grad for part in carried)
    assert all(part.abs().sum() > 0 for part in carried)
    trainer.network.eval()
    inputs = next(windows).inputs
    with torch.no_grad():
        _, expected = trainer.network(inputs, carried)
    trainer.network.train()
    trainer.recipe.training  # noqa: B018
    assert not torch.equal(expected[0], trainer.network(inputs)[1][0]), "the state matters"
    trainer.begin_epoch()
    assert all((part == 0).all() for part in trainer.state)


def test_every_epoch_has_its_own_order_and_streams_begin_with_tunes(
    trainer: Trainer, tmp_path: Path
) -> None:
    starts = {tune[:20] for tune in trainer.corpus.training}
    orders = []
    for epoch in range(3):
        trainer.epoch = epoch
        trainer.begin_epoch()
        rows = [trainer.vocabulary.decode(row[:20].tolist()) for row in trainer.batches.tokens]
        assert set(rows) <= starts
        orders.append(trainer.batches.tokens)
    assert not torch.equal(orders[0], orders[1])
    again = Trainer(trainer.recipe, trainer.corpus, tmp_path / "again", CPU, seed=0)
    assert torch.equal(again.batches.tokens, orders[0])
    other = Trainer(trainer.recipe, trainer.corpus, tmp_path / "other", CPU, seed=1)
    assert not torch.equal(other.batches.tokens, orders[0])


def test_the_one_hot_layer_is_drawn_for_a_fan_in_of_one(trainer: Trainer) -> None:
    weights = dict(trainer.network.named_parameters())
    assert 0.95 < weights["lstm.weight_ih_l0"].abs().max() <= 1
    bound = trainer.recipe.network.hidden**-0.5
    for name in ("lstm.weight_hh_l0", "lstm.weight_ih_l1", "linear.weight"):
        assert 0.9 * bound < weights[name].abs().max() <= bound


def test_nothing_comes_back_from_the_device_during_a_step(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = trainer.batches.windows()

    def fetched(*_: object) -> float:
        raise AssertionError("a step fetched a number")

    for name in ("item", "__float__", "tolist", "numpy", "__bool__"):
        monkeypatch.setattr(torch.Tensor, name, fetched)
    trainer.step(*next(windows))


def test_held_out_loss_starts_every_tune_from_the_initial_state(trainer: Trainer) -> None:
    tunes = trainer.corpus.held_out
    together = trainer.held_out.cross_entropy(trainer.network)
    nats = count = 0.0
    for tune in tunes:
        characters = len(tune) + 1  # the blank line's two, but the first character is given
        nats += (
            HeldOut.of([tune], trainer.vocabulary, CPU).cross_entropy(trainer.network) * characters
        )
        count += characters
    assert together == pytest.approx(nats / count, rel=1e-5)


def test_bits_of_a_fair_coin() -> None:
    assert bits(0.6931471805599453) == pytest.approx(1.0)


# Killed, stopped, failing


def test_killed_at_any_moment_and_resumed_gives_the_same_weights_bit_for_bit(
    workshop: Path,
) -> None:
    recipe = workshop / "long.toml"
    recipe.write_text(TINY.format(epochs=12))
    command = (
        "train",
        "--recipe",
        "long.toml",
        "--corpus",
        "songs (1).txt",
        "--device",
        "cpu",
        "--seed",
        "5",
    )
    assert abctrain(*command, "--name", "whole", cwd=workshop).returncode == 0
    killed = 0
    for wait in (0.0, 0.13, 0.31, 0.0):
        last = workshop / "runs" / "killed" / LAST
        before = last.stat().st_mtime_ns if last.exists() else 0
        process = subprocess.Popen(
            [sys.executable, "-m", "abctrain", *command, "--name", "killed"],
            cwd=workshop,
            stderr=subprocess.DEVNULL,
        )
        # It is killed once it has written something new, a moment later: within an
        # epoch or in the middle of a write.
        while process.poll() is None and not (last.exists() and last.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(wait)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 2, "the training was over before it could be killed"
    assert abctrain(*command, "--name", "killed", cwd=workshop).returncode == 0
    runs = workshop / "runs"
    assert same(weights(runs / "whole" / LAST), weights(runs / "killed" / LAST))
    assert same(weights(runs / "whole" / BEST), weights(runs / "killed" / BEST))
    histories = [checkpoints.load(runs / name / LAST)["history"] for name in ("whole", "killed")]
    for history in histories:
        for row in history:
            del row["characters_per_second"]
    assert histories[0] == histories[1]


def test_resuming_within_an_epoch_gives_the_same_weights(workshop: Path, tmp_path: Path) -> None:
    whole = new_trainer(workshop, tmp_path / "whole")
    whole.run.mkdir()
    windows = list(whole.batches.windows())
    for window in windows[:5]:
        whole.step(*window)
    whole.window = 5
    whole._save()
    resumed = new_trainer(workshop, whole.run)
    torch.manual_seed(99)  # what another program did with the random numbers in between
    resumed.resume()
    for window in resumed.batches.windows(resumed.window):
        resumed.step(*window)
    torch.set_rng_state(checkpoints.load(whole.run / LAST)["random"]["cpu"])
    for window in windows[5:]:
        whole.step(*window)
    assert same(whole.network.state_dict(), resumed.network.state_dict())
    assert torch.equal(whole.loss_sum, resumed.loss_sum)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches a process group only from a console")
def test_ctrl_c_saves_and_says_how_to_go_on(workshop: Path) -> None:
    (workshop / "endless.toml").write_text(TINY.format(epochs=100_000))
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "abctrain",
            "train",
            "--recipe",
            "endless.toml",
            "--corpus",
            "songs (1).txt",
        ],
        cwd=workshop,
        stderr=subprocess.PIPE,
    )
    last = workshop / "runs" / "songs-1" / LAST
    # The run of that name belongs to another recipe: it is not overwritten.
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"another recipe" in said
    process = subprocess.Popen(
        [sys.executable, "-m", "abctrain", "train", "--recipe", "endless.toml", "--corpus", "songs (1).txt",
         "--name", "stopped"],
        cwd=workshop,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    last = workshop / "runs" / "stopped" / LAST
    while not last.exists():
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"the same command goes on from here" in said.splitlines()[-1]
    assert b"Traceback" not in said
    assert checkpoints.load(last)["optimiser"]["state"]


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_last_good_checkpoint(
    trainer: Trainer,
) -> None:
    trainer.run.mkdir()
    trainer._save()
    before = (trainer.run / LAST).read_bytes()
    with torch.no_grad():
        trainer.network.linear.bias[0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number in epoch 1"):
        trainer.train()
    assert checkpoints.load(trainer.run / LAST)["epoch"] == 0
    assert (trainer.run / LAST).read_bytes()[:4] == before[:4]
    assert not torch.isnan(weights(trainer.run / LAST)["lstm.weight_ih_l0"]).any()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_a_clear_error_and_the_old_checkpoint_stays(tmp_path: Path) -> None:
    path = tmp_path / LAST
    checkpoints.save({"epoch": 1}, path)
    (tmp_path / f".{LAST}.tmp").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoints.save({"epoch": 2, "weights": torch.zeros(100_000)}, path)
    assert checkpoints.load(path)["epoch"] == 1


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="could not be written"):
        checkpoints.save({}, tmp_path / "gone" / LAST)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 half a zip"])
def test_what_is_no_checkpoint_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / LAST
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="no checkpoint of this trainer"):
        checkpoints.load(path)


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    path = tmp_path / LAST
    torch.save(
        {"schema": 1, "payload": Path("/etc")}, path
    )  # any class: unpickling it would call it
    with pytest.raises(CheckpointError):
        checkpoints.load(path)


def test_a_run_in_place_of_a_file_is_a_clear_error(workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be made"):
        new_trainer(workshop, tmp_path / "file" / "run").train()


def test_cuda_works_or_is_an_error() -> None:
    if torch.cuda.is_available():
        assert choose_device("cuda").type == "cuda"
    else:
        with pytest.raises(DeviceError, match="use --device cpu"):
            choose_device("cuda")
        assert choose_device("auto") == CPU


def test_precision_auto_is_decided_by_measurement_without_touching_the_training(
    trainer: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    before = {name: tensor.clone() for name, tensor in trainer.network.state_dict().items()}
    random = torch.get_rng_state()
    trainer.precision = "auto"
    with caplog.at_level("INFO"):
        trainer.choose_precision()
    assert trainer.precision in ("float32", "bfloat16")
    assert "a step takes" in caplog.text
    assert same(before, trainer.network.state_dict())
    assert torch.equal(random, torch.get_rng_state())
    assert trainer.counted == 0


def test_a_step_in_bfloat16_is_close_to_one_in_float32(workshop: Path, tmp_path: Path) -> None:
    losses = []
    for precision in ("float32", "bfloat16"):
        trainer = new_trainer(workshop, tmp_path / precision)
        trainer.precision = precision
        trainer.step(*next(trainer.batches.windows()))
        losses.append(float(trainer.loss_sum) / trainer.counted)
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert losses[0] != losses[1]


def test_an_unusable_option_is_a_usage_error(tmp_path: Path) -> None:
    result = abctrain("train", "--recipe", "scottish", cwd=tmp_path)
    assert result.returncode == 2
    assert b"there are folk, irish" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_short_corpus_says_how_many_characters_are_needed(tmp_path: Path) -> None:
    (tmp_path / "short.abc").write_text("X:1\nK:D\nABc|\n\nX:2\nK:D\ndef|\n")
    result = abctrain("train", "--corpus", "short.abc", cwd=tmp_path)
    assert result.returncode == 1
    assert b"needs 12,801" in result.stderr

"""The training loop, resumable at any step."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from abcrun.composition.signs import SIGNS as RECALL_SIGNS
from abcrun.composition.sketch import NOTE_CHARACTERS
from abcrun.errors import AbcrunError, OutputError, UsageError
from abcrun.files import write_atomically
from abcrun.inference.vocabulary import Vocabulary
from abctrain.data.corpus import Corpus
from abctrain.data.keys import CHARACTERS, in_random_key
from abctrain.data.waiting import awaited
from abctrain.recipe import Recipe
from abctrain.training import checkpoint as checkpoints
from abctrain.training import kept, stopping
from abctrain.training.base import MELODIES, Base, checksum, teaching, told
from abctrain.training.batches import Batches, EncodedTunes, Streams, Tunes, Window
from abctrain.training.checkpoint import (
    LAST,
    BaseEntry,
    Description,
    EpochRow,
    LastCheckpoint,
    ProgressEntry,
    corpus_entry,
)
from abctrain.training.configuration import configuration
from abctrain.training.curve import loss_curve, metrics_table
from abctrain.training.device import device_name
from abctrain.training.encoding import Encoder, plain_characters
from abctrain.training.evaluation import HeldOut, bits
from abctrain.training.events import EventFile
from abctrain.training.interruption import deferred_signals
from abctrain.training.learner import Learner
from abctrain.training.network import CharacterLSTM
from abctrain.training.precision import in_words
from abctrain.training.processes import Processes
from abctrain.training.progress import Progress, joined
from abctrain.training.randomness import random_state, restore_random_state, seed_anew
from abctrain.training.resuming import MAY_CHANGE, change_of_rate, spoiling

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 60.0
"""The time between two checkpoints. On the CPU there is one at each epoch's end, too;
on a GPU an epoch of a small book takes less time than to write one."""

REPORT_SECONDS = 1.0
"""The time between two reports of the loss on the progress bar. Each waits for the
device."""


class TrainingError(AbcrunError):
    """The training cannot go on."""


class InterruptedTrainingError(TrainingError):
    """Ctrl-C or a termination signal; the state is saved."""


class Trainer:
    """One training of one recipe on one corpus, in the folder `run`."""

    def __init__(
        self,
        recipe: Recipe,
        corpus: Corpus,
        run: Path,
        device: torch.device,
        seed: int,
        base: Base | None = None,
        keep_every: int = 0,
        processes: Processes | None = None,
    ) -> None:
        """Begin with random weights, or with those of a `base`.

        Every so many epochs the network is kept (`abctrain.training.kept`). Of several
        `processes` each has a trainer, and all do the same with theirs.
        """
        self.processes = processes or Processes()
        self.recipe = recipe
        self.corpus = corpus
        self.run = run
        self.device = device
        self.seed = seed
        self.keep_every = keep_every
        self.events = EventFile(run)
        training = recipe.training
        # The tunes themselves need not have the characters that they have in other
        # keys, nor all notes of bars that are moved by steps.
        moved = CHARACTERS if recipe.corpus.keys == "every" else ""
        recall = f"{RECALL_SIGNS}{NOTE_CHARACTERS}" if recipe.corpus.recall else ""
        text = corpus.characters + moved + recall
        self.vocabulary = Vocabulary.of(text) if base is None else base.vocabulary_with(text)
        self.encode = Encoder(self.vocabulary, recipe.corpus.recall, bool(training.places))
        self.text = self._encoded(corpus.training)
        self.batches: Batches
        self.held_out = HeldOut.of(
            corpus.held_out, Encoder(self.vocabulary, recipe.corpus.recall), device
        )

        torch.manual_seed(seed)
        network = CharacterLSTM(len(self.vocabulary), recipe.network).to(device)
        self.base: BaseEntry | None = None
        self.base_melodies = b"" if base is None else base.melodies
        if base is not None:
            network.load_state_dict(base.weights_for(self.vocabulary))
            self.base = base.entry(corpus, bits(self.held_out.cross_entropy(network)))
        self.learner = Learner(network, training, self.processes)
        if not self.processes.is_first:
            seed_anew(seed, self.processes.rank.number)  # what dropout draws
        self.epoch = 0  # finished epochs
        self.history: list[EpochRow] = []
        self.best = kept.Best()
        self.saves_each_epoch = device.type == "cpu"
        self._saved = time.monotonic()
        self._rows_written = 0
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Go to the first window with the initial state.

        Every epoch has its own order of the tunes.
        """
        training = self.recipe.training
        # Of the seed and the epoch alone: a resumed training takes the same order.
        random = np.random.default_rng([self.seed, self.epoch])
        text = self.text
        if self.recipe.corpus.keys == "every":
            text = self._encoded(in_random_key(tune, random) for tune in self.corpus.training)
        order = random.permutation(len(text))
        if training.batches == "tunes":
            self.batches = Tunes.of(text, order, training.streams * training.window, random)
        else:
            if training.streams < self.processes.rank.count:
                raise UsageError(
                    f"training.streams is {training.streams}: too few for "
                    f"{self.processes.rank.count} processes"
                )
            self.batches = Streams.cut(text, order, training.streams, training.window)
        rank = self.processes.rank
        streams = rank.share(training.streams) if self.batches.carries_state else None
        self.progress = Progress.at_the_start(self.network, streams)

    def _encoded(self, tunes: Iterable[str]) -> EncodedTunes:
        if self.processes.is_first:
            tunes = awaited(tunes, "encoding", len(self.corpus.training))
        return EncodedTunes.of(map(self.encode, tunes), self.device)

    @property
    def network(self) -> CharacterLSTM:
        """The network that is trained."""
        return self.learner.network

    def evaluated(self) -> CharacterLSTM:
        """Return the network whose figures count and which is exported."""
        return self.learner.evaluated()

    def step(self, window: Window) -> None:
        """Update the weights by the epoch's next window."""
        done = self._epochs_done / self.recipe.training.epochs
        self.progress.add(window, self.learner.step(window, self.progress.state, done))

    # The whole

    def train(self, after_epoch: Callable[[Self], None] = lambda _: None) -> None:
        """Train until it is over (see `abctrain.training.stopping`).

        `after_epoch` is called behind each epoch. Raises `TrainingError` or
        `CheckpointError`.
        """
        self._prepare()
        self.network.train()
        total = self.recipe.training.epochs * self.batches.characters
        done = self.epoch * self.batches.characters + self.progress.counted
        with (
            deferred_signals(is_alone=self.processes.rank.count == 1) as received,
            logging_redirect_tqdm(),
            tqdm(
                total=total,
                initial=done,
                unit="char",
                unit_scale=True,
                # No bar where stderr is no terminal: a log would fill with bars.
                disable=None if self.processes.is_first else True,
                dynamic_ncols=True,
            ) as bar,
        ):
            try:
                self._train_epochs(bar, received, after_epoch)
            finally:  # whatever ends it, the best so far is not lost
                self.best.write(self.run)
        log.info("%s", self.ending)

    def _train_epochs(
        self, bar: "tqdm[Any]", received: list[int], after_epoch: Callable[[Self], None]
    ) -> None:
        while not self.is_over:
            self._train_epoch(bar, received)
            self._finish_epoch()
            with self.processes.together():
                if self.processes.is_first:
                    after_epoch(self)
            (is_stopped,) = self.processes.any(bool(received))
            if is_stopped and not self.is_over:
                self.save()
                self._stop(f"after epoch {self.epoch}")

    def _stop(self, where: str) -> None:
        with self.processes.together():
            raise InterruptedTrainingError(
                f"stopped {where}, all saved; the same command goes on from here"
            )

    @property
    def _epochs_done(self) -> float:
        """The finished epochs, with the share of the one that was begun."""
        return self.epoch + self.progress.window / len(self.batches)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to train."""
        return stopping.is_over(self.history, self.recipe.training)

    @property
    def ending(self) -> str:
        """How a training that is over ended, in words."""
        return stopping.ending(self.history, self.recipe.training)

    def _prepare(self) -> None:
        """Make the run's folder with its configuration and its first checkpoint."""
        if self.processes.is_first:
            window = next(self.batches.windows()).share(self.processes.rank)
            self.learner.choose_precision(window, self.progress.state)
        precision = self.processes.told(self.learner.precision)
        if precision != self.learner.precision:  # the others, told what was measured
            self.learner.use(precision)
        self.learner.settle(next(self.batches.windows()), self.progress.state)
        is_new = self.epoch == 0 and self.progress.window == 0
        with self.processes.together():
            if self.processes.is_first:
                self._make_folder(is_new)
        if is_new:
            self.save()

    def _make_folder(self, is_new: bool) -> None:
        try:
            self.run.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(
                f"{self.run}: the run's folder cannot be made ({error.strerror})"
            ) from None
        if is_new:
            kept.forget(self.run)
        arithmetic = in_words(self.device, self.learner.precision)
        log.info(
            "%s on %s, %s; %s tunes to train on (%s characters), %s held out; "
            "%d characters in the vocabulary",
            self.run.name,
            self.device,
            arithmetic,
            f"{len(self.corpus.training):,}",
            f"{self.batches.characters:,}",
            len(self.corpus.held_out),
            len(self.vocabulary),
        )
        if (count := self.processes.rank.count) > 1:
            log.info("%d processes, each with its share of the rows of a batch", count)
        for remark in self.corpus.remarks:
            log.info("%s", remark)
        if self.base is not None:
            log.info("%s", told(self.base))
            self._write(MELODIES, self.base_melodies)
        for remark in teaching(self.corpus.repertoire, self.base).remarks:
            log.info("%s", remark)
        parameters = sum(parameter.numel() for parameter in self.network.parameters())
        self._write("config.json", configuration(self.description(), parameters, arithmetic))

    def _train_epoch(self, bar: "tqdm[Any]", received: list[int]) -> None:
        bar.set_description(f"epoch {self.epoch + 1}/{self.recipe.training.epochs}")
        reported = begun = time.monotonic()
        before = self.progress.seconds
        for window in self.batches.windows(self.progress.window):
            self.step(window)
            now = time.monotonic()
            self.progress.seconds = before + now - begun
            bar.update(window.characters)
            if not bar.disable and now - reported > REPORT_SECONDS:
                reported = now
                # Roughly, of several processes: all have about as many characters.
                loss = self.processes.rank.count * float(self.progress.loss_sum)
                loss /= self.progress.counted
                bar.set_postfix(loss=f"{loss:.3f}", bpc=f"{bits(loss):.3f}")
            # Anybody's signal counts, but the first process's clock alone.
            is_stopped, is_due = self.processes.any(bool(received), self._is_time_to_save())
            # An epoch's end has its own way to save, with the figures.
            if is_stopped and self.progress.window < len(self.batches):
                self.save()
                self._stop(f"in epoch {self.epoch + 1}")
            if is_due:
                self.save()
        float(self.progress.loss_sum)  # waits for the device, which may be behind
        self.progress.seconds = before + time.monotonic() - begun

    def _is_time_to_save(self) -> bool:
        """Tell whether the last checkpoint is old, by the first process's clock."""
        return self.processes.is_first and time.monotonic() - self._saved > CHECKPOINT_SECONDS

    def _finish_epoch(self) -> None:
        with self.processes.together():
            self._check_finite()
        # With recall it is told by the characters of the tunes without signs, as the
        # held-out one is.
        is_coded = self.recipe.corpus.recall
        characters = plain_characters(self.corpus.training) if is_coded else self.progress.counted
        loss = sum(self.processes.gathered(float(self.progress.loss_sum))) / characters
        # Of one process: other machines may find other last bits, and early stopping
        # must stop all or none.
        is_first = self.processes.is_first
        found = self.held_out.cross_entropy(self.evaluated()) if is_first else None
        held_out = self.processes.told(found)
        self.epoch += 1
        self.history.append(
            {
                "epoch": self.epoch,
                "loss": loss,
                "bits_per_character": bits(loss),
                "held_out_loss": held_out,
                "held_out_bits_per_character": bits(held_out),
                "learning_rate": self.learner.rate,
                "gradient_norm_max": float(self.progress.norm_max),
                "characters_per_second": self.progress.counted / max(self.progress.seconds, 1e-9),
            }
        )
        log.info(
            "epoch %d: %.4f bits per character, held out %.4f, %s characters/s",
            self.epoch,
            bits(loss),
            bits(held_out),
            f"{self.history[-1]['characters_per_second']:,.0f}",
        )
        self.begin_epoch()
        is_kept = self.keep_every > 0 and self.epoch % self.keep_every == 0
        if self.processes.is_first:
            network = self.evaluated().state_dict()
            self.best.note(self.description(), network)
            if is_kept:
                kept.keep({**self.description(), "network": network}, self.run)
        (is_due,) = self.processes.any(is_kept or self.saves_each_epoch or self._is_time_to_save())
        if is_due or self.is_over:
            self.save()

    def _check_finite(self) -> None:
        # The gradient goes first: a broken one spoils the weights, and the next loss.
        is_finite = math.isfinite(float(self.progress.loss_sum) + float(self.progress.norm_max))
        if not is_finite or not self.learner.is_sound:
            raise TrainingError(
                f"the loss or its gradient is no longer a number in epoch {self.epoch + 1}; "
                f"the last good checkpoint is kept in {self.run}; "
                "lower training.learning_rate in the recipe and begin anew with --restart"
            )

    # What is kept

    def description(self) -> Description:
        return {
            "recipe": self.recipe.to_dict(),
            "vocabulary": self.vocabulary.characters,
            "seed": self.seed,
            "precision": self.learner.precision,
            "device": device_name(self.device),
            "epoch": self.epoch,
            "history": self.history,
            "corpus": corpus_entry(self.corpus),
            "base": self.base,
        }

    def save(self) -> None:
        """Write the last checkpoint, and what is not yet written of finished epochs.

        Raises `TrainingError` for a loss that is no number.
        """
        parts = self.processes.gathered((self.progress.kept(), random_state(self.device)))
        with self.processes.together():
            # The best first: killed between the two, the training does its epoch again
            # from the checkpoint before, and finds the same.
            self.best.write(self.run)
            # Before writing: a broken state must not replace the last good one.
            self._check_finite()
            if self.processes.is_first:
                self._write_checkpoint(parts)
                if len(self.history) > self._rows_written:
                    self._write_history()
        self._saved = time.monotonic()

    def _write_checkpoint(self, parts: Sequence[tuple[ProgressEntry, dict[str, Tensor]]]) -> None:
        checkpoint: LastCheckpoint = {
            **self.description(),
            **self.learner.kept(),
            **joined([progress for progress, _ in parts]),
            "processes": [
                {"loss_sum": progress["loss_sum"], "random": random} for progress, random in parts
            ],
        }
        checkpoints.save(checkpoint, self.run / LAST)

    def resume(self) -> None:
        """Go on from the run's last checkpoint.

        Raises `TrainingError` when it belongs to another recipe, corpus or seed.
        """
        read: LastCheckpoint | None = None
        with self.processes.together():
            if self.processes.is_first:
                read = checkpoints.load_last(self.run / LAST)
                self._check_that_it_fits(read)
        saved = self.processes.told(read)
        self.learner.restore(saved)
        self.epoch = saved["epoch"]
        self.history = saved["history"]
        self.begin_epoch()
        self._restore_own(saved)
        if not self.is_over:
            log.info("going on in epoch %d, window %d", self.epoch + 1, self.progress.window + 1)
            if (change := change_of_rate(saved, self.recipe, self._epochs_done)) is not None:
                log.info("%s", change)

    def _check_that_it_fits(self, saved: LastCheckpoint) -> None:
        other = spoiling(saved, self.recipe, self.corpus.sha256, self.seed)
        if checksum(self.base) != checksum(saved.get("base")):
            other.append("base")
        if other:
            raise TrainingError(
                f"{self.run} holds a training with another {' and '.join(other)}; "
                f"of a run, {' and '.join(MAY_CHANGE)} alone may change: "
                "choose another --name, or --restart to replace it"
            )

    def _restore_own(self, saved: LastCheckpoint) -> None:
        """Go on with this process's part."""
        rank = self.processes.rank
        self.progress = Progress.restored(saved, rank, self.device)
        entries = saved["processes"]
        if len(entries) == rank.count:
            mine = entries[rank.number]
            self.progress.loss_sum = mine["loss_sum"].to(self.device)
            # Dropout goes on with the numbers that it would have drawn.
            restore_random_state(mine["random"], self.device)
            return
        seed_anew(self.seed, rank.number, self.epoch, self.progress.window)
        log.info(
            "saved by %d processes, going on in %d: dropout draws other numbers than it would have",
            len(entries),
            rank.count,
        )

    def _write_history(self) -> None:
        # A table that is open in another program cannot be replaced everywhere.
        try:
            self._write("metrics.csv", metrics_table(self.history))
            self._write("loss.png", loss_curve(self.history, self.run.name))
        except OutputError as error:
            log.warning("%s; the next epoch tries again", error)
        self.events.write(self.history)
        self._rows_written = len(self.history)

    def _write(self, name: str, content: str | bytes) -> None:
        write_atomically(self.run / name, content)

"""The built-in synthesiser is in tune, within full scale, without a click, level, and
the same every time."""

import numpy as np
import pytest

from abcrun.errors import RenderError, UsageError
from abcrun.notation import Tune
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS
from abcrun.sound.played import MAX_NOTES, MAX_SECONDS, PlayedNote
from abcrun.sound.playing import play
from abcrun.sound.samples import LOUDNESS, PEAK
from abcrun.sound.synthesis import TAIL_SECONDS, synthesise
from tests import books, traditional

RATE = 44_100
PROGRAMS = list(INSTRUMENT_PROGRAMS.values())


def hertz(pitch: int) -> float:
    return 440 * 2 ** ((pitch - 69) / 12)


def cents_off(sound: np.ndarray, frequency: float, rate: int = RATE) -> float:
    """Return how far the fundamental is from `frequency`: the peak of a padded FFT, by
    a parabola through its logarithm."""
    size = 1 << (8 * len(sound) - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    low, high = (int(frequency * 2 ** (cents / 1200) * size / rate) for cents in (-60, 60))
    peak = low + int(np.argmax(spectrum[low : high + 2]))
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2])
    place = peak + 0.5 * (left - right) / (left - 2 * middle + right)
    return float(1200 * np.log2(place * rate / size / frequency))


def played(text: str, program: int | str = "harp") -> list[PlayedNote]:
    return play(Tune.parse(text), program=program).notes()


def real_tunes() -> list[str]:
    """Return five tunes of each book that is at hand, or those written out by hand."""
    found = []
    for name in books.NAMES:
        if books.at_hand(name):
            texts = [text for _, text in books.book_texts(name)]
            found += [
                tune.text
                for tune in (next(Tune.find(text), None) for text in texts[7 :: len(texts) // 5])
                if tune
            ]
    return found or list(traditional.ALL)


@pytest.fixture(scope="module")
def performances() -> list[list[PlayedNote]]:
    """Real tunes, each on another instrument."""
    return [
        played(text, PROGRAMS[number % len(PROGRAMS)]) for number, text in enumerate(real_tunes())
    ]


@pytest.fixture(scope="module")
def sounds(performances: list[list[PlayedNote]]) -> list[np.ndarray]:
    """The sound of each performance."""
    return [synthesise(notes, RATE) for notes in performances]


# Pitch


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_pitch_of_every_instrument_is_in_tune(program: int) -> None:
    for pitch in range(36, 109, 3):
        sound = synthesise([PlayedNote(0.0, 0.5, pitch, 80, program)], RATE, room=0.0)[
            : RATE // 2
        ].mean(axis=1)
        assert abs(cents_off(sound, hertz(pitch))) < 1


def test_every_note_of_real_tunes_is_in_tune(performances: list[list[PlayedNote]]) -> None:
    for notes in performances:
        for pitch, duration, program in {
            (note.pitch, note.duration, note.program) for note in notes
        }:
            sound = synthesise([PlayedNote(0.0, duration, pitch, 80, program)], RATE)
            assert abs(cents_off(sound[: round(duration * RATE)].mean(axis=1), hertz(pitch))) < 5


def test_long_notes_are_in_tune_between_their_neighbours_and_in_the_room(
    performances: list[list[PlayedNote]], sounds: list[np.ndarray]
) -> None:
    measured = 0
    for notes, stereo in zip(performances, sounds, strict=True):
        sound = stereo.mean(axis=1)
        for note in notes:
            if (
                note.duration >= 0.35
            ):  # in less, an FFT cannot part a note from the end of the one before
                start = note.start + 0.05
                part = sound[round(start * RATE) : round((note.start + note.duration) * RATE)]
                assert abs(cents_off(part, hertz(note.pitch))) < 5
                measured += 1
    assert measured > 20


@pytest.mark.parametrize("program", ["fiddle", "flute", "whistle"])
def test_vibrato_swings_about_the_pitch(program: str) -> None:
    sound = synthesise(
        [PlayedNote(0.0, 4.0, 69, 80, INSTRUMENT_PROGRAMS[program])], RATE, room=0.0
    ).mean(axis=1)
    fundamental = np.fft.rfft(sound[: 4 * RATE])
    fundamental[4 * 550 :] = 0
    phase = np.unwrap(np.angle(np.fft.ifft(np.append(fundamental, np.zeros(len(fundamental) - 2)))))
    swing = 1200 * np.log2(np.diff(phase)[RATE : -RATE // 2] * RATE / (2 * np.pi) / 440)
    assert abs(swing.mean()) < 0.2
    assert 2 < swing.max() < 12
    assert swing.min() == pytest.approx(-swing.max(), abs=1)


# Level


def test_real_tunes_are_within_full_scale_and_equally_loud(sounds: list[np.ndarray]) -> None:
    loudness = []
    for sound in sounds:
        assert sound.dtype == np.float32
        assert sound.shape[1] == 2
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= PEAK
        loudness.append(20 * np.log10(np.sqrt(np.mean(sound[: -RATE * 3 // 2] ** 2)) / LOUDNESS))
    assert max(loudness) < 1
    assert min(loudness) > -1  # a banjo, whose peaks are the highest
    assert np.median(np.abs(loudness)) < 0.25


def test_loud_and_crowded_music_stays_within_full_scale() -> None:
    crowd = [
        PlayedNote(0.01 * n, 2.0, 40 + n % 48, 127, PROGRAMS[n % len(PROGRAMS)]) for n in range(200)
    ]
    assert np.abs(synthesise(crowd, RATE)).max() <= PEAK
    assert np.abs(synthesise([PlayedNote(0.0, 0.001, 69, 127, 105)], RATE)).max() <= PEAK


def test_a_soft_performance_is_brought_to_the_same_level_as_a_loud_one() -> None:
    soft, loud = (
        [PlayedNote(n / 4, 0.25, 60 + n, velocity) for n in range(12)] for velocity in (20, 110)
    )
    assert np.abs(synthesise(soft) - synthesise(loud)).max() < 1e-5


def test_the_sound_ends_in_silence() -> None:
    sound = synthesise([PlayedNote(0.0, 1.0, 60, 80, program) for program in PROGRAMS], RATE)
    assert len(sound) == round((1.0 + TAIL_SECONDS) * RATE)
    assert np.abs(sound[-1]).max() < 1e-5


# Clicks


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("duration", [0.002, 0.03, 0.137, 0.4003])
def test_a_note_starts_and_ends_without_a_jump(program: int, duration: float) -> None:
    for pitch in (50, 67, 74, 88):
        # The long note tells the largest step of the waveform itself, at full level.
        notes = [
            PlayedNote(0.0, 0.5, pitch, 80, program),
            PlayedNote(2.0, duration, pitch, 80, program),
        ]
        sound = synthesise(notes, RATE, room=0.0)
        steps = np.abs(np.diff(sound, axis=0)).max(axis=1)
        own = steps[: RATE // 2].max()
        short = steps[2 * RATE - 2 :]
        assert short.max() <= 1.001 * own
        assert short[:12].max() < 0.3 * own  # from silence ...
        assert short[round(duration * RATE) :].max() <= 1.001 * own  # ... and back
        assert steps[-RATE:].max() < 1e-4


def test_no_step_in_a_real_tune_is_larger_than_its_waveforms_own(
    performances: list[list[PlayedNote]],
) -> None:
    for notes in performances:
        # Each tone of the tune alone, for a second and a half, and then the tune, so
        # that all are at one level.
        tones = sorted({(note.pitch, note.velocity, note.program) for note in notes})
        alone = [PlayedNote(1.5 * number, 0.5, *tone) for number, tone in enumerate(tones)]
        begin = 1.5 * len(tones)
        moved = [
            PlayedNote(begin + n.start, n.duration, n.pitch, n.velocity, n.program) for n in notes
        ]
        sound = synthesise(alone + moved, RATE, room=0.0)
        steps = np.abs(np.diff(sound, axis=0)).max(axis=1)
        own = {
            t: steps[round(1.5 * k * RATE) : round((1.5 * k + 1.4) * RATE)].max()
            for k, t in enumerate(tones)
        }
        allowed = np.full(len(steps), 1e-6)
        for note in moved:
            start, stop = (
                round(note.start * RATE) - 2,
                round((note.start + note.duration + 0.6) * RATE),
            )
            allowed[start:stop] += own[note.pitch, note.velocity, note.program]
        tune = slice(round(begin * RATE), None)
        assert (steps[tune] <= allowed[tune]).all()


# The same every time, at every rate


def test_two_renderings_are_equal_byte_for_byte(
    performances: list[list[PlayedNote]], sounds: list[np.ndarray]
) -> None:
    for notes, sound in zip(performances, sounds, strict=True):
        assert synthesise(notes, RATE).tobytes() == sound.tobytes()


def test_the_order_of_the_notes_does_not_change_what_is_heard() -> None:
    notes = played(traditional.KESH)
    assert np.abs(synthesise(notes) - synthesise(notes[::-1])).max() < 1e-5


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000, 192_000])
def test_nothing_is_folded_over_at_any_rate(rate: int) -> None:
    for program in PROGRAMS:
        pitch = 91
        sound = synthesise([PlayedNote(0.0, 1.0, pitch, 80, program)], rate, room=0.0)[
            : rate // 2
        ].mean(axis=1)
        spectrum = np.abs(np.fft.rfft(sound * np.blackman(len(sound))))
        frequencies = np.fft.rfftfreq(len(sound), 1 / rate)
        away = np.abs(frequencies - hertz(pitch) * np.round(frequencies / hertz(pitch)))
        between = (away > 60 + 0.005 * frequencies) & (
            frequencies > 200
        )  # reeds beat by a part of the frequency
        assert spectrum[between].max() < 1e-3 * spectrum.max()


def test_a_pitch_too_high_for_the_rate_is_silent() -> None:
    assert not synthesise([PlayedNote(0.0, 0.5, 120)], 8_000).any()


def test_the_room_adds_a_tail_and_no_level() -> None:
    notes = [PlayedNote(0.0, 1.0, 69, 80, 73)]
    dry, wet = synthesise(notes, room=0.0), synthesise(notes, room=0.5)
    tail = slice(round(1.2 * RATE), round(1.4 * RATE))
    assert not dry[tail].any()
    assert np.sqrt(np.mean(wet[tail] ** 2)) > 1e-3
    assert not np.array_equal(wet[tail, 0], wet[tail, 1])


# Bounds


def test_every_general_midi_program_has_an_instrument() -> None:
    sounds = {
        synthesise([PlayedNote(0.0, 0.1, 69, 80, program)], 8_000).tobytes()
        for program in range(128)
    }
    assert len(sounds) == len(PROGRAMS)


@pytest.mark.parametrize("rate", [0, -1, 7_999, 192_001])
def test_a_rate_out_of_range_is_a_usage_error(rate: int) -> None:
    with pytest.raises(UsageError, match="sample rate"):
        synthesise([PlayedNote(0.0, 1.0, 69)], rate)


def test_what_is_too_long_or_too_much_is_refused_before_it_is_made() -> None:
    with pytest.raises(RenderError, match="longer than 300 s, the limit for sound"):
        synthesise([PlayedNote(0.0, MAX_SECONDS + 1, 69)])
    with pytest.raises(RenderError, match="counted one by one"):
        synthesise([PlayedNote(0.0, 250.0, pitch) for pitch in range(60, 70)])
    with pytest.raises(RenderError, match=f"more than {MAX_NOTES} notes"):
        synthesise([PlayedNote(0.0, 0.001, 69)] * (MAX_NOTES + 1))
    with pytest.raises(RenderError, match="no notes"):
        synthesise([])
    with pytest.raises(UsageError, match="room"):
        synthesise([PlayedNote(0.0, 1.0, 69)], room=float("nan"))

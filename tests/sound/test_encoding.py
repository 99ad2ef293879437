"""A sound file says what the samples say, in four formats, with the same bytes each
time."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from abcrun.errors import RenderError, UsageError
from abcrun.formats import SOUND_FORMATS
from abcrun.sound.encoding import MP3_RATES, encode_sound
from abcrun.sound.played import PlayedNote
from abcrun.sound.synthesis import synthesise

RATE = 44_100


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return synthesise([PlayedNote(n / 4, 0.25, 60 + n, 80, 73) for n in range(12)], RATE)


def read(data: bytes) -> tuple[np.ndarray, int]:
    decoded, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return decoded, rate


@pytest.mark.parametrize("file_format", ["wav", "flac"])
def test_wav_and_flac_keep_16_bits_of_every_sample(samples: np.ndarray, file_format: str) -> None:
    data = encode_sound(samples, RATE, file_format)
    decoded, rate = read(data)
    assert rate == RATE
    assert soundfile.info(io.BytesIO(data)).subtype == "PCM_16"
    assert decoded.shape == samples.shape
    assert np.abs(decoded - samples).max() < 1 / 32_000


@pytest.mark.parametrize("file_format", ["ogg", "mp3"])
def test_ogg_and_mp3_keep_the_sound_in_a_fraction_of_the_bytes(
    samples: np.ndarray, file_format: str
) -> None:
    data = encode_sound(samples, RATE, file_format)
    decoded, rate = read(data)
    assert rate == RATE
    assert decoded.shape[1] == 2
    assert abs(len(decoded) - len(samples)) < 4096
    common = min(len(decoded), len(samples))
    assert np.sqrt(np.mean((decoded[:common] - samples[:common]) ** 2)) < 0.05 * np.sqrt(
        np.mean(samples**2)
    )
    assert len(data) < samples.size * 2 / 5


@pytest.mark.parametrize("file_format", SOUND_FORMATS)
def test_the_same_samples_give_the_same_bytes(samples: np.ndarray, file_format: str) -> None:
    assert encode_sound(samples, RATE, file_format) == encode_sound(
        samples.copy(), RATE, file_format
    )


def test_ogg_files_of_two_processes_are_equal(samples: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "samples.npy", samples)
    script = (
        "import sys, numpy, abcrun.sound.encoding as sound;"
        "sys.stdout.buffer.write(sound.encode_sound(numpy.load(sys.argv[1]), 44100, 'ogg'))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "samples.npy")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == encode_sound(
        samples, RATE, "ogg"
    )


@pytest.mark.parametrize("file_format", SOUND_FORMATS)
def test_samples_in_any_memory_order_and_many_blocks(file_format: str) -> None:
    samples = np.asfortranarray(
        np.tile(np.sin(np.arange(200_000) / 20)[:, None], 2).astype(np.float32) * 0.5
    )
    data = encode_sound(samples, RATE, file_format)
    assert data == encode_sound(np.ascontiguousarray(samples), RATE, file_format)
    assert abs(len(read(data)[0]) - len(samples)) < 4096


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 20_000, -1])
def test_a_sample_that_is_not_a_number_is_refused(wrong: float, place: int) -> None:
    samples = np.zeros((40_000, 2), np.float32)
    samples[place, 1] = wrong
    with pytest.raises(RenderError, match="not numbers"):
        encode_sound(samples, RATE, "wav")


def test_beyond_full_scale_is_clipped_not_wrapped() -> None:
    decoded, _ = read(encode_sound(np.full((100, 2), 1.5, np.float32), RATE, "wav"))
    assert decoded.min() > 0.99


def test_formats_and_rates_that_do_not_exist_are_usage_errors(samples: np.ndarray) -> None:
    with pytest.raises(UsageError, match="wav, flac, ogg, mp3"):
        encode_sound(samples, RATE, "aiff")
    with pytest.raises(UsageError, match="MP3 has no sample rate of 96000"):
        encode_sound(samples, 96_000, "mp3")
    with pytest.raises(UsageError, match="channels"):
        encode_sound(samples[:, 0], RATE, "wav")
    for rate in MP3_RATES:
        assert read(encode_sound(samples[:20_000], rate, "mp3"))[1] == rate

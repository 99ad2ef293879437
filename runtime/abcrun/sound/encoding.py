"""Samples to sound files: WAV, FLAC, OGG Vorbis and MP3, by libsndfile."""

import io
import zlib

import numpy as np
import numpy.typing as npt
import soundfile

from abcrun.errors import RenderError, UsageError
from abcrun.formats import SOUND_FORMATS
from abcrun.sound.samples import Samples

_CODINGS = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
"""Container and coding of each format, as libsndfile calls them."""
MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Sample rates that MPEG-1, 2 and 2.5 know."""

# One long Vorbis write overflows libsndfile's stack and kills the process.
_BLOCK_FRAMES = 16_384


def check_sound_format(file_format: str, rate: int) -> None:
    """Raise `UsageError` unless `file_format` is one of `SOUND_FORMATS` and can hold
    sound at `rate` Hz."""
    if file_format not in SOUND_FORMATS:
        raise UsageError(f"unknown sound format {file_format!r}: one of {', '.join(SOUND_FORMATS)}")
    if file_format == "mp3" and rate not in MP3_RATES:
        raise UsageError(
            f"MP3 has no sample rate of {rate} Hz: one of {', '.join(map(str, MP3_RATES))}"
        )


def encode_sound(samples: Samples, rate: int, file_format: str) -> bytes:
    """Return a sound file of `samples`, [frames, channels].

    What is beyond -1 to 1 is clipped. The same samples give the same bytes in every
    format. Raises `UsageError` for a format or rate that does not exist, `RenderError`
    for samples that are not finite or that libsndfile refuses.
    """
    check_sound_format(file_format, rate)
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= 2:
        raise UsageError(f"samples must be [frames, 1 or 2 channels], not {list(samples.shape)}")
    starts = range(0, len(samples), _BLOCK_FRAMES)
    # NaN would become full scale.
    if not all(np.isfinite(samples[start : start + _BLOCK_FRAMES]).all() for start in starts):
        raise RenderError("the sound holds samples that are not numbers (NaN or infinity)")
    container, coding = _CODINGS[file_format]
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(
            buffer, "w", rate, samples.shape[1], coding, format=container
        ) as file:
            for start in starts:
                block = samples[start : start + _BLOCK_FRAMES]
                file.write(
                    _pcm_16(block)
                    if coding == "PCM_16"
                    else np.ascontiguousarray(block, np.float32)
                )
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        raise RenderError(f"cannot write {file_format} with this libsndfile: {error}") from error
    data = buffer.getvalue()
    return _with_fixed_serial(data) if file_format == "ogg" else data


def _pcm_16(samples: Samples) -> npt.NDArray[np.int16]:
    """Round samples to 16 bits."""
    # libsndfile would take three times as long, and cut instead of rounding.
    return np.asarray(np.rint(np.clip(samples, -1, 1) * np.float32(32_767)), np.int16)


_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _with_fixed_serial(data: bytes) -> bytes:
    """Return an Ogg file (RFC 3533) with stream serial number 1 on every page, where
    libsndfile draws a fresh number for each file."""
    pages = bytearray(data)
    start = 0
    while pages[start : start + 4] == b"OggS":
        segments = pages[start + 26]
        stop = start + 27 + segments + sum(pages[start + 27 : start + 27 + segments])
        pages[start + 14 : start + 18] = (1).to_bytes(4, "little")
        pages[start + 22 : start + 26] = bytes(4)
        # Ogg's checksum is zlib's with the bits of each byte the other way round, and
        # without the inversions at its start and end. Its own field counts as zeros.
        reverse = zlib.crc32(pages[start:stop].translate(_REVERSED_BITS), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
        pages[start + 22 : start + 26] = reverse.to_bytes(4, "big").translate(_REVERSED_BITS)
        start = stop
    return bytes(pages)

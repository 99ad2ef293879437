"""Every file format, synthesiser and converter by name."""

#: Every format and what it appends to the stem of the file's name.
FORMATS = {
    "abc": ".abc",
    "midi": ".mid",
    "wav": ".wav",
    "flac": ".flac",
    "ogg": ".ogg",
    "mp3": ".mp3",
    "svg": ".svg",
    "png": ".png",
    "pdf": ".pdf",
    "musicxml": ".musicxml",
    "waveform": ".waveform.svg",
    "waveform-png": ".waveform.png",
}
SYNTHS = ("builtin", "timidity", "fluidsynth")
CONVERTERS = ("builtin", "abc2midi")

"""Sound: a tune as it is played, as a MIDI file, as samples and as sound files.

`played` and `instruments` come first, `synthesis` and `midi` build on them. Nothing
here knows of scores.
"""

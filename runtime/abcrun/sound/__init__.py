"""Sound: a tune as it is played, as a MIDI file, as samples and as sound files.

`played` and `instruments` come first: what is played, and by what. `playing` makes it
of a tune, out of `voices`, `accompaniment` and `drums`; `synthesis` and `midi` make
samples and files of it. Nothing here knows of scores.
"""

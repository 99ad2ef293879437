"""Scores: a tune as MusicXML, as a picture or pages, and in time.

`layout`, `accidentals`, `barlines` and `signs` decide what the eye needs; `musicxml`
writes it; `engraving` has it drawn by `engraver`, in another process; `score` ties the
picture to the text and to the sound.
"""

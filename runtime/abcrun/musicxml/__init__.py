"""MusicXML of any notation program to ABC text: file → elements → parts → voices →
text. The way back is `abcrun.score.musicxml`."""

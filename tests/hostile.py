"""ABC that was written to hurt: numbers out of all bounds, nesting, endless runs,
damage. And real tunes, mutated."""

import random
from collections.abc import Iterator, Sequence

_MEGA = 1_000_000


def tune(body: str, header: str = "M:4/4\nL:1/8\n") -> str:
    """A tune around a body."""
    return f"X:1\nT:hostile\n{header}K:C\n{body}\n"


def _headers() -> Iterator[tuple[str, str]]:
    for name, field in {
        "meter of many digits": "M:" + "9" * 10_000 + "/4",
        "meter over zero": "M:4/0",
        "meter of zero": "M:0/4",
        "meter over three": "M:4/3",
        "meter of a long sum": "M:" + "1+" * 5_000 + "1/8",
        "meter of open brackets": "M:" + "(" * 500,
        "unit length over zero": "L:1/0",
        "unit length of zero": "L:0",
        "unit length of many digits": "L:1/" + "9" * 900,
        "tempo of many digits": "Q:" + "9" * 900,
        "tempo over zero": "Q:1/0=120",
        "tempo of zero": "Q:1/4=0",
        "tempo without bounds": "Q:999/1=9999",
        "tempo of many beats": "Q:" + "1/4 " * 240 + "=40",
        "tempo of spaces": "Q:" + " " * 999 + "x",
        "play order of repeats": "P:" + "A9" * 400,
        "play order nested and multiplied": "P:" + "(" * 8 + "A" + "9)" * 8 + "9",
        "play order nested too deep": "P:" + "(" * 900,
        "play order times a million": "P:(AB)1000000",
        "play order closed only": "P:" + ")" * 900,
        "reference of many digits": "X:" + "9" * 10_000,
        "field of a megabyte": "T:" + "a" * _MEGA,
        "key parameters": "V:1 " + "clef=" * 190,
        "user symbols": "U:T=!" + "x" * 900,
        "title of mnemonics": "T:" + r"\'e\uffff\U0010ffff&eacute;" * 700,
        "title of begun entities": "T:" + "&a" * 9_000,
        "title of backslashes": "T:" + "\\" * 19_000,
        "voice of parameters": "V:1 " + 'name="' * 160,
        "voice of unknown words": "V:1 " + "a " * 490,
        "file header by force": "%%abc-include /etc/passwd\nI:abc-include /etc/passwd",
        "stress file": "%%MIDI ptstress /etc/passwd",
    }.items():
        yield name, tune("CDEF GABc|", f"M:4/4\nL:1/8\n{field}\n")


def _keys() -> Iterator[tuple[str, str]]:
    for name, key in {
        "key of many accidentals": "C " + "^c" * 450,
        "key of letters": "C" + "m" * 900,
        "key of a megabyte": "C" + "m" * _MEGA,
        "key off the circle of fifths": "B#loc",
        "key transposed out of range": "C transpose=99999999",
        "key with octaves": "C octave=99",
        "key of unknown words": "C " + "ab " * 330,
        "key of microtones": "C " + "^3/4c" * 190,
        "key of begun parameters": "C " + "t = " * 240,
        "key of clefs": "C " + "bass-8 " * 140,
        "key far from its clef": "C clef=bass-15 octave=-4 transpose=-36 middle=c''''",
        "key of spaces": " " * 999 + "!",
        "key of parameters without end": 'C clef="' + "a" * 900,
    }.items():
        yield name, f"X:1\nM:4/4\nL:1/8\nK:{key}\nC,,,DEFGABc'''|\n"


def _bodies() -> Iterator[tuple[str, str]]:
    for name, body in {
        "a note longer than the universe": "C99999999999999999999|",
        "a note of many digits": "C" + "9" * _MEGA,
        "a note over zero": "C/0 C0 C0/0|",
        "a note of many slashes": "C" + "/" * _MEGA,
        "a note too short": "C/999999|",
        "notes of prime lengths": "".join(
            f"C1/{prime}" for prime in (997, 991, 983, 977, 971, 967, 953)
        )
        + "|",
        "bars of prime lengths": "|".join(
            f"C1/{prime}" for prime in (997, 991, 983, 977, 971, 967, 953)
        )
        + "|",
        "long notes without end": ("C511 " * 3_000 + "\n") * 6,
        "rests of many bars": "Z99999999999|",
        "rests of bars, all allowed": "Z256|" * 3_000,
        "rest of many digits": "z" + "1" * 19_000,
        "octaves up": "c" + "'" * _MEGA,
        "octaves down": "C" + "," * 19_000,
        "octaves up and down": "C" + ",'" * 9_000,
        "accidentals": "^" * _MEGA,
        "accidentals on notes": "^^^^^C" * 3_000,
        "tuplet of many digits": "(" + "3" * 19_000 + "CDE|",
        "tuplet of large numbers": "(99:99:99CDE|(3:0:3CDE|(0:2:3CDE|(1:1:1C|",
        "tuplets in tuplets": "(3" * 9_000 + "CDE|",
        "broken rhythm": "C" + ">" * 19_000 + "D|",
        "broken rhythm in a chain": "C>" * 9_000 + "D|",
        "broken rhythm both ways": "C><" * 6_000 + "D|",
        "open chords": "[" * _MEGA,
        "open chords with notes": "[C" * 9_000,
        "one chord without end": "[" + "CDEFGAB" * 2_800,
        "closed chords": "]" * 19_000,
        "empty chords": "[]" * 9_000,
        "slurs": "(" * _MEGA,
        "slurs closed": ")" * 19_000,
        "grace notes open": "{" * _MEGA,
        "grace notes open with notes": "{a" * 9_000,
        "grace notes nested": "{" * 9_000 + "a" + "}" * 9_000 + "C|",
        "grace notes without a note": "{abc}" * 3_000 + "|",
        "quotes": '"' * 19_999,
        "one quote": '"' + "a" * 19_000,
        "quotes and brackets": '["' * 9_000,
        "inline fields open": "[K:" * 6_000,
        "inline fields": "[K:D][M:3/4][L:1/16][Q:1/4=60]" * 600 + "C|",
        "inline voices": "".join(f"[V:{number}]C|" for number in range(1_500)),
        "layers": "C&" * 9_000,
        "layers in a run": "C" + "&" * 19_000,
        "ties": "C" + "-" * 19_000,
        "ties over bars": "C-|" * 6_000,
        "ties in chords": "[C-E-G-]" * 2_400,
        "bar lines": "|" * _MEGA,
        "colons": "C" + ":" * _MEGA,
        "repeats of nothing": ":|" * 9_000,
        "repeats of one note": "C:|" * 6_000,
        "repeats many times": "|" + ":" * 15 + ("C" * 1_000 + "|") * 15 + ":" * 15 + "|",
        "repeats more than allowed": "|" + ":" * 99 + "C" + ":" * 99 + "|",
        "endings": "|:C" + "".join(f"|{number} D:" for number in range(1, 99)) + "|",
        "endings of a large range": "|:C|1-99999999999 D:|",
        "endings of many numbers": "|:C|" + "1," * 9_000 + "1 D:|2 E|]",
        "endings that never come": "|:C" + "|2 D" * 3_000 + ":|",
        "endings backwards": "|:C|16-1 D:|",
        "notes, as many as fit": ("CDEF" * 4_990 + "\n") * 4,
        "chords, as many as fit": ("[CEGc]" * 3_300 + "\n") * 4,
        "bars, as many as fit": ("C|" * 9_990 + "\n") * 4,
        "decorations open": "!" * 19_999,
        "decorations of words": "!a" * 9_000,
        "decorations with plus": "+" * 19_999,
        "decorations before nothing": "~.HTuv" * 3_000,
        "backquotes": "C" + "`" * 19_000 + "D|",
        "spaces": "C" + " " * _MEGA,
        "backslashes": "\\" * 19_999,
        "backslashes and spaces": "\\ " * 9_999,
        "stars": "* " * 9_999,
        "comment signs": "C%" * 9_999,
        "NUL bytes": "C\x00D\x00" * 4_000 + "|",
        "control characters": "".join(map(chr, range(32))) + "C|",
        "other line ends": "C|\x0bD|\x0cE|\x85F|\u2028G|\u2029A|",
        "surrogates": "C\ud800D\udfff|\udcff",
        "other digits": "C٣D²E３|(٣CDE",
        "other letters": "ＡＢＣ♯♭𝄞",
        "combining marks": "C" + "\u0301" * 9_000 + "|",
        "right to left": "\u202eC\u202dD\ufeff|",
        "emoji": "🎻" * 9_000,
        "broken quoted-printable": "=3D=20=\n=E2=80=99C|",
        "voices": "\n".join(f"V:{number}\nC|" for number in range(5_000)),
        "voice without a name": "V:\nC|",
        "parts": "P:A\nC|\n" * 9_000,
        "lyrics": "C|\nw:" + "la-" * 6_000,
        "macros": "m:~n=" + "n" * 900 + "\n~C|",
        "includes": "%%abc-include /etc/passwd\n[I:abc-include /etc/passwd]C|\n"
        "I:abc-include /dev/zero",
        "postscript": "%%beginps\n(/etc/passwd) (r) file\n%%endps\nC|",
    }.items():
        yield name, tune(body)


def _words() -> Iterator[tuple[str, str]]:
    """Lyrics, symbol lines, macros, chord symbols, directives, text strings."""
    notes = "CDEF" * 1_000 + "|"
    for name, body in {
        "lyrics of many syllables": f"{notes}\nw:" + "la " * 6_000,
        "lyrics of hyphens": f"{notes}\nw:" + "a-" * 9_000,
        "lyrics of holds": f"{notes}\nw:" + "_" * 19_000,
        "lyrics of bars": f"{notes}\nw:" + "|" * 19_000,
        "lyrics of stars": f"{notes}\nw:" + "*" * 19_000,
        "lyrics of numbers": f"{notes}\nw:" + "1." * 9_000,
        "lyrics without music": "w:la la\n" * 9_000 + "C|",
        "verses without end": "CDEF|\n" + "w:a b c d\n" * 9_000,
        "lyrics after each note": "C|\nw:a\n" * 9_000,
        "lyrics that go on without end": "CDEF|\nw:a\n" + "+:b c d\n" * 12_000,
        "words that go on with backslashes": "C|\nW:a\\\n" + "b\\\n" * 20_000,
        "symbols of many": f"{notes}\ns:" + "!trill! " * 2_400,
        "symbols of quotes": f"{notes}\ns:" + '"' * 19_000,
        "symbols of chords": f"{notes}\ns:" + '"Am7" ' * 3_000,
        "fields that go on without end": "T:a\n" + "+:b\n" * 24_000 + "C|",
        "fields that go on without a beginning": "+:b\n" * 24_000 + "C|",
        "chord symbol of many characters": '"' + "C" * 1_000 + '"C|',
        "chord symbol of many alterations": '"C' + "b9#11" * 200 + '"C|',
        "chord symbol of brackets": '"C' + "(" * 500 + ")" * 500 + '"C|',
        "chord symbols by thousands": '"Cm7b5/e(Am)"C' * 1_200 + "|",
        "chord symbols of slashes": '"' + "C/" * 90 + '"C|' * 3,
        "chord symbols of spaces": '"C' + " " * 150 + "/" + " " * 40 + '"C|',
        "annotations of megabytes": '"^' + "a" * 19_000 + '"C|',
        "texts that are cut": '"^\\u"C"^\\u00"C"^&"C"^&#"C"^\\"C|',
        "texts of escapes": '"^' + "\\u00e9" * 2_000 + '"C|',
        "texts of entities": '"^' + "&eacute;" * 2_000 + '"C|',
        "texts of ampersands": '"^' + "&" * 19_000 + '"C|',
        "grace notes by thousands": "{" + "gef" * 6_000 + "}C|",
        "grace chords by thousands": "{" + "[ce]" * 4_000 + "}C|",
        "grace groups by thousands": "{g}" * 6_000 + "C|",
        "microtones": "^3/4" * 4_000 + "C|",
        "trills with lines that never end": "!trill(!C" * 1_800 + "|",
        "hairpins that never end": "!<(!C" * 3_000 + "|",
        "octave lines that never end": "!8va(!C" * 2_400 + "|",
        "glissandos that never end": "!~(!C" * 3_000 + "|",
        "directives by thousands": "%%score 1 2 3\n" * 5_000 + "C|",
        "directives of other names": "".join(f"%%x{n} 1\n" for n in range(5_000)) + "C|",
        "directives of sound by thousands": "%%MIDI program 3\n" * 5_000 + "C|",
        "directives inline by thousands": "[I:MIDI program 3]" * 1_000 + "C|",
        "text without end": "%%begintext\n" + "a\n" * 9_000,
        "texts begun by thousands": "%%begintext\n" * 9_000 + "C|",
        "texts begun and ended": "%%begintext\n%%endtext\n" * 4_000 + "C|",
        "voices merged by thousands": "\n".join(f"V:{n} merge\nC|" for n in range(3_000)),
        "endings in dotted ties": "|:C.-|1" + "C.-" * 5_000 + ":|2 C|]",
        "ties in layers": "C-&E-&G-|" * 2_000,
        "parts of labels": "".join(f"P:{'A' * 900}\nC|\n" for _ in range(90)),
    }.items():
        yield name, tune(body)


def _fields() -> Iterator[tuple[str, str]]:
    """File headers, macros, staves, gchords, user symbols, voices in the header."""
    notes = "~C~D~E~F|"
    for name, fields in {
        "macro that calls itself": "m:~C=~C~C",
        "macros that call each other": "m:~C=~D~D\nm:~D=~E~E\nm:~E=~C~C",
        "macro of a megabyte": "m:~C=" + "c/" * 9_000,
        "macros by thousands": "\n".join(f"m:~C{n}=c{n}" for n in range(9_000)),
        "macros that double": "\n".join(
            f"m:~{a}=~{b}~{b}" for a, b in zip("ABCDEFG", "BCDEFGa", strict=True)
        ),
        "transposing macro of many": "m:~n=" + "ntsnml" * 3_000,
        "macro of one letter": "m:C=CC",
        "macro of a bar line": "m:|=||",
        "macro without a meaning": "m:\nm:=\nm:~C\nm:~C=\nm:=c",
        "macro of quotes": 'm:~C="' + "a" * 9_000,
        "score of brackets": "%%score " + "[" * 1_000 + "1" + "]" * 1_000,
        "score of braces": "%%score " + "{(" * 1_000 + "1",
        "score of voices": "%%score " + " ".join(map(str, range(5_000))),
        "score of bars": "%%score " + "1|" * 5_000,
        "staves by thousands": "%%staves 1\n" * 5_000,
        "line breaks of nonsense": "%%linebreak " + "$ " * 5_000,
        "pattern of chords": "%%MIDI gchord " + "fzcz" * 4_000,
        "pattern of large numbers": "%%MIDI gchord f999999999c999999999",
        "beats of nonsense": "%%MIDI beat " + "9" * 5_000,
        "programs of nonsense": "%%MIDI program 99999999999 -4\n%%MIDI channel 0\n"
        "%%MIDI transpose 999",
        "files to read": "%%abc-include /etc/passwd\nI:abc-include /dev/zero\n"
        "%%MIDI ptstress /etc/passwd",
        "user symbols by thousands": "U:W=!trill!\n" * 9_000,
        "user symbol of many": "U:W=" + "!trill!" * 1_400,
        "user symbols of each other": "U:W=X\nU:X=W\nU:V=V",
        "play order of brackets": "P:((((",
        "play order of dots": "P:" + "A." * 450,
        "play order of spaces": "P:" + "A " * 450 + "x",
        "voices in the header": "\n".join(f"V:{n} clef=bass" for n in range(9_000)),
        "clef of many characters": "V:1 clef=" + "treble" * 150,
        "middle of nonsense": "V:1 middle=" + "c'" * 400 + "\nV:2 m=^^^",
        "title that goes on": "T:a\n" + "+:b\n" * 20_000,
        "title of a megabyte of escapes": "T:" + "\\'e" * 3_000,
    }.items():
        yield name, tune(notes, f"M:4/4\nL:1/8\n{fields}\n")
    head = "M:3/4\nL:1/8\nm:~C=CDE\nT:A book\n"
    yield "file header of a megabyte", head + "N:a\n" * (_MEGA // 4) + "\n" + tune(notes)
    yield "file header of one line", "N:" + "a" * _MEGA + "\n\n" + tune(notes)
    yield "file header before many tunes", head + "N:a\n" * 900 + "\n" + (tune("C|") + "\n") * 3_000


def _texts() -> Iterator[tuple[str, str]]:
    yield "nothing", ""
    yield "blank lines", "\n" * _MEGA
    yield "blank lines of carriage returns", "\r" * _MEGA
    yield "spaces alone", " " * _MEGA
    yield "a megabyte of one letter", "a" * _MEGA
    yield "a megabyte of X:", "X:" * (_MEGA // 2)
    yield "headers without end", "X:1\n" * (_MEGA // 4)
    yield "tunes without notes", "X:1\nK:C\n\n" * 50_000
    yield "keys without end", "X:1\n" + "K:C\n" * 20_000
    yield "keys without a reference", "K:C\n" * (_MEGA // 4)
    yield "indented keys", (" " * 500 + "K:C\n") * 2_000
    yield "a byte order mark", "\ufeffX:1\nK:C\nC|\n"
    yield "only a reference", "X:1"
    yield "only a header", "X:1\nK:C"
    yield "a binary file", "".join(chr(byte) for byte in random.Random(1).randbytes(200_000))
    yield "a text over the bounds", "X:1\nK:C\nC|\n\n" * 1_400_000
    yield "a tune over the bounds", "X:1\nK:C\n" + "CDEF GABc|\n" * 100_000
    yield "a field that goes on and on", "X:1\nT:a\n" + "+:\n" * 30_000 + "K:C\nC|\n"
    yield "a field open at its end", "X:1\nT:a\\\n" + "a\\\n" * 30_000 + "K:C\nC|\n"
    yield "text that begins without end", "X:1\nK:C\nC|\n" + "%%begintext\n" * 80_000
    yield "text that ends without beginning", "%%endtext\n" * 80_000 + "X:1\nK:C\nC|\n"
    yield "text between tunes", "%%beginps\n\nX:2\n%%endps\nX:1\nK:C\nC|\n\n" * 4_000
    yield "music between blank lines", "X:1\nK:C\n" + "C|\n\n" * 20_000
    yield "words between tunes", ("X:1\nK:C\nC|\n\n" + "word " * 900 + "\n\n") * 1_000
    yield "bars between tunes", ("X:1\nK:C\nC|\n\n" + "C| " * 900 + "\n\n") * 1_000
    yield "a file header of a megabyte", "N:a\n" * (_MEGA // 4) + "\nX:1\nK:C\nC|\n"
    yield "a file header for all", "N:a\n" * 200 + "\n" + "X:1\nK:C\nC|\n\n" * 500
    yield "a file header in pieces", "N:a\n\n" * (_MEGA // 5) + "X:1\nK:C\nC|\n"


def crafted() -> list[tuple[str, str]]:
    """Each hostile text with a name that says what it does."""
    return [*_headers(), *_keys(), *_bodies(), *_words(), *_fields(), *_texts()]


def mutated(tunes: Sequence[str], count: int, seed: int = 0) -> Iterator[str]:
    """Real tunes with a few characters dropped, doubled, swapped, or put in from
    elsewhere; the same for a seed."""
    chance = random.Random(seed)
    signs = "|:[](){}<>-^_=,'/\"!+&%~.0123456789abcdefgABCDEFGzZxXyKMLQVPw \n\\\x00\ufeffé"
    for _ in range(count):
        text = list(chance.choice(tunes))
        for _ in range(chance.choice((1, 3, 10, 40))):
            at = chance.randrange(len(text) + 1)
            deed = chance.randrange(6)
            if deed == 0:
                del text[at : at + chance.choice((1, 1, 2, 20))]
            elif deed == 1:
                text[at:at] = chance.choice(signs)
            elif deed == 2:
                text[at:at] = chance.choice(signs) * chance.choice((2, 9, 300))
            elif deed == 3:
                text[at:at] = text[at : at + chance.randrange(60)] * chance.choice((1, 2, 30))
            elif deed == 4:
                other = chance.choice(tunes)
                start = chance.randrange(len(other))
                text[at:at] = other[start : start + 40]
            elif text:
                text[at % len(text)] = chance.choice(signs)
        yield "".join(text)

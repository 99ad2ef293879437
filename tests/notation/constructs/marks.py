"""Section 4, second half: decorations, chords, words over the staff."""

from collections.abc import Callable

from tests.notation.constructs.construct import Construct, Heard, first, signs, whole


def _decoration(
    name: str,
    shown: str,
    xml: str,
    svg: str,
    *,
    written: str = "",
    plays: Callable[[Heard], object] | str = "",
    music: str = "CDEF|",
) -> Construct:
    written = written or f"!{name}!"
    return Construct(
        "4.14",
        f"`{written}` {shown}",
        f"{written}{music}",
        lambda t: signs(t).decorations == (name,),
        plays=plays,
        xml=xml,
        svg=svg,
        moves=written + ("[DF]EFG|" if music[0] == "[" else "DEFG|"),
    )


def _chord(text: str, xml: str, moved: str, note: str = "") -> Construct:
    return Construct(
        "4.18",
        f'Chord symbol `"{text}"`',
        f'"{text}"CDEF|',
        lambda t: signs(t).texts == (text,),
        plays=lambda h: len(h.notes) > 4,
        xml=xml,
        svg='class="harm"',
        moves=f'"{moved}"DEFG',
        note=note,
    )


_TRILLS = "<ornaments>"
ROWS = (
    _decoration("staccato", "staccato", "<staccato/>", 'class="artic', written="."),
    _decoration("roll", "roll", "<ornaments>", 'class="turn"', written="~"),
    _decoration("fermata", "fermata", "<fermata", 'class="fermata"', written="H"),
    _decoration("accent", "accent", "<accent/>", 'class="artic', written="L"),
    _decoration("lowermordent", "lower mordent", "<mordent/>", 'class="mordent"', written="M"),
    _decoration("coda", "coda", "<coda", 'class="(dir|reh|repeatMark)', written="O"),
    _decoration(
        "uppermordent", "upper mordent", "<inverted-mordent/>", 'class="mordent"', written="P"
    ),
    _decoration("segno", "segno", "<segno", 'class="(dir|reh|repeatMark)', written="S"),
    _decoration("trill", "trill", "<trill-mark/>", 'class="trill"', written="T"),
    _decoration("upbow", "up-bow", "<up-bow/>", 'class="artic', written="u"),
    _decoration("downbow", "down-bow", "<down-bow/>", 'class="artic', written="v"),
    _decoration("trill", "trill", "<trill-mark/>", 'class="trill"'),
    _decoration("trill(", "trill with a line", "<wavy-line", 'class="trill"', written="!trill(!"),
    _decoration("turn", "turn", "<turn/>", 'class="turn"'),
    _decoration("turnx", "turn with a stroke", '<turn slash="yes"/>|<turn', 'class="turn"'),
    _decoration("invertedturn", "inverted turn", "<inverted-turn", 'class="turn"'),
    _decoration("arpeggio", "arpeggio", "<arpeggiate", 'class="arpeg"', music="[CE]DEF|"),
    _decoration("invertedfermata", "fermata below", '<fermata type="inverted"', 'class="fermata"'),
    _decoration("tenuto", "tenuto", "<tenuto/>", 'class="artic'),
    _decoration("marcato", "marcato", "<strong-accent", 'class="artic', written="!^!"),
    _decoration("wedge", "staccatissimo", "<staccatissimo/>", 'class="artic'),
    _decoration("plus", "left-hand pizzicato", "<stopped/>", 'class="artic', written="!+!"),
    _decoration("snap", "snap pizzicato", "<snap-pizzicato/>", 'class="artic'),
    _decoration("slide", "slide into the note", "<(scoop|slide|glissando)", "<svg"),
    _decoration("open", "open string", "<open-string/>", 'class="artic'),
    _decoration("thumb", "thumb", "<thumb-position/>", "<svg"),
    _decoration("breath", "breath mark", "<breath-mark", 'class="(breath|artic)"'),
    _decoration("shortphrase", "phrase mark", "<(breath-mark|caesura|words|other)", "<svg"),
    _decoration(
        "3", "fingering `!0!` to `!5!`", "<fingering[^>]*>3", 'class="fing"', written="!3!"
    ),
    _decoration("D.S.", "dal segno", "D\\.S\\.", "D\\.S\\."),
    _decoration("D.C.", "da capo", "D\\.C\\.", "D\\.C\\."),
    _decoration("dacoda", "to coda", "(?i)coda", "(?i)coda"),
    _decoration("fine", "fine", "(?i)fine", "(?i)fine"),
    *(
        _decoration(
            name,
            "dynamics",
            f"<{name}/>",
            'class="dynam"',
            plays=lambda h: h.of_type("note_on")[0].velocity != 80,
        )
        for name in ("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz")
    ),
    Construct(
        "4.14",
        "Hairpins `!<(!` `!<)!`, `!>(!` `!>)!`",
        "!p!!<(!CDE!<)!F|!>(!CDE!>)!F|",
        lambda t: "crescendo(" in signs(t).decorations,
        plays=lambda h: len({m.velocity for m in h.of_type("note_on") if m.velocity}) > 2,
        xml='<wedge type="crescendo"',
        svg='class="hairpin"',
        moves="!<(!DEF!<)!G",
    ),
    Construct(
        "4.14",
        "Older `+trill+`",
        "+trill+CDEF|",
        lambda t: signs(t).decorations == ("trill",),
        xml="<trill-mark/>",
        svg='class="trill"',
        moves="+trill+DEFG",
    ),
    Construct(
        "4.14",
        "Others `!foo!`",
        "!foo!CDEF|",
        lambda t: signs(t).decorations == ("foo",),
        remark="'foo'",
        moves="!foo!DEFG",
    ),
    Construct(
        "4.15",
        "Symbol lines `s:`",
        'CDEF|\ns: !trill! * "Am" !mf!',
        lambda t: (signs(t).decorations, signs(t, 2).texts) == (("trill",), ("Am",)),
        plays=lambda h: len(h.notes) > 4,
        xml="<trill-mark/>",
        svg='class="trill"',
        moves='s: !trill! * "Bm" !mf!',
    ),
    Construct(
        "4.16",
        "`U:` redefinable symbols",
        whole("WCDEF|", "U: W = !accent!\n"),
        lambda t: signs(t).decorations == ("accent",),
        xml="<accent/>",
        svg='class="artic',
        moves="WDEFG",
    ),
    Construct(
        "4.16",
        "`U: T = !nil!`",
        whole("TCDEF|", "U: T = !nil!\n"),
        lambda t: not signs(t).decorations,
        moves="TDEFG",
    ),
    Construct(
        "4.17",
        "Chords `[CEG]`",
        "[CEG]4|",
        lambda t: first(t).pitches == (60, 64, 67),
        plays="60 64 67",
        xml="<chord/>",
        svg='class="chord"',
        moves="[DFA]4",
    ),
    Construct(
        "4.17",
        "Lengths in chords `[C2E2]`, `[CE]2`",
        "[C2E2][CE]2|",
        lambda t: first(t).duration * 4 == 2,
        plays=lambda h: h.lengths == [2] * 4,
        xml="<chord/>",
        svg='class="chord"',
        moves="[D2F2][DF]2",
        note="All last as long as the first.",
    ),
    Construct(
        "4.17",
        "Unisons `[CC]`",
        "[CC]4|",
        lambda t: len(first(t).names) == 2,
        plays="60",
        xml="<type>whole",
        svg='class="note"',
        moves="[DD]4",
        note="Drawn and played once.",
    ),
    _chord("Am7", "<root-step[^>]*>A<", "Bm7"),
    _chord("am", "<root-step[^>]*>A<", "bm", "A root in lower case is one in upper case."),
    _chord("C/e", "<bass-step[^>]*>E<", "D/f#"),
    _chord("D7sus4", "suspended-fourth", "E7sus4"),
    _chord(
        "G(Em)",
        "<root-step>E</root-step>|\\(Em\\)",
        "A(F#m)",
        "An alternate is drawn; the first is played.",
    ),
    _chord("Bb°7", "diminished-seventh", "C°7"),
    Construct(
        "4.18",
        'No chord `"N.C."`',
        '"C"CD"N.C."EF|',
        lambda t: signs(t, 2).texts == ("N.C.",),
        plays=lambda h: len(h.notes) > 4,
        xml="<kind[^>]*>none|N\\.C\\.",
        svg="N\\.C\\.",
        moves='"N.C."FG',
    ),
    *(
        Construct(
            "4.19",
            f'Annotation `"{sign}text"`',
            f'"{sign}text"CDEF|',
            lambda t, sign=sign: signs(t).texts == (f"{sign}text",),
            xml="<words[^>]*>text",
            svg="text",
            moves=f'"{sign}text"DEFG',
            note=note,
        )
        for sign, note in (
            ("^", ""),
            ("_", ""),
            ("<", "Drawn above."),
            (">", "Drawn above."),
            ("@", ""),
        )
    ),
    Construct(
        "4.19",
        "Words without a sign",
        '"slowly"CDEF|',
        lambda t: signs(t).texts == ("slowly",),
        xml="slowly",
        svg="slowly",
        moves='"slowly"DEFG',
        note="What is no chord symbol is drawn as words; abc2midi and abcjs take it for a chord.",
    ),
    Construct(
        "4.20",
        "Order of constructs",
        '"Am"{g}!trill!^C-C2F|',
        lambda t: signs(t).texts == ("Am",),
        plays=lambda h: 61 in h.pitches,
        xml="<trill-mark/>",
        svg='class="trill"',
        moves='"Bm"{a}!trill!^D-D2G',
        note="Read in any order.",
    ),
)

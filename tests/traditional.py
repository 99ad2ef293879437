"""Traditional tunes for tests, written out by hand."""

KESH = """X:1
T:The Kesh
R:jig
M:6/8
L:1/8
K:G
|:G3 GAB|A3 ABd|edd gdd|edB dBA|
GAG GAB|ABA ABd|edd gdB|AGF G3:|
|:B2B dBd|ege dBG|B2B dBG|ABA AGA|
BAB dBd|ege dBd|gfg aga|bgf g3:|
"""

BLUEHILL = """X:2
T:The Boys of Bluehill
R:hornpipe
M:4/4
L:1/8
K:D
fa|:(3gfe|dBAF DFAF|d2cd B2fa|dBAF DFAF|E2EF E2(3gfe|
dBAF DFAF|ABde f2ed|Beed efge|d2dc d2:|
|:fg|afdf a2gf|edef g2fg|abaf gbag|fdef e2(3gfe|
dBAF DFAF|ABde f2ed|Beed efge|d2dc d2:|
"""

SALLY_GARDENS = """X:3
T:Down by the Salley Gardens
C:trad.
M:4/4
L:1/4
Q:1/4=72
K:D
D>E|F E D E|D2 z A|B A F A|d2 z A|
d c B A|B A F E|D3/ E/ F E|D2|]
"""

ALL = (KESH, BLUEHILL, SALLY_GARDENS)

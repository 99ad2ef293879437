"""Run before a frozen app: be its engraver, where it is started as that."""

import sys

if len(sys.argv) == 3 and sys.argv[1] == "--abcrun-engraver":
    import runpy

    runpy.run_path(sys.argv[2], run_name="__main__")
    sys.exit()

"""`python -m abcrun` is the command `abcrun`."""

from abcrun.cli import main

main(prog_name="abcrun")

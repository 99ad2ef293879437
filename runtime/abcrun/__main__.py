"""`python -m abcrun` is the command `abcrun`."""

from .cli import main

main(prog_name="abcrun")

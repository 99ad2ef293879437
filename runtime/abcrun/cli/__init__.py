"""The command line. ABC goes to stdout, talk to stderr; an error is one line and exit
status 1, or 2 for usage."""

import logging
import os
import sys

import click

import abcrun
from abcrun.cli import bulk, compose, machine, server, tunes
from abcrun.cli.program import Program

# Nothing here multiplies matrices in NumPy, and starting OpenBLAS' threads takes a
# tenth of a second of the first tune. It reads this when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"abcrun {abcrun.__version__}")
        context.exit()


@click.group(
    cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    callback=_print_version,
    expose_value=False,
    is_eager=True,
    help="Print the version.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
def main(verbose: bool) -> None:
    """Compose folk tunes in ABC notation; check, hear and see them."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="abcrun: %(message)s", stream=sys.stderr)


# The functions keep out of this namespace: `abcrun.cli.doctor` and `bench` are modules.
for module in (compose, tunes, bulk, server, machine):
    for command in module.COMMANDS:
        main.add_command(command)

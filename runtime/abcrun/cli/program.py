"""The program around the commands: it ends cleanly, whatever happens."""

import sys
import warnings
from typing import Any, NoReturn

import click

from abcrun.cli.sources import FAILURE, WRONG_USAGE
from abcrun.cli.streams import drop_output, open_streams
from abcrun.errors import AbcrunError, MissingGlyphsWarning, UsageError

INTERRUPTED = 130  # what a shell shows for a program that Ctrl-C ended
CLOSED_PIPE = 141  # what it shows for one that SIGPIPE ended

# On Windows click would expand patterns in all arguments, titles and prompts too.
_SETTINGS = {"standalone_mode": False, "windows_expand_args": False}


class _ClosedPipe(Exception):  # noqa: N818
    """The reader of stdout went away."""


class Program(click.Group):
    """A group of commands that ends cleanly, whatever its input and output do."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            # Under its own name click would turn it into exit status 1.
            raise _ClosedPipe from None

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run, flush, and exit with the right status."""
        open_streams()
        try:
            with warnings.catch_warnings():
                _tell_warnings()
                status = super().main(*args, **{**kwargs, **_SETTINGS}) or 0
            # A full disk or a closed pipe may show only now.
            sys.stdout.flush()
        except click.exceptions.Abort:
            status = INTERRUPTED
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except UsageError as error:
            status = _complain(error, WRONG_USAGE)
        except AbcrunError as error:
            status = _complain(error, FAILURE)
        except (_ClosedPipe, BrokenPipeError):
            drop_output()
            status = CLOSED_PIPE
        except OSError as error:
            drop_output()
            status = _complain(f"output cannot be written ({error.strerror or error})", FAILURE)
        sys.exit(status)


def _tell_warnings() -> None:
    """Have characters that no font has told in one line on stderr, each once."""
    told: set[str] = set()
    usual = warnings.showwarning

    def show(message: Warning | str, *rest: Any, **named: Any) -> None:
        if not isinstance(message, MissingGlyphsWarning):
            usual(message, *rest, **named)
        elif new := [one for one in message.characters if one not in told]:
            told.update(new)
            click.echo(f"abcrun: {MissingGlyphsWarning(tuple(new))}", err=True)

    warnings.showwarning = show
    warnings.simplefilter("always", MissingGlyphsWarning)


def _complain(error: object, status: int) -> int:
    """Say an error in one line on stderr, and return `status`."""
    click.echo(f"abcrun: {' '.join(str(error).split())}", err=True)
    return status

"""`abcrun studio`, `serve` and `lite`: the page, for oneself, for others, and without a
server."""

import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from abcrun.cli.options import Command, with_options
from abcrun.studio.settings import Option, Settings

log = logging.getLogger(__name__)


def _setting_option(setting: Option) -> Callable[[Command], Command]:
    """Make the option of a setting, and of its variable of the environment."""
    return click.option(
        setting.flag,
        setting.name,
        type=setting.kind,
        default=setting.default,
        envvar=setting.variable,
        help=setting.help,
        # 0 and "" mean that the server chooses, as the help says.
        show_default=bool(setting.default),
        show_envvar=True,
    )


def setting_options(*names: str) -> Callable[[Command], Command]:
    """Add the options of these settings, or of all, to a command."""
    chosen = [one for one in Settings.options() if not names or one.name in names]
    return lambda command: with_options(command, [_setting_option(one) for one in chosen])


@click.command("studio")
@setting_options("port", "model", "device", "threads")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page.")
def studio_command(browser: bool, **given: Any) -> None:
    """Compose, see and hear tunes on a page in your browser; it is open to this machine
    alone."""
    # Sockets, threads and the browser: no other command waits for them.
    from abcrun.studio.serving import open_studio

    open_studio(Settings(**given), _tell_address, browser=browser)


@click.command("serve")
@setting_options()
def serve_command(**given: Any) -> None:
    """Serve the studio's page, and its interface for other apps, to others."""
    # As for `studio`.
    from abcrun.studio.serving import serve

    settings = Settings(**given)
    # Where programs read the lines, all of them are for programs.
    serve(settings, _tell_address if settings.log_format == "text" else _log_address)


def _tell_address(url: str) -> None:
    click.echo(f"abcrun: {url} (Ctrl-C ends it)", err=True)


def _log_address(url: str) -> None:
    log.info("listening on %s", url)


@click.command("lite")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--model",
    required=True,
    type=click.Path(path_type=Path),
    help="An exported .onnx file that writes plain ABC, such as exported/irish.onnx.",
)
@click.option(
    "--onnxruntime-web",
    default="node_modules/onnxruntime-web",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder of that npm package.",
)
def lite_command(out: Path, model: Path, onnxruntime_web: Path) -> None:
    """Write into the folder OUT a page that needs no server of ours: a network composes
    in the visitor's browser, by plain sampling."""
    # NumPy: the list of commands and all help are there without it.
    from abcrun.lite.folder import write_lite

    written = write_lite(out, model, onnxruntime_web)
    size = sum(path.stat().st_size for path in written) / 1e6
    click.echo(
        f"abcrun: {len(written)} files in {out}, {size:.0f} MB; any web server serves them,",
        err=True,
    )
    click.echo(
        f"abcrun: as python -m http.server --directory {shlex.quote(str(out))} does", err=True
    )


COMMANDS = (studio_command, serve_command, lite_command)

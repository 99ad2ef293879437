"""`abcrun bulk`: the command and its options."""

from typing import Any

import click

from abcrun.bulk.engines import ENGINES
from abcrun.cli.options import (
    PATH,
    asked_options,
    device_options,
    sampling_options,
    sound_options,
)
from abcrun.errors import UsageError

_NEEDED = ("seed", "count", "out")


@click.command("bulk")
@click.option("--out", metavar="FOLDER", help="Folder, or an address such as s3://bucket/tunes.")
@click.option("--seed", type=int, help="Of all tunes: the same command again goes on.")
@click.option("-n", "--count", type=int, help="How many tunes.")
@click.option(
    "--shard-size", type=int, default=1000, show_default=True, help="Tunes in one Parquet file."
)
@click.option("--shard", type=int, help="Make this shard alone, counted from 0.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="local",
    show_default=True,
    help="Who makes all shards that are missing.",
)
@click.option("--workers", type=int, help="Processes, of one thread each.  [default: all cores]")
@click.option(
    "--check",
    "checked",
    metavar="FOLDER",
    help="Make nothing; read a folder, and count what is there, missing and damaged.",
)
@click.option("--model", "model_path", type=PATH, help="An exported .onnx file.")
@click.option("--prompt", help="Text that the tunes start with.  [default: the model's own]")
@sampling_options
@asked_options
@device_options
@click.option("--formats", help="Media to make of each tune, e.g. midi,mp3: a tar file a shard.")
@sound_options
def bulk_command(checked: str | None, **given: Any) -> int:
    """Compose very many tunes into Parquet files, on one machine or many.

    Files are whole or not there: after a crash, or Ctrl-C, the same command makes what
    is missing.
    """
    # pyarrow, NumPy and ONNX Runtime: help and a wrong option do not wait for them.
    from abcrun.bulk.packages import require

    require("bulk", "pyarrow", "fsspec")
    from abcrun.cli.bulking import check, make

    if checked is not None:
        return check(checked)
    missing = [f"--{name}" for name in _NEEDED if given[name] is None]
    if missing:
        raise UsageError(f"bulk needs {', '.join(missing)} (or --check FOLDER)")
    make(**given)
    return 0


COMMANDS = (bulk_command,)

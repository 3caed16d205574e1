"""`holdfast mutants`, found through the entry-point group `holdfast.commands`."""
# ruff: noqa: PLC0415

from __future__ import annotations

import sys

import click


@click.group()
def commands() -> None:
    """Judge the tests."""


@commands.command()
@click.argument("files", metavar="[FILE…]", nargs=-1)
@click.option("--changed", is_flag=True, help="Only lines changed since main (on main: not committed, else the last commit).")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 3600), help="With --changed: how long to try.")
@click.option("--minutes", default=80.0, show_default=True, type=click.FloatRange(0), help="Then try only a sample where some may survive.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 32), help="How many mutants at a time.")
@click.option("--fresh", is_flag=True, help="Forget what earlier runs found.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def mutants(*, files: tuple[str, ...], changed: bool, seconds: float, minutes: float, jobs: int, fresh: bool, as_json: bool) -> None:
    """Change the core in every small way, and see whether a test fails: exits 1 if a mutant survives where none may.

    The fold, the grounds and the decision come first and whole. Of the other files, unless they are named, as many mutants as --minutes leaves time
    for: a fair sample, of which the size is printed. The next run goes on where this one stopped, as long as nothing changes.
    """
    from bench.mutants import run
    from bench.mutants.errors import MutantsError

    unknown = set(files) - set(run.HOLDFAST.mutated())
    if unknown:
        raise click.UsageError(f"not mutated: {', '.join(sorted(unknown))}; it must be one of {', '.join(run.HOLDFAST.mutated())}")
    if changed and (files or fresh):
        raise click.UsageError("--changed goes with neither FILE nor --fresh")
    try:
        if changed:
            passed = run.changed(run.HOLDFAST, jobs=jobs, seconds=seconds, as_json=as_json)
        else:
            passed = run.whole(run.HOLDFAST, files=files, jobs=jobs, forget=fresh, as_json=as_json, minutes=None if files else minutes)
    except MutantsError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if passed else 1)

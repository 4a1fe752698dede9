"""The command line: one file for each command."""

from __future__ import annotations

import sys

import typer
from click.exceptions import Abort

from gateway.cli import audit, client, decide, demo, keys, map, serve, validate  # noqa: A004

app = typer.Typer(
    help="One Story: a FHIR R4 gateway and consent layer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(client.app, name="client")
app.add_typer(audit.app, name="audit")
app.command("serve")(serve.serve)
app.command("migrate")(serve.migrate)
app.command("map")(map.map_records)
app.command("decide")(decide.decide)
app.command("validate")(validate.validate)
app.command("demo")(demo.demo)


def main() -> None:
    """Run a command; a keyboard interrupt ends it quietly."""
    try:
        app()
    except (KeyboardInterrupt, Abort):
        sys.exit(130)

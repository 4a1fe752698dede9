"""The command line: one file for each command, read only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from typer import Abort

# Each command and the function or group of commands that does it.
COMMANDS = {
    "demo": "demo:demo",
    "keys": "keys:app",
    "serve": "serve:serve",
    "migrate": "serve:migrate",
    "relabel": "relabel:relabel",
    "client": "client:app",
    "delegate": "delegate:app",
    "judgement": "judgement:app",
    "same-person": "same_person:app",
    "cleared": "cleared:cleared",
    "map": "map:map_records",
    "wording": "wording:app",
    "validate": "validate:validate",
    "decide": "decide:decide",
    "conformance": "conformance:conformance",
    "audit": "audit:app",
    "officer": "officer:app",
    "queue": "queue:app",
    "chase": "chase:chase",
    "escalate": "escalate:escalate",
    "review": "review:review",
    "receipt": "receipt:app",
    "package": "package:package",
}


def application(*names: str) -> typer.Typer:
    """The application with these commands; with all of them where none is named."""
    app = typer.Typer(
        help="One Story: a FHIR R4 gateway and consent layer.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_group)
    for name in names or COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        does = getattr(import_module(f"gateway.cli.{module}"), attribute)
        if isinstance(does, typer.Typer):
            app.add_typer(does, name=name)
        else:
            app.command(name)(does)
    return app


def _group() -> None:
    """One Story: a FHIR R4 gateway and consent layer."""


def main() -> None:
    """Run a command: exit 0, 1 or 2; what was used wrongly is said in one line on stderr."""
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    app = application(*([named] if named in COMMANDS else []))
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except (KeyboardInterrupt, Abort):
        sys.exit(130)
    except Exception as error:
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        typer.echo(f"{message()} (see onestory {named} --help)".replace("  ", " "), err=True)
        sys.exit(getattr(error, "exit_code", 2))

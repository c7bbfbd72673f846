"""``passcodectl completion``: what a shell needs to complete commands and options."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from passcodectl.options import CtlCommand

SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

HELP = """Write a script that completes commands and options.

\b
  bash (4.4 or later)  source <(passcodectl completion bash)  in ~/.bashrc
  zsh                  source <(passcodectl completion zsh)   in ~/.zshrc
  fish                 passcodectl completion fish | source   in config.fish
"""


@click.command(cls=CtlCommand, help=HELP, short_help="Write a script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Write a script that completes commands and options."""
    program = context.find_root()
    name = program.info_name or "passcodectl"
    made = SHELLS[shell](program.command, {}, name, f"_{name.upper()}_COMPLETE")
    # Not source(): for bash that would first look which bash stands on the PATH here.
    click.echo(made.source_template % made.source_vars())

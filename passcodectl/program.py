"""The program: its commands, its help, and how every way to end becomes an exit code."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click

from passcodectl.commands.cancel import cancel
from passcodectl.commands.completion import completion
from passcodectl.commands.device import device
from passcodectl.commands.devices import devices
from passcodectl.commands.log import events, log
from passcodectl.commands.reset import reset
from passcodectl.commands.reveal import reveal
from passcodectl.commands.status import status
from passcodectl.commands.whoami import whoami
from passcodectl.ctl import Ctl
from passcodectl.errors import CtlError
from passcodectl.exits import EXPLAINED, Exit
from passcodectl.inert import inert
from passcodectl.options import common_options
from passcodectl.streams import let_go, ready
from passcodectl.version import VERSION

NAME = "passcodectl"

UNWRITTEN = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO})
"""A full disk, a file or a share at its limit, a terminal that is gone."""

HELP = """Reset passcodes of Android phones, and follow, log and reveal resets.

\b
  passcodectl devices okonkwo             find a phone
  passcodectl reset R6977C41A09 --wait    reset it and watch
  passcodectl reveal ACTION --reason …    read the new passcode
"""


class _Pipe(Exception):  # noqa: N818  # no error: whoever read has seen enough
    """The reader of the output went away."""


class Program(click.Group):
    """Lists commands in the order of a reset's life, and tells the exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click prescribes the name
        """Return the names in the order they were added."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes below the commands."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in EXPLAINED.items()])

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the command line, which writes where it asks for help; see ``invoke``."""
        try:
            return super().make_context(*arguments, **more)
        except BrokenPipeError as fault:
            raise _Pipe from fault

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click would end a closed pipe as 1, which here means a failed reset."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as fault:
            raise _Pipe from fault
        except KeyboardInterrupt as fault:
            if ctx.obj.json:
                raise click.Abort from fault  # click itself would write an empty line first, below the ^C
            raise


def build() -> Program:
    """Return the program with all its commands."""
    program = Program(
        NAME,
        help=HELP,
        params=common_options(from_environment=True),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
        epilog="Options go before or after the command. Times are local.",
    )
    click.version_option(VERSION, "-V", "--version", prog_name=NAME)(program)
    for command in (devices, device, reset, status, log, events, reveal, cancel, whoami, completion):
        program.add_command(command)
    return program


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code; never raises."""
    ctl = Ctl()
    try:
        _encoded(arguments)
        ended = build().main(list(arguments), prog_name=NAME, standalone_mode=False, obj=ctl)
        return int(ended or 0)
    except CtlError as error:
        ctl.failure(error)
        return int(error.exit)
    except click.Abort:
        ctl.failure(CtlError(Exit.STOPPED, "Stopped.", reason="STOPPED"))
        return int(Exit.STOPPED)
    except click.ClickException as error:
        return _wrong(ctl, arguments, error)
    except _Pipe:
        return int(Exit.PIPE_CLOSED)
    except Exception as fault:  # noqa: BLE001  # whatever it is, 1 would mean that a reset failed
        return _broken(ctl, fault)
    finally:
        ctl.close()


def _encoded(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text in this locale (Python lets them through as half characters).

    Raises:
        click.UsageError: an argument has some.
    """
    for word in arguments:
        if any(0xD800 <= ord(char) <= 0xDFFF for char in word):  # noqa: PLR2004  # Unicode's surrogates
            raise click.UsageError(f"{inert(word)} is not text in the encoding of this terminal (see LANG).")


def _wrong(ctl: Ctl, arguments: Sequence[str], error: click.ClickException) -> int:
    """Tell what is wrong with the command line, which may have been refused before its ``--json`` was read."""
    if ctl.json or "--json" in arguments:
        ctl.choices.told["json"] = True
        ctl.failure(CtlError(Exit.USAGE, error.format_message(), reason="USAGE"))
    else:
        with suppress(OSError):  # nobody reads it; the exit code still tells
            error.show()
    return int(Exit.USAGE)


def _broken(ctl: Ctl, fault: Exception) -> int:
    if isinstance(fault, OSError) and fault.errno in UNWRITTEN:
        ctl.failure(CtlError(Exit.INTERNAL, f"The output cannot be written: {os.strerror(fault.errno)}."))
        return int(Exit.INTERNAL)
    if ctl.choices.get("verbose"):
        traceback.print_exception(fault)
    ctl.failure(CtlError(Exit.INTERNAL, f"A fault of this program: {type(fault).__name__}. -v tells more."))
    return int(Exit.INTERNAL)


def main() -> NoReturn:
    """Run the command line of this process."""
    ready()
    code = run(sys.argv[1:])
    let_go()
    sys.exit(code)

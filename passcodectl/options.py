"""Options that every command takes, before or after the command's name."""

from typing import Any

import click

from passcodectl.choices import ANSWER_WITHIN_S, Choices
from passcodectl.values import Duration


def common_options(*, from_environment: bool) -> list[click.Option]:
    """Return fresh options; those of the program itself also read the environment."""

    def option(*names: str, variable: str = "", text: str, **more: Any) -> click.Option:
        told = f"{text}  [{variable}]" if variable else text
        envvar = variable or None if from_environment else None
        return click.Option(names, help=told, envvar=envvar, expose_value=False, callback=_keep, **more)

    return [
        option("--url", variable="PASSCODECTL_URL", metavar="URL", text="Address of the console."),
        option("--enterprise", variable="PASSCODECTL_ENTERPRISE", metavar="ID", text="Enterprise, as LC0123abcd."),
        option(
            "--impersonate",
            variable="PASSCODECTL_IMPERSONATE",
            metavar="ACCOUNT",
            text="Sign in through IAP as this service account.",
        ),
        option("--token-file", metavar="FILE", text="Sign in by a token: a file, or - for standard input."),
        option(
            "--laptop", variable="PASSCODECTL_LAPTOP", is_flag=True, text="Sign in to the stack of `make demo`."
        ),
        option(
            "--as", "persona", metavar="NAME", text="With --laptop: admin (default), resetter, revealer, viewer."
        ),
        option(
            "--json", "json", is_flag=True, text="Write JSON for programs: one document, or one a line in lists."
        ),
        option(
            "--answer-within",
            type=Duration(),
            metavar="TIME",
            text=f"Longest wait for one answer. Default {ANSWER_WITHIN_S} s.",
        ),
        option("-v", "--verbose", is_flag=True, text="Tell each request on standard error; never a secret."),
    ]


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    choices = context.find_root().obj.choices
    assert isinstance(choices, Choices)
    name = parameter.name or ""
    source = context.get_parameter_source(name)
    if source is click.core.ParameterSource.COMMANDLINE:
        choices.told[name] = value
    elif source is click.core.ParameterSource.ENVIRONMENT:
        choices.environment[name] = value


class CtlCommand(click.Command):
    """A command that takes the common options too; its help names them, the program's help explains them."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._common = common_options(from_environment=False)
        self.params.extend(self._common)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, and the names of the common ones."""
        own = [each for each in self.get_params(ctx) if isinstance(each, click.Option) and each not in self._common]
        records = [record for each in own if (record := each.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(records)
        with formatter.section("Options of every command, see passcodectl --help"):
            formatter.write_text(", ".join(each.opts[-1] for each in self._common))

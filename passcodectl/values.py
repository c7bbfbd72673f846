"""Kinds of values on the command line."""

from typing import Any

import click

from passcodectl.moments import parse_duration, typed_time


class Duration(click.ParamType[int]):
    """``90s``, ``10m``, ``24h``, ``7d``; becomes seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds."""
        if isinstance(value, int):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


class Moment(click.ParamType[str]):
    """A date or time, of this place unless it says otherwise; becomes RFC 3339."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return RFC 3339."""
        try:
            return typed_time(str(value))
        except ValueError as fault:
            self.fail(str(fault), param, ctx)

"""The command line, from the commands themselves."""

from __future__ import annotations

import inspect
from typing import Any

import click

from coresponder.cli.commands import commands
from made.writing import fill, table

__all__ = ["command_line"]


def _takes(option: click.Parameter) -> str:
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{one}`" for one in option.type.choices)
    if getattr(option, "is_flag", False):
        return ""
    if isinstance(option.type, click.IntRange):
        low, high = option.type.min, option.type.max
        return (
            f"whole number, {low:,} to {high:,}"
            if high is not None
            else f"whole number, at least {low}"
        )
    return {"integer": "whole number", "float": "number", "path": "file", "file": "file"}.get(
        option.type.name, "text"
    )


def _default(option: Any) -> str:
    plain = option.default if isinstance(option.default, str | int | float) else None
    return f"`{plain}`" if plain not in (None, "") and not isinstance(plain, bool) else ""


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text).replace("\b\n", "")


def _command(name: str, command: click.Command) -> str:
    """Write a command, and those of a group after it."""
    if isinstance(command, click.Group):
        each = sorted(command.commands.items())
        return _one(name, command) + "".join(_command(f"{name} {one}", of) for one, of in each)
    return _one(name, command)


def _one(name: str, command: click.Command) -> str:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option)]
    metavars = (one.make_metavar(click.Context(command)) for one in arguments)
    usage = " ".join(["coresponder", name, *(["[OPTIONS]"] if options else []), *metavars])
    text = f"\n## {name}\n\n```text\n{usage}\n```\n\n{_paragraphs(command.help or '')}\n"
    rows = [(_names(one), _takes(one), _default(one), _help(one)) for one in options]
    return text + ("\n" + table("option", "takes", "default", "says", rows=rows) if rows else "")


def _names(option: click.Option) -> str:
    return ", ".join(f"`{name}`" for name in option.opts)


def _help(option: click.Option) -> str:
    return f"{option.help or ''}{' **Required.**' if option.required else ''}"


def command_line() -> str:
    """Write each command with its options."""
    text = "".join(_command(name, one) for name, one in sorted(commands.commands.items()))
    return fill("command-line", commands=text)

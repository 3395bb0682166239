"""Request headers of the user's own, from flags and the configuration file."""

import re
from typing import Any

import click

from auditor.cli.usage import Refusal
from auditor.errors import Sentence, SettingsError
from auditor.settings import Header

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # a token: RFC 9110 section 5.6.2
# What the audit itself says with each request, and what belongs to one connection only (RFC 9110 section 7.6.1).
REFUSED = frozenset(
    (
        "host",
        "range",
        "if-range",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "expect",
        "te",
        "trailer",
        "upgrade",
    )
)


class HeaderError(SettingsError):
    """Why a header can't be sent: a sentence without its value."""


def read_header(name: str, value: str) -> Header:
    """Read one header. Raises `HeaderError`."""
    name = name.strip(" \t")
    if not _NAME.fullmatch(name):
        # What stands here may be a secret that lacks its name.
        raise HeaderError("a header's name is made of letters, digits and hyphens, such as X-Audit")
    if name.lower() in REFUSED:
        hint = Sentence("; write its credentials into --proxy") if name.lower() == "proxy-authorization" else ""
        raise HeaderError("the header {name} is not for users to set{hint}", name=name, hint=hint)
    return Header(name, read_value(name, value))


def read_value(name: str, value: str) -> str:
    """Read a header's value. Raises `HeaderError` for one that would end the header, or that no server understands."""
    value = value.strip(" \t")
    if any(ord(character) < 32 and character != "\t" for character in value) or "\x7f" in value:
        raise HeaderError("the value of {name} holds a line break or another control character", name=name)
    if not value.isascii():
        # RFC 9110 section 5.5: beyond ASCII, servers don't agree on what bytes mean.
        raise HeaderError("the value of {name} holds a character beyond plain English", name=name)
    return value


class HeaderType(click.ParamType[Header]):
    """`Name: value`."""

    name = "header"
    envvar_list_splitter = "\n"  # one a line: values have spaces

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Header:
        """Read it."""
        if isinstance(value, Header):
            return value
        name, colon, text = value.partition(":")
        if not colon:
            raise Refusal(Sentence("a header is written as 'Name: value'."), param, ctx)
        try:
            return read_header(name, text)
        except HeaderError as error:
            raise Refusal(Sentence("{why}.", why=error.sentence), param, ctx) from None


class UserAgentType(click.ParamType[str]):
    """The value of the header User-Agent."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            agent = read_value("User-Agent", value)
        except HeaderError as error:
            raise Refusal(Sentence("{why}.", why=error.sentence), param, ctx) from None
        if not agent:
            raise Refusal(Sentence("the User-Agent is empty."), param, ctx)
        return agent

"""From the options of `auditor check` to the settings of a run."""

import os

import click
from click.core import ParameterSource

from auditor.cli.config import Config, check_variables
from auditor.cli.feed_options import feed_settings
from auditor.cli.hosts import headed, paced
from auditor.cli.option import options_of
from auditor.cli.proxy import proxy_settings
from auditor.errors import SettingsError
from auditor.settings import (
    FrontierSettings,
    FurtherSettings,
    ProbeSettings,
    ReportSettings,
    Settings,
    UnattendedSettings,
)

DEFAULT = Settings()
NEW = "new"


def settings_from(ctx: click.Context) -> Settings:
    """Turn options, wherever they were set, into settings. Raises `SettingsError`."""
    config: Config = ctx.params["config"]
    if config.fault is not None:
        raise config.fault
    check_variables(os.environ, options_of(ctx.command))
    if ctx.params["insecure"] and ctx.params["ca_file"]:
        raise SettingsError("--insecure checks no certificates, so --ca-file has no use: leave one of them out.")
    return Settings(
        feeds=ctx.params["feeds"],
        policy=ctx.params["policy"],
        feed=feed_settings(ctx.params, ctx.params["sample"]),
        probe=probe_settings(ctx),
        frontier=frontier_settings(ctx),
        report=_report(ctx),
        further=_further(ctx),
        workers=ctx.params["workers"],
        unattended=_unattended(ctx),
        state=ctx.params["state"],
        feed_name=ctx.params["feed_name"],
        max_age=_max_age(ctx),
    )


def _max_age(ctx: click.Context) -> float | None:
    # In the file or the environment it may wait for a run with --state.
    max_age: float | None = ctx.params["max_age"]
    if ctx.params["state"] is not None:
        return max_age
    if ctx.get_parameter_source("max_age") is ParameterSource.COMMANDLINE:
        raise SettingsError("--max-age says how long what is in the --state file will do: give both, or neither.")
    return None


def probe_settings(ctx: click.Context) -> ProbeSettings:
    """Turn the options about hosts into settings."""
    flags = ctx.params
    proxy_origin = next(option.origin(ctx) for option in options_of(ctx.command) if option.key == "proxy")
    return ProbeSettings(
        timeout=flags["timeout"],
        connect_timeout=min(flags["timeout"], DEFAULT.probe.connect_timeout),
        stall_timeout=min(flags["timeout"], DEFAULT.probe.stall_timeout),
        first_range=flags["first_range"],
        check_tail=flags["check_tail"],
        allow_private=flags["allow_private"],
        user_agent=flags["user_agent"] or DEFAULT.probe.user_agent,
        extra_headers=flags["headers"],
        hosts=headed(flags["config"].hosts),
        proxy=proxy_settings(flags["proxy"], os.environ, proxy_origin),
        client=flags["client"],
        resolver=flags["resolver"],
        ca_file=flags["ca_file"],
        insecure=flags["insecure"],
    )


def frontier_settings(ctx: click.Context) -> FrontierSettings:
    """Turn the options about pace into settings."""
    flags = ctx.params
    return FrontierSettings(
        concurrency=flags["concurrency"],
        per_host=min(flags["per_host"], flags["concurrency"]),
        adapt=flags["adapt"],
        rate=flags["rate"],
        hosts=paced(flags["config"].hosts),
        retries=flags["retries"],
        outage_wait=flags["outage_wait"],
    )


def _report(ctx: click.Context) -> ReportSettings:
    flags = ctx.params
    return ReportSettings(
        out=flags["out"],
        jsonl=flags["jsonl"],
        summary=flags["summary"],
        include_warnings=flags["include"] == "warn",
        only_new=_only_new(ctx),
        bom=flags["bom"],
        batch_id=flags["batch_id"],
        keep=flags["keep"],
        quiet=flags["quiet"],
        fail_on=_fail_on(ctx),
        language=flags["language"],
    )


def _only_new(ctx: click.Context) -> bool:
    # As with --max-age.
    if ctx.params["state"] is not None:
        return bool(ctx.params["only"] == NEW)
    if ctx.get_parameter_source("only") is ParameterSource.COMMANDLINE:
        raise _without_state("--only new")
    return False


def _fail_on(ctx: click.Context) -> str:
    fail_on: str = ctx.params["fail_on"]
    if fail_on == NEW and ctx.params["state"] is None:
        raise _without_state("--fail-on new")
    return fail_on


def _without_state(flag: str) -> SettingsError:
    return SettingsError("{flag} needs --state, the file that knows what earlier runs have found.", flag=flag)


def _unattended(ctx: click.Context) -> UnattendedSettings:
    flags = ctx.params
    if flags["resume"] and flags["fresh"]:
        raise SettingsError("--resume goes on with an earlier run and --fresh never does: leave one of them out.")
    return UnattendedSettings(
        resume="insist" if flags["resume"] else "fresh" if flags["fresh"] else "auto",
        resume_within=flags["resume_within"],
        max_runtime=flags["max_runtime"],
        max_failures=flags["max_failures"],
        log_json=flags["log_json"],
        metrics=flags["metrics"],
        notify=flags["notify"] or "",
    )


def _further(ctx: click.Context) -> FurtherSettings:
    flags = ctx.params
    # In the file or the environment a share may wait for a run with --deep.
    now = ctx.get_parameter_source("deep_sample") is ParameterSource.COMMANDLINE
    if now and not flags["deep"]:
        raise SettingsError("--deep-sample says how many images --deep looks at: give both, or neither.")
    return FurtherSettings(
        second_look=flags["second_look"],
        deep=flags["deep"],
        deep_sample=1.0 if flags["deep_sample"] is None else flags["deep_sample"],
        placeholders=flags["placeholders"],
    )

"""Settings: secrets and addresses from the environment, everything else from ``imgbot.toml``.

Strict: an unknown key or a bad value refuses to start, and every fault is told at once.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.approval.conditions import is_group
from bot.approval.policy import Policy, Rule
from bot.images.glob import BadPattern, Glob, compiled
from bot.images.protection import ANY, Protection

CONFIG_FILE = "imgbot.toml"
SLACK_API = "https://slack.com/api/"


class BadSettings(Exception):  # noqa: N818 -- named for what it says
    """The settings cannot be used. ``faults`` are sentences, one for each thing that is wrong."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    if isinstance(value, str) and (match := re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value)):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise ValueError('a duration is a number and one of s, m, h, d, such as "4h"')


def _approvals(value: object) -> object:
    return None if value == "never" else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
ChannelId = Annotated[str, Field(pattern=r"^[CGD][A-Z0-9]+$")]
ApproverId = Annotated[str, Field(pattern=r"^[SUW][A-Z0-9]+$")]
HostName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackTable(_Strict):
    """``[slack]``: the channel where requests are posted."""

    approvals_channel: ChannelId


class HostTable(_Strict):
    """``[hosts.NAME]``: how the daemon of one host is reached."""

    url: Annotated[str, Field(pattern=r"^(unix|tcp)://.+")]
    timeout: Duration = timedelta(seconds=60)
    certificates: Path | None = None
    """A folder with ca.pem, cert.pem and key.pem, for ``tcp://``."""


class RuleTable(_Strict):
    """``[[rules]]``: the first that matches a plan decides."""

    name: str
    hosts: tuple[str, ...] = (ANY,)
    approvals: Annotated[Annotated[int, Field(ge=0, le=10)] | None, BeforeValidator(_approvals)] = 1
    approvers: tuple[ApproverId, ...] = ()
    expires: Duration = timedelta(hours=4)

    @model_validator(mode="after")
    def _enough_people(self) -> "RuleTable":
        if self.approvals and self.approvers and not any(map(is_group, self.approvers)):
            people = len(set(self.approvers))
            if people < self.approvals:
                raise ValueError(f"{self.approvals} approvals are asked for, and only {people} may approve")
        return self


class ProtectTable(_Strict):
    """``[[protect]]``: names that stay, whoever asks. Patterns are read as ``ls`` reads them."""

    name: str
    references: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _patterns(self) -> "ProtectTable":
        bad = [f'"{text}"' for text in self.references if isinstance(compiled(text), BadPattern)]
        if bad:
            raise ValueError(f"no pattern that makes sense: {', '.join(bad)}")
        return self

    def protection(self) -> Protection:
        """Return the rule as the planner reads it."""
        globs = map(compiled, self.references)
        return Protection(name=self.name, patterns=tuple(glob for glob in globs if isinstance(glob, Glob)))


class File(_Strict):
    """``imgbot.toml``."""

    slack: SlackTable | None = None
    hosts: Mapping[HostName, HostTable] = Field(default_factory=dict)
    rules: tuple[RuleTable, ...] = ()
    protect: tuple[ProtectTable, ...] = ()

    @model_validator(mode="after")
    def _known_hosts(self) -> "File":
        known = {ANY, *self.hosts} if self.hosts else None
        unknown = [f'"{host}"' for rule in self.rules for host in rule.hosts if known and host not in known]
        if unknown:
            raise ValueError(f"rules name hosts that are not configured: {', '.join(unknown)}")
        return self

    def policy(self) -> Policy:
        """Return the rules as the policy reads them."""
        return Policy(
            rules=tuple(Rule(**dict(rule)) for rule in self.rules),
            protections=tuple(table.protection() for table in self.protect),
        )


class Environment(BaseSettings):
    """What comes from the environment. ``_FILE`` at the end of a secret's name reads it from a file."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_bot_token_file: Path | None = None
    slack_app_token_file: Path | None = None
    slack_api_url: str = SLACK_API
    imgbot_database_url: str | None = None
    imgbot_config: Path | None = None
    imgbot_log_format: Literal["json", "text"] = "json"


class Settings(_Strict):
    """All settings, checked."""

    environment: Environment
    file: File
    path: Path | None
    """Where the file was read from; None where there is none."""


def load(config: Path | None = None) -> Settings:
    """Read the environment and the file at *config* (or ``IMGBOT_CONFIG``, or ``imgbot.toml`` here where there is one).

    Raises ``BadSettings`` with every fault.
    """
    try:
        environment = Environment()
    except ValidationError as error:
        raise BadSettings(_faults("environment", error)) from error
    path = config or environment.imgbot_config
    if path is None and Path(CONFIG_FILE).exists():
        path = Path(CONFIG_FILE)
    return Settings(environment=environment, file=File() if path is None else read(path), path=path)


def read(path: Path) -> File:
    """Read one file. Raises ``BadSettings``."""
    try:
        return File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadSettings((f"{path}: cannot be read: {error.strerror}.",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings((f"{path}: is not TOML: {error}.",)) from error
    except ValidationError as error:
        raise BadSettings(_faults(str(path), error)) from error


def secret(value: SecretStr | None, file: Path | None, name: str) -> SecretStr:
    """Return a secret given by itself or in a file. Raises ``BadSettings`` where it is in neither."""
    if value is not None and value.get_secret_value():
        return value
    if file is None:
        raise BadSettings((f"{name} is not set. Set it, or {name}_FILE to a file that holds it.",))
    try:
        return SecretStr(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings((f"{name}_FILE: {file} cannot be read: {error}.",)) from error


def _faults(source: str, error: ValidationError) -> tuple[str, ...]:
    return tuple(f"{source}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())

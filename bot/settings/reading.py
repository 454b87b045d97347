"""Reading the settings: secrets and addresses from the environment, everything else from ``imgbot.toml``."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.settings.crossing import crossing
from bot.settings.faults import BadSettings, Fault, sentences, told
from bot.settings.lines import lines
from bot.settings.tables import KEYS, File, Strict

CONFIG_FILE = "imgbot.toml"
SLACK_API = "https://slack.com/api/"


class Environment(BaseSettings):
    """What comes from the environment. ``_FILE`` at the end of a secret's name reads it from a file."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    slack_bot_token: SecretStr | None = None
    """The bot user's token (``xoxb-…``)."""
    slack_app_token: SecretStr | None = None
    """The app-level token (``xapp-…``), for Socket Mode."""
    slack_bot_token_file: Path | None = None
    slack_app_token_file: Path | None = None
    slack_signing_secret: SecretStr | None = None
    """The signing secret, for HTTP mode."""
    slack_signing_secret_file: Path | None = None
    imgbot_checkpoint_key: SecretStr | None = None
    """The key that signs checkpoints; without one they are not signed (docs/backup.md)."""
    imgbot_checkpoint_key_file: Path | None = None
    slack_api_url: str = SLACK_API
    """Another server that speaks Slack's Web API and Socket Mode."""
    imgbot_database_url: str | None = None
    """``sqlite:///…`` or ``postgresql://…``; without one, a SQLite file in the platform's state directory."""
    imgbot_database_url_file: Path | None = None
    imgbot_config: Path | None = None
    """The file of settings; without it ``imgbot.toml`` in the working directory."""
    imgbot_log_format: Literal["json", "text"] = "json"
    """How logs are written."""


class Settings(Strict):
    """All settings, checked."""

    environment: Environment
    file: File
    path: Path | None
    """Where the file was read from; None where there is none."""

    @property
    def by_http(self) -> bool:
        """Whether Slack sends to the bot: as ``[slack] mode`` says, or where the secrets are for that and no other."""
        mode, env = self.file.slack.mode if self.file.slack else None, self.environment
        signed = is_given(env.slack_signing_secret, env.slack_signing_secret_file)
        return mode == "http" or (
            mode is None and signed and not is_given(env.slack_app_token, env.slack_app_token_file)
        )


def load(config: Path | None = None) -> Settings:
    """Read the environment and the file at *config* (or ``IMGBOT_CONFIG``, or ``imgbot.toml`` here where there is one).

    Raises ``BadSettings`` with every fault.
    """
    try:
        environment = Environment()
    except ValidationError as error:
        raise BadSettings(tuple(_of_environment(fault) for fault in told(error, {}))) from error
    path = config or environment.imgbot_config
    if path is None and Path(CONFIG_FILE).exists():
        path = Path(CONFIG_FILE)
    return Settings(environment=environment, file=File() if path is None else read(path), path=path)


def _of_environment(fault: Fault) -> str:
    return f"{str(fault.place[0]).upper()}: {fault.what}"


def read(path: Path) -> File:
    """Read one file. Raises ``BadSettings`` with every fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings((f"{path}: cannot be read: {error.strerror}.",)) from error
    except UnicodeDecodeError as error:
        raise BadSettings((f"{path}: is not TOML: {error}.",)) from error
    return parsed(text, str(path))


def parsed(text: str, source: str) -> File:
    """Return the file that *text* is, *source* being what faults call it. Raises ``BadSettings`` with every fault."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings((f"{source}: is not TOML: {error}.",)) from error
    between = crossing(data)
    try:
        file = File.model_validate(data)
    except ValidationError as error:
        raise BadSettings(sentences(source, [*told(error, KEYS), *between], lines(text))) from error
    if between:
        raise BadSettings(sentences(source, between, lines(text)))
    return file


def is_given(value: SecretStr | None, file: Path | None) -> bool:
    """Whether a secret is given by itself or in a file."""
    return file is not None or bool(value and value.get_secret_value())


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

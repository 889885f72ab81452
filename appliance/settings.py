"""All settings as one frozen Struct: defaults < `settings.toml` < `APPLIANCE_*` < flags."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec

from appliance.errors import SettingsRefused


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """`$XDG_DATA_HOME/appliance`, or `~/.local/share/appliance`."""
    root = environ.get("XDG_DATA_HOME") or os.path.join(environ.get("HOME", os.path.expanduser("~")), ".local", "share")
    return Path(root) / "appliance"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting, with its unit in the name where it has one."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    plain_http: bool = False
    """Serve plain HTTP on an address other than loopback. Without it such an address needs TLS."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    allowed_host: tuple[str, ...] = ()
    """Further values of the Host header that are answered (loopback names always are)."""
    public_url: str = ""
    """The base of every link that is handed out; empty: built from the request."""
    max_created: int = 10
    """Jobs of one user in `created`."""
    max_running: int = 4
    """Jobs of one user in `pending` or `active`."""
    max_duration_s: float = 3600.0
    """Seconds in `active` after which a job ends in error."""
    worker_timeout_s: float = 60.0
    """Silence after which a worker without a shared lock is lost."""
    grace_s: float = 5.0
    """Seconds between TERM and KILL."""
    max_workers: int = 0
    """Local attempts at once; 0: as many as the CPUs and the memory carry, at least max_running, and up to four a CPU where
    single users may run more."""
    worker_memory_bytes: int = 0
    """Memory of one attempt when the configuration and the profile give none; 0: half of the machine's."""
    user_storage_bytes: int = 0
    """Quota of uploads and artifacts per user; 0: none."""
    free_disk_reserve_bytes: int = 512 << 20
    """Free bytes of the data folder's disk below which uploads answer 507."""
    run_retention_days: float = 14.0
    upload_retention_hours: float = 24.0
    link_lifetime_s: float = 12 * 3600.0
    """Seconds that a signed link lives."""
    allow_unconfined: bool = False
    """Run jobs where no network cut is possible; every answer and report says so."""
    gpus: tuple[str, ...] | None = None
    """GPU ids to lease; None: ask the driver."""


_PREFIX = "APPLIANCE_"


def load_settings(flags: Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Merge the four sources. `flags` holds what was given. The file is `file`, or `settings.toml` in the data folder when it is there.

    Raises SettingsRefused, naming the source and the setting."""
    given = {name: value for name, value in flags.items() if value is not None}
    merged: dict[str, Any] = {}
    from_environment = _environment(environ)
    data_dir = Path(given.get("data_dir") or from_environment.get("data_dir") or default_data_dir(environ))
    path = file or data_dir / "settings.toml"
    if file is not None or path.exists():
        merged.update(_file(path))
    merged.update(from_environment)
    merged.update(given)
    merged["data_dir"] = str(data_dir)
    try:
        settings = msgspec.convert(merged, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"The settings are not valid: {error}") from None
    _check(settings)
    return settings


def _decode(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, (str, Path)):
        return Path(value)
    raise ValueError(f"a {type(value).__name__} is no path")


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        value = environ.get(_PREFIX + name.upper())
        if value is not None:
            found[name] = [part for part in value.split(",") if part] if name in ("allowed_host", "gpus") else value
    return found


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} cannot be read as TOML: {error}") from None


def _check(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsRefused("TLS needs both a certificate and a key (--tls-cert and --tls-key).")
    for name in ("max_created", "max_running", "max_duration_s", "worker_timeout_s", "grace_s", "link_lifetime_s"):
        if getattr(settings, name) <= 0:
            raise SettingsRefused(f"{name} must be greater than 0.")
    if not 0 <= settings.port <= 65535:
        raise SettingsRefused("port must be between 0 and 65535 (0 takes any free port).")


def check_exposure(settings: Settings) -> None:
    """Raises SettingsRefused for plain HTTP on an address that other machines reach, unless it was asked for."""
    if not _is_loopback(settings.host) and settings.tls_cert is None and not settings.plain_http:
        raise SettingsRefused(
            f"{settings.host} can be reached by other machines: give --tls-cert and --tls-key, or accept unencrypted keys and data "
            "with --plain-http.",
            hint="From elsewhere through SSH, without either: ssh -L 8080:127.0.0.1:8080 this-machine",
        )


def _is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address or name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

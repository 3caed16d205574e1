"""Routes: what may be asked, where, and in which dialect it answers. Data, from a YAML file, checked at start.

prisoner:
  url: https://prisoners.example/prisoner/{key}
  dialect: prison-api-offender
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from holdfast.sources import TOPIC_OF_ROUTE
from services.runtime.config import ConfigError

_PLACE = "{key}"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: What a key may be made of; anything else could lead elsewhere than the template says.
_KEY = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,100}")


def _template(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL ({error})") from error
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise ValueError("must begin with https:// and a host (http:// only to this machine itself)")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no name and no password: what was asked is published; use the token")
    if parts.fragment or (parts.path + parts.query).count(_PLACE) != 1 or any(sign in url.replace(_PLACE, "") for sign in "{}"):
        raise ValueError(f"must hold {_PLACE} once, in its path or its query")
    return url


class Route(BaseModel):
    """One question. `timeout_s` is the deadline of one attempt, the body included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(max_length=1000, pattern=r"^[!-~]+$"), AfterValidator(_template)]
    dialect: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=100)]
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    accept: Annotated[str, Field(pattern=r"^[ -~]+$", max_length=200)] = "application/json"
    send_token: bool = True
    token_file: Path | None = None

    @property
    def host(self) -> str:
        """What shares one breaker: host and port."""
        return urlsplit(self.url).netloc

    def request_url(self, key: str) -> str:
        """Where to ask about `key`, which is as `split` gives it: nothing in it needs quoting."""
        return self.url.replace(_PLACE, key)

    def published_url(self, key: str) -> str:
        """The same without its query, in which a deployment may have a secret after all."""
        return urlsplit(self.request_url(key))._replace(query="").geturl()


Routes = Mapping[str, Route]
_ROUTES: TypeAdapter[dict[str, Route]] = TypeAdapter(dict[str, Route])
_ERROR_PREFIX = "Value error, "


def load(path: Path) -> Routes:
    """The routes of the file. Raises ConfigError that lists all that is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
        routes = _ROUTES.validate_python(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}; name a file in HOLDFAST_ENRICHMENT_ROUTES") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg'].removeprefix(_ERROR_PREFIX)}" for each in error.errors()]
        raise ConfigError("\n".join([f"{path}: these are no routes:", *lines])) from error
    unknown = sorted(set(routes) - set(TOPIC_OF_ROUTE))
    if unknown or not routes:
        what = f"nothing is asked of {', '.join(unknown)}" if unknown else "no route is given"
        raise ConfigError(f"{path}: {what}; the routes are {', '.join(TOPIC_OF_ROUTE)}")
    return routes


def split(about: str) -> tuple[str, str]:
    """Route and key of what a doubt is about; a route that nobody could have meant is `unknown`, and so is one whose key cannot stand in a URL."""
    route, _, key = about.partition("/")
    return (route, key) if route in TOPIC_OF_ROUTE and _KEY.fullmatch(key) else ("unknown", key)

"""Where the hub is, who asks, and for how long."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from palantir_client.attempts import Attempts

DEFAULT_URL = "http://127.0.0.1:3000"
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 5


@dataclass(frozen=True)
class Settings:
    """What both clients are made of. What is not given comes from the environment, by the names that `palantir` reads."""

    url: str
    # Not shown, wherever this is printed.
    key: str | None = field(repr=False)
    timeout: float
    retries: int
    ca_file: str | None
    client_certificate: tuple[str, str] | None

    @classmethod
    def of(
        cls, url: str | None, key: str | None, timeout: float, retries: int, ca_file: str | None,
        client_certificate: tuple[str, str] | None,
    ) -> Settings:
        """Checked, so that what is wrong is told where it is written."""
        url = (url or os.environ.get("PALANTIR_URL") or DEFAULT_URL).rstrip("/")
        parsed = httpx.URL(url)
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query:
            raise ValueError("url is a hub's address, such as http://127.0.0.1:3000, without user info and query")
        if timeout <= 0:
            raise ValueError(f"timeout is a number of seconds over 0, not {timeout}")
        if retries < 0:
            raise ValueError(f"retries is a number from 0, not {retries}")
        return cls(
            # A key from a file has a line's end, which no header may hold.
            url, (key or os.environ.get("PALANTIR_API_KEY") or "").strip() or None, timeout, retries,
            ca_file or os.environ.get("PALANTIR_CA_FILE") or None, client_certificate)

    def attempts(self, timeout: float | None) -> Attempts:
        """Of one request."""
        return Attempts(self.timeout if timeout is None else timeout, self.retries)

    def for_httpx(self) -> dict[str, Any]:
        """The arguments of both of httpx's clients. Redirects are not followed: the key is for this hub alone."""
        return {"base_url": self.url, "headers": self.headers(), "verify": self.tls(), "follow_redirects": False}

    def headers(self) -> dict[str, str]:
        """Of every request."""
        common = {"accept": "application/json", "user-agent": f"palantir-client/{own_version()}"}
        return common | ({"authorization": f"Bearer {self.key}"} if self.key else {})

    def tls(self) -> ssl.SSLContext | bool:
        """The trusted authorities are httpx's, and those of `ca_file` beside them."""
        if not self.url.startswith("https:"):
            return True
        context = httpx.create_ssl_context()
        if self.ca_file:
            context.load_verify_locations(cafile=self.ca_file)
        if self.client_certificate:
            context.load_cert_chain(*self.client_certificate)
        return context


def own_version() -> str:
    """Of this package; it may also run from its source, which has none."""
    try:
        return version("palantir-client")
    except PackageNotFoundError:
        return "source"

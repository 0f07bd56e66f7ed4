"""A small OpenID Connect provider on a port of this machine: real keys, signed tokens, PKCE, a login page, a logout."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "presente", "a secret that the provider knows too"


@dataclass
class Provider:
    """Whom it logs in (``claims``), and what it does wrong where a test says so."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    """Claims of the token in place of the right ones; None leaves one out."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    signs_with: Any = None
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    away: bool = False
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What stood in the address that each code was given for."""
    ended: list[dict[str, str]] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        }

    def code_for(self, query: dict[str, str]) -> str:
        """Where the browser goes when somebody has logged in."""
        code = secrets.token_urlsafe(16)
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.asked.pop(form.get("code", ""), None)
        if authorization not in {f"Basic {basic}", f"Basic {plain}"} or asked is None:
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "auth_time": now}
        claims |= {"nonce": asked["nonce"]} | self.claims | self.spoil
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(self.header, claims, self.signs_with or self.key, algorithms=[self.header["alg"]])
        return 200, {"access_token": "nothing", "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider_running() -> Iterator[Provider]:
    """Answers until the block ends."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            if provider.away:
                self.answer(503, {})
            elif parts.path == "/.well-known/openid-configuration":
                self.answer(200, provider.metadata())
            elif parts.path == "/keys":
                self.answer(200, {"keys": [provider.key.as_dict(private=False)]})
            elif parts.path == "/auth":
                fields = "".join(
                    f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in query.items()
                )
                self.page(f'<form method="post" action="/auth">{fields}<button>Come in</button></form>')
            elif parts.path == "/logout":
                provider.ended.append(query)
                self.page("<h1>Gone from the provider</h1>")
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if self.path == "/token":
                self.answer(*provider.token(form, self.headers.get("Authorization", "")))
            else:
                self.send_response(302)
                self.send_header("Location", provider.code_for(form))
                self.end_headers()

        def answer(self, status: int, content: dict[str, Any]) -> None:
            self.send(status, "application/json", json.dumps(content).encode())

        def page(self, body: str) -> None:
            self.send(200, "text/html", f"<!doctype html><title>Provider</title>{body}".encode())

        def send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""The company's own login server (OpenID Connect), as authlib speaks to it: code flow with state, nonce and PKCE."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

from common.refusals import Refusal
from presente.env import Oidc

ID_TOKEN = "provider_id_token"
"""In the session of whoever came in by the provider: it asks for it when they log out."""
SIGNED_BY = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
"""Never "none", and no shared secret: a token is believed for the provider's own key alone."""
WAIT_SECONDS, LEEWAY_SECONDS = 10, 60


class ProviderFailed(Refusal):
    """The login server did not answer, or what it answered is not to be believed."""

    status = 403


def provider_name() -> str:
    """What the button calls it; empty where none is set up."""
    return "" if settings.OIDC is None else settings.OIDC.name or _("your company login")


def provider_ask(request: HttpRequest, *, again: bool = False) -> HttpResponseRedirect:
    """Send the browser to the provider; ``again``: it shall ask even somebody who is logged in there.

    Raises ``ProviderFailed`` (``provider_away``).
    """
    more = {"prompt": "login", "max_age": "0"} if again else {}
    try:
        answer: HttpResponseRedirect = _client().authorize_redirect(request, _address("oidc_back"), **more)
    except (requests.RequestException, ValueError, RuntimeError, OAuthError) as error:
        raise _away() from error
    return answer


def provider_answer(request: HttpRequest, *, since: float = 0.0) -> tuple[dict[str, Any], str]:
    """The claims of who came back, each of them checked, and the token that they stood in.

    ``since``: when they have to have logged in there at least.

    Raises ``ProviderFailed``: ``provider_away``, ``provider_refused``, ``provider_stale``.
    """
    try:
        token = _client().authorize_access_token(request, leeway=LEEWAY_SECONDS)
        claims = dict(token["userinfo"])
    except requests.RequestException as error:
        raise _away() from error
    except (OAuthError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ProviderFailed(
            "provider_refused", _("The login server's answer was not accepted. Begin again at the login.")
        ) from error
    at = claims.get("auth_time")
    if since and (not isinstance(at, int | float) or at < since - LEEWAY_SECONDS):
        raise ProviderFailed("provider_stale", _("The login server did not ask you again. Confirm in another way."))
    return claims, str(token["id_token"])


def provider_logout(id_token: str) -> str | None:
    """Where the browser ends its login at the provider; None where there is no such address."""
    if settings.OIDC is None:
        return None
    try:
        found: dict[str, str] = _client().create_logout_url(
            post_logout_redirect_uri=_address("login"), id_token_hint=id_token, client_id=settings.OIDC.client_id
        )
    except (requests.RequestException, ValueError, RuntimeError, ProviderFailed):
        return None
    return found["url"]


def _client() -> Any:
    """Knows the provider's addresses and keys; asks for them once in a process's life, and for new keys when signed by
    one. Raises ``ProviderFailed`` where they are another issuer's.
    """
    if settings.OIDC is None:
        raise ProviderFailed("provider_none", _("No login server is set up here."), status=404)
    client = _client_of(settings.OIDC)
    known = client.load_server_metadata()
    if str(known.get("issuer", "")).rstrip("/") != settings.OIDC.issuer:
        raise ProviderFailed("provider_refused", _("The login server gives another issuer than PRESENTE_OIDC_ISSUER."))
    offered = set(known.get("id_token_signing_alg_values_supported") or ["RS256"])
    known["id_token_signing_alg_values_supported"] = sorted(offered & SIGNED_BY)
    return client


@lru_cache(maxsize=1)
def _client_of(known: Oidc) -> Any:
    return OAuth().register(
        "provider",
        client_id=known.client_id,
        client_secret=known.secret,
        server_metadata_url=f"{known.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": WAIT_SECONDS,
            "trust_env": False,
        },
    )


def _address(name: str) -> str:
    """By the installation's own name, not by what the browser says the host is."""
    return f"{settings.SITE_URL}{reverse(name)}"


def _away() -> ProviderFailed:
    text = _("The login server did not answer. Try again, or log in with your password.")
    return ProviderFailed("provider_away", text, status=503, retry_after=30)

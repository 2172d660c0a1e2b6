"""Who asks, and with what rights: hashed tokens in `Authorization: Token …`."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from annotation.models import TokenGrant, User
from annotation.workflow.tokens import note_use


class TokenAuthentication(KnoxTokenAuthentication):
    """knox's header and hash; `request.auth` is what the token grants, read in the same query."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, TokenGrant]:
        if token.isascii() and b"\0" not in token:
            text = token.decode()
            beginning = text[: CONSTANTS.TOKEN_KEY_LENGTH]
            for grant in TokenGrant.objects.filter(token__token_key=beginning).select_related("token", "user"):
                if compare_digest(hash_token(text), grant.token.digest) and not grant.is_expired:
                    if not grant.user.is_active:
                        break
                    note_use(grant)
                    return grant.user, grant
        raise AuthenticationFailed("This token is not known, or it has expired.")


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and a token from the page “API tokens” or `manage.py create_token USER`. "
            "Its scope is read, annotate or manage; each includes those before it.",
        }

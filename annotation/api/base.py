"""What every API view shares: who asks, with what rights, how often. Nothing is ignored, nothing done twice."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Annotator, Membership, Project, Scope, TokenGrant, User
from annotation.models.kept_reply import KEY_LENGTH
from annotation.workflow import access
from annotation.workflow.repeating import Reply, find_reply, keep_reply, release_key

from .authentication import TokenAuthentication
from .conditions import check_match, is_known, tag, tag_of
from .json import StrictJSONParser, TooLarge, check_text
from .limiting import Standing, spend
from .shapes import Body

READING = ("GET", "HEAD")


class OneRepresentation(BaseContentNegotiation):
    """Every address has one representation, whatever the client says it accepts."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        media_type = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ScopeMissing(PermissionDenied):
    """403: the person may, this token may not."""

    kind = "scope-missing"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This token has no scope “{scope}”, which this needs.")
        self.extra = {"scope": scope.value}


class ApiView(APIView):
    """A view for a person with a token or a session."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    parser_classes: ClassVar[tuple[type[BaseParser], ...]] = (StrictJSONParser,)
    content_negotiation_class = OneRepresentation
    # OPTIONS would describe what only members may know.
    metadata_class = None
    # The query parameters that GET understands.
    parameters: ClassVar[tuple[str, ...]] = ()
    # What a token needs for anything but GET.
    writes: ClassVar[Scope] = Scope.MANAGE
    # The verb itself finds what was sent twice, for longer than a day.
    finds_repeats: ClassVar[bool] = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if isinstance(response, Response):
            response.render()
            if self.request.method in (*READING, "PATCH", "PUT"):
                tag(response)
        if self.request.method in READING and not response.streaming and is_known(self.request, response):
            known = HttpResponse(status=304)
            for name in ("ETag", "Vary", "Cache-Control", "RateLimit", "RateLimit-Policy"):
                if name in response:
                    known[name] = response[name]
            return known
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_length(request)
        super().initial(request, *args, **kwargs)
        self._check_scope(request)
        self._check_parameters(request)
        if request.method not in READING and hasattr(self, str(request.method).lower()):
            self._guard(str(request.method).lower())

    def check_throttles(self, request: Request) -> None:
        """After the person is known, before anything is done for them."""
        grant = self.grant
        self.standing: Standing | None = spend(f"token-{grant.number}" if grant else f"person-{self.person.pk}")
        if self.standing is not None and self.standing.left < 0:
            raise Throttled(self.standing.seconds)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        standing = getattr(self, "standing", None)
        for name, value in (standing.headers if standing else {}).items():
            final[name] = value
        # What one person may see is nothing for a shared cache, and may be another thing in a moment.
        final.setdefault("Cache-Control", "private, no-cache")
        return final

    @property
    def person(self) -> User:
        return cast(User, self.request.user)

    @property
    def grant(self) -> TokenGrant | None:
        """Of the token that is used; None for a session, which may do all that its person may."""
        return self.request.auth if isinstance(self.request.auth, TokenGrant) else None

    def read(self, shape: type[Body]) -> dict[str, Any]:
        """The request's body in this shape. Raises ValidationError."""
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def idempotency_key(self) -> str:
        key = self.request.headers.get("Idempotency-Key", "")
        if len(key) > KEY_LENGTH or not (key.isascii() and (key.isprintable() or not key)):
            raise ValidationError({"Idempotency-Key": [f"A key has at most {KEY_LENGTH} printable ASCII characters."]})
        return key

    def lock(self) -> None:
        """Hold what If-Match is about until the request is over, where two might change it at once."""

    def represent(self) -> Response:
        """What If-Match is about: as GET answers it. Raises ValidationError where there is nothing to match."""
        get = getattr(self, "get", None)
        if get is None or self.request.method == "POST":
            raise ValidationError({"If-Match": ["There is nothing here that it could be compared with."]})
        return get(self.request, *self.args, **self.kwargs)

    def check_standing(self) -> None:
        """Raise what the person would meet who has lost the right to ask; before an earlier answer is repeated."""

    def _check_scope(self, request: Request) -> None:
        grant = self.grant
        if grant is None:
            return
        needed = Scope.READ if request.method in READING else self.writes
        if not Scope(grant.scope).includes(needed):
            raise ScopeMissing(needed)
        if grant.projects:
            self.check_limit(grant)

    def check_limit(self, grant: TokenGrant) -> None:
        """Of a token for some projects only."""
        if self.request.method not in READING:
            raise PermissionDenied("This token is for some projects only, and this is about none of them.")

    def _check_parameters(self, request: Request) -> None:
        known = self.parameters if request.method in READING else ()
        for name in request.query_params:
            if name not in known:
                allowed = ", ".join(known) or "none"
                raise ValidationError({name[:80]: [f"There is no such query parameter here; known: {allowed}."]})
            values = request.query_params.getlist(name)
            if len(values) > 1:
                raise ValidationError({name: ["This query parameter may be given once."]})
            try:
                check_text(values[0])
            except ValueError as error:
                raise ValidationError({name: [str(error)]}) from error

    def _guard(self, method: str) -> None:
        """Put what the headers ask for around the handler, in one transaction with it."""
        handler = getattr(self, method)
        if "If-Match" in self.request.headers:
            handler = self._matched(handler)
        if method == "post" and not self.finds_repeats and (key := self.idempotency_key()):
            handler = self._once(handler, key)
        setattr(self, method, handler)

    def _matched(self, handler: Any) -> Any:
        def matched(request: Request, *args: Any, **kwargs: Any) -> Any:
            with transaction.atomic():
                self.lock()
                shown = self.finalize_response(request, self.represent()).render()
                check_match(request, tag_of(shown.content))
                return handler(request, *args, **kwargs)

        return matched

    def _once(self, handler: Any, key: str) -> Any:
        def once(request: Request, *args: Any, **kwargs: Any) -> Any:
            fingerprint = _fingerprint(request)
            with transaction.atomic():
                earlier = find_reply(self.person, key, fingerprint)
                if earlier is not None:
                    self.check_standing()
                    replayed = HttpResponse(earlier.body, status=earlier.status, content_type=earlier.content_type)
                    if not earlier.body:
                        del replayed["Content-Type"]
                    replayed["Idempotent-Replayed"] = "true"
                    return replayed
                try:
                    response = handler(request, *args, **kwargs)
                except Exception as error:
                    # A refusal may have kept something (a draft); what is a fault of ours must not.
                    response = self.handle_exception(error)
                    if response.status_code >= 500:
                        raise
                if response.status_code < 400:
                    shown = self.finalize_response(request, response).render()
                    reply = Reply(shown.status_code, shown.get("Content-Type", ""), shown.content.decode())
                    keep_reply(self.person, key, reply)
                else:
                    release_key(self.person, key)
                return response

        return once


class ProjectView(ApiView):
    """A view inside a project. What the person may not see answers 404; what their role forbids, 403."""

    def member(self) -> Membership:
        return access.get_membership_for(self.person, self.kwargs["slug"])

    def reviewer(self) -> Membership:
        return access.get_reviewer_membership_for(self.person, self.kwargs["slug"])

    def manager(self) -> Membership:
        return access.get_manager_membership_for(self.person, self.kwargs["slug"])

    def annotator(self) -> Annotator:
        return access.get_own_annotator_for(self.person, self.kwargs["slug"])

    def check_standing(self) -> None:
        self.member()

    def check_limit(self, grant: TokenGrant) -> None:
        if not Project.objects.filter(slug=self.kwargs["slug"], pk__in=grant.projects).exists():
            raise Http404("No such project.")


class NotHere(ApiView):
    """An address below /api/v1/ that is none."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404("There is no such address in this API.")


def check_length(request: Request) -> None:
    """Raise TooLarge before a byte of the body is read. Without a length the server hands us no body."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    length = int(announced) if announced.isdecimal() else 0
    if request.content_type.startswith("multipart/"):
        if length > settings.SYNTHWEB_MAX_UPLOAD_MB << 20:
            raise TooLarge(f"A file has at most {settings.SYNTHWEB_MAX_UPLOAD_MB} MB.")
    elif length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20
        raise TooLarge(f"A JSON body has at most {limit} MB; send larger data as an import.")


def _fingerprint(request: Request) -> str:
    """SHA-256 of method, address and body. A form counts by its parts: its boundary is another one each time."""
    told = sha256(f"{request.method} {request.path}\n".encode())
    if not request.content_type.startswith("multipart/"):
        told.update(request._request.body)
        return told.hexdigest()
    data: Any = request.data
    for name, values in sorted(data.lists()):
        for value in values:
            told.update(f"\0{name}\0".encode())
            if hasattr(value, "chunks"):
                told.update(f"{value.name}\0".encode())
                for chunk in value.chunks():
                    told.update(chunk)
                value.seek(0)
            else:
                told.update(str(value).encode())
    return told.hexdigest()

"""What every API view shares: who asks, from which project, and that nothing asked for is ignored."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.conf import settings
from django.http import Http404
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from annotation.models import Annotator, Membership, User
from annotation.workflow import access

from .authentication import TokenAuthentication
from .json import StrictJSONParser, TooLarge, check_text
from .shapes import Body


class OneRepresentation(BaseContentNegotiation):
    """Every address has one representation, whatever the client says it accepts."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        media_type = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A view for a person with a token or a session. `parameters` are the query parameters that GET understands."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    parser_classes: ClassVar[tuple[type[BaseParser], ...]] = (StrictJSONParser,)
    content_negotiation_class = OneRepresentation
    # OPTIONS would describe what only members may know.
    metadata_class = None
    parameters: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_length(request)
        super().initial(request, *args, **kwargs)
        self._check_parameters(request)

    @property
    def person(self) -> User:
        return cast(User, self.request.user)

    def read(self, shape: type[Body]) -> dict[str, Any]:
        """The request's body in this shape. Raises ValidationError."""
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def _check_parameters(self, request: Request) -> None:
        known = self.parameters if request.method in ("GET", "HEAD") else ()
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

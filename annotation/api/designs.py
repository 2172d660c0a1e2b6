"""Designs for new projects: templates to start from, and Label Studio's configurations converted."""

from __future__ import annotations

from dataclasses import asdict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Scope
from annotation.workflow.designing import convert_label_studio, templates

from .base import ApiView
from .describing import describe
from .paging import listed, paged
from .shapes import Body, Text

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/>'
    '<Choice value="bad"/></Choices></View>'
)


class TemplateRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    lifecycle = serializers.CharField()
    fields = serializers.ListField(child=serializers.JSONField())
    questions = serializers.ListField(child=serializers.JSONField(), help_text="As POST /projects/ takes them.")
    guidelines = serializers.CharField()
    items = serializers.ListField(child=serializers.JSONField(), help_text="The fields of two example items.")


class ConfigBody(Body):
    config = Text(max_length=200_000, help_text="The XML of Label Studio's labelling interface.")


class ConversionRow(serializers.Serializer):
    fields = serializers.ListField(child=serializers.JSONField())
    questions = serializers.ListField(child=serializers.JSONField())
    losses = serializers.ListField(child=serializers.CharField(), help_text="What has no counterpart, in sentences.")


class TemplateList(ApiView):
    @describe("project_templates_list", "Templates that a new project can start from", {200: paged(TemplateRow)})
    def get(self, request: Request) -> Response:
        return listed(request, [asdict(template) for template in templates().values()])


class LabelStudioConfig(ApiView):
    writes = Scope.READ

    @describe(
        "label_studio_config_convert",
        "Convert a Label Studio configuration; nothing is made",
        {200: ConversionRow},
        request=ConfigBody,
        sends={"config": CONFIG},
    )
    def post(self, request: Request) -> Response:
        return Response(asdict(convert_label_studio(self.read(ConfigBody)["config"])))

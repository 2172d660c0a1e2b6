"""What the API says of recipes, their runs and their candidates: shapes, and examples of them."""

from __future__ import annotations

from rest_framework import serializers

from annotation.workflow.commissioning import LARGEST_SEED, LICENCE_LENGTH, MOST_DOCUMENTS, MOST_ITEMS
from annotation.workflow.seeding import MOST_SEEDS

from .shapes import Body, JsonObject, Number, Text, Whole

WISHES = {
    "recipe": "paraphrase",
    "filters": {"stage": "settled", "source": "imported"},
    "seed_limit": 100,
    "roles": {"generator": {"llm": "team-vllm"}},
    "parameters": {"variants": 2},
    "budget": 5.0,
    "licence": "CC-BY-4.0",
}
RUN = {
    "id": 12,
    "recipe": "paraphrase",
    "recipe_version": 1,
    "state": "running",
    "parameters": {"variants": 2},
    "filters": {"stage": "settled", "source": "imported"},
    "seeds": 100,
    "roles": {"generator": {"llm": "team-vllm"}},
    "seed": 1,
    "amount": None,
    "licence": "CC-BY-4.0",
    "expected": 200,
    "requested": 64,
    "cached": 0,
    "funnel": [
        {"step": "requested", "count": 64, "lost": 0, "filter": ""},
        {"step": "parsed", "count": 60, "lost": 4, "filter": ""},
        {"step": "near_duplicate", "count": 52, "lost": 8, "filter": "near_duplicate"},
        {"step": "distinct", "count": 51, "lost": 1, "filter": ""},
        {"step": "reviewed", "count": 0, "lost": 0, "filter": ""},
        {"step": "accepted", "count": 0, "lost": 0, "filter": ""},
    ],
    "items": 51,
    "tokens_in": 12100,
    "tokens_out": 4300,
    "cost": 0.0021,
    "budget": 5.0,
    "eta": 31.0,
    "error": "",
    "created_at": "2026-11-21T10:00:00Z",
    "started_at": "2026-11-21T10:00:01Z",
    "finished_at": None,
}


class ParameterRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="integer, share, number, text, choice, question, field or document")
    default = serializers.JSONField()
    note = serializers.CharField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class RecipeRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    paper = serializers.CharField()
    version = serializers.IntegerField()
    cell = serializers.CharField(help_text="Where the survey files it (arXiv 2410.12896): reformation, …")
    stages = serializers.ListField(child=serializers.CharField())
    functions = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField(), help_text="The models that it asks.")
    takes_documents = serializers.BooleanField()
    filters = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    parameters = ParameterRow(many=True)


class SynthesisBody(Body):
    recipe = Text(max_length=50)
    parameters = JsonObject(required=False, help_text="By name; those that are left out keep their defaults.")
    filters = JsonObject(required=False, help_text="Which items are seeds, as …/items/ is filtered.")
    seed_limit = Whole(required=False, max_value=MOST_SEEDS, help_text="Most seeds, drawn by lot; default 200.")
    balance = Text(required=False, max_length=63, allow_blank=True, help_text="As many seeds of each of its answers.")
    documents = serializers.ListField(child=Whole(), required=False, max_length=MOST_DOCUMENTS)
    roles = JsonObject(
        required=False, help_text="`{generator: {llm}}`; `llm`: local, scripted, or a name from …/connections/."
    )
    seed = Whole(required=False, max_value=LARGEST_SEED, help_text="What is drawn, is drawn by it; default 1.")
    amount = Whole(required=False, allow_null=True, max_value=MOST_ITEMS, help_text="It stops after so many new items.")
    budget = Number(required=False, allow_null=True, help_text="It stops before costing more.")
    licence = Text(required=False, max_length=LICENCE_LENGTH, allow_blank=True, help_text="Kept with every item.")


class StepRow(serializers.Serializer):
    step = serializers.CharField(help_text="requested, parsed, a filter, distinct, reviewed or accepted")
    count = serializers.IntegerField(help_text="How many came through.")
    lost = serializers.IntegerField(help_text="How many stayed behind.")
    filter = serializers.CharField()


class SynthesisRow(serializers.Serializer):
    id = serializers.IntegerField()
    recipe = serializers.CharField()
    recipe_version = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    parameters = serializers.DictField(child=serializers.JSONField())
    filters = serializers.DictField(child=serializers.CharField())
    seeds = serializers.IntegerField()
    roles = serializers.DictField(child=serializers.JSONField())
    seed = serializers.IntegerField()
    amount = serializers.IntegerField(allow_null=True)
    licence = serializers.CharField()
    expected = serializers.IntegerField(help_text="About how many requests it will make.")
    requested = serializers.IntegerField()
    cached = serializers.IntegerField(help_text="Requests that were answered before, and cost nothing.")
    funnel = StepRow(many=True)
    items = serializers.IntegerField(help_text="Candidates that became items.")
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.FloatField()
    budget = serializers.FloatField(allow_null=True)
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class PlanRow(serializers.Serializer):
    seeds = serializers.IntegerField()
    labelled = serializers.IntegerField(help_text="Seeds with a settled or known answer.")
    documents = serializers.IntegerField()
    requests = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField(help_text="At most, unless it was measured.")
    cost = serializers.FloatField()
    measured = serializers.IntegerField(help_text="Requests of earlier runs it is reckoned from; 0: from the prompts.")
    prompts = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    candidates = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    warnings = serializers.ListField(child=serializers.CharField())


class CandidateRow(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    fate = serializers.CharField(help_text="kept, filtered, duplicate or unparsed")
    reason = serializers.CharField()
    dropped_by = serializers.CharField()
    operation = serializers.CharField()
    fields = serializers.DictField(child=serializers.JSONField(), allow_null=True)
    answers = serializers.DictField(child=serializers.JSONField(), help_text="What it was made to be.")
    metadata = serializers.DictField(child=serializers.JSONField())
    rationale = serializers.CharField()
    hinted = serializers.BooleanField()
    parents = serializers.ListField(child=serializers.IntegerField())
    family = serializers.IntegerField(allow_null=True)
    requests = serializers.ListField(child=serializers.IntegerField(), help_text="Places of its requests.")
    verdicts = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))
    raw = serializers.CharField()
    duplicate_of = serializers.IntegerField(allow_null=True)
    item = serializers.IntegerField(allow_null=True)


class RequestRow(serializers.Serializer):
    place = serializers.IntegerField()
    role = serializers.CharField()
    parents = serializers.ListField(child=serializers.IntegerField())
    llm = serializers.CharField()
    digest = serializers.CharField(help_text="The model's fingerprint.")
    prompt = serializers.DictField(child=serializers.CharField())
    sampling = serializers.DictField(child=serializers.JSONField())
    reply = serializers.CharField(allow_null=True)
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.FloatField()
    cached = serializers.BooleanField()
    error = serializers.CharField()


class ProvenanceRow(serializers.Serializer):
    recipe = serializers.CharField()
    recipe_version = serializers.IntegerField()
    run = serializers.IntegerField()
    parameters = serializers.DictField(child=serializers.JSONField())
    seed = serializers.IntegerField()
    licence = serializers.CharField()
    candidate = CandidateRow()
    requests = RequestRow(many=True)

"""A lead says what other programs hear, and has them told."""

from __future__ import annotations

from annotation.models import Delivery, Subscription
from annotation.workflow.targeting import add_webhook
from tests.cast import Cast


def test_a_target_hears_what_it_was_subscribed_to(cast: Cast) -> None:
    add_webhook(name="team-chat", url="http://127.0.0.1:9/", by=cast.lead)
    client, address = cast.api(cast.lead), cast.url("webhooks", "team-chat")
    assert client.get(cast.url("webhooks")).json()["results"] == [{"name": "team-chat", "events": []}]
    chosen = client.put(address, {"events": ["run_failed", "licensed"]})
    assert sorted(chosen.json()["events"]) == ["licensed", "run_failed"], chosen.content
    assert client.get(address).json() == chosen.json()
    refused = client.put(address, {"events": ["everything"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "events")
    assert len(Subscription.objects.get().events) == 2
    assert client.post(f"{address}test/", {}).status_code == 202
    assert Delivery.objects.get().event == "test"
    assert client.put(cast.url("webhooks", "nobody"), {"events": []}).status_code == 404

"""Everybody reads the guidelines in all their versions."""

from __future__ import annotations

from annotation.models import Membership
from tests.cast import Cast


def test_guidelines_are_read_in_all_versions_and_noted_never_backwards(cast: Cast) -> None:
    cast.api(cast.lead).patch(cast.url(), {"guidelines": "Be kind.\n\nBe quick."})
    cast.api(cast.lead).patch(cast.url(), {"guidelines": "Be kind."})
    client = cast.api(cast.annotator)
    versions = client.get(cast.url("guidelines")).json()["results"]
    assert [each["version"] for each in versions] == [3, 2, 1]
    assert {"kind": "removed", "text": "Be quick."} in versions[0]["changes"]
    for version, seen in ((3, 3), (2, 3), (9, 3)):
        answer = client.post(cast.url("guidelines", "seen"), {"version": version})
        assert answer.json() == {"version": 3, "seen": seen}
    assert Membership.objects.get(project=cast.project, user=cast.annotator).guidelines_seen == 3

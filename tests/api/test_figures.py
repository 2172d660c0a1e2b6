"""Figures by the API: listed, as JSON, and in every format by parameter or by Accept."""

from __future__ import annotations

from tests.cast import Cast


def test_figures_come_as_json_tables_and_pictures(cast: Cast) -> None:
    cast.add("one", "two", metadata={"channel": "mail"})
    cast.add("three")
    client, address = cast.api(cast.reviewer), cast.url("figures", "funnel")
    listed = client.get(cast.url("figures")).json()["results"]
    assert {"name": "funnel", "title": "Items by stage", "dashboard": "project"} in listed
    found = client.get(address, {"metadata": "channel=mail"}).json()
    assert found["rows"][0] == {"stage": "New", "items": 2, "share": 1.0}
    assert found["charts"] == ["Items by stage"] and found["as_of"] and not found["missing"]
    table = client.get(address, headers={"accept": "text/csv"})
    assert b"".join(table.streaming_content).splitlines()[1] == b"New,3,1.0"
    assert client.get(address, {"format": "svg"}).content.startswith(b"<svg")
    assert client.get(address, headers={"accept": "image/png"})["Content-Type"] == "image/png"
    for asked, status in (({"format": "exe"}, 400), ({"format": "svg", "chart": "9"}, 400), ({"stage": "x"}, 400)):
        assert client.get(address, asked).status_code == status
    assert client.get(cast.url("figures", "nothing")).status_code == 404

"""`manage.py agreement` prints what the statistics say of a file of votes."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import cohen_kappa_score


def test_it_prints_every_statistic_with_its_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    truth = [chance.randint(1, 4) for _ in range(80)]
    said = {
        name: [each if chance.random() < 0.8 else chance.randint(1, 4) for each in truth]
        for name in ("ann", "bob", "llm:m")
    }
    path = tmp_path / "votes.csv"
    lines = [f"{item},{name},{label}" for name, labels in said.items() for item, label in enumerate(labels)]
    path.write_text("\n".join(["item_id,annotator,label", *lines]))
    call_command("agreement", path, level="ordinal", pairs=True)
    rows = {
        (row["statistic"], row["of"], row["between"]): row
        for row in csv.DictReader(io.StringIO(capsys.readouterr().out))
    }
    overall = rows["alpha_ordinal", "all", ""]
    wanted = krippendorff.alpha(reliability_data=np.array(list(said.values())), level_of_measurement="ordinal")
    assert float(overall["value"]) == pytest.approx(wanted, abs=1e-9)
    assert float(overall["low"]) < wanted < float(overall["high"])
    people = krippendorff.alpha(reliability_data=np.array([said["ann"], said["bob"]]), level_of_measurement="nominal")
    assert float(rows["alpha_nominal", "people", ""]["value"]) == pytest.approx(people, abs=1e-9)
    kappa = cohen_kappa_score(said["ann"], said["bob"])
    assert float(rows["kappa", "ann", "bob"]["value"]) == pytest.approx(kappa)
    assert {of for statistic, of, _ in rows if statistic == "alpha_label"} == {"1", "2", "3", "4"}
    assert ("alpha_nominal", "llm:m", "people") in rows
    assert ("fleiss", "all", "") in rows


def test_a_label_that_is_no_number_has_no_ordinal_agreement(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("item_id,annotator,label\n1,x,a\n1,y,2\n")
    with pytest.raises(CommandError, match="“a”, which is no number"):
        call_command("agreement", path, level="interval")

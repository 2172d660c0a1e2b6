"""What the report on synthetic data says of 500 questions of TREC and their EDA rewritings, and how long each takes.

python -m benchmarks.synthetic_quality [--texts 500]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from annotation.labelers.similarity import embed
from annotation.questions import parse_questions
from annotation.synthesis.base import Candidate, Seed, Work
from annotation.synthesis.quality.bias import turned
from annotation.synthesis.quality.diversity import compression_ratio, self_bleu, vendi
from annotation.synthesis.quality.fidelity import mauve, told_apart
from annotation.synthesis.quality.leaks import contaminated, personal, toxic
from annotation.synthesis.quality.neighbours import near
from annotation.synthesis.quality.utility import Taught, examined
from annotation.synthesis.registry import RECIPES

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "trec" / "items.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=500)
    texts = parser.parse_args().texts
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    random.Random(0).shuffle(rows)
    real, other = rows[:texts], rows[texts : 2 * texts]
    made = rewritten(real)[:texts]
    groups = {"EDA": made, "real half": [(row["text"], row["gold"], place) for place, row in enumerate(real)]}
    against = [(row["text"], row["gold"], texts + place) for place, row in enumerate(other)]
    vectors = {name: timed("embed", embed, [text for text, *_rest in each]) for name, each in groups.items()}
    reference = timed("embed", embed, [text for text, *_rest in against])
    for name, each in groups.items():
        said, labels, families = ([row[place] for row in each] for place in range(3))
        found = vectors[name]
        print(f"\n{name}: {len(each)} texts")
        print(f"  Vendi {timed('Vendi', vendi, found):.1f}, gzip {compression_ratio(said):.2f}")
        print(f"  self-BLEU {timed('self-BLEU', self_bleu, said):.3f}")
        told = timed("two-sample test", told_apart, found, reference, families, [row[2] for row in against])
        print(f"  told apart {told[0] / told[1]:.3f}, MAUVE {timed('MAUVE', mauve, found, reference):.3f}")
        beside = timed("neighbours", near, found, reference)
        print(f"  memorised {beside.memorised.mean():.3f}, redundant {beside.redundant.mean():.3f}")
        print(f"  unrealistic {beside.unrealistic.mean():.3f}, under-represented {beside.missed.mean():.3f}")
        leaked = timed("contamination", contaminated, said, found, [row["text"] for row in real], vectors["real half"])
        print(f"  contaminated by the seeds {leaked.mean():.3f}, toxic {timed('toxicity', toxic, said).mean():.3f}")
        print(f"  personal data {sum(map(bool, timed('personal data', personal, said)))}")
        print(f"  answers that turn {timed('bias', turned, said, labels, [row[0] for row in against])}")
        exam = Taught(reference, np.array([row[1] for row in against]), np.array([row[2] for row in against]))
        taught = Taught(found, np.array(labels), np.array(families))
        print(f"  accuracy on real texts {np.mean(timed('utility', examined, taught, exam)):.3f}")


def rewritten(rows: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """(text, label, family) of what EDA makes of the texts, in an order by lot."""
    recipe = RECIPES["eda"]
    labels = sorted({row["gold"] for row in rows})
    question = {"name": "kind", "type": "choice", "title": "Kind", "options": [{"value": label} for label in labels]}
    seeds = tuple(Seed(at, {"text": row["text"]}, {"kind": row["gold"]}, at) for at, row in enumerate(rows))
    work = Work(
        fields=({"name": "text", "type": "text", "title": "Text"},),
        questions=parse_questions([question]),
        guidelines="",
        seeds=seeds,
        parameters={each.name: each.default for each in recipe.parameters},
        random=random.Random(0),
    )
    made = [each for each in recipe.run(work) if isinstance(each, Candidate)]
    random.Random(1).shuffle(made)
    return [(str(each.fields["text"]), str(each.answers["kind"]), each.parents[0]) for each in made]


def timed(name: str, work: Callable[..., Any], *given: Any) -> Any:
    begun, cpu = time.monotonic(), time.process_time()
    found = work(*given)
    print(f"    [{name}: {time.monotonic() - begun:.1f} s, {time.process_time() - cpu:.1f} s of processor]")
    return found


if __name__ == "__main__":
    main()

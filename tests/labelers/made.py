"""Texts made from lists of words, with known answers: what is asked later was never in what was taught."""

from __future__ import annotations

from random import Random
from typing import Any

from annotation.questions import parse_questions

PEOPLE = "Anna Bergmann|Tom Okafor|Li Wei|Sofia Rossi|Jean-Luc Moreau|Priya Nair|Carlos Mendez|Ingrid Dahl|Yuki Tanaka"
NEW_PEOPLE = "Maria Kowalska|Peter van Dijk|Fatima Zahra|Ivan Petrov|Grace Mbeki|Noah Levy|Elena Popescu|Kenji Mori"
FIRMS = "Norvik Bank|Acme Ltd|Globex|Redwood Energy|Initech|Sunrise Foods|Delta Motors|Hooli|Polar Airlines|Vertex AG"
NEW_FIRMS = "Stark Industries|Umbrella Corp|Oakridge Media|Tyrell Systems|Bluebird Telecom|Kestrel Group|Wayne Holdings"
STORIES = (
    "{person} joined {firm} as head of sales on Monday.",
    "Shares of {firm} fell after {person} resigned.",
    "“We are proud of this,” said {person}, who runs {firm}.",
    "The court ruled against {firm} last week.",
    "Yesterday {person} met students in the library.",
    "{firm} and {firm} will merge next year, {person} told reporters.",
    "Nobody was hurt when the storm reached the coast.",
    "In an interview, {person} criticised the plans of {firm}.",
)


def story(draw: Random, *, new: bool) -> tuple[str, list[dict[str, Any]]]:
    """A text, and where its people and firms are."""
    people, firms = (NEW_PEOPLE, NEW_FIRMS) if new else (PEOPLE, FIRMS)
    text, spans = "", []
    for part in draw.choice(STORIES).replace("{", "\0{").replace("}", "}\0").split("\0"):
        word = {"{person}": people, "{firm}": firms}.get(part)
        said = draw.choice(word.split("|")) if word else part
        if word:
            spans.append({"start": len(text), "end": len(text) + len(said), "label": part[1:-1], "text": said})
        text += said
    return text, spans


# Worse to better; of each pair of lists the first is taught and the second asked.
JUDGEMENTS = (
    ("terrible|a disaster|unusable|the worst I ever had", "awful|a complete waste of money|horrible"),
    ("disappointing|rather poor|below what I expected", "mediocre and a bit annoying|not very good"),
    ("all right|average|neither good nor bad", "okay|so-so|acceptable"),
    ("good|nice|quite satisfying", "pleasant|better than most|pretty decent"),
    ("excellent|wonderful|the best I ever had", "fantastic|outstanding|perfect in every way"),
)
# What a review may speak of: option → (taught, asked).
SUBJECTS = {
    "price": (
        "It costs {} money.|The price is what I noticed first.",
        "It was cheap for what you get.|Too expensive at 90 euros.",
    ),
    "delivery": (
        "The parcel came after two days.|Shipping took weeks.",
        "The courier brought it the next morning.|It arrived late.",
    ),
    "staff": (
        "The waiter smiled at us.|Customer service answered my call.",
        "The shop assistant helped me choose.|An agent replied rudely.",
    ),
    "quality": ("The seams are strong.|The handle broke.", "It fell apart within days.|The material feels solid."),
}
# What is asked about them: reviews for the first two, stories for the last.
FIELDS = [{"name": "text", "type": "text", "title": "Text"}]
SCALE = {"1": "terrible, a disaster", "5": "excellent, wonderful"}
STARS, ABOUT, NAMES = parse_questions(
    [
        {"name": "stars", "type": "rating", "title": "How good is the product", "labels": SCALE},
        {"name": "about", "type": "multichoice", "title": "It speaks of", "options": list(SUBJECTS), "at_least": 0},
        {"name": "names", "type": "spans", "title": "Names", "options": ["person", "firm"]},
    ],
    FIELDS,
)


def review(draw: Random, *, new: bool) -> tuple[str, int, list[str]]:
    """A text, how good it says a product is from 1 to 5, and what it speaks of, in the order of SUBJECTS."""
    rating = draw.randrange(5)
    judged = draw.choice(JUDGEMENTS[rating][new].split("|"))
    about = [subject for subject in SUBJECTS if draw.random() < 0.4]
    said = [draw.choice(SUBJECTS[subject][new].split("|")).format("much") for subject in about]
    opening = draw.choice(["I found this {}.", "All in all it is {}.", "This product is {}."]).format(judged)
    return " ".join([opening, *said]), rating + 1, about

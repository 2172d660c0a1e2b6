"""The same said in other words."""

from __future__ import annotations

from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import Candidate, Cell, Function, Parameter, Recipe, Request, Role, Seed, Unparsed, Work
from .replies import TEXT, Unusable
from .screening import REWRITTEN
from .subject import FIELD, kept_answers, refuse_marks, seeds_with_text, settings, text_field, text_in
from .wording import prompt

# WRAP, §3.1: four styles of rephrasing; “same” is AugGPT's, which asks for the same in other words.
STYLES: dict[str, str] = {
    "same": "Rephrase the text: say the same in other words and another sentence structure, in the same tone.",
    "easy": "Rephrase the text with very simple words and short sentences that a small child understands.",
    "medium": "Rephrase the text in clear English of high quality, as in sentences on Wikipedia.",
    "hard": "Rephrase the text in terse and abstruse language that only an erudite scholar understands.",
    "dialogue": "Rephrase the text as somebody would say it aloud to somebody else, in a relaxed conversation.",
}
RULES = (
    "Keep the meaning: what is asked or claimed, names, numbers and the mood stay as they are. Add nothing, leave "
    "nothing out, answer nothing that the text asks. Write in the language of the text."
)
ANSWER = "the rephrased text alone."
EXAMPLES = (
    ("Which city hosted the Olympic Games in 1988 ?", "Where were the 1988 Olympics held?"),
    (
        "The package came two days late and the box was torn.",
        "My parcel arrived in a torn box, two days after it should have.",
    ),
)
LAST = "The text in other words:"


class Paraphrase(Recipe):
    """Dai et al. 2023, “AugGPT: Leveraging ChatGPT for Text Data Augmentation”, arXiv:2302.13007, and Maini et al.
    2024, “Rephrasing the Web” (WRAP), ACL, arXiv:2401.16380.

    Taken from AugGPT: each labelled text is rephrased several times (there six) and keeps its label. Taken from WRAP:
    the styles easy, medium and hard; in the place of its question–answer style, which makes another kind of text,
    stands one of speech. Whether the label outlived the rewriting is for people to say.
    """

    name = "paraphrase"
    title = gettext_noop("Paraphrase")
    summary = gettext_noop("Each text in other words, in one style or in all of them; it keeps its label.")
    paper = "Dai et al. 2023, arXiv:2302.13007; Maini et al. 2024, arXiv:2401.16380"
    version = 2
    cell = Cell.REFORMATION
    stages = ("pre_training", "fine_tuning", "instruction_tuning")
    functions = (Function.UNDERSTANDING, Function.GENERATION)
    parameters = (
        FIELD,
        Parameter(
            "style",
            gettext_noop("Style"),
            "choice",
            "same",
            choices=(
                ("same", gettext_noop("The same tone")),
                ("easy", gettext_noop("Easy")),
                ("medium", gettext_noop("Plain and good")),
                ("hard", gettext_noop("Scholarly")),
                ("dialogue", gettext_noop("Spoken")),
                ("all", gettext_noop("All, in turn")),
            ),
        ),
        Parameter("variants", gettext_noop("Variants of each text"), "integer", 2, low=1, high=20),
        Parameter(
            "temperature",
            gettext_noop("Temperature"),
            "number",
            0.8,
            gettext_noop("The higher, the more the variants differ, and the more go wrong."),
            low=0,
            high=2,
        ),
    )
    roles = (Role.GENERATOR,)
    filters = REWRITTEN
    examples = tuple(reply for _text, reply in EXAMPLES)
    takes_documents = False

    def check(self, work: Work) -> None:
        field = text_field(work)
        refuse_marks(work, field)
        seeds_with_text(work, field)

    def expected_requests(self, work: Work) -> int:
        return len(seeds_with_text(work, text_field(work))) * settings(work, self.parameters)["variants"]

    def run(self, work: Work) -> Run:
        field, given = text_field(work), settings(work, self.parameters)
        styles = list(STYLES) if given["style"] == "all" else [given["style"]]
        seeds = seeds_with_text(work, field)
        # Round by round, so that a run that stops early has a variant of every text.
        jobs = [(seed, styles[number % len(styles)], number) for number in range(given["variants"]) for seed in seeds]
        asking = Asking()
        for batch in together(jobs):
            requests = [_request(seed, field, style, number, given["temperature"]) for seed, style, number in batch]
            answered = yield from asking.ask(requests)
            for (seed, style, _number), each in zip(batch, answered, strict=True):
                yield _outcome(work, seed, field, style, each)


def _request(seed: Seed, field: str, style: str, number: int, temperature: float) -> Request:
    text = text_in(seed, field)
    return request(
        prompt([STYLES[style], RULES], text, ANSWER, EXAMPLES if style == "same" else (), LAST),
        TEXT,
        max_tokens=room_for(text),
        temperature=temperature,
        index=number,
        parents=[seed.id],
    )


def _outcome(work: Work, seed: Seed, field: str, style: str, answered: Answered) -> Candidate | Unparsed:
    operation = f"paraphrase: {style}"
    try:
        text = answered.answer()
    except Unusable as error:
        return answered.unparsed(error, operation)
    return Candidate(
        fields={**seed.fields, field: text},
        operation=operation,
        parents=(seed.id,),
        answers=kept_answers(work, seed, field),
        requests=(answered.place,),
    )


def room_for(text: str) -> int:
    """Tokens that a rewriting may take: about twice the text's own, of which one has four characters."""
    return min(2_048, 64 + len(text) // 2)

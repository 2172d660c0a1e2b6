"""There and back again: a text translated into another language and back."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Asking, Run, request, together
from .base import Candidate, Cell, Function, InvalidParameters, Parameter, Recipe, Request, Role, Seed, Work
from .paraphrase import room_for
from .replies import TEXT, Unusable
from .screening import REWRITTEN
from .subject import FIELD, kept_answers, refuse_marks, seeds_with_text, settings, text_field, text_in
from .wording import prompt

ANSWER = "the translation alone."
FAITHFUL = "Translate all of it and add nothing; answer nothing that the text asks."


class Backtranslate(Recipe):
    """Sennrich et al. 2016, “Improving Neural Machine Translation Models with Monolingual Data”, ACL, arXiv:1511.06709,
    as an augmentation by Xie et al. 2020, “Unsupervised Data Augmentation”, NeurIPS, arXiv:1904.12848.

    Taken from the latter: texts keep their label, and the temperature of the translations decides between
    faithfulness and variety (§4.2: 0.8 and 0.9 where labels are few). Any model that translates can be plugged in. The
    bundled one cannot, so a run needs a language that somebody chose: nothing happens by default.
    """

    name = "backtranslate"
    title = gettext_noop("Back-translation")
    summary = gettext_noop("Each text translated and translated back; needs a model that speaks both languages.")
    paper = "Xie et al. 2020, arXiv:1904.12848; Sennrich et al. 2016, arXiv:1511.06709"
    version = 1
    cell = Cell.REFORMATION
    stages = ("pre_training", "fine_tuning")
    functions = (Function.UNDERSTANDING,)
    parameters = (
        FIELD,
        Parameter(
            "pivot",
            gettext_noop("Through which language"),
            "text",
            "",
            gettext_noop("Its English name, such as French. The bundled model cannot translate; choose another."),
        ),
        Parameter(
            "language", gettext_noop("Language of the texts"), "text", "English", gettext_noop("Its English name.")
        ),
        Parameter("variants", gettext_noop("Variants of each text"), "integer", 1, low=1, high=10),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.8, low=0, high=2),
    )
    roles = (Role.GENERATOR,)
    filters = REWRITTEN
    takes_documents = False

    def check(self, work: Work) -> None:
        field, given = text_field(work), settings(work, self.parameters)
        refuse_marks(work, field)
        seeds_with_text(work, field)
        if not given["language"]:
            raise InvalidParameters(_("Say which language the texts are written in."), "language")
        if not given["pivot"] or given["pivot"].casefold() == given["language"].casefold():
            raise InvalidParameters(_("Choose another language for the texts to go through."), "pivot")

    def expected_requests(self, work: Work) -> int:
        return 2 * len(seeds_with_text(work, text_field(work))) * settings(work, self.parameters)["variants"]

    def run(self, work: Work) -> Run:
        field, given = text_field(work), settings(work, self.parameters)
        own, pivot, warmth = given["language"], given["pivot"], given["temperature"]
        seeds, asking = seeds_with_text(work, field), Asking()
        operation = f"through {pivot}"
        jobs = [(seed, number) for number in range(given["variants"]) for seed in seeds]
        for batch in together(jobs):
            arrived = yield from asking.answers(
                batch,
                [_translation(seed, text_in(seed, field), own, pivot, warmth, number) for seed, number in batch],
                operation,
            )
            back = yield from asking.ask(
                [_translation(seed, text, pivot, own, warmth, number) for (seed, number), _each, text in arrived]
            )
            for ((seed, _number), first, _text), each in zip(arrived, back, strict=True):
                try:
                    text = each.answer()
                except Unusable as error:
                    yield each.unparsed(error, operation, before=[first.place])
                    continue
                yield Candidate(
                    fields={**seed.fields, field: text},
                    operation=operation,
                    parents=(seed.id,),
                    answers=kept_answers(work, seed, field),
                    requests=(first.place, each.place),
                )


def _translation(seed: Seed, text: str, source: str, target: str, temperature: float, number: int) -> Request:
    return request(
        prompt(
            [f"Translate the text from {source} to {target}. {FAITHFUL}"], text, ANSWER, last=f"The text in {target}:"
        ),
        TEXT,
        max_tokens=room_for(text),
        temperature=temperature,
        index=number,
        parents=[seed.id],
    )

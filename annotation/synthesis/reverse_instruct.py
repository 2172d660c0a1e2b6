"""The instruction that a text written by people would answer."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import (
    Candidate,
    Cell,
    Function,
    InvalidParameters,
    Parameter,
    Recipe,
    Request,
    Role,
    Seed,
    Unparsed,
    Verdict,
    Work,
)  # fmt: skip
from .instructions import SLOTS, Slots, Task, find_slots
from .replies import TEXT, Unusable, one_of
from .screening import SAFE
from .subject import seeds_with_text, settings, text_in
from .wording import prompt

MARKS = ("1", "2", "3", "4", "5")
ANSWER = "the instruction alone."
EXAMPLES = (
    ("Whisk flour, milk and eggs to a smooth batter, and fry it in butter.", "Give me a short recipe for pancakes."),
    (
        "Air scatters short waves most, so blue light comes from everywhere.",
        "Why is the sky blue?",
    ),
)
MARK = (
    "a number from 1 to 5 as text. 1: the response is incomplete, vague or off the point. 2: it answers little of what "
    "was asked. 3: it is helpful, but not as an assistant would write. 4: it is complete and clear, with little to "
    "improve. 5: it is a perfect response of an expert."
)


class ReverseInstruct(Recipe):
    """Li et al. 2024, “Self-Alignment with Instruction Backtranslation” (Humpback), ICLR, arXiv:2308.06259.

    Taken from it: texts that people wrote are taken for responses, and a model writes the instruction that each would
    answer (self-augmentation); a model marks each pair from 1 to 5, by its five-point scale in short, and pairs
    below a mark go (self-curation; there 5 is demanded, and one seed model does both).
    """

    name = "reverse_instruct"
    title = gettext_noop("Instruction back-translation")
    summary = gettext_noop("For each text the instruction that it answers; a model marks how well it does.")
    paper = "Li et al. 2024, arXiv:2308.06259"
    version = 1
    cell = Cell.GENERAL_DISTILLATION
    stages = ("instruction_tuning",)
    functions = (Function.GENERATION,)
    parameters = (
        Parameter(
            "texts",
            gettext_noop("Where the texts stand"),
            "text",
            "",
            gettext_noop("A field. Empty: the one in which answers stand, or the first."),
        ),
        *SLOTS,
        Parameter("least", gettext_noop("Lowest mark"), "integer", 4, low=1, high=5),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.JUDGE)
    own_checks = (("mark", gettext_noop("Mark of the judge")),)
    filters = ("empty", "refusal", "copied", "near_duplicate", "banned_words", *SAFE)
    takes_documents = False

    def check(self, work: Work) -> None:
        _places(work)

    def expected_requests(self, work: Work) -> int:
        field, _slots = _places(work)
        return 2 * len(seeds_with_text(work, field))

    def run(self, work: Work) -> Run:
        (field, slots), given = _places(work), settings(work, self.parameters)
        asking = Asking()
        for batch in together(seeds_with_text(work, field)):
            written = yield from asking.answers(
                batch, [_backwards(work, seed, field, given["temperature"]) for seed in batch], self.name
            )
            tasks = [(seed, each, Task(said, output=text_in(seed, field))) for seed, each, said in written]
            marks = yield from asking.ask([_mark(seed, task) for seed, _each, task in tasks])
            for (_seed, each, task), mark in zip(tasks, marks, strict=True):
                yield self._outcome(slots, each, task, mark, given["least"])

    def _outcome(self, slots: Slots, written: Answered, task: Task, mark: Answered, least: int) -> Candidate | Unparsed:
        try:
            found = int(mark.answer())
        except Unusable as error:
            return mark.unparsed(error, self.name, before=[written.place])
        reason = "" if found >= least else _("The judge gives it %(mark)s of 5.") % {"mark": found}
        fields, answers = slots.item(task)
        return Candidate(
            fields=fields,
            operation=self.name,
            parents=written.request.parents,
            answers=answers,
            requests=(written.place, mark.place),
            verdicts=(Verdict("mark", not reason, float(found), reason),),
        )


def _places(work: Work) -> tuple[str, Slots]:
    """(the field whose texts are the responses, where tasks stand). Raises InvalidParameters."""
    slots, chosen = find_slots(work), work.parameters.get("texts") or ""
    if chosen and chosen not in slots.fields:
        raise InvalidParameters(
            _("“%(name)s” is no field of plain text; there is: %(names)s.")
            % {"name": chosen[:80], "names": ", ".join(sorted(slots.fields))},
            "texts",
        )
    field = chosen or (slots.output if slots.output in slots.fields else slots.shown)
    if slots.instruction == field:
        raise InvalidParameters(
            _("“%(name)s” holds the texts, so the instruction cannot stand there; name another place.")
            % {"name": field},
            "instruction",
        )
    seeds_with_text(work, field)
    return field, slots


def _backwards(work: Work, seed: Seed, field: str, temperature: float) -> Request:
    parts = [
        work.guidelines,
        "The text is the response of an assistant. Write the instruction or question of a person to which exactly this "
        "is the ideal response. It must be understandable by itself and must not give the response away.",
    ]
    text = text_in(seed, field)
    return request(
        prompt(parts, text, ANSWER, EXAMPLES, "The instruction:"),
        TEXT,
        max_tokens=200,
        temperature=temperature,
        parents=[seed.id],
    )


def _mark(seed: Seed, task: Task) -> Request:
    parts = ["Judge how good the response is to the instruction: is it what a helpful assistant would respond?"]
    both = f"Instruction: {task.instruction}\n\nResponse: {task.output}"
    return request(
        prompt(parts, both, MARK),
        one_of(MARKS),
        role=Role.JUDGE,
        max_tokens=32,
        temperature=0,
        parents=[seed.id],
    )

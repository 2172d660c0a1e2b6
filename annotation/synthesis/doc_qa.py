"""Questions that a document answers, each with the words that answer it."""

from __future__ import annotations

from collections.abc import Iterator

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
    Unparsed,
    Verdict,
    Work,
)  # fmt: skip
from .chunks import LEAST, Chunk, chunks_of
from .instructions import SLOTS, Slots, Task, find_slots
from .replies import TEXT, Unusable, list_of, one_of, record
from .screening import INSTRUCTIONS
from .subject import settings
from .wording import prompt

ROOM = 160
JUDGE_TOKENS = 32
JUDGED = "“yes” where the text alone answers the question, and answers it so; else “no”."
EXAMPLES = (
    (
        "The museum is open from Tuesday to Sunday. Children under twelve need no ticket.",
        [
            {
                "question": "From what age on do visitors of the museum need a ticket?",
                "answer": "From twelve on: children under twelve need none.",
                "quote": "Children under twelve need no ticket.",
            }
        ],
    ),
)


class DocQa(Recipe):
    """Alberti et al. 2019, “Synthetic QA Corpora Generation with Roundtrip Consistency”, ACL, arXiv:1906.05416, and
    Yehudai et al. 2024, “Genie: Achieving Human Parity in Content-Grounded Datasets Generation”, ICLR,
    arXiv:2401.14367.

    Taken from both: questions and answers are made from passages, and stay only where a second look at the passage
    confirms the answer. Here the answer's words are quoted, too, and the quote must stand in the passage.
    """

    name = "doc_qa"
    title = gettext_noop("Questions about documents")
    summary = gettext_noop(
        "Documents cut at their headings; of each piece questions, answers, and the words that say so."
    )
    paper = "Alberti et al. 2019, arXiv:1906.05416; Yehudai et al. 2024, arXiv:2401.14367"
    version = 2
    cell = Cell.DOMAIN_DISTILLATION
    stages = ("pre_training", "instruction_tuning", "evaluation")
    functions = (Function.MEMORY, Function.UNDERSTANDING)
    parameters = (
        *SLOTS,
        Parameter("questions", gettext_noop("Questions about each piece"), "integer", 2, low=1, high=8),
        Parameter(
            "characters",
            gettext_noop("Longest piece, in characters"),
            "integer",
            1_500,
            low=300,
            high=8_000,
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.JUDGE)
    own_checks = (("quote", gettext_noop("Quote in the document")), ("judge", gettext_noop("Confirmed by the judge")))
    filters = INSTRUCTIONS
    takes_documents = True

    def check(self, work: Work) -> None:
        find_slots(work)
        if not work.documents:
            raise InvalidParameters(_("This recipe reads documents: upload one, and choose it."), "documents")
        if not _chunks(work):
            raise InvalidParameters(
                _("The documents hold no stretch of at least %(least)s characters.") % {"least": LEAST}, "documents"
            )

    def expected_requests(self, work: Work) -> int:
        # Each piece is asked about once, and each question is judged.
        return len(_chunks(work)) * (1 + settings(work, self.parameters)["questions"])

    def run(self, work: Work) -> Run:
        slots, given, asking = find_slots(work), settings(work, self.parameters), Asking()
        for batch in together(_chunks(work), 8):
            written = yield from asking.answers(
                batch, [_ask(work, chunk, given["questions"], given["temperature"]) for chunk in batch], self.name
            )
            found = [(chunk, each, pair) for chunk, each, pairs in written for pair in pairs]
            # What quotes nothing that is there is not worth a judge.
            quoted = [(chunk, each, pair) for chunk, each, pair in found if _stands_in(pair["quote"], chunk.text)]
            judged = yield from asking.ask([_judge(chunk, pair) for chunk, _each, pair in quoted])
            verdicts = iter(judged)
            for chunk, each, pair in found:
                yield self._outcome(slots, chunk, each, pair, verdicts)

    def _outcome(
        self, slots: Slots, chunk: Chunk, written: Answered, pair: dict[str, str], verdicts: Iterator[Answered]
    ) -> Candidate | Unparsed:
        fields, answers = slots.item(Task(pair["question"], chunk.text if slots.input else "", pair["answer"]))
        said: tuple[Verdict, ...]
        if not _stands_in(pair["quote"], chunk.text):
            said = (Verdict("quote", False, None, _("What it quotes does not stand in the document.")),)
            requests: tuple[int, ...] = (written.place,)
        else:
            judge = next(verdicts)
            try:
                confirmed = judge.answer() == "yes"
            except Unusable as error:
                return judge.unparsed(error, self.name, before=[written.place])
            reason = "" if confirmed else _("The judge does not find this answer in the document.")
            said = (Verdict("quote", True), Verdict("judge", confirmed, None, reason))
            requests = (written.place, judge.place)
        return Candidate(
            fields=fields,
            operation=self.name,
            answers=answers,
            metadata={"document": chunk.name, "heading": " › ".join(chunk.heading)},
            # The quote gives the answer away, so it stands where reviewers of the answer do not see it.
            rationale=pair["quote"],
            shared=chunk.text,
            requests=requests,
            verdicts=said,
        )


def _chunks(work: Work) -> list[Chunk]:
    characters = settings(work, DocQa.parameters)["characters"]
    return [chunk for document in work.documents for chunk in chunks_of(document, characters)]


def _ask(work: Work, chunk: Chunk, count: int, temperature: float) -> Request:
    parts = [
        work.guidelines,
        f"The text is a piece of a document. Write up to {count} different questions that this text answers, as "
        "somebody would ask who does not have it before them: each must be understandable by itself.",
        "Answer each from the text alone, and quote the words of the text, exactly as they stand there, that say so.",
    ]
    pair = record(question=TEXT, answer=TEXT, quote=TEXT)
    return request(
        prompt(parts, f"{chunk.title}\n\n{chunk.text}", "a list of question, answer and quote.", EXAMPLES),
        list_of(pair, 1, count),
        max_tokens=ROOM * count,
        temperature=temperature,
    )


def _judge(chunk: Chunk, pair: dict[str, str]) -> Request:
    parts = ["Below stand a text, a question and an answer. Does the text by itself give this answer to the question?"]
    shown = f"{chunk.text}\n\nQuestion: {pair['question']}\nAnswer: {pair['answer']}"
    return request(
        prompt(parts, shown, JUDGED),
        one_of(("yes", "no")),
        role=Role.JUDGE,
        max_tokens=JUDGE_TOKENS,
        temperature=0,
    )


def _stands_in(quote: str, text: str) -> bool:
    """Word for word; how it is broken into lines does not matter, nor the quotation marks that a model puts around."""
    return _plain(quote.strip("\"“”„'… ")) in _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.split())

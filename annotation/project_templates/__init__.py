"""What a new project can start from: one file each with fields, questions, guidelines to adapt, and two example items.

`{lifecycle, fields, questions, guidelines, items: [fields]}`; the file's name is its name.
"""

from pathlib import Path

from annotation.questions.speech import gettext_noop

FOLDER = Path(__file__).parent
# Name → title and description, in the order in which they are offered.
NAMES = {
    "sentiment": (gettext_noop("Sentiment"), gettext_noop("How a text feels about its subject, and why.")),
    "topic": (gettext_noop("Topic"), gettext_noop("What a text is about; several topics can apply.")),
    "intent": (gettext_noop("Intent"), gettext_noop("What somebody who writes to you wants.")),
    "entities": (
        gettext_noop("Entities in text"),
        gettext_noop("Mark names of people, places, organisations and dates."),
    ),
    "preference": (gettext_noop("Pairwise preference"), gettext_noop("Which of two responses to a prompt is better.")),
    "rating": (gettext_noop("Response rating"), gettext_noop("How good a response is, on several scales.")),
    "instruction": (
        gettext_noop("Instruction writing"),
        gettext_noop("People write the instruction and the ideal answer for a text."),
    ),
    "fact_check": (
        gettext_noop("Fact check"),
        gettext_noop("Whether a claim is supported by its source, and by which passage."),
    ),
    "correction": (
        gettext_noop("Correction"),
        gettext_noop("People correct a text: grammar, translation, transcript, model output."),
    ),
}

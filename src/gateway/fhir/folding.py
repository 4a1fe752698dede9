"""Words as searches compare them: folded, whole or by their beginning, or by their sound.

Strings are kept as keyed digests, so that only what is indexed can be found. A long text is found
by its first 500 words, and a word by its first 64 letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SHORTEST = 3  # letters of a beginning
LONGEST = 64  # letters of a word that count
MOST = 500  # words of one text that can be found

_WORD = re.compile(r"[^\W_]+")
_SOUNDS = {
    letter: digit
    for digit, letters in {
        "1": "bfpv",
        "2": "cgjkqsxz",
        "3": "dt",
        "4": "l",
        "5": "mn",
        "6": "r",
    }.items()
    for letter in letters
}


def folded(text: str) -> str:
    """The text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text, as far as they count."""
    found: list[str] = _WORD.findall(folded(text))
    return [word[:LONGEST] for word in found[:MOST]]


def beginnings(text: str) -> Iterator[str]:
    """What a search by words finds: each whole word and each beginning of three letters or more."""
    for word in words(text):
        if len(word) <= SHORTEST:
            yield word
        else:
            for end in range(SHORTEST, len(word) + 1):
                yield word[:end]


def sounds(text: str) -> Iterator[str]:
    """The Soundex code of each word (United States National Archives, 2007)."""
    for word in words(text):
        if word.isascii() and word[0].isalpha():
            yield _soundex(word)


def _soundex(word: str) -> str:
    code, last = word[0], _SOUNDS.get(word[0], "")
    for letter in word[1:]:
        digit = _SOUNDS.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":  # which do not part two letters of one sound
            last = digit
    return code[:4].ljust(4, "0")

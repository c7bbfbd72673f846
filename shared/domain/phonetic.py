"""How a passcode is grouped for the eye and spelled for the ear (domain layer).

The English words double as keys for translation: ``CAPITAL``, ``SMALL`` and the values of ``WORDS``.
Nothing here prints its value: what it returns is as secret as the passcode.
"""

from dataclasses import dataclass

DIGIT_GROUP = 4
"""Digits are read like a bank card."""

MIXED_GROUP = 3
"""With letters each character takes longer to find on the keyboard, so that fewer are remembered at once."""

CAPITAL = "capital"
SMALL = "small"

_LETTERS = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "x-ray",
    "yankee",
    "zulu",
]
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SYMBOLS = {
    " ": "space",
    "!": "exclamation mark",
    '"': "double quote",
    "#": "hash",
    "$": "dollar",
    "%": "percent",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "open bracket",
    ")": "close bracket",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less than",
    "=": "equals",
    ">": "greater than",
    "?": "question mark",
    "@": "at sign",
    "[": "open square bracket",
    "\\": "backslash",
    "]": "close square bracket",
    "^": "caret",
    "_": "underscore",
    "`": "backtick",
    "{": "open curly bracket",
    "|": "vertical bar",
    "}": "close curly bracket",
    "~": "tilde",
}

WORDS: dict[str, str] = {
    **{word[0]: word for word in _LETTERS},
    **{str(value): word for value, word in enumerate(_DIGITS)},
    **_SYMBOLS,
}
"""The word of every character an Android passcode can hold (ASCII 0x20 to 0x7E), letters by their small form.

Source: the letters are the ICAO spelling alphabet (Annex 10), in its own spelling (alfa, juliett).
"""


@dataclass(frozen=True, slots=True, repr=False)
class Spoken:
    """One character and how it is said.

    Attributes:
        size: ``CAPITAL`` or ``SMALL`` for a letter, "" for everything else.
        word: English, from ``WORDS``.
    """

    character: str
    size: str
    word: str

    @property
    def phrase(self) -> str:
        """Size and word as said in English: ``capital kilo``, ``four``."""
        return f"{self.size} {self.word}".lstrip()


def spell(passcode: str) -> tuple[Spoken, ...]:
    """Return each character with its words; a character without a word (none on Android) stands for itself."""
    return tuple(Spoken(char, _size(char), WORDS.get(char.lower(), char)) for char in passcode)


def _size(char: str) -> str:
    if not (char.isascii() and char.isalpha()):
        return ""
    return CAPITAL if char.isupper() else SMALL


def is_digits(passcode: str) -> bool:
    """Tell whether it is typed on a number pad, so that nothing needs spelling."""
    return passcode.isascii() and passcode.isdigit()


def grouped(passcode: str) -> tuple[str, ...]:
    """Return the passcode cut into the groups it is shown in; joined they are the passcode again."""
    size = DIGIT_GROUP if is_digits(passcode) else MIXED_GROUP
    return tuple(passcode[start : start + size] for start in range(0, len(passcode), size))

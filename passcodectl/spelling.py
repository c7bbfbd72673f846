"""How a passcode is grouped for the eye and spelled for the ear.

What this returns is as secret as the passcode.
"""

DIGIT_GROUP = 4
"""Digits are read like a bank card."""

MIXED_GROUP = 3
"""With letters each character takes longer to find on the keyboard."""

_LETTERS = [
    "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima",
    "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey",
    "x-ray", "yankee", "zulu",
]  # fmt: skip
"""The ICAO spelling alphabet. Source: ICAO Annex 10, in its own spelling."""

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_SYMBOLS = {
    " ": "space", "!": "exclamation mark", '"': "double quote", "#": "hash", "$": "dollar", "%": "percent",
    "&": "ampersand", "'": "apostrophe", "(": "open bracket", ")": "close bracket", "*": "asterisk", "+": "plus",
    ",": "comma", "-": "minus", ".": "full stop", "/": "slash", ":": "colon", ";": "semicolon", "<": "less than",
    "=": "equals", ">": "greater than", "?": "question mark", "@": "at sign", "[": "open square bracket",
    "\\": "backslash", "]": "close square bracket", "^": "caret", "_": "underscore", "`": "backtick",
    "{": "open curly bracket", "|": "vertical bar", "}": "close curly bracket", "~": "tilde",
}  # fmt: skip

_WORDS = {word[0]: word for word in _LETTERS} | dict(zip("0123456789", _DIGITS, strict=True)) | _SYMBOLS


def grouped(passcode: str) -> str:
    """Return the passcode in groups apart by a space."""
    size = DIGIT_GROUP if is_digits(passcode) else MIXED_GROUP
    return " ".join(passcode[start : start + size] for start in range(0, len(passcode), size))


def spelled(passcode: str) -> list[str]:
    """Return how each character is said: ``capital kilo``, ``four``."""
    return [_said(char) for char in passcode]


def is_digits(passcode: str) -> bool:
    """Tell whether it is typed on a number pad, so that nothing needs spelling."""
    return passcode.isascii() and passcode.isdigit()


def _said(char: str) -> str:
    word = _WORDS.get(char.lower(), char)
    if not (char.isascii() and char.isalpha()):
        return word
    return f"capital {word}" if char.isupper() else f"small {word}"

"""What templates do with values: foreign text made inert, times as the module rewrites them."""

from datetime import UTC, datetime

from markupsafe import Markup, escape

from shared.domain.inert_text import inert

MAX_SHOWN = 120
"""Characters of foreign text in lists."""


def shown(text: str | None, most: int = MAX_SHOWN) -> Markup:
    """Return foreign text escaped, in its own direction, with a place to break after @."""
    safe = escape(inert(text or "", most)).replace("@", Markup("@<wbr>"))
    return Markup("<bdi>{}</bdi>").format(safe)


def moment(value: datetime | None, form: str = "list") -> Markup:
    """Return a time in UTC that the module rewrites to the reader's zone and language.

    Args:
        value: aware; nothing is shown for None.
        form: ``list`` (day and minute), ``detail`` (with the year), ``step`` (with seconds), ``date``, ``ago``.
    """
    if value is None:
        return Markup("")
    utc = value.astimezone(UTC)
    text = f"{utc:%Y-%m-%d}" if form == "date" else f"{utc:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(
        utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"), form, text
    )


def plain(text: str | None, most: int = 80) -> str:
    """Return foreign text made inert without markup, for titles and attributes; the template escapes it."""
    return inert(text or "", most)


FILTERS = {"shown": shown, "moment": moment, "plain": plain}

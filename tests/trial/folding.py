"""How texts are matched: the rule of docs and filters, computed by Python instead of the server."""

import re
import unicodedata


def fold(text):
    """NFKD, marks dropped, case folded."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M")).casefold()


def like_expression(pattern):
    """`%` any run, `_` one character of the folded text, all else literal."""
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(c, re.escape(c)) for c in fold(pattern)), re.DOTALL)

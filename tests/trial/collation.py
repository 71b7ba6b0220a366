"""ICU's root collation out of the machine's own library, by ctypes: the order that text is sorted in."""

import ctypes
import ctypes.util
import re

SORTED_CHARACTERS = 200  # text is sorted by its first ones


def load():
    """The library and the version that its function names end with; None when it is not here."""
    name = ctypes.util.find_library("icui18n")
    match = re.search(r"\.so\.(\d+)", name or "")
    return (ctypes.CDLL(name), match[1]) if match else None


class Collation:
    def __init__(self, library, version):
        status = ctypes.c_int(0)
        opener = getattr(library, f"ucol_open_{version}")
        opener.restype = ctypes.c_void_p
        self.collator = ctypes.c_void_p(opener(b"", ctypes.byref(status)))
        self.compare_utf8 = getattr(library, f"ucol_strcollUTF8_{version}")
        self.sort_key = getattr(library, f"ucol_getSortKey_{version}")

    def compare(self, left, right):
        left, right = left.encode(), right.encode()
        status = ctypes.c_int(0)
        return self.compare_utf8(self.collator, left, len(left), right, len(right), ctypes.byref(status))

    def key(self, text):
        units = text[:SORTED_CHARACTERS].encode("utf-16-le")
        buffer = ctypes.create_string_buffer(4096)
        length = self.sort_key(self.collator, units, len(units) // 2, buffer, len(buffer))
        return buffer.raw[:length]


def open_root():
    """None where ICU is missing."""
    found = load()
    return Collation(*found) if found else None

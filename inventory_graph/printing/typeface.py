"""The fonts of papers: DejaVu Sans, which is embedded with the characters that a file uses.

It has Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic letters. What it lacks (Chinese, Japanese, Korean, most emoji) is
printed as an empty box. Its licence, in ``fonts/LICENSE``, lets it be given away with a program.
"""

from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"

_DIRECTORY = Path(__file__).parent / "fonts"
_lock = Lock()


def load_fonts() -> None:
    """Read the font files, once in a process: reading them takes a while, and most processes print nothing."""
    with _lock:
        known = pdfmetrics.getRegisteredFontNames()
        for name in (REGULAR, BOLD):
            if name not in known:
                pdfmetrics.registerFont(TTFont(name, str(_DIRECTORY / f"{name}.ttf")))

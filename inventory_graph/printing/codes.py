"""Bar codes of papers: Code 128 where it fits, else a QR code."""

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

BAR_WIDTH = 0.21 * mm
"""The narrowest bar that ordinary scanners read from an ordinary printer."""
BAR_HEIGHT = 6 * mm
QR_SIZE = 15 * mm
QR_LENGTH_MAX = 100
"""The longest text whose squares are still big enough to be read; what is longer has no code."""


def code_of(text: str, *, width: float, squares: bool = True) -> Flowable | Drawing | None:
    """A code of the text that is no wider than so many points; None where there is none that can be read, or only a QR code and
    ``squares`` are not wanted."""
    if text.isascii():
        bars = Code128(text, barWidth=BAR_WIDTH, barHeight=BAR_HEIGHT, quiet=False)
        if bars.width <= width:
            return bars
    if not squares or len(text.encode()) > QR_LENGTH_MAX:
        return None
    square = QrCodeWidget(text, barWidth=QR_SIZE, barHeight=QR_SIZE, barBorder=2)
    drawing = Drawing(QR_SIZE, QR_SIZE)
    drawing.add(square)
    return drawing

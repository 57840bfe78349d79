"""The pages of a paper: what is on every one of them, and how many there are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from inventory_graph.printing.paper import Paper, printable
from inventory_graph.printing.typeface import BOLD, REGULAR

MARGIN = 10 * mm
WIDTH = A4[0] - 2 * MARGIN
INK = HexColor("#1c2330")
FAINT = HexColor("#5d6675")
RULE = HexColor("#c9ced6")
_MARK = Color(0.75, 0.1, 0.1, alpha=0.16)
_MARK_WIDTH = 200 * mm
_MARK_SIZE_MAX = 110.0
_FOOT_LENGTH_MAX = 60


class Sheet(Canvas):
    """Keeps its pages until the last one is drawn, for only then it is known how many there are."""

    def __init__(self, *arguments: Any, paper: Paper, **options: Any) -> None:
        # Invariant: no time and no chance in it. The same paper makes the same bytes.
        super().__init__(*arguments, **{**options, "invariant": True, "pageCompression": 1})
        self._paper = paper
        self._pages: list[dict[str, Any]] = []
        self.setDateFormatter(_constant(paper.made_at.astimezone(UTC)))

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Put the page by."""
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        """Draw what every page has, and finish."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._draw_frame(number)
            super().showPage()
        super().save()

    def _draw_frame(self, number: int) -> None:
        self.saveState()
        if self._paper.mark is not None:
            self._draw_mark(self._paper.mark)
        self.setStrokeColor(RULE)
        self.line(MARGIN, 13 * mm, A4[0] - MARGIN, 13 * mm)
        self.setFont(REGULAR, 7.5)
        self.setFillColor(FAINT)
        whose = printable(f"{self._paper.title} {self._paper.number} · {self._paper.tenant_name}")
        self.drawString(MARGIN, 8.5 * mm, whose if len(whose) <= _FOOT_LENGTH_MAX else f"{whose[:_FOOT_LENGTH_MAX]}…")
        self.drawRightString(A4[0] - MARGIN, 8.5 * mm, f"{number} of {len(self._pages)}")
        self.restoreState()

    def _draw_mark(self, mark: str) -> None:
        self.saveState()
        self.setFillColor(_MARK)
        self.setFont(BOLD, min(_MARK_SIZE_MAX, _MARK_WIDTH / self.stringWidth(mark, BOLD, 1)))
        self.translate(A4[0] / 2, A4[1] / 2)
        self.rotate(50)
        self.drawCentredString(0, -20, mark)
        self.restoreState()


def _constant(instant: datetime) -> Callable[..., str]:
    """Writes the instant, whichever is asked for."""
    return lambda *_: f"D:{instant:%Y%m%d%H%M%S}Z"

"""``make docs``: writes every generated page that is not up to date and says which it wrote."""

import sys

from tests.reference import PAGES, ROOT

for name, page in PAGES.items():
    path, text = ROOT / name, page()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"Wrote {name}\n")

"""Files become items and stock.

Nouns: import (one file, all of it or nothing), problem (what is wrong in which line), report (what an import did, or would
do). ``products`` takes Shopify's product CSV as it is, ``items`` and ``stock`` the plain files of docs/how-to/import.md.

Invariants: an import that has a problem changes nothing; the same file twice changes nothing the second time; stock of a line
is received once, whoever repeats.
"""

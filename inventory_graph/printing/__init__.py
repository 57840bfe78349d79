"""Printing: documents and lists of the other domains as files that people print, send or open in a spreadsheet.

Nouns: paper (what a document says, ready to be set: who, what, lines, totals), file (a paper as PDF or CSV), list (the rows of a
query as CSV, however many pages they are), listing (what a list shows and how it is read), link (a signed address of a file or a list,
good for some minutes), desk (what makes files, a few at a time).

Invariants: nothing is written, in the database or on a disk; a paper says what the query of the same document answers, to the last
digit; the same version of a document makes the same bytes while nothing that it names is renamed; who holds a link sees what the one
saw who made it, and nothing else; a list is whole or it is none.
"""

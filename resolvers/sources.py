"""The text of a document, which knows where its lines begin."""

import re
from bisect import bisect_right
from functools import cached_property

from graphql import Source
from graphql.language import SourceLocation

_LINE_END = re.compile(r"\r\n|[\n\r]")


class IndexedSource(Source):
    """A source that looks for its lines once. graphql-core does so for each error, of which there may be thousands below as
    many empty lines."""

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.body))]

    def get_location(self, position: int) -> SourceLocation:
        """The line and the column of a character, both from 1."""
        line = bisect_right(self._line_starts, position)
        return SourceLocation(line, position + 1 - self._line_starts[line - 1])

/**
 * GraphiQL tidies the variables and headers editors with Prettier's JavaScript parser, half a megabyte for two small
 * JSON objects. This module stands in for both its parser and its printer and lets jsonc-parser, which is in the
 * bundle anyway, do that work.
 */
import { applyEdits, format } from 'jsonc-parser';
import type { AstPath, Parser, Printer } from 'prettier';

type Formatted = { text: string };

const FORMAT = 'formatted-json';

const jsonc: Parser<Formatted> = {
  parse: (text) => ({ text: applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, eol: '\n' })) }),
  astFormat: FORMAT,
  locStart: () => 0,
  locEnd: ({ text }) => text.length,
};

const printer: Printer<Formatted> = { print: (path: AstPath<Formatted>) => path.node.text };

export const parsers = { jsonc };
export const printers = { [FORMAT]: printer };

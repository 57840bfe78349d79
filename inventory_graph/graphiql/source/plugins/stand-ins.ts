import { join } from 'node:path';
import type { Plugin } from 'vite';

type StandIn = { importer: RegExp; source: RegExp; replacement: string };

const OWN = join(import.meta.dirname, '..', 'monaco');

/** Modules that are replaced by smaller ones of our own; each of those says why. */
const STAND_INS: StandIn[] = [
  { importer: /./, source: /^monaco-graphql\/esm\/monaco-editor\.js$/, replacement: 'features.ts' },
  { importer: /\/monaco-graphql\/esm\//, source: /^\.\/monaco-editor$/, replacement: 'features.ts' },
  { importer: /\/editor\/standalone\/browser\//, source: /\/diffEditorWidget\.js$/, replacement: 'no-diff-editor.ts' },
  { importer: /\/editor\/standalone\/browser\//, source: /\/multiDiffEditorWidget\.js$/, replacement: 'no-diff-editor.ts' },
  { importer: /\/@graphiql\/react\//, source: /^prettier\/parser-babel$/, replacement: 'json-formatter.ts' },
  { importer: /\/@graphiql\/react\//, source: /^prettier\/plugins\/estree$/, replacement: 'json-formatter.ts' },
  { importer: /\/monaco-graphql\/esm\/GraphQLWorker/, source: /^prettier\//, replacement: 'no-worker-formatter.ts' },
];

/**
 * `replace` goes to the page and to the workers, which Vite builds with plugins of their own; `check` goes to the page
 * and fails a build in which a stand-in replaced nothing, so that an upgrade cannot quietly undo one.
 */
export function standIns(): { replace: () => Plugin; check: () => Plugin } {
  const unused = new Set(STAND_INS);
  const replace = (): Plugin => ({
    name: 'stand-ins',
    enforce: 'pre',
    resolveId(source, importer) {
      const found = STAND_INS.find((one) => one.source.test(source) && one.importer.test(importer ?? ''));
      if (!found) return undefined;
      unused.delete(found);
      return join(OWN, found.replacement);
    },
  });
  const check = (): Plugin => ({
    name: 'stand-ins-check',
    generateBundle() {
      for (const one of unused) {
        this.error(`Nothing imports ${one.source} any more: adapt or remove the stand-in ${one.replacement}.`);
      }
    },
  });
  return { replace, check };
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Plugin } from 'vite';

const FILE_NAME = 'SOURCE_SHA256';
const SUFFIXES = new Set(['.css', '.html', '.json', '.ts', '.tsx']);

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return SUFFIXES.has(extname(entry.name)) ? [path] : [];
  });
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/**
 * Leaves in the output a hash of everything it was built from, so that a test without Node can tell a stale build.
 * The hash is over one line for each source file, in the order of their names: its SHA-256, two spaces, its path.
 */
export function sourceHash(): Plugin {
  let root = '';
  return {
    name: 'source-hash',
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      const lines = sourceFiles(root)
        .map((path) => ({ name: relative(root, path).split(sep).join('/'), digest: sha256(readFileSync(path)) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, digest }) => `${digest}  ${name}\n`);
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source: `${sha256(lines.join(''))}\n` });
    },
  };
}

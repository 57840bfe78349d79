import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { type Package, packageOf } from './packages.ts';

const FILE_NAME = 'THIRD_PARTY_LICENSES.txt';
const NOTICE = /^(licen[cs]e|copying|notice|third-?party-?notices)/i;
const RULE = '-'.repeat(80);
const HEADING = 'The files in this folder contain code and fonts of the packages below, under the licences that follow.';

function noticeText(held: Package): string {
  const texts = readdirSync(held.directory)
    .filter((name) => NOTICE.test(name))
    .sort()
    .map((name) => readFileSync(join(held.directory, name), 'utf8').replaceAll('\r\n', '\n').trim());
  return texts.length > 0 ? texts.join('\n\n') : `The package carries no licence text; it declares ${held.license}.`;
}

/** Packages that share a text are listed together above it. */
function report(packages: Package[]): string {
  const holdersByText = new Map<string, string[]>();
  for (const held of packages) {
    const text = noticeText(held);
    const holders = holdersByText.get(text) ?? [];
    holdersByText.set(text, [...holders, `${held.name} ${held.version} (${held.license})`]);
  }
  const sections = [...holdersByText].map(([text, holders]) => [RULE, ...holders, '', text, ''].join('\n'));
  return [HEADING, '', ...sections].join('\n');
}

/**
 * Notices of every package that gave a module or an asset to the bundle. `collect` goes to the page and to the
 * workers, which Vite builds with plugins of their own; `write` goes to the page, after the workers are done.
 */
export function licences(): { collect: () => Plugin; write: () => Plugin } {
  const packages = new Map<string, Package>();
  const collect = (): Plugin => {
    let root = '';
    return {
      name: 'licences-collect',
      configResolved(config) {
        root = config.root;
      },
      generateBundle(_options, bundle) {
        const outputs = Object.values(bundle);
        const sources = outputs.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : one.originalFileNames));
        for (const source of sources) {
          const held = packageOf(resolve(root, source));
          if (held) packages.set(`${held.name} ${held.version}`, held);
        }
      },
    };
  };
  const write = (): Plugin => ({
    name: 'licences-write',
    enforce: 'post',
    generateBundle() {
      const sorted = [...packages.keys()].sort().map((key) => packages.get(key)!);
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source: report(sorted) });
    },
  });
  return { collect, write };
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Package = { directory: string; name: string; version: string; license: string };

/** Null too for a manifest without a version: packages put such files beside their builds to set the module type. */
function readManifest(directory: string): Package | null {
  const path = join(directory, 'package.json');
  if (!existsSync(path)) return null;
  const { name, version, license } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Package>;
  return name && version ? { directory, name, version, license: license ?? 'see the text' } : null;
}

/** The package a module or asset was taken from, or null for one of our own. */
export function packageOf(file: string): Package | null {
  if (!file.includes('/node_modules/')) return null;
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    const found = readManifest(directory);
    if (found) return found;
  }
  return null;
}

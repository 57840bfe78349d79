/**
 * One file for all three language workers, which share most of their code. Each of the imported modules leaves its
 * start-up handler in `onmessage` as it loads; the name the worker was given chooses whose turn it is.
 */
import { start as startBase } from './base';
import { start as startGraphQL } from './graphql';
import { start as startJson } from './json';

const STARTERS: Record<string, typeof startBase> = { graphql: startGraphQL, json: startJson };

globalThis.onmessage = STARTERS[self.name] ?? startBase;

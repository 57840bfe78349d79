import type { Storage } from '@graphiql/toolkit';

const NAMESPACE = 'inventory-graph:';
const TABS = 'graphiql:tabState';
const HISTORIES = new Set(['graphiql:queries', 'graphiql:favorites']);

type History = Record<string, { headers?: string }[]>;
type Tabs = { activeTabIndex: number; tabs: { query: string | null; variables: string | null }[] };

function ownKeys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));
}

function withHeaders(text: string, headers: string | undefined): string {
  const history = JSON.parse(text) as History;
  const lists = Object.entries(history).map(([name, items]) => [name, items.map((item) => ({ ...item, headers }))]);
  return JSON.stringify(Object.fromEntries(lists));
}

/**
 * localStorage under a name of our own, so that other tools served from the same address do not mix with this page.
 * GraphiQL keeps request headers in its history, tokens included: they are taken out before they are stored, and an
 * operation that comes back from there gets the headers of today.
 */
export function createStorage(defaultHeaders: string | undefined): Storage {
  return {
    getItem(key) {
      const text = localStorage.getItem(NAMESPACE + key);
      return text && HISTORIES.has(key) ? withHeaders(text, defaultHeaders) : text;
    },
    setItem(key, value) {
      localStorage.setItem(NAMESPACE + key, HISTORIES.has(key) ? withHeaders(value, undefined) : value);
    },
    removeItem: (key) => localStorage.removeItem(NAMESPACE + key),
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return ownKeys().length;
    },
  };
}

/** The tab that was open when the page was left, or null on a first visit. */
export function activeTabLeft(storage: Storage): Tabs['tabs'][number] | null {
  const text = storage.getItem(TABS);
  if (!text) return null;
  try {
    const { activeTabIndex, tabs } = JSON.parse(text) as Tabs;
    return tabs[activeTabIndex] ?? null;
  } catch {
    return null;
  }
}

/** An example operation as the server describes it. */
export type Tab = { title: string; query: string; variables: Record<string, unknown> };

/** What the server knows and the bundle cannot: it is written into the page at every load. */
export type Settings = { title: string; endpoint: string; token: string | null; tabs: Tab[] };

const ELEMENT_ID = 'inventory-graph-settings';

export function readSettings(): Settings {
  const text = document.getElementById(ELEMENT_ID)?.textContent ?? '{}';
  const given = JSON.parse(text) as Partial<Settings>;
  return {
    title: given.title ?? 'inventory-graph',
    endpoint: given.endpoint ?? '/graphql',
    token: given.token ?? null,
    tabs: given.tabs ?? [],
  };
}

/** The text of the variables editor: empty where an operation takes none. */
export function variablesText(tab: Tab): string {
  return Object.keys(tab.variables).length === 0 ? '' : JSON.stringify(tab.variables, null, 2);
}

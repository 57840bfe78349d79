import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import './workers/register';

import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examplesPlugin } from './examples';
import { createFetcher, type RequestHeaders } from './fetcher';
import { BoxIcon } from './icons';
import { readSettings, variablesText } from './settings';
import { activeTabLeft, createStorage } from './storage';
import { defineThemes, EDITOR_THEME } from './theme';

const settings = readSettings();
const headers: RequestHeaders = settings.token === null ? {} : { Authorization: `Bearer ${settings.token}` };
const defaultHeaders = settings.token === null ? undefined : JSON.stringify(headers, null, 2);
const examples = settings.tabs.map((tab) => ({ query: tab.query, variables: variablesText(tab) }));
const examplesPlugins = settings.tabs.length === 0 ? [] : [examplesPlugin(settings.tabs)];
const storage = createStorage(defaultHeaders);
const left = activeTabLeft(storage);
// GraphiQL fills its editors from these; without them the tab it begins with is shown without its variables.
const opening = left ?? examples[0];

/**
 * Request headers are not persisted: every load begins with the token the server has just written into the page, so
 * that the token of an earlier start cannot linger and no credential stays behind in the browser.
 */
function Page() {
  return (
    <GraphiQL
      fetcher={createFetcher(settings.endpoint, headers)}
      storage={storage}
      defaultHeaders={defaultHeaders}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      defaultTabs={examples.length === 0 ? undefined : examples}
      initialQuery={opening?.query ?? undefined}
      initialVariables={opening?.variables ?? undefined}
      defaultEditorToolsVisibility
      inputValueDeprecation
      schemaDescription
      editorTheme={EDITOR_THEME}
      plugins={[...examplesPlugins, HISTORY_PLUGIN]}
      visiblePlugin={left ? undefined : DOC_EXPLORER_PLUGIN}
    >
      <GraphiQL.Logo>
        <span className="page-logo">
          <BoxIcon />
          {settings.title}
        </span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

document.title = settings.title;
defineThemes();
createRoot(document.getElementById('root')!).render(<Page />);

import { type GraphiQLPlugin, UnStyledButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { BoxIcon } from './icons';
import { type Tab, variablesText } from './settings';

function operationKind(query: string): string {
  return /^\s*(query|mutation|subscription)\b/m.exec(query)?.[1] ?? 'query';
}

/** A side panel that lists the operations the server offers and opens a fresh copy of the chosen one in a tab. */
export function examplesPlugin(tabs: Tab[]): GraphiQLPlugin {
  function Examples() {
    const { addTab } = useGraphiQLActions();
    const queryEditor = useGraphiQL((state) => state.queryEditor);
    const variableEditor = useGraphiQL((state) => state.variableEditor);
    const open = (tab: Tab) => {
      addTab();
      variableEditor?.setValue(variablesText(tab));
      queryEditor?.setValue(tab.query);
      queryEditor?.focus();
    };
    return (
      <section aria-label="Examples" className="page-examples">
        <h2>Examples</h2>
        <p>They run as they are. Each opens in a tab of its own.</p>
        <ul>
          {tabs.map((tab) => (
            <li key={tab.title}>
              <UnStyledButton type="button" onClick={() => open(tab)}>
                <span>{tab.title}</span>
                <small data-kind={operationKind(tab.query)}>{operationKind(tab.query)}</small>
              </UnStyledButton>
            </li>
          ))}
        </ul>
      </section>
    );
  }
  return { title: 'Examples', icon: BoxIcon, content: Examples };
}

import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import { type ExecutionResult, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';

/** What a browser reports for a WebSocket that ended without a word: it broke off, or never came to be. */
const NO_CLOSE_CODE = 1006;

export type RequestHeaders = Record<string, string>;

/** GraphiQL shows the stack beside the message; one through bundled code says nothing to anyone. */
function failure(message: string): Error {
  const error = new Error(message);
  error.stack = undefined;
  return error;
}

async function request(endpoint: string, params: FetcherParams, extraHeaders: RequestHeaders) {
  const headers = new Headers({
    Accept: 'application/graphql-response+json, application/json',
    'Content-Type': 'application/json',
  });
  for (const [name, value] of Object.entries(extraHeaders)) headers.set(name, value);
  const sent = fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(params) });
  const response = await sent.catch((cause: Error) => {
    throw failure(`${endpoint} gave no answer (${cause.message}). Is the service up?`);
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    const type = response.headers.get('Content-Type') ?? 'no content type';
    throw failure(`${endpoint} answered ${response.status} with ${type} where JSON was expected: ${text.slice(0, 200)}`);
  }
}

function webSocketAddress(endpoint: string): string {
  const address = new URL(endpoint, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

function readable(cause: unknown): Error | readonly unknown[] {
  if (Array.isArray(cause)) return cause;
  if (cause instanceof CloseEvent && cause.code !== NO_CLOSE_CODE) {
    return failure(`The service closed the subscription: ${cause.code} ${cause.reason}`.trimEnd());
  }
  return failure('The subscription broke off or could not be opened. Is the service up?');
}

type Observer = { next: (result: ExecutionResult) => void; error: (cause: unknown) => void; complete: () => void };

/**
 * A connection for each subscription: it is opened with the headers of the editor at that moment, and closing the
 * subscription closes it. Retries are left out because a retry would hide the refusal a person is looking for.
 */
function subscription(endpoint: string, params: FetcherParams, headers: RequestHeaders): Observable<ExecutionResult> {
  const subscribe = (observer: Observer) => {
    const connectionParams = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const client = createClient({ url: webSocketAddress(endpoint), connectionParams, retryAttempts: 0 });
    const payload = {
      query: params.query,
      operationName: params.operationName ?? undefined,
      variables: params.variables as Record<string, unknown> | undefined,
    };
    const unsubscribe = client.subscribe(payload, {
      next: (result) => observer.next(result as ExecutionResult),
      error: (cause) => observer.error(readable(cause)),
      complete: () => observer.complete(),
    });
    return { unsubscribe };
  };
  return { subscribe } as Observable<ExecutionResult>;
}

function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null | undefined {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    return null;
  }
}

/**
 * Queries and mutations by HTTP, subscriptions by WebSocket. The operation is looked up in the text that is sent,
 * because what GraphiQL knows of it lags behind the editor for a moment: whoever opens an example and runs it at once
 * would send the name of the one before. `defaultHeaders` are used where GraphiQL names none at all, which is the
 * introspection it sends before the header editor exists.
 */
export function createFetcher(endpoint: string, defaultHeaders: RequestHeaders): Fetcher {
  return (given, options) => {
    const namesHeaders = options !== undefined && 'headers' in options;
    const headers = (namesHeaders ? options.headers : defaultHeaders) ?? {};
    const operation = operationOf(given);
    const params = operation ? { ...given, operationName: operation.name?.value } : given;
    return operation?.operation === 'subscription'
      ? subscription(endpoint, params, headers)
      : request(endpoint, params, headers);
  };
}

// Subscribes as an application does: `node subscribe.mjs CLIENT ADDRESS AUTHORIZATION SUBSCRIPTION VARIABLES`. Prints a line of
// JSON for each result, and "end" when there are no more. graphql-ws and graphql-sse resume by themselves: every result's cursor
// becomes the variable `after` of the next connection.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createEventClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

const [name, url, authorization, query, text] = process.argv.slice(2);
const variables = JSON.parse(text);
const headers = { authorization };
const say = (value) => console.log(JSON.stringify(value));

const sink = {
  next: say,
  error(error) {
    console.error(error);
    process.exit(1);
  },
  complete() {
    say("end");
    process.exit(0);
  },
};

function resuming(client) {
  const payload = { query, variables };
  client.subscribe(payload, {
    ...sink,
    next(result) {
      for (const delivery of Object.values(result.data ?? {})) {
        payload.variables = { ...payload.variables, after: delivery.cursor };
      }
      say(result);
    },
  });
}

const socketClient = () =>
  createSocketClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    // Without this a connection that is refused, as by a service that restarts, is the end.
    shouldRetry: () => true,
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
  });

const eventClient = () =>
  createEventClient({
    url,
    headers,
    retryAttempts: Infinity,
    retry: () => new Promise((resolve) => setTimeout(resolve, 200)),
  });

function urql(options, exchange) {
  const client = new Client({ url, preferGetMethod: false, exchanges: [exchange], ...options });
  client.subscription(query, variables).subscribe(({ data, error }) => (error ? sink.error(error) : say({ data })));
}

function overSocket() {
  const client = socketClient();
  return subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (observer) => ({ unsubscribe: client.subscribe({ ...request, query: request.query ?? "" }, observer) }),
    }),
  });
}

function apollo(link) {
  const client = new ApolloClient({ link: ApolloLink.from([link]), cache: new InMemoryCache() });
  client.subscribe({ query: gql(query), variables, fetchPolicy: "no-cache" }).subscribe({
    ...sink,
    next: ({ data, error }) => (error ? sink.error(error) : say({ data })),
  });
}

const clients = {
  "graphql-ws": () => resuming(socketClient()),
  "graphql-sse": () => resuming(eventClient()),
  "urql by socket": () => urql({}, overSocket()),
  "urql by events": () => urql({ fetchSubscriptions: true, fetchOptions: { headers } }, fetchExchange),
  "apollo by socket": () => apollo(new GraphQLWsLink(socketClient())),
  "apollo by parts": () => apollo(new HttpLink({ uri: url, headers })),
};
clients[name]();

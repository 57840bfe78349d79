// Sends documents with a client that people use: `node clients.mjs urql|urql-get|apollo ADDRESS TOKEN DOCUMENTS`, where the
// last is a JSON list of {query, variables}. Prints what the client hands to its caller, one {data, errors} for each.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { getOperationAST, parse } from "graphql";

const [name, url, token, documents] = process.argv.slice(2);
const headers = token ? { authorization: `Bearer ${token}` } : {};
const told = (errors) => (errors ?? []).map(({ message, path, extensions }) => ({ message, path, extensions }));
const isMutation = (query) => getOperationAST(parse(query))?.operation === "mutation";

function urql(preferGetMethod) {
  const client = new Client({
    url,
    preferGetMethod,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers },
    requestPolicy: "network-only",
  });
  return async ({ query, variables }) => {
    const send = isMutation(query) ? client.mutation : client.query;
    const { data, error } = await send.call(client, query, variables ?? {}).toPromise();
    if (error?.networkError) {
      throw error.networkError;
    }
    return { data: data ?? null, errors: told(error?.graphQLErrors) };
  };
}

function apollo() {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, headers }),
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: "network-only", errorPolicy: "all" }, mutate: { errorPolicy: "all" } },
  });
  return async ({ query, variables }) => {
    const document = gql(query);
    const { data, error } = isMutation(query)
      ? await client.mutate({ mutation: document, variables })
      : await client.query({ query: document, variables });
    return { data: data ?? null, errors: told(error?.errors) };
  };
}

const send = { urql: () => urql(false), "urql-get": () => urql("force"), apollo }[name]();
const answers = [];
for (const document of JSON.parse(documents)) {
  answers.push(await send(document));
}
console.log(JSON.stringify(answers));

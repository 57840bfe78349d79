// Apollo's gateway over the subgraphs NAME=ADDRESS=FILE of the command line, after the port; it sends ROUTER_SECRET along.
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { parse } from "graphql";

const FORWARDED = ["authorization", "x-tenant-slug", "x-tenant-id", "x-request-id"];

class Source extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    request.http.headers.set("x-router-secret", process.env.ROUTER_SECRET ?? "");
    for (const name of FORWARDED) {
      const value = context.headers?.[name];
      if (value) {
        request.http.headers.set(name, value);
      }
    }
  }
}

const [port, ...given] = process.argv.slice(2);
const subgraphs = given.map((each) => {
  const [name, url, file] = each.split("=");
  return { name, url, typeDefs: parse(readFileSync(file, "utf-8")) };
});
const { errors, supergraphSdl } = composeServices(subgraphs);
if (errors?.length) {
  throw new Error(errors.map((error) => error.message).join("; "));
}
const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new Source({ url }) });
await startStandaloneServer(new ApolloServer({ gateway, includeStacktraceInErrorResponses: false }), {
  listen: { host: "127.0.0.1", port: Number(port) },
  context: async ({ req }) => ({ headers: req.headers }),
});

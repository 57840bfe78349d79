// Composes the subgraphs named on the command line (NAME=FILE ...) with each composer; prints what each has to say.
import { readFileSync } from "node:fs";
import { composeServices as composeByApollo } from "@apollo/composition";
import { composeServices as composeByGuild } from "@theguild/federation-composition";
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } from "@wundergraph/composition";
import { parse, print } from "graphql";

const subgraphs = process.argv.slice(2).map((argument) => {
  const [name, file] = argument.split("=");
  return { name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, "utf-8")) };
});

function apollo() {
  const { errors, hints, supergraphSdl } = composeByApollo(subgraphs);
  return { errors, hints: hints?.map((hint) => `${hint.definition.code}: ${hint.message}`), supergraph: supergraphSdl };
}

function guild() {
  const { errors, hints, supergraphSdl } = composeByGuild(subgraphs);
  return { errors, hints: hints?.map((hint) => `${hint.code}: ${hint.message}`), supergraph: supergraphSdl };
}

function wundergraph() {
  const { errors, warnings, federatedGraphAST } = federateSubgraphs({
    subgraphs: subgraphs.map(({ typeDefs, ...subgraph }) => ({ ...subgraph, definitions: typeDefs })),
    version: LATEST_ROUTER_COMPATIBILITY_VERSION,
  });
  const supergraph = federatedGraphAST && print(federatedGraphAST);
  return { errors, hints: warnings?.map((warning) => warning.message), supergraph };
}

function said({ errors, hints, supergraph }) {
  return { errors: (errors ?? []).map((error) => error.message), hints: hints ?? [], supergraph: supergraph ?? null };
}

console.log(JSON.stringify({ apollo: said(apollo()), guild: said(guild()), wundergraph: said(wundergraph()) }));

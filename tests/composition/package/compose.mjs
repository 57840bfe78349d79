// Composes the subgraphs named on the command line (NAME=FILE ...) with two composers; prints what each has to say.
import { readFileSync } from "node:fs";
import { composeServices as composeByApollo } from "@apollo/composition";
import { composeServices as composeByGuild } from "@theguild/federation-composition";
import { parse } from "graphql";

const subgraphs = process.argv.slice(2).map((argument) => {
  const [name, file] = argument.split("=");
  return { name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, "utf-8")) };
});
const apollo = composeByApollo(subgraphs);
const guild = composeByGuild(subgraphs);
console.log(
  JSON.stringify({
    apollo: {
      errors: (apollo.errors ?? []).map((error) => error.message),
      hints: (apollo.hints ?? []).map((hint) => `${hint.definition.code}: ${hint.message}`),
      supergraph: apollo.supergraphSdl ?? null,
    },
    guild: {
      errors: (guild.errors ?? []).map((error) => error.message),
      hints: (guild.hints ?? []).map((hint) => `${hint.code}: ${hint.message}`),
      supergraph: guild.supergraphSdl ?? null,
    },
  }),
);

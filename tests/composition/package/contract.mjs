// Composes the subgraphs named on the command line after the tags (+TAG to keep only what bears it, -TAG to leave out what does);
// prints the API that a graph of this contract has.
import { readFileSync } from "node:fs";
import { composeSchemaContract } from "@theguild/federation-composition";
import { parse } from "graphql";

const given = process.argv.slice(2);
const tags = (sign) => new Set(given.filter((each) => each.startsWith(sign)).map((each) => each.slice(1)));
const subgraphs = given
  .filter((each) => each.includes("="))
  .map((each) => each.split("="))
  .map(([name, file]) => ({ name, url: `http://${name}.invalid/graphql`, typeDefs: parse(readFileSync(file, "utf-8")) }));
const { errors, publicSdl } = composeSchemaContract(subgraphs, { include: tags("+"), exclude: tags("-") }, true);
console.log(JSON.stringify({ errors: (errors ?? []).map((error) => error.message), api: publicSdl ?? null }));

// Audits the GraphQL endpoint at the address on the command line; prints one entry for each check.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2] });
console.log(
  JSON.stringify(results.map((result) => ({ status: result.status, name: result.name, reason: result.reason ?? null }))),
);

// PostGraphile on the database of DATABASE_URL and the port of the first argument: the functions of the schema bench_api as mutations,
// for the application's role and the tenant of the second argument.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";

const [port, tenant] = process.argv.slice(2);
const POOL_CONNECTIONS = 20;

const handler = postgraphile({ connectionString: process.env.DATABASE_URL, max: POOL_CONNECTIONS }, "bench_api", {
  disableQueryLog: true,
  graphiql: false,
  pgSettings: { role: "inventory_app", "app.tenant_id": tenant },
});
createServer(handler).listen(Number(port), "127.0.0.1");

// Serves one of the two small subgraphs: `node subgraph.mjs catalogue PORT` or `OUTLET_ID=… node subgraph.mjs ordering PORT`.
import { readFileSync } from "node:fs";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

const price = (amount) => ({ amount, currency: "KES" });
const PRODUCTS = [
  { sku: "RAW-MLK-001", name: "A litre of milk", price: price("150") },
  { sku: "BEV-LAT-001", name: "Latte", price: price("320") },
  { sku: "VOUCHER-50", name: "Voucher", price: price("50") },
];
const ORDERS = [
  {
    id: "0b7d8a52-5d0c-4d0e-9a55-0d8f3c1f6a01",
    number: "UL-1",
    outlet: { id: process.env.OUTLET_ID },
    lines: PRODUCTS.map(({ sku }, place) => ({ quantity: place + 1, product: { sku } })),
  },
];
const byKey = (rows, key) => (reference) => {
  const row = rows.find((each) => each[key] === reference[key]);
  return row && { ...reference, ...row };
};
const resolvers = {
  catalogue: {
    Query: { products: () => PRODUCTS },
    Product: {
      __resolveReference: byKey(PRODUCTS, "sku"),
      isDiscontinued: ({ variant }) => (variant ? variant.status === "DISCONTINUED" : null),
    },
    Variant: { __resolveReference: (reference) => reference },
  },
  ordering: { Query: { orders: () => ORDERS }, Order: { __resolveReference: byKey(ORDERS, "id") } },
};

const [name, port] = process.argv.slice(2);
const typeDefs = parse(readFileSync(new URL(`${name}.graphql`, import.meta.url), "utf-8"));
const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers[name] }]);
await startStandaloneServer(new ApolloServer({ schema }), { listen: { host: "127.0.0.1", port: Number(port) } });

// A federation router over the schemas in ./subgraphs: one file for each, named after its subgraph; its address is in the
// environment as <NAME>_URL. They are composed here, at the start, so that the supergraph is always that of the schemas.
import { readFile, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

// ROUTER_PLANNER=rust plans queries with the addon of Hive Router, for graphs of many subgraphs; javascript is the default.
const PLANNER = process.env.ROUTER_PLANNER || 'javascript';
// ROUTER_COST_MAX refuses operations that would cost more, by what the schemas say of costs and sizes; without it none is.
const COST_MAX = process.env.ROUTER_COST_MAX;
const FOLDER = 'subgraphs';
const FORWARDED = ['authorization', 'x-tenant-slug', 'x-tenant-id', 'x-request-id'];

function address(name) {
  const variable = `${name.toUpperCase().replaceAll('-', '_')}_URL`;
  const url = process.env[variable];
  if (!url) {
    throw new Error(`${variable} is not set: it is the address of the subgraph ${name}.`);
  }
  return url;
}

async function supergraph() {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.graphql')).sort();
  if (files.length === 0) {
    throw new Error(`There is no schema in ${FOLDER}: mount schema.graphql there as inventory.graphql.`);
  }
  const services = await Promise.all(
    files.map(async (file) => {
      const name = basename(file, '.graphql');
      return { name, url: address(name), typeDefs: parse(await readFile(`${FOLDER}/${file}`, 'utf8')) };
    }),
  );
  const result = composeServices(services);
  if (result.errors?.length) {
    throw new Error(`The schemas do not compose: ${result.errors.map((error) => error.message).join('; ')}`);
  }
  return result.supergraphSdl;
}

async function planner() {
  if (PLANNER === 'javascript') {
    return {};
  }
  if (PLANNER === 'rust') {
    const { unifiedGraphHandler } = await import('@graphql-hive/router-runtime');
    return { unifiedGraphHandler };
  }
  throw new Error(`ROUTER_PLANNER is ${PLANNER}; it must be javascript or rust.`);
}

export const gatewayConfig = {
  supergraph,
  ...(await planner()),
  ...(COST_MAX ? { demandControl: { maxCost: Number(COST_MAX), includeExtensionMetadata: true } } : {}),
  // The schemas are files that do not change under a running router.
  pollingInterval: 0,
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      const headers = { 'x-router-secret': process.env.ROUTER_SECRET ?? '' };
      for (const name of FORWARDED) {
        const value = request.headers.get(name);
        if (value) {
          headers[name] = value;
        }
      }
      return headers;
    },
  },
  // Subscriptions go to subgraphs as server-sent events, by the default: requests like any other, each with its caller's headers.
  // Refusals and their codes are the subgraph's answer to its caller; it masks by itself what nobody should see.
  maskedErrors: false,
  healthCheckEndpoint: '/healthcheck',
  readinessCheckEndpoint: '/readiness',
};

// A purchase: what is bought is held, then taken. Both steps carry a key of this purchase, so that a step whose answer was lost is
// sent again without being done twice.

import { Unreachable } from './graph.js';

const TRIES = 5;
const WAIT_MS = 400;
const HELD_FOR = 'PT2M';

const RESERVE = `mutation Hold($input: ReserveStockInput!) {
  reserveStock(input: $input) {
    reservation { id status }
    errors {
      code
      message
      ... on InsufficientStock { sku available reasons nextAvailableAt component { sku } substitutes { sku } }
    }
  }
}`;

const COMMIT = `mutation Take($input: CommitReservationInput!) {
  commitReservation(input: $input) { reservation { status } replayed errors { code message } }
}`;

/** `{ bought: true }`, or `{ error }` with the code and the words of what stood against it. `onStep` hears how far it is. */
export async function buy(dish, { graph, outletId, onStep }) {
  const purchase = newKey();
  try {
    onStep('holding');
    const held = await insist(graph, RESERVE, 'reserveStock', {
      idempotencyKey: `${purchase}-hold`,
      reference: `storefront ${purchase}`,
      lines: [{ sku: dish.sku, quantity: '1' }],
      outletId,
      expiresIn: HELD_FOR,
    });
    if (held.errors.length > 0) return { error: held.errors[0] };
    onStep('taking');
    const taken = await insist(graph, COMMIT, 'commitReservation', {
      idempotencyKey: `${purchase}-take`,
      reservationId: held.reservation.id,
    });
    return taken.errors.length > 0 ? { error: taken.errors[0] } : { bought: true };
  } catch (error) {
    if (error instanceof Unreachable) return { error: { code: 'UNREACHABLE', message: error.message } };
    throw error;
  }
}

async function insist(graph, query, field, input) {
  for (let tried = 1; ; tried += 1) {
    try {
      const { data, errors } = await graph.ask(query, { input });
      if (data?.[field]) return data[field];
      return { errors: [{ code: errors?.[0]?.extensions?.code, message: errors?.[0]?.message ?? 'No answer' }] };
    } catch (error) {
      if (!(error instanceof Unreachable) || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (tried - 1)));
    }
  }
}

/** `crypto.randomUUID` is missing where a page is neither on this machine nor on https. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

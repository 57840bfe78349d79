// The storefront: puts the parts together. Plain modules, no build, and nothing is loaded from elsewhere.

import { Graph } from './graph.js';
import { LiveStock } from './live.js';
import { Shelf } from './shelf.js';
import { buy } from './purchase.js';
import { View } from './view.js';
import { caughtUp, lastTaken, refusalOf } from './words.js';

const VISITOR_SECONDS = 5;

const menu = await (await fetch('/demo/menu')).json();
const graph = new Graph({ session: '/demo/session', endpoint: menu.endpoint });
const view = new View(menu, { onBuy: purchase, onSignIn: signIn, onRetry: () => live.retry() });
const shelf = new Shelf(menu, { graph, onLevel: (sku, level) => view.showLevel(sku, level) });
const live = new LiveStock({
  graph,
  outletId: menu.outletId,
  skus: shelf.watched,
  onBalance: (balance) => shelf.take(balance),
  onState: showState,
  onRefused: async (reason) => {
    graph.signOut();
    view.say(reason);
    await begin();
  },
});

let looking; // the timer of a visitor, who may not subscribe

async function begin() {
  let token;
  try {
    token = await graph.token();
  } catch {
    // The feed says that the connection is lost, and tries again.
    token = undefined;
  }
  if (token === null) {
    view.showVisitor(true);
    clearInterval(looking);
    await look();
    looking = setInterval(look, VISITOR_SECONDS * 1000);
  } else {
    view.showVisitor(false);
    live.start();
  }
}

/** What a visitor may see, asked again and again: whether there is any. */
async function look() {
  try {
    const refused = await shelf.ask();
    showState({ name: refused ? 'closed' : 'looking', reason: refused, seconds: VISITOR_SECONDS });
  } catch {
    showState({ name: 'lost', seconds: VISITOR_SECONDS });
  }
}

async function signIn(token) {
  const who = await graph.signIn(token, { tenant: menu.tenant });
  if (who.refused) return who.refused;
  clearInterval(looking);
  view.showVisitor(false);
  live.start();
  return null;
}

function showState(state) {
  view.showState(state);
  if (state.name === 'live' && state.resumed) view.say(caughtUp(state.changes));
}

async function purchase(dish) {
  const left = shelf.levelOf(dish.sku)?.available;
  const outcome = await buy(dish, { graph, outletId: menu.outletId, onStep: (step) => view.showStep(dish.sku, step) });
  if (outcome.bought) {
    view.showBought(dish);
    if (left === 1) view.say(lastTaken(dish));
  } else {
    view.showRefused(dish, refusalOf(outcome.error, dish, menu));
  }
  // Beside the feed: while that is lost, the number would otherwise be the one of before.
  await shelf.ask([dish.sku]).catch(() => undefined);
}

await begin();

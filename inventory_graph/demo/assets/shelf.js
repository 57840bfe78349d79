// What is there of each dish. Baked goods are kept as they are: the feed delivers their number. Of what is made to order the service
// is asked how many can be made, when something that it takes has changed; of baked goods, too, whether they are on sale at all.

const ASK_MS = 30;
const ASK_AGAIN_MS = 1000;
const ASKED_MAX = 100;

const AVAILABILITY = `query Levels($skus: [String!]!, $outletId: ID!) {
  availability(skus: $skus, outletId: $outletId) { sku available isAvailable level }
}`;

export class Shelf {
  #graph;
  #outletId;
  #onLevel;
  #levels = new Map();
  #versions = new Map();
  #dishesBySku;
  #madeFrom = new Map();
  #wanted = new Set();
  #timer;

  constructor(menu, { graph, onLevel }) {
    this.#graph = graph;
    this.#outletId = menu.outletId;
    this.#onLevel = onLevel;
    const dishes = menu.sections.flatMap((section) => section.dishes);
    this.#dishesBySku = new Map(dishes.map((dish) => [dish.sku, dish]));
    for (const dish of dishes) {
      for (const { sku } of dish.madeOf) {
        if (!this.#madeFrom.has(sku)) this.#madeFrom.set(sku, []);
        this.#madeFrom.get(sku).push(dish.sku);
      }
    }
  }

  /** The SKUs whose balances decide what the menu shows. */
  get watched() {
    const kept = [...this.#dishesBySku.values()].filter((dish) => dish.madeOf.length === 0).map((dish) => dish.sku);
    return [...kept, ...this.#madeFrom.keys()];
  }

  levelOf(sku) {
    return this.#levels.get(sku);
  }

  /** A balance of the feed. One that is older than what is shown says nothing new. */
  take({ sku, available, version }) {
    if (version < (this.#versions.get(sku) ?? 0)) return;
    this.#versions.set(sku, version);
    if (this.#dishesBySku.has(sku)) {
      this.#show(sku, { available, isAvailable: available >= 1 });
      this.#wanted.add(sku);
    }
    for (const dish of this.#madeFrom.get(sku) ?? []) this.#wanted.add(dish);
    this.#timer ??= setTimeout(() => this.#askWanted(), ASK_MS);
  }

  /** Ask for dishes, all of them if none are named. Answers why it was refused, if it was. */
  async ask(skus = [...this.#dishesBySku.keys()]) {
    const { data, errors } = await this.#graph.ask(AVAILABILITY, {
      skus: skus.slice(0, ASKED_MAX),
      outletId: this.#outletId,
    });
    for (const { sku, available, isAvailable } of data?.availability ?? []) {
      this.#show(sku, { available: available === null ? null : Number(available), isAvailable });
    }
    return errors?.[0]?.message;
  }

  async #askWanted() {
    const skus = [...this.#wanted];
    this.#wanted.clear();
    let wait = ASK_MS;
    try {
      await this.ask(skus);
    } catch {
      for (const sku of skus) this.#wanted.add(sku);
      wait = ASK_AGAIN_MS;
    }
    // What has changed while this was asked, or was asked in vain.
    this.#timer = this.#wanted.size > 0 ? setTimeout(() => this.#askWanted(), wait) : undefined;
  }

  #show(sku, level) {
    this.#levels.set(sku, level);
    this.#onLevel(sku, level);
  }
}

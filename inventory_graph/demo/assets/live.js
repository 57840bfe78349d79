// The feed: `stockChanged` over graphql-transport-ws, resumed with the cursor of the last delivery that arrived.

const PROTOCOL = 'graphql-transport-ws';
const PING_MS = 2500;
const ANSWER_MS = 2000;
const OPEN_MS = 8000;
const WAIT_MIN_MS = 500;
const WAIT_MAX_MS = 5000;
const BACKLOG_MS = 600;

const STOCK = `subscription Shelf($skus: [String!]!, $outletIds: [ID!]!, $after: String) {
  stockChanged(skus: $skus, outletIds: $outletIds, after: $after, coalesce: true) {
    cursor
    kind
    balance { available version variant { sku } }
  }
}`;

/** The cursor is worth nothing after these: begin anew, with a snapshot. */
const BEGIN_ANEW = new Set(['CURSOR_EXPIRED', 'CURSOR_INVALID']);
const FORBIDDEN = 4403;

export class LiveStock {
  #graph;
  #variables;
  #onBalance;
  #onState;
  #socket = null;
  #cursor = null;
  #tries = 0;
  #timers = {};
  #pinged = 0;
  #needsToken = false;
  #backlog = null;
  #onRefused;

  /**
   * `onState` gets `{ name: connecting | live | lost, seconds, resumed, changes }`, `onRefused` the reason why there is nothing to be had
   * by this token, which ends the feed.
   */
  constructor({ graph, outletId, skus, onBalance, onState, onRefused }) {
    this.#graph = graph;
    this.#variables = { skus, outletIds: [outletId] };
    this.#onBalance = onBalance;
    this.#onState = onState;
    this.#onRefused = onRefused;
    addEventListener('offline', () => {
      if (this.#socket) this.#lose();
    });
    addEventListener('online', () => this.retry());
  }

  start() {
    this.#cursor = null;
    this.#onState({ name: 'connecting' });
    this.#connect();
  }

  /** At once, without waiting for the next try. */
  retry() {
    if (this.#timers.next !== undefined) {
      this.#clear('next');
      this.#connect();
    }
  }

  async #connect() {
    let token;
    try {
      token = await this.#graph.token({ fresh: this.#needsToken });
    } catch {
      this.#lose();
      return;
    }
    if (token === null) {
      this.#refuse('The shop hands out no tokens any more.');
      return;
    }
    this.#needsToken = false;
    const address = new URL(this.#graph.endpoint, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, PROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.#send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code, reason }) => {
      if (code === FORBIDDEN) this.#replaceToken(reason);
      else this.#lose();
    };
    this.#timers.open = setTimeout(() => this.#lose(), OPEN_MS);
  }

  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #hear(frame) {
    this.#pinged = 0;
    switch (frame.type) {
      case 'connection_ack':
        this.#subscribe();
        break;
      case 'ping':
        this.#send({ type: 'pong' });
        break;
      case 'next':
        if (frame.payload.data?.stockChanged) this.#deliver(frame.payload.data.stockChanged);
        else this.#fail(frame.payload.errors ?? []);
        break;
      case 'error':
        this.#fail(frame.payload);
        break;
      case 'complete':
        this.#lose();
        break;
      default:
    }
  }

  #subscribe() {
    this.#clear('open');
    this.#tries = 0;
    this.#send({
      type: 'subscribe',
      id: 'shelf',
      payload: { query: STOCK, variables: { ...this.#variables, after: this.#cursor } },
    });
    this.#timers.ping = setInterval(() => this.#ping(), PING_MS);
    this.#backlog = new Set();
    if (this.#cursor === null) return;
    // What was missed comes at once; how much it was is told when it has come.
    this.#timers.backlog = setTimeout(() => this.#settle({ resumed: true }), BACKLOG_MS);
  }

  #settle({ resumed }) {
    if (this.#backlog === null) return;
    this.#clear('backlog');
    this.#onState({ name: 'live', resumed, changes: this.#backlog.size });
    this.#backlog = null;
  }

  #deliver({ cursor, kind, balance }) {
    this.#cursor = cursor;
    if (balance) {
      if (kind === 'CHANGE') this.#backlog?.add(balance.variant.sku);
      this.#onBalance({ sku: balance.variant.sku, available: Number(balance.available), version: balance.version });
    } else if (this.#timers.backlog === undefined) {
      // The heartbeat that ends a snapshot.
      this.#settle({ resumed: false });
    }
  }

  #fail(errors) {
    const code = errors[0]?.extensions?.code;
    if (BEGIN_ANEW.has(code)) this.#cursor = null;
    if (code === 'FORBIDDEN') this.#refuse(errors[0].message);
    else if (code === 'UNAUTHENTICATED') this.#replaceToken(errors[0].message);
    else this.#lose();
  }

  /** One that the shop gave is replaced by the next; one that somebody brought cannot be. */
  #replaceToken(reason) {
    if (this.#graph.hasOwnToken) {
      this.#refuse(reason);
    } else {
      this.#needsToken = true;
      this.#lose();
    }
  }

  #refuse(reason) {
    this.#drop();
    this.#onRefused(reason);
  }

  /** A connection can be dead without anybody saying so: what answers no ping is given up. */
  #ping() {
    const now = performance.now();
    if (this.#pinged && now - this.#pinged > ANSWER_MS) {
      this.#lose();
    } else {
      this.#pinged ||= now;
      this.#send({ type: 'ping' });
    }
  }

  #lose() {
    this.#drop();
    const wait = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** this.#tries) * (0.75 + Math.random() / 2);
    this.#tries += 1;
    this.#onState({ name: 'lost', seconds: wait / 1000 });
    this.#timers.next = setTimeout(() => {
      this.#timers.next = undefined;
      this.#connect();
    }, wait);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    for (const name of Object.keys(this.#timers)) this.#clear(name);
    this.#pinged = 0;
    this.#backlog = null;
  }

  #clear(name) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = undefined;
  }
}

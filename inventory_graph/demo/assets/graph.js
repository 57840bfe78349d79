// GraphQL over HTTP, and the token that goes with it. The token stays in this module's memory and nowhere else.

export class Unreachable extends Error {}

const SECONDS_MAX = 8;

export class Graph {
  #session;
  #token;
  #own = false;

  constructor({ session, endpoint }) {
    this.#session = session;
    this.endpoint = endpoint;
  }

  /** The token to shop with, null for a visitor. `fresh`: another one, because this one is no longer taken. */
  async token({ fresh = false } = {}) {
    if (this.#own || (this.#token !== undefined && !fresh)) return this.#token;
    const response = await reach(this.#session, { method: 'POST' });
    if (response.status >= 500) throw new Unreachable(`${this.#session} answered ${response.status}`);
    this.#token = response.ok ? (await response.json()).token : null;
    return this.#token;
  }

  /** Whether somebody brought the token. */
  get hasOwnToken() {
    return this.#own;
  }

  /** Shop with a token that somebody brought. Answers `{ refused }`, a sentence or nothing. */
  async signIn(token, { tenant }) {
    this.#token = token;
    this.#own = true;
    const { data, errors } = await this.ask('query Who { me { tenantSlug } }').catch((error) => ({ errors: [error] }));
    if (data?.me.tenantSlug === tenant) return {};
    this.signOut();
    return { refused: errors?.[0].message ?? `This token is of the tenant ${data.me.tenantSlug}; bring one of ${tenant}.` };
  }

  signOut() {
    this.#token = undefined;
    this.#own = false;
  }

  /** The whole answer, `{ data, errors }`. Throws Unreachable where there is none, or one to ask again for. */
  async ask(query, variables = {}) {
    const answer = await this.#post(query, variables, await this.token());
    if (codeOf(answer) === 'UNAUTHENTICATED' && !this.#own && this.#token !== null) {
      return this.#post(query, variables, await this.token({ fresh: true }));
    }
    return answer;
  }

  async #post(query, variables, token) {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const response = await reach(this.endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    if (response.status === 429 || response.status >= 500) {
      throw new Unreachable(`${this.endpoint} answered ${response.status}`);
    }
    return response.json();
  }
}

export function codeOf(answer) {
  return answer.errors?.[0]?.extensions?.code;
}

async function reach(address, options) {
  try {
    return await fetch(address, { ...options, cache: 'no-store', signal: AbortSignal.timeout(SECONDS_MAX * 1000) });
  } catch (cause) {
    throw new Unreachable(`${address} gives no answer`, { cause });
  }
}

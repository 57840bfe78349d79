// What is seen: the menu, the light, the order. Texts go in as text, never as markup.

import { levelWords, money } from './words.js';

const ART = '/demo/assets/art.svg';
const SVG = 'http://www.w3.org/2000/svg';
const SAID_MS = 6000;
const THANKS_MS = 1600;

const STEPS = { holding: 'Setting aside…', taking: 'Taking…' };

export class View {
  #menu;
  #cards = new Map();
  #bought = new Map();
  #saying;
  #countdown;
  #isVisitor = true;

  constructor(menu, { onBuy, onSignIn, onRetry }) {
    this.#menu = menu;
    byId('place').textContent = `${menu.outlet} · ${menu.address}`;
    const sections = menu.sections.map((section) => this.#section(section, onBuy));
    byId('menu').append(...sections);
    byId('sections').append(
      element('ul', {}, menu.sections.map(({ id, name }) => element('li', {}, [element('a', { href: `#section-${id}` }, [name])]))),
    );
    byId('sign-in').addEventListener('submit', async (event) => {
      event.preventDefault();
      const refused = await onSignIn(byId('token').value.trim());
      byId('sign-in-word').textContent = refused ?? '';
      if (!refused) byId('token').value = '';
    });
    byId('banner').addEventListener('click', (event) => {
      if (event.target instanceof HTMLButtonElement) onRetry();
    });
  }

  #section({ id, name, about, dishes }, onBuy) {
    const title = element('h2', { id: `section-${id}-title` }, [name]);
    const list = element('ul', { class: 'dishes' }, dishes.map((dish) => this.#card(dish, id, onBuy)));
    return element('section', { id: `section-${id}`, 'aria-labelledby': `section-${id}-title` }, [
      element('header', { class: 'section-head' }, [title, element('p', {}, [about])]),
      list,
    ]);
  }

  #card(dish, section, onBuy) {
    const price = money(dish.price, this.#menu.currency);
    const level = element('p', { class: 'level', 'data-level': 'unknown' }, ['…']);
    const label = element('span', { class: 'buy-word' }, ['Buy']);
    const button = element('button', { type: 'button', class: 'buy' }, [label]);
    const refusal = element('p', { class: 'refusal', role: 'alert' });
    button.setAttribute('aria-label', `Buy ${dish.name}, ${price}`);
    button.addEventListener('click', () => {
      // Not `disabled`, which would take the focus away from whoever uses the keyboard.
      if (button.getAttribute('aria-disabled') !== 'true') onBuy(dish);
    });
    const item = element('li', { class: 'dish', 'data-sku': dish.sku, 'data-tone': section }, [
      element('div', { class: 'tile' }, [picture(dish.art)]),
      element('div', { class: 'dish-text' }, [
        element('h3', {}, [dish.name]),
        element('p', { class: 'about' }, [dish.about]),
        level,
      ]),
      element('div', { class: 'dish-buy' }, [element('p', { class: 'price' }, [price]), button]),
      refusal,
    ]);
    this.#cards.set(dish.sku, { item, level, button, label, refusal, isBusy: false, shown: null, kind: 'unknown' });
    return item;
  }

  showLevel(sku, level) {
    const card = this.#cards.get(sku);
    const { kind, words } = levelWords(level);
    if (card.level.textContent !== words) {
      card.level.textContent = words;
      // The first number is no change.
      if (card.shown !== null) flash(card.level, 'changed');
      if (kind !== 'out') card.refusal.textContent = '';
    }
    card.shown = level.available;
    card.kind = kind;
    card.level.dataset.level = kind;
    card.item.dataset.level = kind;
    this.#showButton(card);
  }

  #showButton(card) {
    const mayBuy = !card.isBusy && !this.#isVisitor && card.kind !== 'out' && card.kind !== 'unknown';
    card.button.setAttribute('aria-disabled', String(!mayBuy));
    if (!card.isBusy) card.label.textContent = card.kind === 'out' ? 'Sold out' : 'Buy';
  }

  showStep(sku, step) {
    const card = this.#cards.get(sku);
    card.isBusy = true;
    card.refusal.textContent = '';
    card.label.textContent = STEPS[step];
    card.button.dataset.step = step;
    this.#showButton(card);
  }

  #rest(card) {
    card.isBusy = false;
    delete card.button.dataset.step;
    this.#showButton(card);
  }

  showBought(dish) {
    const card = this.#cards.get(dish.sku);
    card.label.textContent = 'Yours ✓';
    card.button.dataset.step = 'bought';
    setTimeout(() => this.#rest(card), THANKS_MS);
    this.say(`${dish.name} is yours.`);
    this.#bought.set(dish, (this.#bought.get(dish) ?? 0) + 1);
    this.#showOrder();
  }

  showRefused(dish, words) {
    const card = this.#cards.get(dish.sku);
    this.#rest(card);
    card.refusal.textContent = words;
    flash(card.item, 'refused');
  }

  #showOrder() {
    const lines = [...this.#bought].map(([dish, count]) =>
      element('li', {}, [
        element('span', { class: 'count' }, [`${count} ×`]),
        element('span', { class: 'line-name' }, [dish.name]),
        element('span', {}, [money(count * dish.price, this.#menu.currency)]),
      ]),
    );
    const total = [...this.#bought].reduce((sum, [dish, count]) => sum + count * dish.price, 0);
    byId('order-lines').replaceChildren(...lines);
    byId('order-total').textContent = money(total, this.#menu.currency);
    byId('order-sum').hidden = false;
    byId('order-empty').hidden = true;
    const count = [...this.#bought.values()].reduce((sum, each) => sum + each, 0);
    byId('to-order').textContent = `Order · ${count}`;
    byId('to-order').hidden = false;
  }

  showVisitor(isVisitor) {
    this.#isVisitor = isVisitor;
    byId('sign-in').hidden = !isVisitor;
    byId('order-title').textContent = isVisitor ? 'Looking only' : 'Your order';
    byId('to-order').textContent = isVisitor ? 'Sign in' : '';
    byId('to-order').hidden = !isVisitor;
    byId('order-empty').hidden = isVisitor || this.#bought.size > 0;
    document.body.dataset.visitor = String(isVisitor);
    for (const card of this.#cards.values()) this.#showButton(card);
  }

  /** The light, and below the head what it means where that is not good. */
  showState({ name, seconds, reason }) {
    const words = { connecting: 'Connecting', live: 'Live', looking: `Every ${seconds} s`, lost: 'Connection lost', closed: 'Closed' };
    const light = byId('light');
    if (light.dataset.state !== name) {
      light.dataset.state = name;
      light.querySelector('.light-word').textContent = words[name];
    }
    document.body.dataset.state = name;
    clearInterval(this.#countdown);
    const banner = byId('banner');
    if (name === 'lost') this.#showLost(banner, seconds);
    else if (name === 'closed') banner.replaceChildren(reason);
    banner.hidden = name !== 'lost' && name !== 'closed';
  }

  #showLost(banner, seconds) {
    if (banner.hidden) {
      const since = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
      banner.replaceChildren(
        element('span', {}, [`Connection lost at ${since}. The numbers are from then.`]),
        ' ',
        // Not said aloud each second.
        element('span', { class: 'countdown', 'aria-live': 'off' }),
        ' ',
        element('button', { type: 'button' }, ['Try now']),
      );
    }
    let left = Math.ceil(seconds);
    const tell = () => {
      const countdown = banner.querySelector('.countdown');
      if (countdown) countdown.textContent = left > 0 ? `Trying again in ${left} s.` : 'Trying again …';
      left -= 1;
    };
    tell();
    this.#countdown = setInterval(tell, 1000);
  }

  say(words) {
    clearTimeout(this.#saying);
    byId('word').textContent = words;
    byId('word').dataset.shown = '';
    this.#saying = setTimeout(() => delete byId('word').dataset.shown, SAID_MS);
  }
}

function byId(id) {
  return document.getElementById(id);
}

function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function picture(art) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${ART}#${art}`);
  svg.append(use);
  return svg;
}

function flash(target, name) {
  target.classList.remove(name);
  // Reading the layout makes the browser forget the animation that ran.
  void target.offsetWidth;
  target.classList.add(name);
}

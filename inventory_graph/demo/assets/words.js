// What the shop says, in sentences.

const FEW = 10;

export function money(amount, currency) {
  return `${currency} ${amount.toLocaleString('en-KE')}`;
}

/** How a level reads, and which of out, few and some it is. */
export function levelWords({ available, isAvailable }) {
  if (!isAvailable) return { kind: 'out', words: 'Sold out' };
  if (available === null || available === undefined) return { kind: 'some', words: 'Available' };
  if (available === 1) return { kind: 'few', words: 'Last one' };
  if (available <= FEW) return { kind: 'few', words: `Only ${available} left` };
  return { kind: 'some', words: `${available.toLocaleString('en-KE')} left` };
}

export function caughtUp(changes) {
  if (changes === 0) return 'Back. Nothing was missed.';
  return changes === 1 ? 'Back, and caught up: one number changed meanwhile.' : `Back, and caught up: ${changes} numbers changed meanwhile.`;
}

export function lastTaken(dish) {
  return `You have the last ${dish.name}.`;
}

/** Why a purchase did not come about. */
export function refusalOf(error, dish, menu) {
  switch (error.code) {
    case 'INSUFFICIENT_STOCK':
      return [shortage(error, dish), ...more(error), ...instead(error, menu)].join(' ');
    case 'ITEM_INACTIVE':
      return `${dish.name} is off the menu.`;
    case 'RESERVATION_EXPIRED':
      return `That took too long: ${dish.name} went back on the shelf. Nothing was bought.`;
    case 'UNREACHABLE':
      return `The kitchen does not answer. If ${dish.name} was set aside for you, it goes back by itself in two minutes.`;
    case 'UNAUTHENTICATED':
      return 'Looking only: sign in to buy.';
    case 'FORBIDDEN':
      return 'This token may look and not buy.';
    default:
      return error.message;
  }
}

function shortage({ reasons = [], component }, dish) {
  if (reasons.includes('MANUALLY_DISABLED')) return `The kitchen has taken ${dish.name} off sale.`;
  if (component) {
    const name = dish.madeOf.find((each) => each.sku === component.sku)?.name ?? component.sku;
    return `No more ${dish.name}: the last ${name} has gone.`;
  }
  if (reasons.includes('RESERVED')) return `The last ${dish.name} is set aside for somebody else.`;
  return `Too late: somebody else has just bought the last ${dish.name}.`;
}

function more({ nextAvailableAt }) {
  if (!nextAvailableAt) return [];
  const time = new Date(nextAvailableAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return [`More at ${time}.`];
}

function instead({ substitutes = [] }, menu) {
  const dishes = menu.sections.flatMap((section) => section.dishes);
  const found = dishes.find((dish) => substitutes.some(({ sku }) => sku === dish.sku));
  return found ? [`There is still ${found.name}.`] : [];
}

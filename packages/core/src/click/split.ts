/**
 * A number in [0, 1) for one split of a click: uniform over rolls, and unrelated to the number any other salt gives
 * for the same roll, so that splits do not move together. `roll` is the click's, in [0, 2^32).
 */
export function rollFor(roll: number, salt: number): number {
  return mix(mix(roll ^ Math.imul(salt, GOLDEN)) + salt) / 4_294_967_296
}

/** What is being split. Part of the salt, so stream 5 and offer choice in stream 5 draw different numbers. */
const SPLITS = { stream: 1, landing: 2, offer: 3, macro: 4 } as const

/** The salt of the `attempt`-th draw (from 0) of a kind of split inside the entity `id`. */
export const saltFor = (split: keyof typeof SPLITS, id: number, attempt = 0): number =>
  mix(Math.imul(id, GOLDEN) + Math.imul(SPLITS[split], 0x632be5ab) + Math.imul(attempt, 0x85157af5))

/**
 * Index of the item that `unit` (in [0, 1)) falls on when each takes room in proportion to its weight; -1 when no
 * weight is above zero.
 */
export const pickWeighted = (items: readonly { readonly weight: number }[], unit: number): number =>
  pickBy(items, weightOf, unit)

/** As `pickWeighted`, with the weight read by `weigh` and items passed over whose index is set in `without`. */
export function pickBy<Item>(
  items: readonly Item[],
  weigh: (item: Item) => number,
  unit: number,
  without?: readonly boolean[],
): number {
  let total = 0
  for (let index = 0; index < items.length; index++) total += weightAt(items, index, weigh, without)
  let rest = unit * total
  let last = -1
  for (let index = 0; index < items.length; index++) {
    const weight = weightAt(items, index, weigh, without)
    if (weight <= 0) continue
    if (rest < weight) return index
    rest -= weight
    last = index
  }
  // Only rounding can bring us here: the sum and the differences of fractions need not agree in the last bit.
  return last
}

function weightAt<Item>(
  items: readonly Item[],
  index: number,
  weigh: (item: Item) => number,
  without: readonly boolean[] | undefined,
): number {
  const item = items[index]
  return item === undefined || without?.[index] === true ? 0 : weigh(item)
}

const weightOf = (item: { readonly weight: number }): number => item.weight

const GOLDEN = 0x9e3779b1

/** The finalizer of MurmurHash3: every input bit reaches every output bit. Gives [0, 2^32). */
function mix(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

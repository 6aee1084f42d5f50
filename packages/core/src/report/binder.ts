/**
 * Collects the values of a statement. Nothing that came from outside is ever put into the text: it is bound to a
 * typed place, and the store fills the places.
 */
export class Binder {
  readonly params: Record<string, unknown> = {}
  #count = 0
  readonly #named = new Map<string, string>()

  /** The place for a value, e.g. `{p0:String}`. */
  bind(type: string, value: unknown): string {
    const name = `p${this.#count++}`
    this.params[name] = value
    return `{${name}:${type}}`
  }

  /** The same place for every use of one name. */
  once(name: string, type: string, value: () => unknown): string {
    const known = this.#named.get(name)
    if (known !== undefined) return known
    const place = this.bind(type, value())
    this.#named.set(name, place)
    return place
  }
}

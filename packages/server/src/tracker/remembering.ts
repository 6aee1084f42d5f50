import { ownCopy } from './own-copy.ts'

/** What was made of texts that visitors send over and over, such as hosts, languages and browsers. */
export interface Memory<Made> {
  /** Undefined when it is not known, or not any more. */
  find(text: string): Made | undefined
  keep(text: string, made: Made): void
}

/**
 * Holds what was asked for last, between `texts` of them and twice as many. Two maps, of which the older goes when the other
 * is full: finding something costs one look, where a list in order of use costs several.
 */
export function createMemory<Made>(texts: number): Memory<Made> {
  let recent = new Map<string, Made>()
  let older = recent
  const keep = (text: string, made: Made): void => {
    if (recent.size >= texts) {
      older = recent
      recent = new Map()
    }
    recent.set(ownCopy(text, text.length), made)
  }
  return {
    find(text) {
      const known = recent.get(text)
      if (known !== undefined) return known
      const before = older.get(text)
      if (before !== undefined) keep(text, before)
      return before
    },
    keep,
  }
}

/** `read`, remembered for texts of up to `maxLength` characters; it must depend on the text alone. */
export function remembering<Made>(
  texts: number,
  maxLength: number,
  read: (text: string) => Made,
): (text: string) => Made {
  const memory = createMemory<Made>(texts)
  return (text) => {
    const known = memory.find(text)
    if (known !== undefined) return known
    const made = read(text)
    if (text.length <= maxLength) memory.keep(text, made)
    return made
  }
}

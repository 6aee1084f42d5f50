/** Header that carries hints, one line each. */
export const HINT_HEADER = 'trackyard-hint'

const MAX_HINTS = 10
const MAX_HINT_CHARS = 300

/** Headers hold plain ASCII: signs of our own sentences are spelt in it, other characters become `?`. */
const IN_ASCII: Readonly<Record<string, string>> = { '…': '...', '→': '->', '’': "'" }

/** Collects the hints of one answer. */
export function createHints(): { readonly list: readonly string[]; add(sentence: string): void } {
  const list: string[] = []
  return {
    list,
    add(sentence) {
      const line = sentence.replace(/[^\x20-\x7e]/g, (sign) => IN_ASCII[sign] ?? '?').slice(0, MAX_HINT_CHARS)
      if (list.length < MAX_HINTS && !list.includes(line)) list.push(line)
    },
  }
}

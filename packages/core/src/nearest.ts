/**
 * The known name that was probably meant: the one that takes the fewest slips of the pen to become `word`, at most one
 * in three letters. Case, spaces, dashes and underscores do not count. Null when none is near.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const wanted = bare(word)
  let best: string | null = null
  let fewest = Math.floor(wanted.length / 3) + 1
  for (const name of known) {
    const candidate = bare(name)
    if (Math.abs(candidate.length - wanted.length) >= fewest) continue
    const slips = slipsBetween(wanted, candidate)
    if (slips < fewest) {
      best = name
      fewest = slips
    }
  }
  return best
}

/** How a hint about a word that is none of the known ones ends. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word.slice(0, MAX_WORD_CHARS), known)
  return meant === null ? `. Known: ${known.join(', ')}.` : `: did you mean ${meant}?`
}
const MAX_WORD_CHARS = 100

const bare = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '')

/** Letters left out, added, changed or swapped with their neighbour (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      let slips = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, (beforeLast[j - 2] ?? 0) + 1)
      row.push(slips)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

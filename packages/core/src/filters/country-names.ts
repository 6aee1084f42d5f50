import { nearest } from '../nearest.ts'
import { COUNTRIES } from './known-names.ts'

/** Names that people write and the list of the runtime has in another form. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  usa: 'US',
  america: 'US',
  'united states of america': 'US',
  england: 'GB',
  'great britain': 'GB',
  holland: 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
  'ivory coast': 'CI',
  macedonia: 'MK',
}
/** Below this length a slip of the pen may make any name of any other. */
const MIN_GUESSED_CHARS = 4
const MAX_GUESSED_CHARS = 60

let known: ReadonlyMap<string, string> | undefined

/** The code of the country with this English name, spelling mistakes forgiven; null when none is near. For messages. */
export function countryNamed(name: string): string | null {
  known ??= codesByName()
  const wanted = name.trim().toLowerCase()
  const exact = known.get(wanted)
  if (exact !== undefined) return exact
  if (wanted.length < MIN_GUESSED_CHARS || wanted.length > MAX_GUESSED_CHARS) return null
  return known.get(nearest(wanted, known.keys()) ?? '') ?? null
}

function codesByName(): Map<string, string> {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const codes = [...COUNTRIES].flatMap((code) => {
    const name = names.of(code)
    return name === undefined ? [] : [[name.toLowerCase(), code] as const]
  })
  return new Map([...codes, ...Object.entries(OTHER_NAMES)])
}

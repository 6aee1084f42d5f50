import { compileIpMatcher } from '@trackyard/core/filters/ip-match.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { isSecretSetting, knownSetting, SETTING_KEYS, type SettingDef } from '@trackyard/core/settings.ts'
import type { ConfigWriter } from '../../stores/config/port.ts'
import { isLocalAddress } from '../auth/ip-allow-list.ts'
import { isMasked } from '../mask.ts'
import { SETTING_PREFIX, storedSettings } from './setting-store.ts'

const MAX_VALUE_CHARS = 65_536
const MAX_OWN_KEYS = 500
const OWN_KEY = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/

interface By {
  /** Where the request comes from. */
  readonly ip: string
  hint(sentence: string): void
}

/** Stores settings: all of them or, when one is refused, none. A secret that comes back masked is left as it is. */
export async function writeSettings(
  given: Readonly<Record<string, unknown>>,
  writer: ConfigWriter,
  by: By,
): Promise<Result<void>> {
  const stored = await storedSettings(writer)
  const problems: Problem[] = []
  const changed = new Map<string, string>()
  for (const [key, value] of Object.entries(given)) {
    if (isSecretSetting(key) && isMasked(value)) continue
    const def = knownSetting(key)
    const read = def ? readKnown(key, def, value, by.ip) : readOwn(key, value)
    if (!read.ok) problems.push(...read.problems)
    else changed.set(key, JSON.stringify(read.value))
  }
  const own = [...new Set([...stored.keys(), ...changed.keys()])].filter((key) => !knownSetting(key))
  if (own.length > MAX_OWN_KEYS)
    problems.push(
      problem('validation', `There may be at most ${MAX_OWN_KEYS} settings of your own: delete some`, 'base'),
    )
  if (problems.length > 0) return fail(...problems)
  for (const [key, text] of changed) {
    if (stored.get(key) !== text) await writer.setMeta(`${SETTING_PREFIX}${key}`, text)
    tell(key, by)
  }
  return ok(undefined)
}

function readKnown(key: string, { schema, readOnly }: SettingDef, value: unknown, ip: string): Result<unknown> {
  // Objects that were read are put back whole; what cannot be changed is passed over by the caller.
  if (readOnly) return fail(problem('validation', readOnly, key))
  const read = schema.safeParse(value)
  if (!read.success) return fail(...read.error.issues.map(({ message }) => problem('validation', message, key)))
  return key === 'admin_ip_whitelist' ? keepsIn(read.data, ip) : ok(read.data)
}

/** A list that leaves out who writes it would be the last thing they wrote. */
function keepsIn(entries: unknown, ip: string): Result<unknown> {
  const list = Array.isArray(entries) ? entries.map(String) : []
  const matcher = compileIpMatcher(list)
  if (list.length === 0 || isLocalAddress(ip) || (matcher.ok && matcher.value(ip))) return ok(entries)
  return fail(problem('validation', `would lock you out: your address is ${ip}, add it`, 'admin_ip_whitelist'))
}

function readOwn(key: string, value: unknown): Result<unknown> {
  if (!OWN_KEY.test(key)) {
    const rule = 'A setting must be called by letters, digits, dots, dashes and underscores, beginning with a letter'
    return fail(problem('validation', rule, key.slice(0, 100)))
  }
  const text = JSON.stringify(value)
  if (text === undefined || text.length > MAX_VALUE_CHARS)
    return fail(problem('validation', `must be at most ${MAX_VALUE_CHARS} characters of JSON`, key))
  return ok(value)
}

function tell(key: string, { hint }: By): void {
  const def = knownSetting(key)
  if (!def) {
    const meant = nearest(key, SETTING_KEYS)
    const cure = meant === null ? 'Known ones: GET settings.' : `Did you mean ${meant}?`
    hint(`${key.slice(0, 100)}: no setting of Trackyard, kept as a value of your own. ${cure}`)
  } else if (def.effect === 'kept') hint(`${key}: is kept, but has no effect in this version.`)
}

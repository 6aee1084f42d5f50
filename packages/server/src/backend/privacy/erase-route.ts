import { isIP } from 'node:net'
import { clicksTable } from '@trackyard/core/costs/swept-tables.ts'
import { flag, text } from '@trackyard/core/entities/fields.ts'
import { PERSONAL_CLICK_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { storedAddress } from '../../address-privacy.ts'
import { administrators } from '../auth/access.ts'
import { authorOf } from '../auth/actor.ts'
import type { Backend } from '../context.ts'
import { commitEvents } from '../events/commit.ts'
import { readInput } from '../http/read-input.ts'
import { askEvents, guardEvents } from '../reports/ask-events.ts'
import type { Route } from '../route.ts'
import { loadSecrets } from '../secrets.ts'
import { settingOf } from '../settings/setting-store.ts'
import { noteErased } from './compact-erased.ts'

/** The store looks all of them up at once. */
const MAX_CLICKS = 5000

const orNothing = (value: unknown): unknown => (value === '' || value === null ? undefined : value)

const accepts = z.object({
  sub_ids: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(/[\s,;]+/).filter((id) => id !== '') : orNothing(value)),
      z
        .array(text(100), { error: 'must be a list of click ids' })
        .max(MAX_CLICKS, `must name at most ${MAX_CLICKS} clicks`)
        .optional(),
    )
    .describe('Clicks to erase, as a list or as text with commas.'),
  sub_id: z.preprocess(orNothing, text(100).optional()).describe('One click to erase.'),
  ip: z
    .preprocess(
      orNothing,
      text(100)
        .refine((address) => typeof address === 'string' && isIP(address.trim()) > 0, 'must be an IPv4 or IPv6 address')
        .optional(),
    )
    .describe(
      'Address all of whose clicks are to be erased. Where ip_privacy stores a code of it, they are found by that; where it stores the block, name the block as it is stored, 203.0.113.0.',
    ),
  dry_run: flag().default(false).describe('Tells how many clicks it would erase, and changes nothing.'),
})

const answers = z.object({
  success: z.literal(true).describe('What was found is taken down to be erased.'),
  dry_run: z.boolean().describe('Nothing was changed.'),
  clicks: z.int().describe('Clicks that are erased, with their conversions and log lines.'),
  is_complete: z
    .boolean()
    .describe(
      `False when the address has more clicks: at most ${MAX_CLICKS} are erased by one request, so send it again.`,
    ),
  erased: z.array(z.string()).describe('Fields of a click that are empty now.'),
  remains: z.array(z.string()).describe('Where copies may still be, and until when.'),
})

const REMAINS: readonly string[] = [
  'Time, campaign, stream, country, kind of device, money and counts stay in the click, and status, transaction id and money in its conversions, so that reports and postbacks that come again stay right.',
  'Replaced rows leave the disk within about an hour, when their month is written anew.',
  'The files through which events come in lose their records about an hour after those came and are stored, and TRACKYARD_SPOOL_KEEP_HOURS later where that is set.',
  'Rows that could not be stored (spool/rejected.ndjson) and tell the id of the click are removed at once, others after 30 days.',
  'Of the visitor a code made from address and browser is remembered for as long as campaigns recognise visitors.',
  'Backups that were made before, and what was sent to others by postback, are out of reach.',
]

export const eraseRoute: Route = {
  method: 'POST',
  path: '/clicks/erase',
  description:
    'Empty whatever may tell who a visitor was: in clicks, conversions, the logs of postbacks; money and counts stay. For requests of visitors to be forgotten, by click or by address. Postbacks about these clicks that still wait are not sent',
  access: administrators('write'),
  accepts,
  // Of nobody, as examples are tried on installations that work.
  example: { ip: '203.0.113.250' },
  answers,
  async handle(request, backend) {
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const { sub_id, sub_ids = [], ip, dry_run } = read.value
    const named = [
      ...new Set([...sub_ids, ...(sub_id === undefined ? [] : [sub_id])].map((id) => id.trim().toLowerCase())),
    ]
    if (named.length === 0 && ip === undefined)
      return fail(problem('validation', 'name the clicks by sub_id or sub_ids, or the address by ip', 'sub_id'))
    const odd = named.find((id) => !isSubId(id))
    if (odd !== undefined)
      return fail(
        problem('validation', 'must be ids of clicks, 17 letters and digits each', sub_id ? 'sub_id' : 'sub_ids'),
      )
    const byAddress = ip === undefined ? ok([]) : await clicksOf(ip.trim(), backend)
    if (!byAddress.ok) return byAddress
    const known = await guardEvents(backend, () => backend.eventStore.loadStates(named))
    if (!known.ok) return known
    const unknown = named.filter((id) => !known.value.has(id))
    if (unknown.length > 0)
      request.hint(`There is no click ${unknown.slice(0, 5).join(', ')}: only what logs say of it is erased.`)
    const found = byAddress.value.slice(0, MAX_CLICKS)
    const isComplete = byAddress.value.length <= MAX_CLICKS
    if (!isComplete)
      request.hint(`The address has more clicks than ${MAX_CLICKS}: send the request again for the rest.`)
    const block = ip === undefined ? '' : storedAddress(ip.trim(), 'truncate', '')
    if (ip !== undefined && block !== ip.trim() && (await settingOf(backend.configStore, 'ip_privacy')) === 'truncate')
      request.hint(
        `Addresses are stored as their block now: clicks that came since cannot be told from others of ${block}. To erase all of these, send ip=${block}.`,
      )
    const subIds = [...new Set([...named, ...found])]
    if (subIds.length > 0 && !dry_run) {
      const atMs = backend.clock.nowMs()
      // First, so that the disk is looked after whatever happens next. Audit rows do not name what was erased.
      const noted = await noteErased(backend.configStore, { ...authorOf(request.actor), atMs }, subIds)
      if (!noted.ok) return noted
      const by = [...(named.length > 0 ? ['sub_id'] : []), ...(ip === undefined ? [] : ['ip'])]
      const note = {
        ...({ action: 'run', kind: 'clicks', entityId: 0, before: null } as const),
        after: { erase: by, clicks: subIds.length },
      }
      const events = subIds.map((subId) => ({ kind: 'click_erase', subId, atMs }) as const)
      const done = await commitEvents(request, backend, events, [note])
      if (!done.ok) return done
    }
    return ok({
      success: true,
      dry_run,
      clicks: subIds.length - unknown.length,
      is_complete: isComplete,
      erased: PERSONAL_CLICK_COLUMNS,
      remains: REMAINS,
    })
  },
}

/**
 * One more than may be erased at once tells that there are more. Addresses are compared as such, however written, and those
 * that were stored as a code as that.
 */
async function clicksOf(ip: string, backend: Backend): Promise<Result<string[]>> {
  const code = storedAddress(ip, 'hash', (await loadSecrets(backend.configStore)).visitorSecret)
  const sql = `
SELECT sub_id FROM ${clicksTable(backend.eventStore.sweeps())} WHERE ip IN ({ip:String}, {code:String}) OR toIPv6OrNull(ip) = toIPv6({ip:String})
GROUP BY sub_id HAVING sum(sign) > 0 LIMIT {most:UInt32}`
  const answer = await askEvents(backend, { sql, params: { ip, code, most: MAX_CLICKS + 1 } })
  return answer.ok ? ok(answer.value.rows.map(({ sub_id }) => String(sub_id))) : answer
}

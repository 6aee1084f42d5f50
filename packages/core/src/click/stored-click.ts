import type { ClickRow } from '../events/click-columns.ts'
import { type Binding, type Click, PARAMETER_SLOTS, type VisitorState } from './click.ts'
import type { CompiledCampaign } from './compile.ts'
import type { StreamVerdict } from './decision.ts'

/**
 * A stored click as it was decided upon, as far as it is stored: query parameters that fill no slot and request headers
 * are not.
 */
export function clickFromRow(row: ClickRow): Click {
  const text = (column: string): string => String(row[column] ?? '')
  const number = (column: string): number => Number(row[column] ?? 0)
  const slots: Record<string, string> = {}
  for (const slot of PARAMETER_SLOTS) if (row[slot]) slots[slot] = String(row[slot])
  return {
    atMs: number('datetime'),
    roll: number('roll'),
    ip: text('ip'),
    host: text('host'),
    params: {},
    slots,
    userAgent: text('user_agent'),
    referrer: text('referrer'),
    language: text('language'),
    searchEngine: text('search_engine'),
    xRequestedWith: text('x_requested_with'),
    geo: {
      isDatacenter: number('is_datacenter') === 1,
      country: text('country'),
      region: text('region'),
      city: text('city'),
      isp: text('isp'),
      asn: number('asn'),
      connectionType: text('connection_type'),
      operator: text('operator'),
    },
    device: {
      type: text('device_type'),
      brand: text('device_brand'),
      model: text('device_model'),
      os: text('os'),
      osVersion: text('os_version'),
      browser: text('browser'),
      browserVersion: text('browser_version'),
    },
    isBot: number('is_bot') === 1,
    isProxy: number('is_using_proxy') === 1,
  }
}

/**
 * What was remembered of the visitor when a stored click came, as far as it is stored: uniqueness for the tracker, the
 * campaign and the stream that was taken, and the binding that was followed. Limits are not stored.
 */
export function visitorFromRow(row: ClickRow, trace: readonly StreamVerdict[]): VisitorState {
  const streamId = Number(row.stream_id ?? 0)
  const isBound = trace.at(-1)?.verdict === 'bound'
  return {
    isUniqueCampaign: Number(row.is_unique_campaign ?? 0) === 1,
    isUniqueGlobal: Number(row.is_unique_global ?? 0) === 1,
    seenStreams: new Set(Number(row.is_unique_stream ?? 0) === 1 || streamId === 0 ? [] : [streamId]),
    limits: new Map(),
    binding: isBound ? bindingOf(row, streamId) : null,
  }
}

/**
 * Bindings that may have held besides: a visitor bound to a stream that refused is drawn another one, and the record
 * of that looks like one drawn twice. `null` is none.
 */
export function possibleBindings(
  row: ClickRow,
  trace: readonly StreamVerdict[],
  { needs, byPosition, regular }: CompiledCampaign,
): readonly (Binding | null)[] {
  if (needs.binding === null || byPosition) return [null]
  if (trace.at(-1)?.verdict === 'bound') return [bindingOf(row, Number(row.stream_id ?? 0))]
  const first = trace.find(({ streamId }) => regular.some(({ id }) => id === streamId))
  return first === undefined || first.verdict === 'taken'
    ? [null]
    : [null, { streamId: first.streamId, landingId: null, offerId: null }]
}

const bindingOf = (row: ClickRow, streamId: number): Binding => ({
  streamId,
  landingId: Number(row.landing_id ?? 0) || null,
  offerId: Number(row.offer_id ?? 0) || null,
})

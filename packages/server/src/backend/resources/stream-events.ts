import type { AuditRow } from '../../stores/config/port.ts'
import { presentTime } from './present.ts'

const MAX_VALUE_LENGTH = 200
const BOOKKEEPING: ReadonlySet<string> = new Set(['id', 'created_at_ms', 'updated_at_ms'])

/** A row of the audit log as an event of its stream, with a message that says what changed. */
export function streamEvent({ id, atMs, actor, action, entityId, before, after }: AuditRow) {
  return {
    id,
    stream_id: entityId,
    datetime: presentTime(atMs),
    action,
    actor,
    message: messageOf(action, changesBetween(before, after)),
  }
}

/** A URL of a landing page or offer that a trigger of the stream replaced. */
export function memberEvent(streamId: number, label: string, row: AuditRow) {
  const event = streamEvent(row)
  return { ...event, stream_id: streamId, message: `${label} ${row.entityId}: ${event.message}` }
}

function messageOf(action: AuditRow['action'], changes: readonly string[]): string {
  if (action === 'create') return 'Created'
  if (action === 'delete') return 'Deleted for good'
  return changes.length > 0 ? `Changed ${changes.join('; ')}` : 'Saved without changes'
}

function changesBetween(before: unknown, after: unknown): string[] {
  const old = new Map(entriesOf(before))
  return entriesOf(after).flatMap(([key, value]) => {
    const sides = differing(old.get(key) ?? null, value ?? null)
    const [was, is] = [JSON.stringify(sides[0]), JSON.stringify(sides[1])]
    return BOOKKEEPING.has(key) || was === is ? [] : [`${key} from ${shortened(was)} to ${shortened(is)}`]
  })
}

/** Of two lists the rows that the other one has not, so that the message holds what changed and not what stayed. */
function differing(was: unknown, is: unknown): readonly [was: unknown, is: unknown] {
  if (!Array.isArray(was) || !Array.isArray(is)) return [was, is]
  const [old, now] = [was.map(withoutBookkeeping), is.map(withoutBookkeeping)]
  const only = (rows: readonly unknown[], others: readonly unknown[]): unknown[] => {
    const texts = new Set(others.map((row) => JSON.stringify(row)))
    return rows.filter((row) => !texts.has(JSON.stringify(row)))
  }
  const [gone, come] = [only(old, now), only(now, old)]
  // The same rows in another order.
  return gone.length + come.length === 0 ? [old, now] : [gone, come]
}

const withoutBookkeeping = (row: unknown): unknown =>
  typeof row === 'object' && row !== null && !Array.isArray(row)
    ? Object.fromEntries(Object.entries(row).filter(([key]) => !BOOKKEEPING.has(key)))
    : row

const entriesOf = (entity: unknown): [string, unknown][] =>
  typeof entity === 'object' && entity !== null ? Object.entries(entity) : []

const shortened = (text: string): string =>
  text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text

import { eitherOf, quoted } from '../plain-words.ts'

const MAX_LISTED = 10
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

type Payload = Readonly<Record<string, unknown>>

/** Payloads that are objects, as people say them; anything else in one of these is told as it is written. */
const OBJECTS: Readonly<Record<string, (payload: Payload) => string>> = {
  parameter: ({ name, value, values }) => `${text(name)} to be ${payloadWords('', value ?? values)}`,
  interval: ({ from, to, timezone }) =>
    `${from ? `from ${text(from)}` : ''}${from && to ? ' ' : ''}${to ? `to ${text(to)}` : ''}${zoneOf(timezone)}`,
  schedule: ({ items, timezone }) => `${(Array.isArray(items) ? items : []).map(hours).join('; ')}${zoneOf(timezone)}`,
}

/** What a filter asks for, where its values say it. */
export function payloadWords(name: string, payload: unknown): string {
  if (typeof payload === 'string') return quoted(payload)
  if (Array.isArray(payload)) return listed(payload)
  const say = Object.hasOwn(OBJECTS, name) ? OBJECTS[name] : undefined
  return say && isRecord(payload) ? quotedLong(say(payload)) : quoted(JSON.stringify(payload ?? null))
}

function listed(payload: readonly unknown[]): string {
  const values = payload.map((value) => quoted(text(value)))
  const more = values.length - MAX_LISTED
  return more > 0 ? `${values.slice(0, MAX_LISTED).join(', ')} or one of ${more} more` : eitherOf(values)
}

function hours(item: unknown): string {
  if (!isRecord(item)) return text(item)
  const days = Array.isArray(item.days) ? item.days.map((day) => DAYS[Number(day) - 1] ?? text(day)).join(', ') : ''
  return `${days} ${text(item.from)} to ${text(item.to)}`
}

const zoneOf = (timezone: unknown): string => ` (${timezone ? text(timezone) : 'UTC'})`
const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : JSON.stringify(value ?? null))
const isRecord = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const MAX_WORDS = 300
const quotedLong = (words: string): string => (words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words)

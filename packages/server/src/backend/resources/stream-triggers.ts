import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { readTrigger, streamTriggerFields } from '@trackyard/core/entities/trigger.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { settingOf } from '../settings/setting-store.ts'
import { hasOwnUrl } from '../triggers/targets.ts'
import { presentTime } from './present.ts'
import { readOnly, timeText } from './shapes.ts'

type Stream = EntityOf<'streams'>
const { run: _run, id: _id, ...written } = streamTriggerFields

/** A trigger as answers show it. `row` are the fields that every row of a stream has. */
export const shownTrigger = (row: Readonly<Record<string, z.ZodType>>) =>
  z
    .object({
      ...row,
      ...Object.fromEntries(
        Object.entries(written).map(([name, { description }]) => [name, SHOWN(name).describe(description ?? '')]),
      ),
      oid: readOnly(z.int(), 'Id of the row.'),
      next_run_at: readOnly(z.int(), 'When it runs next, in seconds of Unix time; 0 is with the next minute.'),
      last_run_at: timeText('When it ran last; null before the first run', 'nullable'),
      last_result: readOnly(z.string(), 'What it found and did then, in words.'),
    })
    .meta({ id: 'StreamTrigger', description: 'A regular check of the pages of a stream.' })

const FLAGS: ReadonlySet<string> = new Set(['reverse', 'scan_page', 'enabled'])
const SHOWN = (name: string): z.ZodType => (FLAGS.has(name) ? z.boolean() : name === 'interval' ? z.int() : z.string())

/** Triggers saved before they were checked are shown as far as they can be told; they never run. */
export function presentTrigger(stream: Stream, stored: Stream['triggers'][number]) {
  const { run, ...row } = readTrigger(stored) ?? { ...shownAnyway(stored), run: undefined }
  return {
    ...row,
    stream_id: stream.id,
    oid: row.id ?? 0,
    next_run_at: Math.floor((run?.nextRunAtMs ?? 0) / 1000),
    last_run_at: run === undefined ? null : presentTime(run.lastRunAtMs),
    last_result: run?.lastResult ?? '',
  }
}

function shownAnyway(stored: Readonly<Record<string, unknown>>) {
  const id = typeof stored.id === 'number' ? stored.id : 0
  const fields = Object.keys(written).map((name) => {
    const value = stored[name]
    if (FLAGS.has(name)) return [name, false] as const
    return [name, name === 'interval' ? Number(value) || 60 : typeof value === 'string' ? value : ''] as const
  })
  return { id, ...Object.fromEntries(fields) }
}

/** What a trigger wants of its stream. */
export const triggerProblems = (fields: FieldsOf<'streams'>): Problem[] =>
  fields.triggers.flatMap(({ target, action }, index) => {
    const at = `triggers.${index}.target`
    if (hasOwnUrl(fields)) return []
    if (target === 'stream')
      return [
        problem(
          'validation',
          'stream is for streams that redirect to a URL: use landings, offers or selected_page',
          at,
        ),
      ]
    return target === 'selected_page' && action !== 'disable'
      ? [
          problem(
            'validation',
            'selected_page with another action than disable is for streams that redirect to a URL',
            at,
          ),
        ]
      : []
  })

/** A check that nobody can carry out. */
export async function triggerDoubts({ triggers }: Stream, reader: ConfigReader): Promise<string[]> {
  const asks = triggers.some(({ condition, enabled }) => enabled && condition === 'av_detected')
  const isReady =
    !asks ||
    (await settingOf(reader, 'safe_browsing_key')) !== '' ||
    (await settingOf(reader, 'safe_browsing_url')) !== ''
  return isReady
    ? []
    : [
        'No malware service is set up, so a trigger with condition av_detected finds nothing: write the setting safe_browsing_key.',
      ]
}

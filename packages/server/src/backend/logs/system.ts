import { createHash } from 'node:crypto'
import { didYouMean } from '@trackyard/core/nearest.ts'
import { quoted } from '@trackyard/core/plain-words.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { LogLine } from '../../log.ts'
import { administrators } from '../auth/access.ts'
import { authorOf } from '../auth/actor.ts'
import { presentTime } from '../resources/present.ts'
import { textOf } from '../users/user-fields.ts'
import { type KeyedEntry, type LogDef, wordsIn } from './log.ts'

const isWithin = (atMs: number, fromMs: number | null, toMs: number | null): boolean =>
  atMs >= (fromMs ?? 0) && atMs < (toMs ?? Number.POSITIVE_INFINITY)

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** What the logs of processes can be narrowed by besides. */
export const systemLogFilters = {
  level: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .describe(`In the logs system and errors: only lines of this level, one or several of ${LEVELS.join(', ')}.`),
  part: z.string().nullish().describe('In the logs system and errors: only what this part said, such as delivery.'),
}

/** A log of what the processes said about themselves, at these levels. */
const processLog = (name: string, help: string, levels: readonly LogLine['level'][]): LogDef => {
  const present = (line: LogLine): KeyedEntry => {
    const digest = createHash('sha256').update(JSON.stringify(line)).digest('hex').slice(0, 12)
    const key = `${line.atMs}-${digest}`
    const { level, part, message, fields } = line
    const tail = fields ? ` ${JSON.stringify(fields)}` : ''
    const entry = {
      ...{ id: `${name}-${key}`, datetime: presentTime(line.atMs), jid: part, level, part },
      ...{ fields: fields ?? {}, message: `${level} ${part}: ${message}${tail}` },
    }
    return { key, atMs: line.atMs, entry }
  }
  const ofLevels = (lines: readonly LogLine[]): LogLine[] => lines.filter(({ level }) => levels.includes(level))
  return {
    help,
    access: administrators('read'),
    async read({ limit, offset, query, fromMs, toMs }, { input, hint }, { systemLog }) {
      const wanted = query.toLowerCase()
      const asked = wordsIn(input, 'level', LEVELS)
      if (!asked.ok) return asked
      const part = textOf(input.part).trim()
      const lines = ofLevels(systemLog.lines())
      const parts = [...new Set(lines.map((line) => line.part))]
      if (part !== '' && parts.length > 0 && !parts.includes(part))
        hint(`part: nothing here is from "${quoted(part)}"${didYouMean(part, parts)}`)
      const found = lines.filter(
        (line) =>
          isWithin(line.atMs, fromMs, toMs) &&
          (asked.value.length === 0 || asked.value.includes(line.level)) &&
          (part === '' || part === line.part) &&
          JSON.stringify(line).toLowerCase().includes(wanted),
      )
      return ok(found.slice(offset, offset + limit).map(present))
    },
    async find(key, _request, { systemLog }) {
      const atMs = Number(key.split('-')[0])
      const same = ofLevels(systemLog.lines()).filter((line) => line.atMs === atMs)
      return ok(same.map(present).find((one) => one.key === key) ?? null)
    },
    async clear({ actor }, { systemLog, configStore, clock }) {
      systemLog.clear(levels)
      return configStore.change({ ...authorOf(actor), atMs: clock.nowMs() }, async (writer) => {
        await writer.note({ action: 'delete', kind: 'logs', entityId: 0, before: null, after: { log: name } })
        return ok(undefined)
      })
    },
  }
}

export const systemLog = processLog('system', 'What tracker, backend and supervisor said about themselves.', LEVELS)
export const errorLog = processLog('errors', 'Errors of tracker, backend and supervisor.', ['error'])

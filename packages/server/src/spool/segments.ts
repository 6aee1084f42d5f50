import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A segment is named by the position of its first byte, so the list of names is the map of the spool. */
export interface Segment {
  readonly base: number
  readonly path: string
}

const NAME = /^(\d{16})\.seg$/

export const segmentPath = (dir: string, base: number): string => join(dir, `${String(base).padStart(16, '0')}.seg`)

/** Segments of a spool in order. */
export function listSegments(dir: string): Segment[] {
  return readdirSync(dir)
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map((match) => ({ base: Number(match[1]), path: join(dir, match[0]) }))
    .sort((a, b) => a.base - b.base)
}

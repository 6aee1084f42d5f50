import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fromUtcCounter } from './limit-counter.ts'
import type { VisitorDump } from './memory.ts'

const limitCounter = z.object({ total: z.number(), marks: z.array(z.tuple([z.number(), z.number()])) })
/** What version 1 holds. */
const utcCounter = z.object({
  hourStart: z.number(),
  hour: z.number(),
  dayStart: z.number(),
  day: z.number(),
  total: z.number(),
})
/**
 * The visitor memory on disk: one line of JSON (position in the spool, limits, bindings), then the seen table as raw
 * bytes. The table goes on changing while it is being saved part by part, which is harmless: every visit after `position`
 * is replayed over it.
 */
const header = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  position: z.number(),
  limits: z.array(z.tuple([z.number(), z.union([limitCounter, utcCounter.transform(fromUtcCounter)])])),
  bindings: z.array(
    z.tuple([
      z.string(),
      z.object({
        streamId: z.number(),
        landingId: z.number().nullable(),
        offerId: z.number().nullable(),
        untilMs: z.number(),
      }),
    ]),
  ),
})

const fileOf = (dir: string): string => join(dir, 'visitors.bin')

/** Saves a dump that holds every visit before `position`. Atomic: the old file stays until the new one is whole. */
export async function saveVisitors(dir: string, position: number, dump: VisitorDump): Promise<void> {
  const temporary = `${fileOf(dir)}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ version: 2, position, limits: dump.limits, bindings: dump.bindings })}\n`)
    // Visitors go on changing and replacing the parts of the table while one is being written.
    let copy = new Uint32Array(0)
    for (const cells of dump.seen) {
      if (copy.length < cells.length) copy = new Uint32Array(cells.length * 2)
      copy.set(cells)
      await file.writeFile(new Uint8Array(copy.buffer, 0, cells.byteLength))
    }
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(temporary, fileOf(dir))
}

/** The last saved dump, or null when there is none that can be read (then the whole spool is replayed). */
export function loadVisitors(dir: string): { position: number; dump: VisitorDump } | null {
  try {
    const bytes = readFileSync(fileOf(dir))
    const end = bytes.indexOf(10)
    const { position, limits, bindings } = header.parse(JSON.parse(bytes.toString('utf8', 0, end)))
    const table = bytes.subarray(end + 1)
    const seen = new Uint32Array(Math.floor(table.length / 4))
    Buffer.from(seen.buffer).set(table.subarray(0, seen.byteLength))
    return { position, dump: { seen: [seen], limits, bindings } }
  } catch {
    return null
  }
}

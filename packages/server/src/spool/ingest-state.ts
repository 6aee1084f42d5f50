import { closeSync, fdatasyncSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { type Sweep, sweepSchema } from '@trackyard/core/costs/sweep.ts'
import { z } from 'zod'

/**
 * How far the spool has been stored. `pending` is the batch that was being stored when the file was written: after a
 * crash it may be stored in full, in part or not at all. What it changed was worked out before and is kept here, so
 * finishing it is a matter of leaving out what is there already (docs/adr/0003).
 */
export interface IngestState {
  readonly position: number
  readonly pending: PendingBatch | null
  /** What comes next may be stored already, because an earlier state file was lost: it is looked up. */
  readonly isReplay: boolean
  /** Changes of many clicks up to `position` that are not carried out on every click yet, oldest first. */
  readonly sweeps: readonly Sweep[]
}

export interface PendingBatch {
  readonly to: number
  readonly marker: string
  readonly changes: readonly PendingChange[]
  readonly conversionLines: readonly string[]
  readonly logLines: readonly string[]
  /** Left by an earlier release: the batch is one change of many clicks, and this is how far it has come. */
  readonly sweep?:
    | {
        readonly seq: number
        readonly bounds: readonly string[]
        readonly done: number
        readonly micros: number
        readonly oneMoreUpTo: string
      }
    | undefined
}

export interface PendingChange {
  readonly subId: string
  readonly version: number
  readonly lines: readonly string[]
  /** The click is there no more afterwards. */
  readonly removes?: boolean | undefined
}

const lines = z.array(z.string())
const schema = z.object({
  position: z.number(),
  pending: z
    .object({
      to: z.number(),
      marker: z.string(),
      changes: z.array(z.object({ subId: z.string(), version: z.number(), lines, removes: z.boolean().optional() })),
      conversionLines: lines,
      logLines: lines,
      sweep: z
        .object({
          seq: z.number(),
          bounds: lines,
          done: z.number(),
          micros: z.number(),
          oneMoreUpTo: z.string(),
        })
        .optional(),
    })
    .nullable(),
  isReplay: z.boolean().default(false),
  sweeps: z.array(sweepSchema).default([]),
})

/** The state on disk, null when there is none. Throws if the file is damaged. */
export function readIngestState(path: string): IngestState | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  return schema.parse(JSON.parse(text))
}

/**
 * For the tracker, which only wants to know what it may delete: 0 when that cannot be told. The position stands at the
 * beginning of the file, so that a long pending batch need not be read on the click path.
 */
export function readIngestPosition(path: string): number {
  try {
    const fd = openSync(path, 'r')
    try {
      const head = Buffer.alloc(64)
      const length = readSync(fd, head, 0, head.length, 0)
      return Number(/^\{"position":(\d+)[,}]/.exec(head.toString('latin1', 0, length))?.[1] ?? 0)
    } finally {
      closeSync(fd)
    }
  } catch {
    return 0
  }
}

/** For the tracker's start: how far ingest has ever read, an unfinished batch included; 0 when that cannot be told. */
export function readIngestReach(path: string): number {
  try {
    const state = readIngestState(path)
    return state?.pending?.to ?? state?.position ?? 0
  } catch {
    return 0
  }
}

const texts = new WeakMap<readonly Sweep[], string>()

/** Sweeps as they are kept: written with every batch, while they change rarely and may be thousands. */
export function textOfSweeps(sweeps: readonly Sweep[]): string {
  const text = texts.get(sweeps) ?? JSON.stringify(sweeps)
  texts.set(sweeps, text)
  return text
}

/** Atomic and durable. */
export function writeIngestState(path: string, state: IngestState): void {
  const temporary = `${path}.tmp`
  const fd = openSync(temporary, 'w', 0o600)
  try {
    // writeSync may write less than all on a disk that is getting full; this writes all or throws.
    const { position, pending, isReplay, sweeps } = state
    const head = JSON.stringify({ position, pending, isReplay })
    writeFileSync(fd, `${head.slice(0, -1)},"sweeps":${textOfSweeps(sweeps)}}`)
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, path)
}

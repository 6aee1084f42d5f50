import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { makeDirectories } from '../paths.ts'
import { loadSnapshot } from '../snapshot-files.ts'
import { readIngestState } from '../spool/ingest-state.ts'
import { listSegments } from '../spool/segments.ts'
import type { CommandContext } from './command.ts'

const LOW_DISK_BYTES = 1_073_741_824

/** Looks at everything that can be looked at without starting anything; exit code 1 if something is wrong. */
export async function check({ config, paths }: CommandContext): Promise<number> {
  const findings: { readonly good: boolean; readonly text: string }[] = []
  const look = (what: string, read: () => string): void => {
    try {
      findings.push({ good: true, text: `${what}: ${read()}` })
    } catch (error) {
      findings.push({ good: false, text: `${what}: ${error instanceof Error ? error.message : String(error)}` })
    }
  }
  makeDirectories(config.dataDir, paths)
  look('data directory', () => {
    accessSync(config.dataDir, constants.R_OK | constants.W_OK)
    return `${config.dataDir} can be written`
  })
  look('disk', () => {
    const { bavail, bsize } = statfsSync(config.dataDir)
    const free = bavail * bsize
    if (free < LOW_DISK_BYTES)
      throw new Error(`only ${Math.round(free / 1_048_576)} MB are free; make room before clicks are lost`)
    return `${Math.round(free / 1_048_576)} MB free`
  })
  look('snapshot', () => {
    if (!existsSync(paths.snapshot)) return 'none yet, as before the first start and after a restore'
    const snapshot = loadSnapshot(paths.snapshot)
    if (!snapshot.ok) throw new Error(snapshot.problems.map((one) => one.message).join(' '))
    return `version ${snapshot.value.header.version}, ${snapshot.value.campaigns.length} campaigns`
  })
  look('spool', () => {
    const state = readIngestState(paths.ingestState)
    return `${listSegments(paths.spool).length} segments, stored up to ${state?.position ?? 0}${state?.pending ? ', one batch unfinished' : ''}`
  })
  for (const { good, text } of findings) process.stdout.write(`${good ? 'ok  ' : 'BAD '} ${text}\n`)
  return findings.every((finding) => finding.good) ? 0 : 1
}

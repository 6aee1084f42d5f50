import { setImmediate as nextTurn } from 'node:timers/promises'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Log } from '../log.ts'
import type { Snapshot } from '../snapshot.ts'
import { readShard } from '../snapshot-files.ts'
import { type CompiledLines, compileLines, type LiveCampaign } from './site.ts'

/** Number of the shard, and what became of its lines. */
interface CompiledShard {
  readonly number: number
  readonly lines: CompiledLines
}

/**
 * The compiled campaigns of one snapshot after the other. A shard whose file is known is not even read, and of another
 * one only the lines that are new are compiled.
 */
export function createShardFeed(
  directory: string,
  log: Log,
): (snapshot: Snapshot) => Promise<Result<readonly LiveCampaign[]>> {
  let compiled = new Map<string, CompiledShard>()
  let knownAliases = ''
  return async ({ header, campaigns }) => {
    const { parameterAliases } = header.settings
    const aliases = JSON.stringify(parameterAliases)
    // Campaigns are compiled with them.
    if (aliases !== knownAliases) compiled = new Map()
    knownAliases = aliases
    const latest = new Map([...compiled.values()].map(({ number, lines }) => [number, lines]))
    for (const shard of header.shards) {
      if (compiled.has(shard.file)) continue
      const read = readShard(directory, shard)
      // What was compiled so far is kept: with the next snapshot, much of it will not have to be done again.
      if (!read.ok) return read
      const lines = await compileLines(read.value, latest.get(shard.number), parameterAliases, log)
      compiled.set(shard.file, { number: shard.number, lines })
      await nextTurn()
    }
    const named = new Set(header.shards.map(({ file }) => file))
    for (const file of compiled.keys()) if (!named.has(file)) compiled.delete(file)
    const own = await compileLines(campaigns, undefined, parameterAliases, log)
    return ok([...[...compiled.values()].flatMap(({ lines }) => [...lines.values()]), ...own.values()])
  }
}

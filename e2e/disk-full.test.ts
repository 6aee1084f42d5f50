import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { makeDirectories, pathsOf } from '../packages/server/src/paths.ts'
import { listSegments } from '../packages/server/src/spool/segments.ts'
import { startYard, type Yard } from './harness.ts'
import { clicksOf, createCampaign, createOffer, destinationOf } from './sample.ts'

/** A spool that can be made to refuse writes. */
interface SmallDisk {
  readonly how: string
  fill(yard: Yard): void
  free(yard: Yard): void
  remove(): void
}

it('a full disk costs nobody a redirect; what happened meanwhile is recorded once there is room', {
  timeout: 60_000,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-e2e-'))
  const disk = ownDisk(dataDir) ?? sizeLimit(dataDir)
  if (!disk) {
    rmSync(dataDir, { recursive: true, force: true })
    return t.skip('needs the right to mount, or prlimit')
  }
  t.diagnostic(disk.how)
  try {
    await fillAndFree(dataDir, disk)
  } finally {
    disk.remove()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

async function fillAndFree(dataDir: string, disk: SmallDisk): Promise<void> {
  const yard = await startYard({ dataDir })
  try {
    const offer = await createOffer(yard, 'offer-a')
    await createCampaign(yard, 'full', [{ offers: [{ offer_id: offer }] }])
    const first = await yard.send('/full')
    const subid = first.cookies._subid ?? ''
    await yard.waitUntilStored()

    disk.fill(yard)
    let sent = 1
    await yard.until('the spool refuses', 10_000, async () => {
      assert.equal(destinationOf(await yard.send('/full')), 'offer-a.example')
      sent++
      return (await yard.metric('trackyard_spool_write_failing')) === 1
    })
    for (; sent < 300; sent++) assert.equal(destinationOf(await yard.send('/full')), 'offer-a.example')
    const ready = await yard.send('/readyz')
    assert.equal(ready.status, 503)
    assert.match(ready.body, /"spool_error": ".+"/)
    const refused = await yard.postback({ subid, status: 'lead', payout: '3', tid: 'T' })
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers['retry-after']) > 0)

    disk.free(yard)
    await yard.until('the spool writes again', 10_000, async () => (await yard.send('/readyz')).status === 200)
    assert.equal(await yard.metric('trackyard_spool_write_failing'), 0)
    assert.equal(await yard.metric('trackyard_spool_lost_records'), 0)
    const accepted = await yard.postback({ subid, status: 'lead', payout: '3', tid: 'T' })
    assert.equal(accepted.status, 200)
    await yard.waitUntilStored()
    assert.equal(await clicksOf(yard, 'full'), sent)
  } finally {
    await yard.dispose()
  }
}

/** The spool on a file system of its own, of a megabyte. */
function ownDisk(dataDir: string): SmallDisk | null {
  const { spool } = pathsOf(dataDir)
  mkdirSync(spool, { recursive: true })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', spool])
  if (mounted.status !== 0) return null
  const filler = join(spool, 'filler')
  return {
    how: 'the spool is on a file system of its own that is full (ENOSPC)',
    fill() {
      const fd = openSync(filler, 'w')
      try {
        for (;;) writeSync(fd, Buffer.alloc(4096))
      } catch {
        closeSync(fd)
      }
    },
    free: () => rmSync(filler),
    remove: () => spawnSync('umount', ['--lazy', spool]),
  }
}

/** No file of the tracker may grow (EFBIG): what a process without rights can do to itself. */
function sizeLimit(dataDir: string): SmallDisk | null {
  if (spawnSync('prlimit', ['--version']).status !== 0) return null
  const paths = pathsOf(dataDir)
  makeDirectories(dataDir, paths)
  const limit = (yard: Yard, size: string): void => {
    spawnSync('prlimit', ['--pid', String(yard.pids().tracker), `--fsize=${size}:`])
  }
  return {
    how: 'files of the tracker may not grow (EFBIG)',
    fill(yard) {
      const segment = listSegments(paths.spool).at(-1)
      limit(yard, String((segment ? statSync(segment.path).size : 0) + 500))
    },
    free: (yard) => limit(yard, 'unlimited'),
    remove: () => undefined,
  }
}

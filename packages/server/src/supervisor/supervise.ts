import { existsSync } from 'node:fs'
import { z } from 'zod'
import { type Config, ConfigError, usesStorePort } from '../config.ts'
import { makeSureAddressIsFree, patiently, STORE_HOST, storeAddressProblem } from '../listening.ts'
import { createLog } from '../log.ts'
import { openLogFile } from '../log-file.ts'
import { makeDirectories, type Paths } from '../paths.ts'
import { sharedSecrets } from '../secrets-file.ts'
import { SMALL_HOLES, STORE_ENVIRONMENT } from '../store/threads.ts'
import { type Child, keepAlive, type ProcessName } from './child.ts'
import { lockPath, takeLock } from './lock.ts'

const GRACE_MS = 8000
const TRACKER_HEAD_START_MS = 3000
const V8_OPTIONS: Readonly<Record<ProcessName, readonly string[]>> = {
  // A quarter of what Node would take for the youngest objects: they fit into a processor's cache, and no click waits longer.
  tracker: ['--max-semi-space-size=8'],
  // Node does not give back what its youngest objects have once taken: with 16 MB for them, a backend that has read 5000
  // campaigns stays at 305 MB, with 4 MB at 215 MB; ingest is as fast with either. Nor does it collect older ones before
  // there are four times as many: conversions by the thousand take it to 360 MB, with half as many again to some 250 MB,
  // for a tenth more CPU in ingest.
  backend: ['--max-semi-space-size=4', '--heap-growing-percent=50'],
  store: [],
}

const readyMessage = z.object({
  type: z.literal('ready'),
  port: z.number().optional(),
  setupPath: z.string().nullish(),
  postbackPath: z.string().optional(),
})

type Ready = Omit<z.output<typeof readyMessage>, 'type'>

/**
 * Runs tracker, backend and (without a ClickHouse server) store, and keeps them running. Resolves with the exit code
 * once everything has stopped.
 */
export async function supervise(
  config: Config,
  paths: Paths,
  entry: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const log = createLog('start', config.logLevel, openLogFile(paths.logs, 'start'))
  makeDirectories(config.dataDir, paths)
  const release = takeLock(lockPath(paths, 'start'))
  if (!release)
    throw new ConfigError(
      `Another Trackyard is running on ${config.dataDir}. Stop it, or set TRACKYARD_DATA_DIR to another directory.`,
    )
  sharedSecrets(paths.secrets)
  if (usesStorePort(config)) await makeSureStorePortIsFree(config.storePort)

  const children: Child[] = []
  let exitCode = 0
  let isStopping = false
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const report = (): void => {
    const restarts = Object.fromEntries(children.map((child) => [child.name, child.restarts]))
    const down = children.filter((child) => !child.isUp).map((child) => child.name)
    for (const child of children) if (child.name === 'tracker') child.send({ type: 'processes', restarts, down })
  }
  const announce = createAnnouncer(config)
  const run = (name: ProcessName, extra: Readonly<Record<string, string>> = {}): void => {
    children.push(
      keepAlive({
        name,
        entry,
        args: [name],
        execArgv: V8_OPTIONS[name],
        env: { ...env, ...extra },
        log,
        onMessage(message) {
          const ready = readyMessage.safeParse(message)
          if (ready.success && name === 'tracker') startOthers()
          if (ready.success) announce(name, ready.data)
          report()
        },
        onChange: report,
        onRefused() {
          exitCode = 1
          finish()
        },
      }),
    )
  }
  let areOthersStarted = false
  const startOthers = (): void => {
    if (areOthersStarted || isStopping) return
    areOthersStarted = true
    if (!children.some((child) => child.name === 'backend')) run('backend', SMALL_HOLES)
    if (config.clickhouseUrl === '') run('store', STORE_ENVIRONMENT)
  }
  run('tracker')
  // Visitors come first: with a snapshot to serve from, the tracker has the machine to itself until it listens.
  // At the very first start it waits for the backend's first snapshot; only the store comes later then.
  if (!existsSync(paths.snapshot)) run('backend', SMALL_HOLES)
  setTimeout(startOthers, TRACKER_HEAD_START_MS)

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, finish)
  await finished
  isStopping = true
  log.info('stopping')
  // A signal to the whole group has reached the children too: none of them may be started again.
  for (const child of children) child.retire()
  // Visitors first, then the one who stores what they left, then the store.
  for (const child of children) await child.stop(GRACE_MS)
  release()
  return exitCode
}

/** Before anything runs: it would say that it is running, and the store be started again and again. */
function makeSureStorePortIsFree(port: number): Promise<void> {
  return patiently(() => makeSureAddressIsFree(STORE_HOST, port)).catch((error: unknown) => {
    throw storeAddressProblem(error, port) ?? error
  })
}

/** Prints the addresses once the tracker listens and the backend knows whether setup is done. */
function createAnnouncer(config: Config): (name: ProcessName, ready: Ready) => void {
  let base = ''
  let backend: Ready | null = null
  let done = false
  return (name, ready) => {
    if (done) return
    if (name === 'tracker' && ready.port !== undefined) {
      base = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${ready.port}`
    }
    if (name === 'backend') backend = ready
    if (base === '' || backend === null) return
    done = true
    const lines = [
      '',
      '  Trackyard is running.',
      '',
      `  Campaigns   ${base}/<alias>`,
      `  Postback    ${base}${backend.postbackPath}?subid={subid}&status={status}&payout={payout}`,
      `  Admin API   ${base}/admin_api/v1`,
      `  Admin       ${base}/admin/`,
      `  Health      ${base}/readyz   ${base}/readyz/api   ${base}/metrics`,
    ]
    const { setupPath } = backend
    if (setupPath) lines.push('', '  Set the admin password and get an API key (works once):', `  ${base}${setupPath}`)
    process.stdout.write(`${lines.join('\n')}\n\n`)
  }
}

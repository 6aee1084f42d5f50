import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBackend } from '../backend/start.ts'
import { type OptionDefs, optionHelp, readArguments, wholeNumber } from '../cli/arguments.ts'
import { exitWith } from '../cli/exit-with.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { addressProblem, makeSureAddressIsFree } from '../listening.ts'
import { makeDirectories, pathsOf } from '../paths.ts'
import { createSampleCampaigns } from '../simulate/sample-campaigns.ts'
import { makePast } from './past-traffic.ts'
import { socketApi } from './socket-api.ts'

const DEFAULTS = { clicks: '300000', days: '30', seed: '1' } as const
const MAX_CLICKS = 20_000_000
const MAX_DAYS = 365
/** Stands in the data directory while the past is being made. */
const UNFINISHED = 'demo-unfinished'

const options: OptionDefs = {
  clicks: { type: 'string', value: 'n', help: `how many clicks there were (${DEFAULTS.clicks})` },
  days: { type: 'string', value: 'n', help: `over how many days (${DEFAULTS.days})` },
  seed: { type: 'string', value: 'n', help: `the same seed makes the same past (${DEFAULTS.seed})` },
  'only-prepare': { type: 'boolean', help: 'make the data and start nothing' },
  help: { type: 'boolean', help: 'show this' },
}

const HELP = `A living example: sample campaigns and a month of simulated clicks, then Trackyard itself.

  npm run demo -- [options]

${optionHelp(options).join('\n')}

It lives in ./data/demo (TRACKYARD_DATA_DIR) and is made once; delete the directory for a fresh one.
The Admin API key is demo-demo-demo-demo (TRACKYARD_API_KEY).
`

const env = {
  ...process.env,
  TRACKYARD_DATA_DIR: process.env.TRACKYARD_DATA_DIR ?? './data/demo',
  TRACKYARD_API_KEY: process.env.TRACKYARD_API_KEY ?? 'demo-demo-demo-demo',
}

/** Entities through the API, clicks through the tracker's handler; the store need not run for either. */
async function prepare(config: Config, clicks: number, days: number, seed: number): Promise<void> {
  const paths = pathsOf(config.dataDir)
  // What was interrupted is made anew.
  const unfinished = join(config.dataDir, UNFINISHED)
  if (existsSync(unfinished)) rmSync(config.dataDir, { recursive: true })
  makeDirectories(config.dataDir, paths)
  writeFileSync(unfinished, '')
  process.stdout.write('Making sample campaigns …\n')
  const backend = await startBackend({ ...config, logLevel: 'error' }, paths)
  const aliases = await createSampleCampaigns(socketApi(paths.backendSocket, config.apiKey))
  await backend.close()
  process.stdout.write(`Letting ${days} days pass …\n`)
  const totals = await makePast({
    paths,
    aliases,
    clicks,
    days,
    seed,
    nowMs: Date.now(),
    onProgress: (done) =>
      process.stdout.isTTY && process.stdout.write(`\r  ${Math.min(100, Math.round((done / clicks) * 100))} % `),
  })
  process.stdout.write(
    `${process.stdout.isTTY ? '\r' : ''}The past has ${totals.clicks} clicks, ${totals.landingClicks} landing clicks, ${totals.leads} leads, ${totals.sales} sales, ${totals.rejected} rejections.\n`,
  )
  rmSync(unfinished)
}

/** Before minutes of work, not after: the port must be free. */
async function makeSurePortIsFree({ host, port }: Config): Promise<void> {
  await makeSureAddressIsFree(host, port).catch((error: unknown) => {
    throw addressProblem(error, 'demo', host, port, 'Set TRACKYARD_PORT.') ?? error
  })
}

function start(): Promise<number> {
  process.stdout.write(
    `The demo lives in ${resolve(env.TRACKYARD_DATA_DIR)}; its Admin API key is ${env.TRACKYARD_API_KEY}.\n` +
      'Reports fill up while the past is stored: after the first start that takes up to a minute.\n',
  )
  const entry = fileURLToPath(new URL('../../bin/trackyard.js', import.meta.url))
  const child = spawn(process.execPath, [entry, 'start'], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((ended) => child.once('exit', (code) => ended(code ?? 1)))
}

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2), options, 'npm run demo -- --help')
  if (given.flag('help')) {
    process.stdout.write(HELP)
    return 0
  }
  if (given.positionals.length > 0)
    throw new ConfigError(`What is "${given.positionals.join(' ')}"? Options have names.`)
  const number = (name: keyof typeof DEFAULTS, min: number, max: number): number =>
    wholeNumber(`--${name}`, given.text(name) || DEFAULTS[name], min, max)
  const [clicks, days, seed] = [
    number('clicks', 1, MAX_CLICKS),
    number('days', 1, MAX_DAYS),
    number('seed', 0, 2 ** 32),
  ]
  const config = readConfig(env)
  if (!given.flag('only-prepare')) await makeSurePortIsFree(config)
  if (existsSync(pathsOf(config.dataDir).config) && !existsSync(join(config.dataDir, UNFINISHED)))
    process.stdout.write(`${config.dataDir} is there already and is used as it is.\n`)
  else await prepare(config, clicks, days, seed)
  return given.flag('only-prepare') ? 0 : start()
}

await exitWith(main, env, { expected: 2, unexpected: 1 })

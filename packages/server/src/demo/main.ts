import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startBackend } from '../backend/start.ts'
import { readConfig } from '../config.ts'
import { makeDirectories, pathsOf } from '../paths.ts'
import { createSampleCampaigns } from '../simulate/sample-campaigns.ts'
import { makePast } from './past-traffic.ts'
import { socketApi } from './socket-api.ts'

const HELP = `A living example: sample campaigns and a month of simulated clicks, then Trackyard itself.

  npm run demo -- [--clicks 300000] [--days 30] [--seed 1] [--only-prepare]

It lives in ./data/demo (TRACKYARD_DATA_DIR) and is made once; delete the directory for a fresh one.
The Admin API key is demo-demo-demo-demo (TRACKYARD_API_KEY).
`

const { values } = parseArgs({
  options: {
    clicks: { type: 'string', default: '300000' },
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    'only-prepare': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})

const env = {
  ...process.env,
  TRACKYARD_DATA_DIR: process.env.TRACKYARD_DATA_DIR ?? './data/demo',
  TRACKYARD_API_KEY: process.env.TRACKYARD_API_KEY ?? 'demo-demo-demo-demo',
}

/** Entities through the API, clicks through the tracker's handler; the store need not run for either. */
async function prepare(): Promise<void> {
  const config = readConfig(env)
  const paths = pathsOf(config.dataDir)
  makeDirectories(config.dataDir, paths)
  process.stdout.write('Making sample campaigns …\n')
  const backend = await startBackend({ ...config, logLevel: 'error' }, paths)
  const aliases = await createSampleCampaigns(socketApi(paths.backendSocket, config.apiKey))
  await backend.close()
  const clicks = Number(values.clicks)
  const totals = await makePast({
    paths,
    aliases,
    clicks,
    days: Number(values.days),
    seed: Number(values.seed),
    nowMs: Date.now(),
    onProgress: (done) =>
      process.stdout.isTTY &&
      process.stdout.write(
        `\rLetting ${values.days} days pass … ${Math.min(100, Math.round((done / clicks) * 100))} % `,
      ),
  })
  process.stdout.write(
    `\nThe past has ${totals.clicks} clicks, ${totals.landingClicks} landing clicks, ${totals.leads} leads, ${totals.sales} sales, ${totals.rejected} rejections.\n`,
  )
}

function start(): void {
  process.stdout.write(
    `The demo lives in ${resolve(env.TRACKYARD_DATA_DIR)}; its Admin API key is ${env.TRACKYARD_API_KEY}.\n`,
  )
  const entry = fileURLToPath(new URL('../../bin/trackyard.ts', import.meta.url))
  const child = spawn(process.execPath, [entry, 'start'], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.once('exit', (code) => process.exit(code ?? 1))
}

if (values.help) process.stdout.write(HELP)
else {
  if (!existsSync(join(resolve(env.TRACKYARD_DATA_DIR), 'config.sqlite'))) await prepare()
  if (!values['only-prepare']) start()
}

import { z } from 'zod'
import { type Arguments, type OptionDefs, optionHelp, readArguments, wholeNumber } from '../cli/arguments.ts'
import { exitWith } from '../cli/exit-with.ts'
import { ConfigError } from '../config.ts'
import { apiOf } from './api.ts'
import { checkServer, isForwardedAddressBelieved } from './checks.ts'
import { compareWithReport } from './compare.ts'
import { createHttpSession } from './http-session.ts'
import { showProgress } from './progress.ts'
import { runStories } from './run.ts'
import { type ApiCall, createSampleCampaigns } from './sample-campaigns.ts'

const DEFAULTS = {
  url: 'http://127.0.0.1:8080',
  visitors: '2000',
  seed: '1',
  speed: '3600',
  'longest-wait': '300',
  concurrency: '64',
} as const

const options: OptionDefs = {
  url: { type: 'string', value: 'url', help: `where Trackyard runs (${DEFAULTS.url})` },
  key: { type: 'string', value: 'key', help: 'Admin API key (or TRACKYARD_API_KEY)' },
  'postback-key': {
    type: 'string',
    value: 'key',
    help: 'first part of the postback address (or TRACKYARD_POSTBACK_KEY)',
  },
  visitors: { type: 'string', value: 'n', help: `how many people visit (${DEFAULTS.visitors})` },
  seed: { type: 'string', value: 'n', help: `the same seed tells the same stories (${DEFAULTS.seed})` },
  speed: { type: 'string', value: 'n', help: `how much faster their time passes (${DEFAULTS.speed})` },
  'longest-wait': {
    type: 'string',
    value: 'ms',
    help: `no pause takes longer than this (${DEFAULTS['longest-wait']})`,
  },
  concurrency: { type: 'string', value: 'n', help: `how many at once (${DEFAULTS.concurrency})` },
  aliases: {
    type: 'string',
    value: 'a,b',
    help: 'campaigns to visit (all active ones; three are made if there are none)',
  },
  help: { type: 'boolean', help: 'show this' },
}

const HELP = `Plays visitors against a running Trackyard: clicks, landing clicks, leads, sales, rejections, bots, repeat visits.

  npm run simulate -- --key <Admin API key> --postback-key <key> [options]

${optionHelp(options).join('\n')}

Visitors' addresses are sent as X-Forwarded-For: start Trackyard with TRACKYARD_TRUST_PROXY=127.0.0.1/32,::1/128.
`

const campaignList = z.array(z.object({ alias: z.string(), state: z.string() }))
const MAX = 10_000_000

async function campaignAliases(api: ApiCall, wanted: readonly string[]): Promise<readonly [string, ...string[]]> {
  const active = campaignList.parse(await api('GET', '/campaigns')).filter((one) => one.state === 'active')
  const known = active.map((one) => one.alias)
  const unknown = wanted.filter((alias) => !known.includes(alias))
  if (unknown.length > 0)
    throw new ConfigError(`No active campaign has the alias ${unknown.map((alias) => `"${alias}"`).join(', ')}.`)
  const [first, ...rest] = wanted.length > 0 ? wanted : known
  return first === undefined ? createSampleCampaigns(api) : [first, ...rest]
}

function baseOf(url: string): URL {
  const base = URL.parse(url)
  if (base?.protocol === 'http:') return base
  throw new ConfigError(`--url must be an address such as ${DEFAULTS.url}, not "${url}".`)
}

async function main(): Promise<number> {
  const env = process.env
  const given: Arguments = readArguments(process.argv.slice(2), options, 'npm run simulate -- --help')
  const [key, postbackKey] = [
    given.text('key') || (env.TRACKYARD_API_KEY ?? ''),
    given.text('postback-key') || (env.TRACKYARD_POSTBACK_KEY ?? ''),
  ]
  if (given.flag('help')) {
    process.stdout.write(HELP)
    return 0
  }
  if (given.positionals.length > 0)
    throw new ConfigError(`What is "${given.positionals.join(' ')}"? Options have names.`)
  if (key === '')
    throw new ConfigError('Give an Admin API key: --key. One is made by: npx trackyard keys create simulate')
  if (postbackKey === '')
    throw new ConfigError('Give the postback key: --postback-key, the first part of the postback address.')
  const number = (name: keyof typeof DEFAULTS, min: number): number =>
    wholeNumber(`--${name}`, given.text(name) || DEFAULTS[name], min, MAX)
  const base = baseOf(given.text('url') || DEFAULTS.url)
  const [visitors, seed, concurrency] = [number('visitors', 1), number('seed', 0), number('concurrency', 1)]
  const pace = { speed: number('speed', 1), longestMs: number('longest-wait', 0) }

  await checkServer(base, key, postbackKey)
  if ((await isForwardedAddressBelieved(base)) === false)
    process.stderr.write(
      'Warning: the server does not believe forwarded addresses, so all visitors come from one address and country.\n' +
        '         Start it with TRACKYARD_TRUST_PROXY=127.0.0.1/32,::1/128 for a lively picture.\n',
    )
  const api = apiOf(base, key)
  const aliases = await campaignAliases(api, given.text('aliases').split(',').filter(Boolean))
  const session = createHttpSession(base, pace, concurrency)
  const tag = `run-${Date.now().toString(36)}`
  const onProgress = showProgress(visitors, process.stderr)
  const totals = await runStories({ session, aliases, postbackKey, visitors, seed, concurrency, tag, onProgress })
  session.close()
  const { lines, isEqual } = await compareWithReport(api, tag, totals)
  process.stdout.write(
    `${lines.join('\n')}\n${totals.postbacks} postbacks were sent; these clicks have sub_id_10 = ${tag}.\n`,
  )
  if (totals.failures > 0) process.stderr.write(`${totals.failures} requests failed.\n`)
  if (!isEqual) process.stderr.write('The report does not show what was sent.\n')
  return totals.failures === 0 && isEqual ? 0 : 1
}

await exitWith(main, process.env, { expected: 2, unexpected: 2 })

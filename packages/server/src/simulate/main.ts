import { parseArgs } from 'node:util'
import { z } from 'zod'
import { apiOf } from './api.ts'
import { createHttpSession } from './http-session.ts'
import { runStories } from './run.ts'
import { createSampleCampaigns } from './sample-campaigns.ts'
import type { Totals } from './story.ts'

const HELP = `Plays visitors against a running Trackyard: clicks, landing clicks, leads, sales, rejections, bots, repeat visits.

  npm run simulate -- --key <Admin API key> --postback-key <key> [options]

  --url <url>            where Trackyard runs (http://127.0.0.1:8080)
  --key <key>            Admin API key (or TRACKYARD_API_KEY)
  --postback-key <key>   first part of the postback URL (or TRACKYARD_POSTBACK_KEY)
  --visitors <n>         how many people visit (2000)
  --seed <n>             the same seed tells the same stories (1)
  --speed <n>            how much faster their time passes (3600)
  --concurrency <n>      how many at once (64)
  --aliases <a,b>        campaigns to visit (all active ones; three are made if there are none)

Visitors' addresses are sent as X-Forwarded-For: start Trackyard with TRACKYARD_TRUST_PROXY=127.0.0.1/32,::1/128.
`

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    key: { type: 'string', default: process.env.TRACKYARD_API_KEY ?? '' },
    'postback-key': { type: 'string', default: process.env.TRACKYARD_POSTBACK_KEY ?? '' },
    visitors: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '3600' },
    concurrency: { type: 'string', default: '64' },
    aliases: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h' },
  },
})

const whole = z.coerce.number().int().positive()
const campaignList = z.array(z.object({ alias: z.string(), state: z.string() }))

async function campaignAliases(base: URL): Promise<readonly [string, ...string[]]> {
  const [given, ...more] = values.aliases.split(',').filter(Boolean)
  if (given) return [given, ...more]
  const api = apiOf(base, values.key)
  const [first, ...rest] = campaignList
    .parse(await api('GET', '/campaigns'))
    .filter((one) => one.state === 'active')
    .map((one) => one.alias)
  return first ? [first, ...rest] : createSampleCampaigns(api)
}

function showProgress(visitors: number): (done: number, totals: Totals) => void {
  let shownAt = 0
  return (done, totals) => {
    const now = performance.now()
    if (!process.stderr.isTTY || (now - shownAt < 100 && done < visitors)) return
    shownAt = now
    const filled = Math.round((done / visitors) * 30)
    process.stderr.write(
      `\r  [${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${done}/${visitors} visitors, ${totals.clicks} clicks, ${totals.postbacks} postbacks `,
    )
    if (done === visitors) process.stderr.write('\n')
  }
}

async function main(): Promise<number> {
  if (values.help || !values.key || !values['postback-key']) {
    process.stdout.write(HELP)
    return values.help ? 0 : 2
  }
  const base = new URL(values.url)
  const visitors = whole.parse(values.visitors)
  const concurrency = whole.parse(values.concurrency)
  const aliases = await campaignAliases(base)
  const session = createHttpSession(base, whole.parse(values.speed), concurrency)
  const totals = await runStories({
    session,
    aliases,
    postbackKey: values['postback-key'],
    visitors,
    seed: whole.parse(values.seed),
    concurrency,
    onProgress: showProgress(visitors),
  })
  session.close()
  process.stdout.write(
    [
      'Sent and answered:',
      `  clicks          ${totals.clicks}`,
      `  landing clicks  ${totals.landingClicks}`,
      `  postbacks       ${totals.postbacks}`,
      `  leads now       ${totals.leads}`,
      `  sales now       ${totals.sales}`,
      `  rejected now    ${totals.rejected}`,
      `  revenue         ${(totals.revenueCents / 100).toFixed(2)}`,
      `  failures        ${totals.failures}`,
      '',
    ].join('\n'),
  )
  return totals.failures > 0 ? 1 : 0
}

process.exitCode = await main()

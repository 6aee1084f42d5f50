import { parseArgs } from 'node:util'
import { ROLES } from './processes.ts'
import { FIRST_HOUR } from './soak/day.ts'
import { soak } from './soak/run.ts'

const HELP = `A day of traffic and the evening after it, pressed into minutes: visitors by the time of day, landing clicks, conversions late by hours, changes of
costs and of campaigns. Measures memory and backlog, and recounts every figure from the spool.

  npm run soak -- [--minutes 10] [--rate 0] [--seed 1]

  --minutes  what 24 hours are pressed into
  --rate     visitors a second, on average over the day; 0 (the default) is as many as the machine answers
`
/** Memory is flat when no process holds more in the second evening than in the first, a day earlier, but for this. */
const MOST_GROWTH_PERCENT = 10
/** Runs that are shorter say nothing about memory. */
const LONG_MINUTES = 3
const ASKED_CLICKS = 500 * 86_400

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
})

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const minutes = Number(values.minutes)
  const result = await soak({
    minutes,
    rate: Number(values.rate),
    seed: Number(values.seed),
    onHour: (hour, { clicks, postbacks }) =>
      process.stdout.write(
        `${String((FIRST_HOUR + hour) % 24).padStart(2, '0')}:00  ${clicks} clicks, ${postbacks} postbacks\n`,
      ),
  })
  const { totals, seconds, memory, samples, wrong } = result
  const share = ((totals.clicks / ASKED_CLICKS) * 100).toFixed(2)
  const lines = [
    `${totals.clicks} clicks in ${seconds.toFixed(0)} s: ${(totals.clicks / seconds).toFixed(0)} a second, ${share} % of 24 h at 500 a second`,
    `${totals.landingClicks} landing clicks, ${totals.postbacks} postbacks, ${result.costUpdates} changes of costs, ${result.changes} of streams, ${totals.failures} failed requests`,
    `largest backlog ${result.largestBacklogMb.toFixed(1)} MB of the spool; ${result.backlogBytes} bytes at the end, ${result.drainedInMs} ms after the last answer`,
    ...ROLES.map((role) => {
      const { hours, peak, growthPercent, slopePerMinute } = memory[role]
      return `memory of ${role.padEnd(7)} ${hours.join(' ')} MB (medians of hours), peak ${peak} MB, ${growthPercent.toFixed(1)} % more than the evening before, ${slopePerMinute.toFixed(1)} MB a minute`
    }),
    `${samples} samples of memory; ${result.rows} rows of reports recounted from the spool, ${wrong.length} differences`,
  ]
  process.stdout.write(`\n${lines.join('\n')}\n`)
  for (const problem of wrong.slice(0, 10)) process.stdout.write(`  ${problem}\n`)
  const grown = ROLES.filter((role) => memory[role].growthPercent > MOST_GROWTH_PERCENT)
  const isGrowing = minutes >= LONG_MINUTES && grown.length > 0
  if (isGrowing) process.stdout.write(`  the memory of ${grown.join(' and ')} grows\n`)
  return wrong.length > 0 || result.backlogBytes > 0 || isGrowing ? 1 : 0
}

process.exitCode = await main()

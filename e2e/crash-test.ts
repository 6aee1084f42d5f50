import { parseArgs } from 'node:util'
import { crash } from './crash/run.ts'

const HELP = `Kills processes of a running Trackyard under clicks, conversions, changes by hand and outgoing postbacks, and counts
what is left.

  npm run crash-test -- [--rounds 24] [--seed 1]
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
})

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  process.stdout.write('round  killed (SIGKILL)  batch on its way  no answer for  clicks answered so far\n')
  let count = 0
  const { rounds, ledger, requests, told, findings } = await crash({
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    onRound: ({ victim, midBatch, silentMs, answeredClicks }) =>
      process.stdout.write(
        `${String(++count).padStart(5)}  ${victim.padEnd(16)}  ${(midBatch ? 'yes' : 'no').padEnd(16)}  ${`${silentMs} ms`.padStart(13)}  ${String(answeredClicks).padStart(22)}\n`,
      ),
  })
  const table: readonly (readonly [string, number])[] = [
    ['kills', rounds.length],
    ['kills with a batch on its way', rounds.filter((round) => round.midBatch).length],
    ['clicks answered', ledger.clicks.size],
    ['clicks without an answer', ledger.unansweredClicks],
    ['clicks stored', findings.storedClicks],
    ['landing clicks answered', ledger.landingClicks],
    ['postbacks acknowledged', ledger.postbacks],
    ['postbacks sent again for want of an answer', ledger.unansweredPostbacks],
    ['conversions stored', findings.storedConversions],
    ['conversions changed by hand', ledger.edits],
    ['changes of costs answered', ledger.costUpdates],
    ['outgoing postbacks due', ledger.messages.size],
    ['outgoing postbacks heard', told],
    ['requests that took', requests],
    ['reports compared with a recount of the spool', findings.recounted],
    ['lost clicks, conversions and postbacks', findings.lost.length],
    ['doubled clicks, conversions and postbacks', findings.doubled.length],
    ['wrong landing clicks, money and reports', findings.wrong.length],
  ]
  process.stdout.write(
    `\n${table.map(([name, value]) => `${name.padEnd(44)}${String(value).padStart(8)}\n`).join('')}\n`,
  )
  const problems = [...findings.lost, ...findings.doubled, ...findings.wrong]
  for (const problem of problems.slice(0, 10)) process.stdout.write(`  ${problem}\n`)
  return problems.length > 0 ? 1 : 0
}

process.exitCode = await main()

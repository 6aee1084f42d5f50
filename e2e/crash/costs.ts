import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../packages/server/src/simulate/random.ts'

/**
 * Sets what clicks cost while everything else goes on. Visitors come in groups, told apart by `sub_id_3`; once all of a
 * group have come, somebody says what the group cost, and perhaps says otherwise later. What was answered must hold.
 */
export interface Costs {
  /** Group → what all its clicks together cost, in cents, as it was answered last. */
  readonly answered: ReadonlyMap<string, number>
  /** Names the group of a visitor who comes now; call `came` when it is known whether the click was answered. */
  visit(): { readonly group: string; came(isAnswered: boolean): void }
  /** Resolves when `isStopping` answers true and what was under way is answered. */
  run(isStopping: () => boolean): Promise<void>
}

interface Group {
  pending: number
  answered: number
}

const GROUP_MS = 400
const PAUSE_MS = 150
const DAY_MS = 86_400_000
/** What all clicks cost together at first: every group is changed on top of it. */
const FIRST_TOTAL = 123.4567

/** `send` resolves once the body was answered by `POST /clicks/update_costs`. */
export function keepCosts(campaigns: readonly number[], random: Random, send: (body: object) => Promise<void>): Costs {
  const groups: Group[] = []
  const answered = new Map<string, number>()
  const startedAt = performance.now()
  const now = (): number => Math.floor((performance.now() - startedAt) / GROUP_MS)
  const groupAt = (index: number): Group => (groups[index] ??= { pending: 0, answered: 0 })
  const nameOf = (index: number): string => `g${index}`

  const set = (cost: number, filters: object): Promise<void> => {
    const day = (shift: number): string => new Date(Date.now() + shift * DAY_MS).toISOString().slice(0, 10)
    const costs = { start_date: day(-1), end_date: day(1), cost, filters }
    return send({ campaign_ids: campaigns, costs, skip_bots: false })
  }
  async function setGroup(index: number): Promise<void> {
    const cents = random.integer(1, 9999)
    await set(cents / 100, { sub_id_3: nameOf(index) })
    answered.set(nameOf(index), cents)
  }

  return {
    answered,
    visit() {
      const index = now()
      const group = groupAt(index)
      group.pending++
      return {
        group: nameOf(index),
        came(isAnswered) {
          group.pending--
          if (isAnswered) group.answered++
        },
      }
    },
    async run(isStopping) {
      await sleep(GROUP_MS)
      await set(FIRST_TOTAL, {})
      for (let next = 0; !isStopping(); await sleep(PAUSE_MS)) {
        const known = [...answered.keys()].map((name) => Number(name.slice(1)))
        const again = known[random.integer(0, known.length * 4)]
        if (again !== undefined) await setGroup(again)
        if (next >= now()) continue
        const { pending, answered: came } = groupAt(next)
        if (pending > 0) continue
        if (came > 0) await setGroup(next)
        next++
      }
    },
  }
}

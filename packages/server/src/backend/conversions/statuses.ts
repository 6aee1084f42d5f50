import { groupOf, MONEY_GROUPS, type NumberedStatus } from '@trackyard/core/conversion/custom-status.ts'
import { isStatus, statuses } from '@trackyard/core/conversion/statuses.ts'
import { toNumberedStatus } from '@trackyard/core/entities/conversion-type.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { section } from '../auth/access.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Route } from '../route.ts'

/** Statuses of the user's own that postbacks are read by now. What they are called is no secret from anybody. */
export async function ownStatuses(reader: ConfigReader): Promise<readonly NumberedStatus[]> {
  const types = await unrestricted(reader).list('conversion_types')
  return types.filter(({ state }) => state === 'active').map(toNumberedStatus)
}

const answer = z
  .object({
    name: z.string().describe('The status as conversions have it.'),
    label: z.string().describe('Name for people.'),
    help: z.string().describe('What it says.'),
    group: z.enum(MONEY_GROUPS).describe('Where its money goes: hold and confirmed are revenue.'),
    counts_as_conversion: z.boolean().describe('Part of the metric conversions.'),
    aliases: z.array(z.string()).describe('Other words that mean it in postbacks.'),
    parameter: z.string().describe("Postback parameter that lists the network's own words for it."),
    metric: z.string().describe('Metric that counts it.'),
    is_builtin: z.boolean().describe('Not one of your own.'),
  })
  .meta({ id: 'ConversionStatus', description: 'A status that conversions may have.' })

/** Rebills, refused and invalid conversions are no conversions (reference conversions-and-reports §1.1). */
const NOT_COUNTED: ReadonlySet<string> = new Set(['rejected', 'rebill', 'trash'])

export const statusRoute: Route = {
  method: 'GET',
  path: '/conversions/statuses',
  description: 'Every status that conversions may have: those built in, then your own',
  access: section('read', 'conversions'),
  answers: z.array(answer),
  async handle(_, { configStore }) {
    const builtIn = Object.keys(statuses)
      .filter(isStatus)
      .map((name) => ({
        ...{ name, label: statuses[name].label, help: statuses[name].help, group: groupOf(name) },
        counts_as_conversion: !NOT_COUNTED.has(name),
        aliases: [...statuses[name].aliases],
        ...{ parameter: `${name}_status`, metric: statuses[name].counter, is_builtin: true },
      }))
    const own = (await ownStatuses(configStore)).map(({ name, label, group, counts, number, aliases }) => ({
      ...{
        name,
        label,
        help: 'Of your own.',
        group,
        counts_as_conversion: counts,
        aliases,
        parameter: `${name}_status`,
      },
      ...{ metric: `custom_conversion_${number}`, is_builtin: false },
    }))
    return ok([...builtIn, ...own])
  },
}

import type { Backend } from '../context.ts'
import { reportZone } from '../reports/context.ts'
import type { ApiRequest } from '../route.ts'

/**
 * Dates without a zone are UTC, as clients of the API expect (reference conversions-and-reports §6.5). Who reads reports
 * in another zone would find a day's costs on two days: they are told.
 */
export async function hintAtUtc(
  { input, actor, hint }: Pick<ApiRequest, 'input' | 'actor' | 'hint'>,
  { configStore }: Pick<Backend, 'configStore'>,
): Promise<void> {
  const isNamed = [input, input.costs]
    .flat()
    .some((given) => typeof given === 'object' && given !== null && 'timezone' in given && given.timezone)
  if (isNamed) return
  const zone = await reportZone(configStore, actor.userId)
  if (zone === 'UTC') return
  hint(`timezone: dates were taken in UTC, your reports are in ${zone}: send timezone to say which zone is meant.`)
}

import type { NumberedStatus } from '@trackyard/core/conversion/custom-status.ts'
import { toNumberedStatus } from '@trackyard/core/entities/conversion-type.ts'
import { countryFilterHints } from '@trackyard/core/report/country-hints.ts'
import { type LogQuery, needsStatuses } from '@trackyard/core/report/query.ts'
import { reportHints } from '@trackyard/core/report/request-hints.ts'
import { statusFilterHints } from '@trackyard/core/report/status-hints.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import type { ApiRequest } from '../route.ts'
import { textOf } from '../users/user-fields.ts'

/** Tells what a report leaves out of its request. */
export async function hintReport(input: Input, { hint }: Pick<ApiRequest, 'hint'>, backend: Backend): Promise<void> {
  const own = needsStatuses(input) ? await everyOwnStatus(backend.configStore) : []
  reportHints(input, own).forEach(hint)
}

/** Tells of filters that no click or conversion can pass, as there is no such country or status. */
export async function hintValues(
  query: Result<Pick<LogQuery, 'filters'>>,
  { hint }: Pick<ApiRequest, 'hint'>,
  backend: Backend,
): Promise<void> {
  if (query.ok) countryFilterHints(query.value.filters).forEach(hint)
  if (!query.ok || statusFilterHints(query.value.filters, []).length === 0) return
  statusFilterHints(query.value.filters, await everyOwnStatus(backend.configStore)).forEach(hint)
}

/** The same of a list that is narrowed by the one status it names. */
export async function hintStatus({ input, hint }: Pick<ApiRequest, 'input' | 'hint'>, backend: Backend): Promise<void> {
  const filter = { name: 'status', operator: 'EQUALS', values: [textOf(input.status)], caseSensitive: false }
  await hintValues(ok({ filters: [filter] }), { hint }, backend)
}

/** Archived ones too: their conversions are still there. */
const everyOwnStatus = async (reader: ConfigReader): Promise<readonly NumberedStatus[]> =>
  (await unrestricted(reader).list('conversion_types', { includeDeleted: true })).map(toNumberedStatus)

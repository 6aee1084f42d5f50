import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Operation } from '../dialect/differences.ts'
import { toBody } from '../dialect/to-body.ts'
import { RawAnswer } from '../http/raw-answer.ts'
import type { ApiRequest } from '../route.ts'
import { listText } from './list-text.ts'
import { presentAll, presentTime } from './present.ts'
import type { Resource } from './resource.ts'

/** The answer about entities, in the dialect of the request. `before` is the entity as it was, or what was copied. */
export async function answer<Kind extends EntityKind>(
  resource: Resource<Kind>,
  operation: Operation,
  list: readonly EntityOf<Kind>[],
  { dialect, input }: Pick<ApiRequest, 'dialect' | 'input'>,
  reader: ConfigReader,
  before: EntityOf<Kind> | null = null,
): Promise<Result<unknown>> {
  if (operation === 'list' && !resource.extras)
    return ok(new RawAnswer('application/json', await listText(resource, list, dialect, reader)))
  const shown = await presentAll(resource, list, reader)
  const times = before && {
    created_at: presentTime(before.created_at_ms),
    updated_at: presentTime(before.updated_at_ms),
  }
  return ok(toBody(resource.kind, dialect, shown, { operation, sent: new Set(Object.keys(input)), before: times }))
}

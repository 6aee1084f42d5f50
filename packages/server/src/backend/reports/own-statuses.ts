import type { OwnStatuses } from '@trackyard/core/report/titles.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'

/**
 * What the user's own statuses are called by the numbers of their metrics, archived ones too: their conversions are still
 * there. It is no secret from anybody.
 */
export const ownStatuses = async (reader: ConfigReader): Promise<OwnStatuses> =>
  new Map((await everyType(reader)).map(({ number, label, name }) => [number, label || name]))

/** The same as conversions have it. */
export const ownStatusNames = async (reader: ConfigReader): Promise<OwnStatuses> =>
  new Map((await everyType(reader)).map(({ number, name }) => [number, name]))

const everyType = (reader: ConfigReader) => unrestricted(reader).list('conversion_types', { includeDeleted: true })

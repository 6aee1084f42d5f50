import type { Config } from '../../config.ts'
import type { Paths } from '../../paths.ts'
import { sharedSecrets } from '../../secrets-file.ts'
import type { ClickHouseOptions } from './clickhouse.ts'

const DATABASE = 'trackyard'

/** Where the events of this installation are: a ClickHouse server, or the embedded engine of the data directory. */
export function eventStoreOptions(config: Config, paths: Paths): ClickHouseOptions {
  if (config.clickhouseUrl === '') {
    const { storePassword: password } = sharedSecrets(paths.secrets)
    return config.storePort > 0
      ? { url: `http://127.0.0.1:${config.storePort}`, password, database: DATABASE }
      : { url: 'http://localhost', socketPath: paths.storeSocket, password, database: DATABASE }
  }
  const url = new URL(config.clickhouseUrl)
  const database = url.pathname.replace(/^\//, '') || DATABASE
  return {
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
  }
}

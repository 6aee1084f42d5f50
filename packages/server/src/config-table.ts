/** Every environment variable, declared once: parsing, `--print-config` and docs/generated/configuration.md derive from it. */
export interface VariableDef {
  readonly key: string
  readonly fallback: string
  readonly secret?: true
  readonly help: string
}

export const variables = {
  host: { key: 'TRACKYARD_HOST', fallback: '127.0.0.1', help: 'Address of the public listener.' },
  port: {
    key: 'TRACKYARD_PORT',
    fallback: '8080',
    help: 'Port of the public listener; visitors, the admin pages and the Admin API share it.',
  },
  dataDir: { key: 'TRACKYARD_DATA_DIR', fallback: './data', help: 'Everything embedded lives in this directory.' },
  apiKey: {
    key: 'TRACKYARD_API_KEY',
    fallback: '',
    secret: true,
    help: 'If set, this Admin API key exists and has administrator rights. At least 16 characters.',
  },
  adminPassword: {
    key: 'TRACKYARD_ADMIN_PASSWORD',
    fallback: '',
    secret: true,
    help: 'If set, user `admin` has this password; otherwise a one-time setup link is printed.',
  },
  postbackKey: {
    key: 'TRACKYARD_POSTBACK_KEY',
    fallback: '',
    secret: true,
    help: 'First path segment of the postback URL; generated once when not set.',
  },
  apiDialect: {
    key: 'TRACKYARD_API_DIALECT',
    fallback: '2017',
    help: 'Shapes of Admin API answers when neither the header `Api-Dialect` nor the key says: `2017` or `modern`.',
  },
  apiValidationStatus: {
    key: 'TRACKYARD_API_VALIDATION_STATUS',
    fallback: '406',
    help: 'HTTP status of refused fields in the Admin API: `406`, or `422` as newer trackers answer.',
  },
  allowPrivateTargets: {
    key: 'TRACKYARD_ALLOW_PRIVATE_TARGETS',
    fallback: 'false',
    help: '`true` lets requests of our own, such as the check of a domain, reach private addresses (tests, intranets).',
  },
  baseCurrency: {
    key: 'TRACKYARD_BASE_CURRENCY',
    fallback: 'USD',
    help: 'Base currency, what reports are in, until the setting `currency` names another. A change keeps what was counted.',
  },
  databaseUrl: {
    key: 'TRACKYARD_DATABASE_URL',
    fallback: '',
    secret: true,
    help: 'Reserved for `postgres://…`; this version keeps its configuration in SQLite and refuses other values.',
  },
  clickhouseUrl: {
    key: 'TRACKYARD_CLICKHOUSE_URL',
    fallback: '',
    secret: true,
    help: '`http(s)://user:pass@host:8123/db` of a ClickHouse server; empty starts the embedded engine.',
  },
  redisUrl: {
    key: 'TRACKYARD_REDIS_URL',
    fallback: '',
    secret: true,
    help: 'Reserved for `redis://…`; this version keeps visitor state in memory and refuses other values.',
  },
  trustProxy: {
    key: 'TRACKYARD_TRUST_PROXY',
    fallback: '',
    help: 'Comma-separated CIDRs whose `X-Forwarded-*` headers are believed; without it the socket address is the visitor.',
  },
  fsync: {
    key: 'TRACKYARD_FSYNC',
    fallback: 'interval',
    help: '`interval`: clicks are flushed to disk at most 50 ms after the answer; `always`: before it.',
  },
  spoolSegmentBytes: {
    key: 'TRACKYARD_SPOOL_SEGMENT_BYTES',
    fallback: '67108864',
    help: 'Size at which a spool segment is closed.',
  },
  spoolKeepHours: {
    key: 'TRACKYARD_SPOOL_KEEP_HOURS',
    fallback: '0',
    help: 'How long spool segments are kept after they were stored, for recounts.',
  },
  storeMemoryMb: {
    key: 'TRACKYARD_STORE_MEMORY_MB',
    fallback: '1500',
    help: 'Memory ceiling of the embedded engine; a report that needs more fails cleanly.',
  },
  backgroundCpu: {
    key: 'TRACKYARD_BACKGROUND_CPU',
    fallback: 'idle',
    help: 'What storing, reports and the admin side get of the processor. `idle`: what visitors and other programs leave over, so that none of it holds up a visitor. `share`: about a tenth where others want all of it, for machines on which other programs keep every core busy.',
  },
  storePort: {
    key: 'TRACKYARD_STORE_PORT',
    fallback: '0',
    help: 'If set, the embedded engine answers ClickHouse HTTP on this port of 127.0.0.1 (for BI tools) instead of a unix socket.',
  },
  reportTimeoutSeconds: {
    key: 'TRACKYARD_REPORT_TIMEOUT_SECONDS',
    fallback: '30',
    help: 'A report that runs longer is stopped.',
  },
  geoCityFile: {
    key: 'TRACKYARD_GEO_CITY_MMDB',
    fallback: '',
    help: 'Path of a city MMDB to use instead of the bundled DB-IP data; provider and connection type are read too where it has them. A changed file is in use within a minute.',
  },
  uploadLimitMb: {
    key: 'TRACKYARD_UPLOAD_LIMIT_MB',
    fallback: '64',
    help: 'Longest request that may bring files of landing pages and offers; base64 takes a third more than the ZIP.',
  },
  logLevel: { key: 'TRACKYARD_LOG_LEVEL', fallback: 'info', help: '`debug`, `info`, `warn` or `error`.' },
} as const satisfies Record<string, VariableDef>

export type VariableName = keyof typeof variables

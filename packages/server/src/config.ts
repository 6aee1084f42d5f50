import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { compileIpMatcher } from '@trackyard/core/filters/ip-match.ts'
import { type VariableName, variables } from './config-table.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The settings of one process, parsed. This module and main.ts are the only readers of the environment. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly apiKey: string
  readonly adminPassword: string
  readonly postbackKey: string
  readonly apiDialect: '2017' | 'modern'
  readonly apiValidationStatus: 406 | 422
  readonly allowPrivateTargets: boolean
  readonly baseCurrency: string
  readonly clickhouseUrl: string
  readonly trustProxy: readonly string[]
  readonly fsync: 'interval' | 'always'
  readonly spoolSegmentBytes: number
  readonly spoolKeepHours: number
  readonly storeMemoryMb: number
  readonly backgroundCpu: 'idle' | 'share'
  readonly storePort: number
  readonly reportTimeoutSeconds: number
  readonly uploadLimitMb: number
  readonly geoCityFile: string
  readonly logLevel: LogLevel
}

/** Settings that cannot be used: one line that names each variable and the cure. */
export class ConfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks every variable. Throws ConfigError with a sentence on each that is wrong. */
export function readConfig(env: Environment): Config {
  const problems = new Set<string>()
  const config = readEach(env, (problem) => problems.add(problem))
  if (usesStorePort(config) && config.storePort === config.port)
    problems.add(
      `TRACKYARD_STORE_PORT and TRACKYARD_PORT are both ${config.port}: give the event store a port of its own.`,
    )
  if (problems.size > 0) throw new ConfigError([...problems].join(' '))
  return config
}

/** Whether the embedded event store answers on a port, not on a unix socket. */
export const usesStorePort = ({ storePort, clickhouseUrl }: Config): boolean => storePort > 0 && clickhouseUrl === ''

type Note = (problem: string) => void

/** What cannot be used is noted, and something stands in for it. */
function readEach(env: Environment, note: Note): Config {
  const text = (name: VariableName): string => {
    try {
      return readVariable(env, name)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      note(error.message)
      return variables[name].fallback
    }
  }
  const integer = (name: VariableName, min: number, max: number): number => {
    const value = Number(text(name))
    if (Number.isInteger(value) && value >= min && value <= max) return value
    note(`${variables[name].key} must be a whole number from ${min} to ${max}, not "${text(name)}".`)
    return min
  }
  const oneOf = <T extends string>(name: VariableName, allowed: readonly [T, ...T[]]): T => {
    const found = allowed.find((value) => value === text(name))
    if (found) return found
    note(`${variables[name].key} must be one of ${allowed.join(', ')}, not "${text(name)}".`)
    return allowed[0]
  }
  const checked = (name: VariableName, value: string, pattern: RegExp, rule: string): string => {
    if (!pattern.test(value)) note(`${variables[name].key} must ${rule}.`)
    return value
  }
  const refuseReserved = (name: VariableName, cure: string): void => {
    if (text(name)) note(`${variables[name].key} is not supported by this version: ${cure}.`)
  }
  refuseReserved('databaseUrl', 'leave it empty to use SQLite in the data directory')
  refuseReserved('redisUrl', 'leave it empty to keep visitor state in memory')
  return {
    host: text('host'),
    port: integer('port', 0, 65535),
    dataDir: resolve(text('dataDir')),
    apiKey: checked(
      'apiKey',
      text('apiKey'),
      /^$|^[\x21-\x7e]{16,200}$/,
      'be 16 to 200 printable characters without spaces',
    ),
    adminPassword: checked('adminPassword', text('adminPassword'), /^$|^.{8,200}$/, 'be 8 to 200 characters long'),
    postbackKey: checked(
      'postbackKey',
      text('postbackKey'),
      /^$|^[A-Za-z0-9_-]{6,64}$/,
      'be 6 to 64 letters, digits, dashes or underscores',
    ),
    apiDialect: oneOf('apiDialect', ['2017', 'modern']),
    apiValidationStatus: oneOf('apiValidationStatus', ['406', '422']) === '422' ? 422 : 406,
    allowPrivateTargets: oneOf('allowPrivateTargets', ['false', 'true']) === 'true',
    baseCurrency: checked(
      'baseCurrency',
      text('baseCurrency').toUpperCase(),
      /^[A-Z]{3}$/,
      'be a three-letter currency code such as USD',
    ),
    clickhouseUrl: checked(
      'clickhouseUrl',
      text('clickhouseUrl'),
      /^$|^https?:\/\/\S+$/,
      'start with http:// or https://',
    ),
    trustProxy: cidrList(text('trustProxy'), note),
    fsync: oneOf('fsync', ['interval', 'always']),
    spoolSegmentBytes: integer('spoolSegmentBytes', 65_536, 1_073_741_824),
    spoolKeepHours: integer('spoolKeepHours', 0, 8760),
    storeMemoryMb: integer('storeMemoryMb', 300, 1_000_000),
    backgroundCpu: oneOf('backgroundCpu', ['idle', 'share']),
    storePort: integer('storePort', 0, 65535),
    reportTimeoutSeconds: integer('reportTimeoutSeconds', 1, 3600),
    uploadLimitMb: integer('uploadLimitMb', 1, 1024),
    geoCityFile: text('geoCityFile'),
    logLevel: oneOf('logLevel', ['debug', 'info', 'warn', 'error']),
  }
}

/** What `--print-config` shows: every variable with its value, secrets masked. */
export function describeConfig(env: Environment): string {
  const width = Math.max(...Object.values(variables).map((variable) => variable.key.length))
  return Object.entries(variables)
    .map(([name, variable]) => {
      const value = readVariable(env, name as VariableName)
      return `${variable.key.padEnd(width)}  ${'secret' in variable && value ? '********' : value || '(not set)'}`
    })
    .join('\n')
}

/** Variables that look like ours and are not, most likely misspelt. */
export function unknownVariables(env: Environment): string[] {
  const known = new Set(Object.values(variables).flatMap(({ key }) => [key, `${key}_FILE`]))
  return Object.keys(env).filter((name) => name.startsWith('TRACKYARD_') && !known.has(name))
}

function readVariable(env: Environment, name: VariableName): string {
  const { key, fallback } = variables[name]
  const file = env[`${key}_FILE`]
  if (file) {
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      throw new ConfigError(`${key}_FILE names ${file}, which cannot be read.`)
    }
  }
  return env[key]?.trim() || fallback
}

function cidrList(value: string, note: Note): string[] {
  const entries = value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  for (const entry of entries)
    if (!isCidr(entry)) note(`TRACKYARD_TRUST_PROXY: "${entry}" is not an address or CIDR such as 10.0.0.0/8.`)
  return entries
}

function isCidr(entry: string): boolean {
  const [address = '', bits] = entry.split('/')
  const family = isIP(address)
  return family !== 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
}

/** Whether an address is in one of these networks; they were checked before. */
export function addressesIn(cidrs: readonly string[]): (ip: string) => boolean {
  const matcher = compileIpMatcher(cidrs)
  if (matcher.ok) return matcher.value
  throw new ConfigError(matcher.problems.map((one) => one.message).join(' '))
}

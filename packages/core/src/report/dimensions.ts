import { type ColumnDef, clickColumns, conversionColumns } from '../events/click-columns.ts'
import { type DimensionDef, plainKey, presentFlag } from './dimension.ts'
import { namedDimensions } from './dimensions-named.ts'
import { conversionTimeDimensions, timeDimensions } from './dimensions-time.ts'
import { labelOfRowSql } from './label-sql.ts'
import { ORIGINALS, originalsSql } from './original-money.ts'

/** Columns that only storage and `explain` read. */
const INTERNAL: ReadonlySet<string> = new Set(['roll', 'trace', 'facts', 'country', 'language'])

/** A dimension for every column that is not summed: grouped and filtered by what is stored. */
const columnDimensions = (columns: Readonly<Record<string, ColumnDef>>): Record<string, DimensionDef> =>
  Object.fromEntries(
    Object.entries(columns)
      .filter(([name, { summed, type }]) => !summed && !INTERNAL.has(name) && type !== 'time')
      .map(([name, { type, help }]) => [name, fromColumn(name, type, help)]),
  )

/** Texts that are small letters wherever they are written. */
const SMALL_LETTERS: ReadonlySet<string> = new Set(['sub_id', 'conversion_id'])

function fromColumn(name: string, type: ColumnDef['type'], help: string): DimensionDef {
  if (type === 'flag') return { help, kind: 'flag', use: 'group', key: plainKey(name), present: presentFlag }
  const kind = type === 'name' || type === 'text' ? 'text' : 'number'
  const letters = SMALL_LETTERS.has(name) ? ({ letters: 'lower' } as const) : {}
  // Amounts and rates tell single clicks apart, not groups of them.
  const use = type === 'money' || type === 'rate' ? 'list' : 'group'
  return { help, kind, use, key: plainKey(name), ...letters }
}

const text = (help: string, sql: string, use: DimensionDef['use'] = 'group'): DimensionDef => ({
  help,
  kind: 'text',
  use,
  key: () => sql,
})

/** First and last address of the networks of this size around the visitor's, as one text. */
const network = (help: string, v4Bits: number, v6Bits: number): DimensionDef => {
  const span = (range: string): string =>
    `concat(toString(tupleElement(${range}, 1)), ' - ', toString(tupleElement(${range}, 2)))`
  const v4 = span(`IPv4CIDRToRange(toIPv4OrDefault(ip), ${v4Bits})`)
  const v6 = span(`IPv6CIDRToRange(toIPv6OrDefault(ip), ${v6Bits})`)
  return text(help, `multiIf(isIPv4String(ip), ${v4}, isIPv6String(ip), ${v6}, '')`)
}

const bookkeeping: DimensionDef = {
  help: 'Bookkeeping of storage, always 1.',
  kind: 'number',
  use: 'list',
  isHidden: true,
  key: () => '1',
}

/** Columns of money as it came, filled where it came in the currency of its row. */
function originalDimensions(table: keyof typeof ORIGINALS): Record<string, DimensionDef> {
  const columns: Readonly<Record<string, ColumnDef>> = { ...clickColumns, ...conversionColumns }
  return Object.fromEntries(
    Object.keys(originalsSql(ORIGINALS[table], '')).flatMap((name) => {
      const column = columns[name]
      const key: DimensionDef['key'] = ({ binder, context }) => {
        const first = binder.once('first_currency', 'String', () => context.money?.first ?? '')
        return originalsSql(ORIGINALS[table], first)[name] ?? name
      }
      return column ? [[name, { ...fromColumn(name, column.type, column.help), key }]] : []
    }),
  )
}

/** Everything a click can be grouped, filtered or listed by (reference conversions-and-reports §7.5). */
export const dimensions: Readonly<Record<string, DimensionDef>> = {
  ...columnDimensions(clickColumns),
  ...originalDimensions('clicks'),
  ...namedDimensions,
  ...timeDimensions,
  click_id: { ...text('Internal id of the click; the same as its public id.', 'sub_id'), letters: 'lower' },
  // The id of a click that is not there, as ids of other things that are not there (reference §8.1).
  parent_sub_id: {
    ...{ ...text('Click in the parent campaign.', 'parent_sub_id'), letters: 'lower' },
    present: (key) => (key === '' ? null : key),
  },
  parent_sub_ids: {
    ...text('Clicks in the campaigns before.', 'parent_sub_id', 'list'),
    present: (key) => (key === '' ? [] : [key]),
  },
  country_code: { ...text('ISO 3166-1 alpha-2 code of the country.', 'country'), letters: 'upper' },
  country_flag: text('Key of the flag picture: the country code in small letters.', 'lower(country)'),
  region_code: text('Region as stored.', 'region'),
  language_id: text('Code of the browser language.', 'language'),
  device_type_id: text('Type of the device as stored.', 'device_type'),
  os_icon: text('Key of the picture of the operating system.', "replaceAll(lower(os), ' ', '_')"),
  browser_icon: text('Key of the picture of the browser.', "replaceAll(lower(browser), ' ', '_')"),
  ip_mask1: network('First two octets of the address as a range (IPv6: /32).', 16, 32),
  ip_mask2: network('First three octets of the address as a range (IPv6: /48).', 24, 48),
  ipv4only: text('Address if it is IPv4.', "if(isIPv4String(ip), ip, '')", 'list'),
  ipv6only: text('Address if it is IPv6.', "if(isIPv6String(ip), ip, '')", 'list'),
  is_empty_referrer: {
    help: 'There was no referrer.',
    kind: 'flag',
    use: 'group',
    key: () => "(referrer = '')",
    present: presentFlag,
  },
  visitor_id: {
    help: 'Visitor as a number, made from visitor_code.',
    kind: 'number',
    use: 'report',
    key: () => `if(visitor_code = '', 0, ${NUMBER_OF_VISITOR})`,
    present: Number,
  },
  label: {
    help: 'whitelist or blacklist: what the value that rows are grouped by is marked as in the campaign of the click. Where rows are grouped by no such value, any value of the click counts; blacklist goes before whitelist.',
    kind: 'text',
    use: 'report',
    key: labelOfRowSql,
    present: (key) => (key === '' ? null : key),
  },
  sign: bookkeeping,
  version: bookkeeping,
}

/** 48 bits of a digest, which a JSON number holds exactly. */
const NUMBER_OF_VISITOR = 'reinterpretAsUInt64(substring(MD5(visitor_code), 1, 6))'

/** What the conversion log lists besides the properties of the click. */
export const conversionDimensions: Readonly<Record<string, DimensionDef>> = {
  ...dimensions,
  ...columnDimensions(conversionColumns),
  ...originalDimensions('conversions'),
  ...conversionTimeDimensions,
  click_datetime: timeDimensions.datetime,
  params: { ...text('Every parameter received.', 'params', 'list'), present: parseParams },
}

function parseParams(key: unknown): unknown {
  if (typeof key !== 'string' || key === '') return {}
  try {
    return JSON.parse(key)
  } catch {
    return key
  }
}

/** Requests are parsed before they are planned, so an unknown name here is a bug and throws. */
export function dimensionOf(name: string): DimensionDef {
  const def = dimensions[name]
  if (def === undefined) throw new Error(`No dimension is called ${name}.`)
  return def
}

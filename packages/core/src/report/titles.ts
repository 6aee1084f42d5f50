import { conversionDimensions } from './dimensions.ts'
import { comparedFigures, figureOf } from './figure.ts'
import { customMetrics } from './metrics.ts'

/** Names of the user's own statuses by the number of their metrics. */
export type OwnStatuses = ReadonlyMap<number, string>

const NONE: OwnStatuses = new Map()

/**
 * Title of a column of a report or log, for people: the label of a metric, or the words of a dimension's name. Metrics of
 * the user's own statuses are called as those are.
 */
export function titleOf(name: string, own: OwnStatuses = NONE): string {
  const figure = figureOf(name)
  if (figure === null) return wordsOf(name)
  const label = customMetrics(own)[figure.metricName]?.label ?? figure.metric.label
  return figure.kind === 'current' ? label : `${label}, ${comparedFigures[figure.kind].title}`
}

/** Whether the column holds moments or days. */
export const isMoment = (name: string): boolean => name === 'day' || conversionDimensions[name]?.kind === 'time'

/** Words that are not written as they stand in a name. */
const WORDS: Readonly<Record<string, string>> = {
  ...{ id: 'ID', ip: 'IP', isp: 'ISP', asn: 'ASN', os: 'OS', tid: 'TID', ts: 'traffic source', ad: 'ad' },
  ...{ ipv4only: 'IPv4', ipv6only: 'IPv6', datetime: 'time', mask1: 'network /16', mask2: 'network /24' },
  ...{ params: 'parameters', param: 'parameter' },
}

/** `ad_campaign_id` → `Ad campaign ID`. */
function wordsOf(name: string): string {
  const words = name
    .split('_')
    .map((word) => WORDS[word] ?? word)
    .join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

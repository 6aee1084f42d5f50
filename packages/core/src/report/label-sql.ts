import type { DimensionScope } from './dimension.ts'
import { type LabelName, labelledIn } from './labels.ts'

/** Label of a row: blacklist where one of its values is on the black list, else whitelist where one is on the white list. */
export function labelOfRowSql(scope: DimensionScope): string {
  const carries = (label: LabelName): string => {
    const parts = labelledIn(scope.grouped).flatMap((name) => {
      const pairs = pairsOf(scope, name, (one) => one === label)
      const place = (): string => scope.binder.once(`labels_${label}_${name}`, 'Array(String)', () => pairs)
      return pairs.length === 0 ? [] : [`${pairSql(name)} IN ${place()}`]
    })
    return parts.length === 0 ? '0' : parts.join(' OR ')
  }
  return `multiIf(${carries('blacklist')}, 'blacklist', ${carries('whitelist')}, 'whitelist', '')`
}

/** Whether the value of this property has a label that fits. */
export function hasLabelSql(name: string, scope: DimensionScope, fits: (label: LabelName) => boolean): string {
  return `${pairSql(name)} IN ${scope.binder.bind('Array(String)', pairsOf(scope, name, fits))}`
}

/** A value is marked in one campaign, so both are compared together. */
const pairSql = (column: string): string => `concat(toString(campaign_id), ' ', ${column})`

const pairsOf = ({ context }: DimensionScope, name: string, fits: (label: LabelName) => boolean): string[] =>
  (context.labels ?? []).flatMap(({ campaignId, refName, value, label }) =>
    refName === name && fits(label) ? [`${campaignId} ${value}`] : [],
  )

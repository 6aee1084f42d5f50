import type { ReportLabel } from '@trackyard/core/report/context.ts'
import type { LabelName } from '@trackyard/core/report/labels.ts'

export interface LabelQuery {
  readonly campaignId: number
  /** Column of the click whose values are labelled, e.g. `source`. */
  readonly refName: string
  /** Only values with this label. */
  readonly label?: LabelName
}

/** Values of a campaign's traffic that people marked as good or bad. */
export interface LabelReader {
  /** Value → label, in order of the values. */
  listLabels(query: LabelQuery): Promise<ReadonlyMap<string, LabelName>>
  /** All labels that values of these columns have, in every campaign. */
  listLabelled(refNames: readonly string[]): Promise<readonly ReportLabel[]>
}

export interface LabelWriter {
  /** Sets the labels of these values and leaves the others alone; null removes one. Writes one audit row. */
  setLabels(campaignId: number, refName: string, items: ReadonlyMap<string, LabelName | null>): Promise<void>
}

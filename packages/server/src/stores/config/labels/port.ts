export type LabelName = 'whitelist' | 'blacklist'

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
}

export interface LabelWriter {
  /** Sets the labels of these values and leaves the others alone; null removes one. Writes one audit row. */
  setLabels(campaignId: number, refName: string, items: ReadonlyMap<string, LabelName | null>): Promise<void>
}

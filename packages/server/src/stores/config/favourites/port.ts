/** A report that was saved under a name. */
export interface Favourite {
  readonly id: number
  /** Whose it is; null: the installation's, as its user is gone or it was saved with the key from the settings. */
  readonly userId: number | null
  readonly name: string
  /** Everybody who may see reports may open it. */
  readonly isShared: boolean
  /** The request as it was sent. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}
export type FavouriteFields = Pick<Favourite, 'userId' | 'name' | 'isShared' | 'payload'>

export interface FavouriteReader {
  /** Of everybody, in order of id. */
  listFavourites(): Promise<readonly Favourite[]>
}

export interface FavouriteWriter {
  insertFavourite(fields: FavouriteFields): Promise<Favourite>
  /** Throws when there is none. */
  updateFavourite(id: number, fields: FavouriteFields): Promise<Favourite>
  /** Throws when there is none. */
  removeFavourite(id: number): Promise<void>
}

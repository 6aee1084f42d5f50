import type { Generated } from 'kysely'

export interface FavouriteTables {
  favourites: {
    id: Generated<number>
    user_id: number | null
    name: string
    is_shared: number
    payload: string
    created_at_ms: number
    updated_at_ms: number
  }
}

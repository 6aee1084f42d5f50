import { z } from 'zod'

/** What the server adds to every entity. Times are UTC epoch milliseconds. */
export const storedFields = {
  id: z.int(),
  created_at_ms: z.number(),
  updated_at_ms: z.number(),
}

/** One kind of entity: its route, its fields and how they are called for people. */
export interface EntityDef<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Table and route name, e.g. `landing_pages`. */
  readonly name: string
  /** Singular, for messages: `landing page`. */
  readonly label: string
  /** What a user may write. Every key has a default or is required; unknown keys are ignored. */
  readonly fields: z.ZodObject<Shape>
  /** Fields whose value may not repeat among entities that are not archived. */
  readonly unique: readonly (keyof Shape & string)[]
  /** Fields that name an entity of another kind. */
  readonly references: Readonly<Partial<Record<keyof Shape & string, string>>>
  /** Money fields: micros inside, decimals in the API. */
  readonly moneyFields: readonly (keyof Shape & string)[]
}

export const defineEntity = <Shape extends z.ZodRawShape>(def: EntityDef<Shape>): EntityDef<Shape> => def

/** The stored form of an entity: parsed fields plus id and times. */
export type Stored<Def extends { fields: z.ZodObject }> = z.output<Def['fields']> & {
  readonly id: number
  readonly created_at_ms: number
  readonly updated_at_ms: number
}

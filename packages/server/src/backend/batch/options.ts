import { z } from 'zod'

const rows = z.array(z.object({ id: z.union([z.number(), z.string()]), name: z.unknown() }))

/** A list of entities as what a select box shows: `[{"value": 1, "name": "..."}]`. Takes and answers JSON text. */
export const toOptions = (list: string): string =>
  JSON.stringify(rows.parse(JSON.parse(list)).map(({ id, name }) => ({ value: id, name: String(name ?? '') })))

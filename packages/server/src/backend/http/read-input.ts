import { parseShape } from '@trackyard/core/entities/parse.ts'
import type { Result } from '@trackyard/core/result.ts'
import type { z } from 'zod'
import type { Input } from './read-body.ts'

/** What a route accepts, read from query and body; every problem carries the path of its field. */
export function readInput<Schema extends z.ZodObject>(schema: Schema, input: Input): Result<z.output<Schema>> {
  // Each field was read by its own schema of this very object; TypeScript does not follow that through the loop.
  return parseShape(schema.shape, input) as Result<z.output<Schema>>
}

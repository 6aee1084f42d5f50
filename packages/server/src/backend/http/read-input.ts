import { parseShape } from '@trackyard/core/entities/parse.ts'
import { fail, problem, type Result } from '@trackyard/core/result.ts'
import type { z } from 'zod'
import type { Input } from './read-body.ts'

/** What a route accepts, read from query and body; every problem carries the path of its field. */
export function readInput<Schema extends z.ZodObject>(schema: Schema, input: Input): Result<z.output<Schema>> {
  // Each field was read by its own schema of this very object; TypeScript does not follow that through the loop.
  return parseShape(schema.shape, input) as Result<z.output<Schema>>
}

/** The same of what a list is asked with: refused as bad requests, as lists know no other refusal (reference admin-api §1.4). */
export function readQuery<Schema extends z.ZodObject>(schema: Schema, input: Input): Result<z.output<Schema>> {
  const read = readInput(schema, input)
  return read.ok
    ? read
    : fail(...read.problems.map(({ at, message }) => problem('bad_request', `${at}: ${message}.`, at)))
}

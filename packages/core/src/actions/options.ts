import type { z } from 'zod'
import '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import type { ActionOptions } from './action.ts'

/** Reads the options of an action; null and absent ones are unset. Problems are at the option. */
export function readOptions<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  options: ActionOptions,
): Result<z.output<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== null && value !== ''))
  const read = schema.safeParse(given)
  if (read.success) return ok(read.data)
  return fail(
    ...read.error.issues.map(({ path, message }) =>
      problem(
        'validation',
        `has an option it cannot use: ${path.join('.')} ${message}`,
        `action_options.${path.join('.')}`,
      ),
    ),
  )
}

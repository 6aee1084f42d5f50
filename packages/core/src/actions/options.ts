import { z } from 'zod'
import '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import type { ActionDef, ActionOptions } from './action.ts'

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

/** The options of an action as JSON Schema of an object; null when it has none. */
export function optionsSchema({ options }: Pick<ActionDef, 'options'>): Readonly<Record<string, unknown>> | null {
  if (options === undefined) return null
  // What a client may write is wider than what is meant, so the meaning is told; nothing of it is required.
  const { type, properties } = z.toJSONSchema(options, { io: 'output' })
  return { type, properties }
}

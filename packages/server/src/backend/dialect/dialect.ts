import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'

/** `2017` answers in the shapes of the first Admin API to the letter, `modern` as trackers from version 10 on do. */
export const DIALECTS = ['2017', 'modern'] as const
export type Dialect = (typeof DIALECTS)[number]

export const isDialect = (text: unknown): text is Dialect => DIALECTS.some((dialect) => dialect === text)

/** Header of a request that asks for a dialect. */
export const DIALECT_HEADER = 'api-dialect'

/** What a request is answered in: what it asks for, else what its key is set to, else the default of the installation. */
export function chooseDialect(
  header: string | string[] | undefined,
  ofKey: string | null | undefined,
  ofInstallation: Dialect,
): Result<Dialect> {
  const asked = [header].flat()[0]?.trim() ?? ''
  if (asked !== '') {
    return isDialect(asked)
      ? ok(asked)
      : fail(problem('bad_request', `The header Api-Dialect must be ${DIALECTS.join(' or ')}, not "${asked}".`))
  }
  return ok(isDialect(ofKey) ? ofKey : ofInstallation)
}

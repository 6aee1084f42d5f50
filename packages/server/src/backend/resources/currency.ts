import { type Problem, problem } from '@trackyard/core/result.ts'
import type { BackendSettings } from '../context.ts'

/** Money in another currency than the base cannot be converted yet, so it is refused unless it is nothing. */
export function currencyProblems(
  field: string,
  currency: string | null,
  amountMicros: number | null,
  { baseCurrency }: BackendSettings,
): Problem[] {
  if (currency === null || currency === baseCurrency || !amountMicros) return []
  const message = `must be ${baseCurrency}, the base currency of this installation: convert the amount and send it in ${baseCurrency}`
  return [problem('validation', message, field)]
}

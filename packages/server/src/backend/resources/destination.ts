import { compileAction } from '@trackyard/core/actions/index.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

interface Destination {
  readonly action_type: string
  readonly action_payload: string | null
  readonly action_options: Readonly<Record<string, unknown>> | null
}

/**
 * Whether the action of an offer or landing page can be carried out. One without a URL may be saved as a draft, but
 * not while a stream sends visitors to it.
 */
export async function destinationProblems(
  destination: Destination,
  isUsedBy: (stream: Stream) => boolean,
  reader: ConfigReader,
): Promise<readonly Problem[]> {
  const compiled = compileAction(destination)
  if (compiled.ok) return []
  const isDraft = !destination.action_payload && compiled.problems.every(({ at }) => at === 'action_payload')
  if (isDraft && !(await reader.list('streams')).some(isUsedBy)) return []
  return compiled.problems
}

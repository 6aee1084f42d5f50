import { compileAction } from '@trackyard/core/actions/index.ts'
import { destinationDoubts } from '@trackyard/core/click/doubts.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { SaveTools } from './resource.ts'

interface Destination {
  readonly action_type: string
  readonly action_payload: string | null
  readonly action_options: Readonly<Record<string, unknown>> | null
  readonly files: LocalFiles | null
}

/**
 * Whether the action of an offer or landing page can be carried out. One without a URL or files may be saved as a draft, but
 * not while a stream sends visitors to it.
 */
export async function destinationProblems(
  destination: Destination,
  isUsedBy: (stream: Stream) => boolean,
  reader: ConfigReader,
  isNew: boolean,
): Promise<readonly Problem[]> {
  const compiled = compileAction(destination)
  if (compiled.ok) return []
  const isDraft = compiled.problems.every(
    ({ at }) => at === 'archive' || (at === 'action_payload' && !destination.action_payload),
  )
  if (isDraft && (isNew || !(await reader.list('streams')).some(isUsedBy))) return []
  return compiled.problems
}

/** What is doubtful about the URL of an offer or landing page, which any campaign may use. */
export async function ownUrlDoubts(destination: Destination, { writer }: SaveTools): Promise<string[]> {
  // Most URLs hold only macros that are known everywhere.
  if (destinationDoubts(destination, []).length === 0) return []
  // Parameters of campaigns that this user cannot see are macros too, but not to be suggested.
  const owners = async (reader: ConfigReader) => [
    ...(await reader.list('campaigns')),
    ...(await reader.list('traffic_sources')),
  ]
  return destinationDoubts(destination, await owners(unrestricted(writer)), await owners(writer))
}

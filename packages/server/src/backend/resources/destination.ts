import { compileAction, takesUrl } from '@trackyard/core/actions/index.ts'
import { destinationDoubts } from '@trackyard/core/click/doubts.ts'
import type { Stream } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Input } from '../http/read-body.ts'
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

const TYPE_ACTIONS: Readonly<Record<string, string>> = { preloaded: 'curl', action: 'show_html' }

/** The kind of page names its action when the client does not: a preloaded copy is fetched, an action shows HTML. */
export const withActionOfType =
  (typeField: 'landing_type' | 'offer_type') =>
  (input: Input): Input => {
    const action = TYPE_ACTIONS[String(input[typeField] ?? '')]
    const isNamed = input.action_type !== undefined && input.action_type !== null && input.action_type !== ''
    return action === undefined || isNamed ? input : { ...input, action_type: action }
  }

/** A page that says it is a preloaded copy but is redirected to. */
export const typeDoubts = (typeField: string, type: string, actionType: string): string[] =>
  type === 'preloaded' && takesUrl(actionType) && actionType !== 'curl'
    ? [
        `${typeField} is preloaded, but action_type ${actionType} leads visitors away: set action_type to curl to show a copy of the page.`,
      ]
    : []

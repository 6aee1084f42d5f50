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
  if (lacks(destination) !== null && (isNew || !(await reader.list('streams')).some(isUsedBy))) return []
  return compiled.problems
}

/** An offer or landing page that is saved although nobody can be sent there yet. */
export function draftDoubts(destination: Destination, label: string): string[] {
  const lack = lacks(destination)
  if (lack === null) return []
  const cure = lack === 'files' ? 'send them as archive' : `set ${lack === 'URL' ? 'url' : 'action_payload'}`
  return [`The ${label} has no ${lack} yet, so no stream can use it: ${cure}.`]
}

/** What a draft still lacks; null when it can be carried out, or what is wrong is something else. */
function lacks(destination: Destination): 'files' | 'URL' | 'content' | null {
  const compiled = compileAction(destination)
  if (compiled.ok) return null
  const { action_payload: payload, action_type: type } = destination
  if (compiled.problems.some(({ at }) => at !== 'archive' && (at !== 'action_payload' || payload))) return null
  return compiled.problems.some(({ at }) => at === 'archive') ? 'files' : takesUrl(type) ? 'URL' : 'content'
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

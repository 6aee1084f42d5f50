import type { StreamTrigger } from '@trackyard/core/entities/trigger.ts'
import { conditions, holds, type PageCheck } from '@trackyard/core/triggers/conditions.ts'
import {
  type Candidate,
  passes,
  type TargetObservation,
  type TriggerState,
} from '@trackyard/core/triggers/plan-trigger-run.ts'
import {
  addressToCheck,
  alternativesOf,
  isUrlWithMacros,
  isWebUrl,
  replacedUrl,
} from '@trackyard/core/triggers/urls.ts'
import type { Send } from '../../malware/ask.ts'
import type { MalwareCheck } from '../../malware/port.ts'
import type { Target } from './targets.ts'

/** How a trigger sees the world. */
export interface Eyes {
  readonly send: Send
  readonly malware: MalwareCheck
}

/** Some sites answer nobody but browsers. */
const HEADERS = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
}
/** Alternatives looked at for one page in one run; the others come with the next. */
const MAX_CANDIDATES = 10
const MAX_LINKS = 100

/** Looks at a page and, when the condition is so, at what could take its place, until one passes. */
export async function observeTarget(
  trigger: StreamTrigger,
  target: Target,
  state: TriggerState,
  eyes: Eyes,
): Promise<TargetObservation> {
  const { id, label } = target
  const check = await look(trigger, target.page, eyes)
  const observed = { id, label, check, candidates: [], candidateProblem: null }
  const isDue = holds(trigger.condition, check, trigger.pattern) === true && trigger.action !== 'disable'
  if (!isDue || state.switchedOff.includes(id)) return observed
  if (target.url === null) return { ...observed, candidateProblem: 'the stream has no URL that could be replaced' }
  const found =
    trigger.action === 'replace_url'
      ? { urls: inTurn(alternativesOf(trigger.alternative_urls), state.nextAlternative), problem: null }
      : await grab(trigger.grab_from_page, eyes)
  const candidates: Candidate[] = []
  for (const { line, place } of found.urls.slice(0, MAX_CANDIDATES)) {
    const url = replacedUrl(target.url, line)
    if (url === target.url) continue
    const isLookedAt = conditions[trigger.condition].needs !== 'nothing'
    const candidate = { url, place, check: isLookedAt ? await look(trigger, url, eyes) : null }
    candidates.push(candidate)
    if (passes(trigger, candidate)) break
  }
  return { ...observed, candidates, candidateProblem: found.problem }
}

interface Line {
  readonly line: string
  readonly place: number | null
}

function inTurn(lines: readonly string[], from: number): Line[] {
  return lines.map((_, index) => {
    const place = (from + index) % lines.length
    return { line: lines[place] ?? '', place }
  })
}

async function grab(page: string, { send }: Eyes): Promise<{ urls: Line[]; problem: string | null }> {
  const reply = await send({ method: 'GET', url: page, headers: HEADERS, body: null })
  if (reply.status !== 200)
    return {
      urls: [],
      problem: `${page} ${reply.status === null ? `gave no answer: ${reply.error}` : `answered ${reply.status}`}`,
    }
  const url = reply.body.trim()
  if (!isUrlWithMacros(url)) return { urls: [], problem: `what ${page} answers is no URL` }
  return { urls: [{ line: url, place: null }], problem: null }
}

/** Asks as much about a page as the condition needs. */
async function look(trigger: StreamTrigger, url: string, eyes: Eyes): Promise<PageCheck> {
  const { needs } = conditions[trigger.condition]
  const address = addressToCheck(url)
  const nothing = { url: address ?? url, status: null, body: '', error: null, refusal: null, threats: null }
  if (needs === 'nothing') return nothing
  if (address === null) return { ...nothing, refusal: 'its host is a macro or it is no web address' }
  if (needs === 'page') return fetchPage(address, eyes)
  if (!trigger.scan_page) return { ...nothing, ...(await askLists([address], eyes)) }
  const page = await fetchPage(address, eyes)
  return {
    ...page,
    ...(await askLists([address, ...page.passed, ...linksOf(page.body, address)], eyes)),
  }
}

async function fetchPage(url: string, { send }: Eyes): Promise<PageCheck & { readonly passed: readonly string[] }> {
  const reply = await send({ method: 'GET', url, headers: HEADERS, body: null })
  const refusal = reply.isForbidden ? reply.error : null
  const { status, body, error } = reply
  return { url, status, body, error, refusal, threats: null, passed: reply.redirectedTo }
}

/** What the lists say of a page and of what it loads and links to; one known threat is enough. */
async function askLists(urls: readonly string[], { malware }: Eyes): Promise<Pick<PageCheck, 'threats' | 'refusal'>> {
  const verdicts = [...(await malware.check([...new Set(urls)])).values()]
  const threats = verdicts.flatMap((verdict) => (verdict.kind === 'flagged' ? verdict.threats : []))
  if (threats.length > 0) return { threats: [...new Set(threats)], refusal: null }
  const unknown = verdicts.find((verdict) => verdict.kind === 'unknown')
  return unknown ? { threats: null, refusal: unknown.reason } : { threats: [], refusal: null }
}

/** Addresses of what a page loads and links to. */
function linksOf(html: string, base: string): string[] {
  const links = new Set<string>()
  for (const [, quoted, single, bare] of html.matchAll(
    /\b(?:href|src|action)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi,
  )) {
    const link = (quoted ?? single ?? bare ?? '').trim()
    if (!URL.canParse(link, base)) continue
    const { href, hash } = new URL(link, base)
    if (isWebUrl(href)) links.add(hash === '' ? href : href.slice(0, -hash.length))
    if (links.size === MAX_LINKS) break
  }
  return [...links]
}

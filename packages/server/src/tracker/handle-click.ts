import type { Click } from '@trackyard/core/click/click.ts'
import type { Deps } from './deps.ts'
import { embed, embeddingOf } from './embed.ts'
import type { Answer, FrontRequest } from './front.ts'
import type { Origin } from './headers.ts'
import type { Params } from './query.ts'
import { readClick } from './read-click.ts'
import { toFrontReply } from './respond.ts'
import { type EarlierClick, finishRun, runClick } from './run-click.ts'
import type { LiveCampaign, Site } from './site.ts'

/** A request that reached a campaign: read, decide, record, answer. */
export function handleClick(
  request: FrontRequest,
  origin: Origin,
  params: Params,
  entry: LiveCampaign,
  site: Site,
  deps: Deps,
  answer: Answer,
  from?: EarlierClick,
): void {
  const embedding = embeddingOf(request.headers, params)
  const finish = (click: Click): void => {
    const run = runClick(request, origin, params, entry, site, deps, { embedding, from }, click)
    finishRun(run, request.headers, deps, ({ reply, cookies }) => {
      const shown = embed(reply, embedding, params)
      answer(toFrontReply(shown, cookies, origin.isTls, deps.indexing(site, origin.host)))
    })
  }
  deps.later('read', () => {
    const click = readClick(request, origin, params, entry.parameters, deps.senses)
    deps.later('decide', () => finish(click))
  })
}

/**
 * Where nothing that is known of Keitaro's API settles paths or bodies (reference admin-api §8, §10.2, §10.3), and what
 * was decided instead. The document says so at each operation, so that nobody takes our reading for a published fact.
 */
interface Reading {
  /** Method and path of the routes it is about, as in `POST /streams/copy`. */
  readonly routes: RegExp
  /** What was decided, in a sentence. */
  readonly decided: string
}

const readings: readonly Reading[] = [
  {
    routes: /^\w+ \/clicks\/(summary|build)$/,
    decided: 'The bodies are those of report/build and clicks/log: rows, total and meta.',
  },
  {
    routes: /^POST \/streams\/(copy|move_streams)$/,
    decided:
      'Streams are named by stream_ids, or all of a campaign by campaign_id; target_campaign_id says where they go. The answer lists the streams that were made or moved.',
  },
  {
    routes: /^GET \/streams?\/:id\/events$/,
    decided: 'The answer lists what was changed, each with time, text and stream.',
  },
  { routes: /^GET \/report\/definition$/, decided: 'The answer lists every dimension and metric with its help.' },
  { routes: /^GET \/report\/labels$/, decided: 'The answer maps each value to its label.' },
  {
    routes: /^GET \/(stream_\w+|streams_actions)$/,
    decided: 'Names and texts are our own; key and value are where clients look for them.',
  },
  {
    routes: /^\w+ \/(settings|blacklist|bots|postbacks|filters)(\/|$)/,
    decided: 'Only the resource is known, from an n8n node; paths follow the other resources, fields the node.',
  },
  {
    routes: /^\w+ \/(clicks|conversions)(\/:\w+)?$/,
    decided: 'Only the operations are known, from an n8n node; clicks go by sub_id, conversions by conversion_id.',
  },
  {
    routes: /^\w+ \/(stats|traffic)$/,
    decided: 'A report of the usual metrics, of today when nothing is asked for; the body is that of report/build.',
  },
  {
    routes: /^GET \/report$/,
    decided: 'The fields are those of report/build; /stats fills in what is left open.',
  },
  {
    routes: /^\w+ \/logs(\/:name)?$/,
    decided: 'Without a type all logs come as one, newest first; entries cannot be changed.',
  },
  {
    routes:
      /^\w+ \/(landing_pages|landings|offers|traffic_sources|sources|affiliate_networks)\/(deleted|clean_archive|:id\/restore|:id\/archive)$/,
    decided: 'It works as for campaigns.',
  },
  {
    routes: /^GET \/(landing_pages|landings|offers|traffic_sources|sources|affiliate_networks)$/,
    decided: 'Archived ones are left out of the list and stay readable by id.',
  },
  { routes: /^POST \/domains\/register$/, decided: 'Nothing is bought; the refusal says what to do instead.' },
  { routes: /^(POST \/streams\/:id(\/clone)?|POST \/offers\/:id\/archive)$/, decided: 'Another way that clients use.' },
]

/** What was decided about a route that no source settles; null for all others. */
export const decidedOf = (method: string, path: string): string | null =>
  readings.find(({ routes }) => routes.test(`${method} ${path}`))?.decided ?? null

/** The patterns, for the test that finds those which match no route. */
export const undeterminedRoutes: readonly RegExp[] = readings.map(({ routes }) => routes)

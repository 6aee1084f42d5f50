import { createMetrics } from '../prometheus.ts'

export interface TrackerMetrics {
  readonly clicks: { inc(): void }
  readonly landingClicks: { inc(): void }
  readonly postbacks: { inc(): void }
  /** Postbacks without a click id. */
  readonly rejectedPostbacks: { inc(): void }
  /** Of those, the ones the log was spared. */
  readonly unloggedPostbacks: { inc(): void }
  readonly notFound: { inc(): void }
  /** Requests of campaigns that are switched off; nobody is counted as a click there. */
  readonly disabledCampaigns: { inc(): void }
  /** Visitors who reached a campaign and were shown nothing, because nothing in it took them. */
  readonly clicksWithoutDestination: { inc(): void }
  readonly failures: { inc(): void }
  /** Uploaded pages that were to be shown and could not be read. */
  readonly missingPages: { inc(): void }
  /** Pages and addresses asked of other servers for visitors. */
  readonly fetches: { inc(): void }
  /** Of those, the ones that did not come; the visitors saw the fallback. */
  readonly failedFetches: { inc(): void }
  /** Answers given although the record could not be written. Anything above zero is an alarm. */
  readonly undurable: { inc(): void }
  /** Prometheus text. */
  render(): Promise<string>
}

/** Values read when metrics are asked for. */
export interface TrackerGauges {
  readonly spoolPosition: () => number
  readonly spoolFailing: () => number
  readonly spoolLost: () => number
  readonly visitorsKnown: () => number
  readonly snapshotVersion: () => number
  /** Absent where geo data are read once. */
  readonly geo?: { readonly madeAtSeconds: number; readonly failures: number }
}

export function createTrackerMetrics(gauges: TrackerGauges): TrackerMetrics {
  const { counter, gauge, render } = createMetrics()
  gauge('spool_position_bytes', 'Position after the last record written to the spool.', gauges.spoolPosition)
  gauge('spool_write_failing', '1 while the spool cannot be written (disk full or broken).', gauges.spoolFailing)
  gauge(
    'spool_lost_records',
    'Records that were given up because the spool could not be written for long.',
    gauges.spoolLost,
  )
  gauge('visitor_keys', 'Keys in the visitor memory.', gauges.visitorsKnown)
  gauge('snapshot_version', 'Version of the configuration being served.', gauges.snapshotVersion)
  const { geo } = gauges
  if (geo) {
    gauge('geo_data_made_at_seconds', 'When the geo data in use were made (Unix time).', () => geo.madeAtSeconds)
    gauge('geo_data_failures', 'How often new geo or ASN data could not be used.', () => geo.failures)
  }
  gauge('tracker_memory_bytes', 'Resident memory of the tracker process.', () => process.memoryUsage.rss())
  return {
    clicks: counter('clicks_total', 'Clicks recorded, one for each campaign of a chain.'),
    landingClicks: counter('landing_clicks_total', 'Visitors who went from a landing page to an offer.'),
    postbacks: counter('postbacks_total', 'Postbacks acknowledged.'),
    rejectedPostbacks: counter('rejected_postbacks_total', 'Postbacks answered 400 because they name no click.'),
    unloggedPostbacks: counter(
      'rejected_postbacks_unlogged_total',
      'Rejected postbacks that are not in the log because too many came in one minute.',
    ),
    notFound: counter('not_found_total', 'Requests that named no campaign.'),
    disabledCampaigns: counter(
      'disabled_campaign_requests_total',
      'Requests of campaigns that are disabled: they got nothing and are no clicks. The log names the aliases.',
    ),
    clicksWithoutDestination: counter(
      'clicks_without_destination_total',
      'Visitors who got an empty page because their campaign had nothing for them; explain tells why.',
    ),
    failures: counter('request_failures_total', 'Requests answered with an empty page because of a fault inside.'),
    missingPages: counter('missing_pages_total', 'Visitors who got an empty page because uploaded files are missing.'),
    fetches: counter(
      'fetches_total',
      'Pages and addresses asked of other servers for visitors, by the actions curl and remote.',
    ),
    failedFetches: counter(
      'failed_fetches_total',
      'Visitors who saw the fallback, or a file that broke off, because another server did not answer as it should.',
    ),
    undurable: counter('undurable_answers_total', 'Records that were not on disk when the answer was given.'),
    render,
  }
}

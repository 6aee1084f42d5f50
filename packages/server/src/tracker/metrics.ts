import { createMetrics } from '../prometheus.ts'

export interface TrackerMetrics {
  readonly clicks: { inc(): void }
  readonly landingClicks: { inc(): void }
  readonly postbacks: { inc(): void }
  readonly notFound: { inc(): void }
  readonly failures: { inc(): void }
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
  gauge('tracker_memory_bytes', 'Resident memory of the tracker process.', () => process.memoryUsage.rss())
  return {
    clicks: counter('clicks_total', 'Clicks recorded, one for each campaign of a chain.'),
    landingClicks: counter('landing_clicks_total', 'Visitors who went from a landing page to an offer.'),
    postbacks: counter('postbacks_total', 'Postbacks acknowledged.'),
    notFound: counter('not_found_total', 'Requests that reached no campaign.'),
    failures: counter('request_failures_total', 'Requests answered with an empty page because of a fault inside.'),
    undurable: counter('undurable_answers_total', 'Records that were not on disk when the answer was given.'),
    render,
  }
}

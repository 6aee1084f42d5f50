import { api } from '../api.ts'
import { decide } from '../decide.ts'
import { exportsBenchmark } from '../exports.ts'
import { ingest } from '../ingest.ts'
import { postbacks } from '../postbacks.ts'
import { readClick } from '../read-click.ts'
import { redirect } from '../redirect.ts'
import { reports } from '../reports.ts'
import { start } from '../start.ts'
import { updateCosts } from '../update-costs.ts'
import type { Benchmark } from './report.ts'

/** Every benchmark of `npm run bench`, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  decide,
  readClick,
  redirect,
  ingest,
  updateCosts,
  reports,
  exportsBenchmark,
  postbacks,
  start,
  api,
]

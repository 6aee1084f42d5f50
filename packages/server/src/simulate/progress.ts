import type { Totals } from './story.ts'

const REDRAW_MS = 100
const LINE_MS = 5000
const WIDTH = 30

/** A bar that is drawn again and again on a terminal, elsewhere a line every few seconds. */
export function showProgress(visitors: number, output: NodeJS.WriteStream): (done: number, totals: Totals) => void {
  let shownAt = performance.now()
  return (done, { clicks, postbacks }) => {
    const now = performance.now()
    const isLast = done === visitors
    if (!isLast && now - shownAt < (output.isTTY ? REDRAW_MS : LINE_MS)) return
    shownAt = now
    const text = `${done}/${visitors} visitors, ${clicks} clicks, ${postbacks} postbacks`
    const filled = Math.round((done / visitors) * WIDTH)
    if (output.isTTY)
      output.write(`\r  [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text} ${isLast ? '\n' : ''}`)
    else output.write(`${text}\n`)
  }
}

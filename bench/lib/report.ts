/** One line of the table a benchmark prints. */
export type Line = Readonly<Record<string, string | number>>

/** A promise of the design beside what was seen. */
export interface Budget {
  readonly what: string
  readonly measured: number
  readonly limit: number
  /** Whether more or less is better. */
  readonly kept: 'at least' | 'at most'
}

export interface Outcome {
  readonly title: string
  readonly tables: readonly { readonly about: string; readonly lines: readonly Line[] }[]
  readonly budgets: readonly Budget[]
}

export interface BenchOptions {
  /** The smallest form: seconds in all, for the test that keeps benchmarks running. Its figures mean nothing. */
  readonly small: boolean
}

export interface Benchmark {
  readonly name: string
  readonly about: string
  run(options: BenchOptions): Promise<Outcome>
}

export const isKept = ({ measured, limit, kept }: Budget): boolean =>
  kept === 'at least' ? measured >= limit : measured <= limit

/** `digits` significant digits, without trailing zeros. */
export const rounded = (value: number, digits = 3): number => Number(value.toPrecision(digits))

/** An outcome as Markdown, ready for docs/benchmarks.md. */
export function toMarkdown({ title, tables, budgets }: Outcome): string {
  const parts = [`## ${title}`]
  for (const { about, lines } of tables) parts.push(about, markdownTable(lines))
  if (budgets.length > 0) {
    parts.push(
      'Budgets:',
      markdownTable(
        budgets.map((budget) => ({
          what: budget.what,
          measured: budget.measured,
          budget: `${budget.kept} ${budget.limit}`,
          kept: isKept(budget) ? 'yes' : 'no',
        })),
      ),
    )
  }
  return parts.join('\n\n')
}

function markdownTable(lines: readonly Line[]): string {
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))]
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [
    row(names),
    row(names.map(() => '---')),
    ...lines.map((line) => row(names.map((name) => line[name] ?? ''))),
  ].join('\n')
}

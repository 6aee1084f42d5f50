import { parseBotLine, USER_AGENT_PREFIX } from '@trackyard/core/entities/bot.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { breathe } from './breathe.ts'

const MAX_TOLD = 5

/**
 * Reads pasted text: an entry a line, several addresses in a line with spaces, commas or semicolons between them, `#`
 * before what is a remark. Answers each entry once, in the form it is kept in; refuses all when one cannot be read.
 */
export async function readLines(text: string): Promise<Result<string[]>> {
  const entries = new Set<string>()
  const problems: Problem[] = []
  let refused = 0
  const lines = text.split(/\r\n|\r|\n/)
  for (const [index, line] of lines.entries()) {
    await breathe(index)
    for (const part of partsOf(line.trim())) {
      const parsed = parseBotLine(part)
      if (parsed.ok) entries.add(parsed.value)
      else if (++refused <= MAX_TOLD)
        problems.push(
          ...parsed.problems.map(({ message }) => problem('validation', `Line ${index + 1}: ${message}`, 'value')),
        )
    }
  }
  if (refused > MAX_TOLD)
    problems.push(
      problem('validation', `${refused - MAX_TOLD} more entries cannot be read; nothing was changed`, 'value'),
    )
  return problems.length > 0 ? fail(...problems) : ok([...entries])
}

function partsOf(line: string): string[] {
  if (line === '' || line.startsWith('#')) return []
  if (line.slice(0, USER_AGENT_PREFIX.length).toLowerCase() === USER_AGENT_PREFIX) return [line]
  return line
    .replace(/\s*([-/])\s*/g, '$1')
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
}

/** Why a click was marked before its campaign decided: kept in front of the trace, so that `explain` can tell. */
export type Mark =
  | { readonly by: 'bot_list'; readonly on: 'ip' | 'user_agent' }
  | { readonly by: 'blacklist'; readonly entryId: number; readonly action: 'block' | 'flag' }

/** As pieces of the trace, e.g. `#bot:ip;#block:12`; '' for none. */
export const encodeMarks = (marks: readonly Mark[]): string =>
  marks.map((mark) => (mark.by === 'bot_list' ? `#bot:${mark.on}` : `#${mark.action}:${mark.entryId}`)).join(';')

/** The marks among the pieces of a trace. */
export function decodeMarks(trace: string): Mark[] {
  const marks: Mark[] = []
  for (const piece of trace.split(';')) {
    const [, kind, what = ''] = /^#(bot|block|flag):(\w+)$/.exec(piece) ?? []
    if (kind === 'bot' && (what === 'ip' || what === 'user_agent')) marks.push({ by: 'bot_list', on: what })
    else if (kind === 'block' || kind === 'flag') {
      if (/^\d+$/.test(what)) marks.push({ by: 'blacklist', entryId: Number(what), action: kind })
    }
  }
  return marks
}

/** The trace with its marks in front. */
export const withMarks = (marks: string, trace: string): string =>
  marks === '' ? trace : trace === '' ? marks : `${marks};${trace}`

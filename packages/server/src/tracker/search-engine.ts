/** Search engines by a label of the host name, and the parameter that carries the phrase (reference click-processing §8.5). */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  google: ['q'],
  bing: ['q'],
  yandex: ['text'],
  yahoo: ['p', 'q'],
  duckduckgo: ['q'],
  baidu: ['wd', 'word'],
  ecosia: ['q'],
  naver: ['query'],
  seznam: ['q'],
}

/** Engine and keyword of a referrer; empty text when it is not a search engine's. */
export function readSearchEngine(referrer: string): { engine: string; keyword: string } {
  const nothing = { engine: '', keyword: '' }
  const match = /^https?:\/\/([^/:?#]+)/i.exec(referrer)
  const host = match?.[1]?.toLowerCase()
  if (!host) return nothing
  const engine = host.split('.').find((label) => Object.hasOwn(ENGINES, label))
  if (!engine) return nothing
  const query = new URLSearchParams(referrer.split('?')[1]?.split('#')[0] ?? '')
  const keyword = ENGINES[engine]?.map((name) => query.get(name)).find(Boolean) ?? ''
  return { engine, keyword }
}

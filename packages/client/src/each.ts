/** What a list route takes and gives. */
export interface Paged {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}
type Page<Item> = readonly Item[] | { readonly rows: readonly Item[] }

const DEFAULT_PAGE = 500

/**
 * Every item of a list that comes in pages, one after the other: `for await (const one of each(client.campaigns.list))`.
 * `input.limit` is the size of a page.
 */
export async function* each<Input extends Paged, Item>(
  list: (input: Input) => Promise<Page<Item>>,
  ...[given]: Partial<Input> extends Input ? [input?: Input] : [input: Input]
): AsyncGenerator<Item, void, undefined> {
  const limit = given?.limit ?? DEFAULT_PAGE
  let offset = given?.offset ?? 0
  let before = ''
  for (;;) {
    // Limit and offset are all that is added to what was given.
    const page = await list({ ...given, limit, offset } as Input)
    const items: readonly Item[] = 'rows' in page ? page.rows : page
    const first = JSON.stringify(items[0]) ?? ''
    // A tracker that knows no pages answers everything, again and again.
    if (offset > 0 && first === before) return
    yield* items
    if (items.length !== limit) return
    before = first
    offset += limit
  }
}

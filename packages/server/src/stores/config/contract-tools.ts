import assert from 'node:assert/strict'
import type { FieldsOf } from '@trackyard/core/entities/index.ts'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { ok } from '@trackyard/core/result.ts'
import type { ChangeAuthor, ConfigStore, ConfigWriter } from './port.ts'

export const by: ChangeAuthor = { actor: 'tester', atMs: 1_700_000_000_000 }

/** Runs `work` on a store of its own. */
export const openedBy =
  (open: () => Promise<ConfigStore>) =>
  async (work: (store: ConfigStore) => Promise<void>): Promise<void> => {
    const store = await open()
    try {
      await work(store)
    } finally {
      await store.close()
    }
  }

/** What a change answers that must succeed. */
export async function changed<T>(store: ConfigStore, work: (writer: ConfigWriter) => Promise<T>): Promise<T> {
  const result = await store.change(by, async (writer) => ok(await work(writer)))
  assert.ok(result.ok)
  return result.value
}

/** Fields as they are stored. */
export function fieldsOf<Kind extends Parameters<typeof parseNewFields>[0]>(
  kind: Kind,
  input: Record<string, unknown>,
): FieldsOf<Kind> {
  const parsed = parseNewFields(kind, input)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

export const campaignFields = (input: { alias: string } & Record<string, unknown>) =>
  fieldsOf('campaigns', { name: input.alias, ...input })

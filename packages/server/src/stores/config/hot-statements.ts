import type { EntityKind } from '@trackyard/core/entities/index.ts'
import type { CompiledQuery, Insertable, Kysely } from 'kysely'
import type { Row } from './entity-rows.ts'
import type { ConfigTables } from './tables.ts'

type Database = Kysely<ConfigTables>
export type AuditColumns = Omit<Insertable<ConfigTables['audit']>, 'id'>
export type ChangedColumns = Omit<Row, 'id' | 'created_at_ms'>

/** What nearly every request asks or writes. `on` is the store itself or a transaction of it. */
export interface HotStatements {
  entity(on: Database, kind: EntityKind, id: number): Promise<Row | undefined>
  /** Those of a parent that are not archived, in order of id. */
  children(on: Database, kind: EntityKind, parentId: number): Promise<Row[]>
  meta(on: Database, key: string): Promise<string | undefined>
  counter(on: Database, name: string): Promise<number>
  /** Adds to named counters and answers their new values in the same order; the first value of one is `by`. */
  raise(on: Database, names: readonly string[], by: number): Promise<readonly number[]>
  update(on: Database, kind: EntityKind, id: number, columns: ChangedColumns): Promise<void>
  audit(on: Database, row: AuditColumns): Promise<void>
}

const NO_AUDIT: AuditColumns = {
  actor: '',
  at_ms: 0,
  user_id: null,
  login: '',
  key_id: null,
  ip: '',
  via: '',
  action: 'create',
  kind: '',
  entity_id: 0,
  before: '',
  after: '',
}
const NO_CHANGE: ChangedColumns = { state: '', unique_value: null, parent_id: null, body: '', updated_at_ms: 0 }

/** Statements that are put together once: for these, building the text takes longer than answering it. */
export function createHotStatements(db: Database): HotStatements {
  const entities = once((kind: EntityKind) => db.selectFrom<EntityKind>(kind).selectAll().where('id', '=', 0).compile())
  const children = once((kind: EntityKind) =>
    db
      .selectFrom<EntityKind>(kind)
      .selectAll()
      .where('state', '<>', 'deleted')
      .where('parent_id', '=', 0)
      .orderBy('id')
      .compile(),
  )
  const updates = once((kind: EntityKind) =>
    db.updateTable<EntityKind>(kind).set(NO_CHANGE).where('id', '=', 0).compile(),
  )
  const raises = once((count: number) =>
    db
      .insertInto('counters')
      .values(Array.from({ length: count }, () => ({ name: '', value: 0 })))
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', eb.ref('excluded.value')) })),
      )
      .returning(['name', 'value'])
      .compile(),
  )
  const meta = db.selectFrom('meta').select('value').where('key', '=', '').compile()
  const counter = db.selectFrom('counters').select('value').where('name', '=', '').compile()
  const audit = db.insertInto('audit').values(NO_AUDIT).compile()
  return {
    entity: async (on, kind, id) => (await ask(on, entities(kind), [id]))[0],
    children: (on, kind, parentId) => ask(on, children(kind), ['deleted', parentId]),
    meta: async (on, key) => (await ask(on, meta, [key]))[0]?.value,
    counter: async (on, name) => Number((await ask(on, counter, [name]))[0]?.value ?? 0),
    async raise(on, names, by) {
      const rows = await ask(
        on,
        raises(names.length),
        names.flatMap((name) => [name, by]),
      )
      const values = new Map(rows.map(({ name, value }) => [name, Number(value)]))
      return names.map((name) => values.get(name) ?? by)
    },
    async update(on, kind, id, columns) {
      await ask(on, updates(kind), [...inOrderOf(NO_CHANGE, columns), id])
    },
    async audit(on, row) {
      await ask(on, audit, inOrderOf(NO_AUDIT, row))
    },
  }
}

/** `parameters` in the order of the statement, in place of those it was built with. */
async function ask<Found>(db: Database, statement: CompiledQuery<Found>, parameters: unknown[]): Promise<Found[]> {
  return (await db.executeQuery<Found>({ ...statement, parameters })).rows
}

const inOrderOf = <Columns extends object>(order: Columns, columns: Columns): unknown[] => {
  const values = new Map<string, unknown>(Object.entries(columns))
  return Object.keys(order).map((name) => values.get(name))
}

function once<Key, Statement>(build: (key: Key) => Statement): (key: Key) => Statement {
  const known = new Map<Key, Statement>()
  return (key) => {
    const statement = known.get(key) ?? build(key)
    known.set(key, statement)
    return statement
  }
}

import type { EntityKind } from '@trackyard/core/entities/index.ts'
import type { CompiledQuery, Kysely } from 'kysely'
import type { Row } from './entity-rows.ts'
import type { ConfigTables } from './tables.ts'

type Database = Kysely<ConfigTables>

/** What nearly every request asks. `db` is the store itself or a transaction of it. */
export interface HotStatements {
  entity(db: Database, kind: EntityKind, id: number): Promise<Row | undefined>
  /** Those of a parent that are not archived, in order of id. */
  children(db: Database, kind: EntityKind, parentId: number): Promise<Row[]>
  meta(db: Database, key: string): Promise<string | undefined>
  counter(db: Database, name: string): Promise<number>
}

/** Statements that are put together once: for these, building the text takes longer than answering it. */
export function createHotStatements(db: Database): HotStatements {
  const entities = perKind((kind) => db.selectFrom<EntityKind>(kind).selectAll().where('id', '=', 0).compile())
  const children = perKind((kind) =>
    db
      .selectFrom<EntityKind>(kind)
      .selectAll()
      .where('state', '<>', 'deleted')
      .where('parent_id', '=', 0)
      .orderBy('id')
      .compile(),
  )
  const meta = db.selectFrom('meta').select('value').where('key', '=', '').compile()
  const counter = db.selectFrom('counters').select('value').where('name', '=', '').compile()
  return {
    entity: async (on, kind, id) => (await ask(on, entities(kind), id))[0],
    children: (on, kind, parentId) => ask(on, children(kind), 'deleted', parentId),
    meta: async (on, key) => (await ask(on, meta, key))[0]?.value,
    counter: async (on, name) => Number((await ask(on, counter, name))[0]?.value ?? 0),
  }
}

/** `parameters` in the order of the statement, in place of those it was built with. */
async function ask<Found>(db: Database, statement: CompiledQuery<Found>, ...parameters: unknown[]): Promise<Found[]> {
  return (await db.executeQuery<Found>({ ...statement, parameters })).rows
}

function perKind(compile: (kind: EntityKind) => CompiledQuery<Row>): (kind: EntityKind) => CompiledQuery<Row> {
  const known = new Map<EntityKind, CompiledQuery<Row>>()
  return (kind) => {
    const statement = known.get(kind) ?? compile(kind)
    known.set(kind, statement)
    return statement
  }
}

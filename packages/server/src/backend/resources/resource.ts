import type { EntityKind, EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader, ConfigWriter } from '../../stores/config/port.ts'
import type { BackendSettings } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import type { Route } from '../route.ts'

export type Verb = 'restore' | 'enable' | 'disable'

/** What one kind of entity has besides create, read, list, update and archive, which all have. */
export interface Resource<Kind extends EntityKind> {
  readonly kind: Kind
  /** Archived ones are gone for readers and listed at `/deleted`; otherwise they stay readable by id. */
  readonly hidesArchived: boolean
  readonly verbs: readonly Verb[]
  /** Archiving also goes by `/{id}/archive`. */
  readonly archivePath?: boolean
  /** Archived ones are listed at `/deleted` although they stay readable by id. */
  readonly listsArchived?: boolean
  /** Further verb of `/{id}/clone` or of changing at `/{id}` that clients use. */
  readonly otherMethods?: Readonly<Partial<Record<'clone' | 'update', Route['method']>>>
  /** Fields that clients may send back and that only the server writes. */
  readonly serverFields?: readonly string[]
  /** Deleting is for good. What it leaves behind is cleaned up here, in the same change. */
  readonly beforeRemoval?: (entity: EntityOf<Kind>, tools: SaveTools) => Promise<void>
  /** In what a copy differs from the original besides its name; kinds without it cannot be copied. */
  readonly copy?: (original: EntityOf<Kind>, tools: SaveTools) => Promise<Partial<FieldsOf<Kind>>>
  /** What is copied along; problems undo the copy. */
  readonly copyParts?: (copy: EntityOf<Kind>, original: EntityOf<Kind>, tools: SaveTools) => Promise<readonly Problem[]>
  /** Which entities a list holds, when the request can say; and in which order. */
  readonly select?: (entities: readonly EntityOf<Kind>[], input: Input) => readonly EntityOf<Kind>[]
  /** Fills in from the catalogue of templates what the client left empty. */
  readonly withTemplate?: (input: Input, tools: SaveTools) => Promise<Input>
  /** Creating answers a list, as one request may create several (reference admin-api §1.7). */
  readonly createsMany?: (input: Input) => readonly Input[]
  /** Older names of fields: 2017 clients send them. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Fields that an update leaves alone. */
  readonly frozen?: readonly string[]
  /** Fills in what the server chooses: tokens, positions, ids of rows. `current` is null for a new entity. */
  complete?(fields: FieldsOf<Kind>, current: EntityOf<Kind> | null, tools: SaveTools): Promise<FieldsOf<Kind>>
  /** What is wrong beyond schema, references and uniqueness. */
  check?(fields: FieldsOf<Kind>, current: EntityOf<Kind> | null, tools: SaveTools): Promise<readonly Problem[]>
  /** The last word, once it is written: does it compile? Problems undo the change. */
  verify?(entity: EntityOf<Kind>, tools: SaveTools): Promise<readonly Problem[]>
  /** Keys shown besides the fields, or instead of them; what they need is read once for all entities of an answer. */
  extras?(
    entities: readonly EntityOf<Kind>[],
    reader: ConfigReader,
  ): Promise<(entity: EntityOf<Kind>) => Record<string, unknown>>
}

export interface SaveTools {
  readonly writer: ConfigWriter
  readonly settings: BackendSettings
  readonly nowMs: number
}

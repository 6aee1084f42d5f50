import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import type { EntityKind, EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import type { Problem, Result } from '@trackyard/core/result.ts'
import type { z } from 'zod'
import type { ConfigReader, ConfigWriter } from '../../stores/config/port.ts'
import type { Backend, BackendSettings } from '../context.ts'
import type { FileStore } from '../files/store.ts'
import type { Input } from '../http/read-body.ts'
import type { ApiRequest, Route } from '../route.ts'
import type { SecretBox } from '../secret-box.ts'

export type Verb = 'restore' | 'enable' | 'disable'

/** What one kind of entity has besides create, read, list, update and archive, which all have. */
export interface Resource<Kind extends EntityKind> {
  readonly kind: Kind
  /** What creating one may be sent, for the docs: it is carried out there as it stands. */
  readonly example: Input
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
  /** Puts what clients write in other forms into the form of the fields. */
  readonly reads?: (input: Input) => Input
  /** Its list comes in pages: how many one holds when the request does not say, null for all. */
  readonly pageSize?: number | null
  /** What speaks against deleting for good. */
  readonly refuseRemoval?: (entity: EntityOf<Kind>, tools: SaveTools) => Promise<readonly Problem[]>
  /** Deleting is for good. What it leaves behind is cleaned up here, in the same change. */
  readonly beforeRemoval?: (entity: EntityOf<Kind>, tools: SaveTools) => Promise<void>
  /** In what a copy differs from the original besides its name; kinds without it cannot be copied. */
  readonly copy?: (original: EntityOf<Kind>, tools: SaveTools) => Promise<Partial<FieldsOf<Kind>>>
  /** What is copied along; problems undo the copy. */
  readonly copyParts?: (copy: EntityOf<Kind>, original: EntityOf<Kind>, tools: SaveTools) => Promise<readonly Problem[]>
  /** Which entities a list holds, by what was read as `listAccepts`; and in which order. */
  readonly select?: (entities: readonly EntityOf<Kind>[], asked: Asked) => readonly EntityOf<Kind>[]
  /** What a list was asked with and is probably not meant. */
  readonly listDoubts?: (asked: Asked) => readonly string[]
  /** Fills in what the client left empty of something new, as from the catalogue of templates. */
  readonly withTemplate?: (input: Input, tools: SaveTools) => Promise<Input>
  /** Creating answers a list, as one request may create several (reference admin-api §1.7). */
  readonly createsMany?: (input: Input) => readonly Input[]
  /** Saves new files of the field `archive` together with the entity; kinds without it have no files. */
  readonly withArchive?: <T>(
    id: number | null,
    input: Input,
    backend: Backend,
    save: (input: Input, files: LocalFiles | null) => Promise<Result<T>>,
  ) => Promise<Result<T>>
  /** Schemas of what extras show besides the fields or instead of them, and fields that it hides. */
  readonly shown?: {
    readonly fields?: Readonly<Record<string, z.ZodType>>
    readonly hidden?: readonly string[]
  }
  /** What creating and changing read besides fields and their older names. */
  readonly alsoAccepts?: Readonly<Record<string, z.ZodType>>
  /** What a list is narrowed by, besides pages. */
  readonly listAccepts?: z.ZodObject
  /** Older names of fields: 2017 clients send them. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Fields that an update leaves alone. */
  readonly frozen?: readonly string[]
  /** Fills in what the server chooses: tokens, positions, ids of rows. `current` is null for a new entity. */
  complete?(fields: FieldsOf<Kind>, current: EntityOf<Kind> | null, tools: SaveTools): Promise<FieldsOf<Kind>>
  /** What is wrong beyond schema, references and uniqueness. */
  check?(fields: FieldsOf<Kind>, current: EntityOf<Kind> | null, tools: SaveTools): Promise<readonly Problem[]>
  /** The last word, once it is written: does it compile? Problems undo the change. */
  verify?(entity: EntityOf<Kind>, tools: SaveTools, isNew: boolean): Promise<readonly Problem[]>
  /** What is accepted and probably not meant; after creating, changing and archiving. `isNew`: it was not there before. */
  doubts?(entity: EntityOf<Kind>, tools: SaveTools, isNew: boolean): Promise<readonly string[]>
  /** Keys shown besides the fields, or instead of them, made of the entity alone. */
  ownExtras?(entity: EntityOf<Kind>): Record<string, unknown>
  /** The same, made of other entities, too; what they need is read once for all entities of an answer. */
  extras?(
    entities: readonly EntityOf<Kind>[],
    reader: ConfigReader,
  ): Promise<(entity: EntityOf<Kind>) => Record<string, unknown>>
}

/** What a list was asked with, read by the schema of the resource. */
export type Asked = Readonly<Record<string, unknown>>

export interface SaveTools {
  readonly writer: ConfigWriter
  readonly settings: BackendSettings
  /** Base currency and rates as they were before the change. */
  readonly exchange: Exchange
  readonly files: FileStore
  /** For secrets that have to be readable again. */
  readonly secretBox: SecretBox
  readonly nowMs: number
  /** Tells the client about something that is accepted and probably not meant; goes out when the change is made. */
  hint(sentence: string): void
}

/** Who makes a change, and whom to tell what is doubtful about it. */
export type ChangedBy = Pick<ApiRequest, 'actor' | 'hint'>

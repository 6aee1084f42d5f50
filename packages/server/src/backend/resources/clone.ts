import { type EntityKind, type EntityOf, entities, type FieldsOf } from '@trackyard/core/entities/index.ts'
import { fail, ok, type Result } from '@trackyard/core/result.ts'
import { lookupFields } from '../../stores/config/port.ts'
import type { Backend } from '../context.ts'
import { dialects } from '../dialect/differences.ts'
import { onDisk } from '../files/disk.ts'
import type { FileStore } from '../files/store.ts'
import { type ApiRequest, idOf } from '../route.ts'
import type { Resource, SaveTools } from './resource.ts'
import { inChange, notFound, save, toFields } from './save.ts'

const MAX_NAME_LENGTH = 255

export interface Copied<Kind extends EntityKind> {
  readonly copy: EntityOf<Kind>
  readonly original: EntityOf<Kind>
}

/** Copies an entity under the name the dialect gives copies (reference admin-api §1.9). Null for kinds that cannot be copied. */
export async function cloneEntity<Kind extends EntityKind>(
  resource: Resource<Kind>,
  request: ApiRequest,
  backend: Backend,
): Promise<Result<Copied<Kind>>> {
  const { kind } = resource
  const id = idOf(request)
  return keepingFiles(backend, (files) =>
    inChange({ ...backend, files }, request, async (tools): Promise<Result<Copied<Kind>>> => {
      const original = await tools.writer.get(kind, id)
      if (!original || (resource.hidesArchived && original.state === 'deleted')) return notFound(kind, id)
      const name = dialects[request.dialect].cloneName(
        kind,
        original.name || `${entities[kind].label} ${id}`,
        tools.nowMs,
      )
      const fields: FieldsOf<Kind> = {
        ...toFields(original),
        ...(await resource.copy?.(original, tools)),
        name: await freeName(kind, name, tools),
        state: original.state === 'deleted' ? 'active' : original.state,
      }
      const saved = await save(resource, fields, null, tools)
      if (!saved.ok) return saved
      const refused = (await resource.copyParts?.(saved.value, original, tools)) ?? []
      if (refused.length > 0) return fail(...refused)
      return ok({ copy: saved.value, original })
    }),
  )
}

/** Files that are written for what is not saved in the end do not stay. */
async function keepingFiles<T>({ files }: Backend, work: (files: FileStore) => Promise<Result<T>>): Promise<Result<T>> {
  const written: { folder: string; version: string }[] = []
  const noting: FileStore = {
    ...files,
    async write(folder, fill) {
      const version = await files.write(folder, fill)
      written.push({ folder, version })
      return version
    },
  }
  let isSaved = false
  try {
    const done = await onDisk(() => work(noting))
    isSaved = done.ok
    return done
  } finally {
    if (!isSaved) for (const one of written) await files.remove(one)
  }
}

/** The name, numbered when the kind does not let two have the same. */
async function freeName(kind: EntityKind, wanted: string, { writer }: SaveTools): Promise<string> {
  for (let copy = 1; ; copy++) {
    const suffix = copy === 1 ? '' : ` (${copy})`
    const name = `${wanted.slice(0, MAX_NAME_LENGTH - suffix.length)}${suffix}`
    if (lookupFields[kind].unique !== 'name' || !(await writer.findUnique(kind, name))) return name
  }
}

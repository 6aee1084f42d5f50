import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { LANDER } from '../../local-page-files.ts'
import type { FileKind } from './uploads.ts'

/** What clients read about files: where they are, and the folder in the place where they look for it. */
export function shownFiles({ files, action_options }: Pick<EntityOf<FileKind>, 'files' | 'action_options'>) {
  if (!files) return { local_path: null, preview_path: null }
  const path = `/${LANDER}/${files.folder}`
  return {
    action_options: { ...action_options, folder: files.folder },
    local_path: path,
    preview_path: files.index === '' ? null : `${path}/${files.index}`,
  }
}

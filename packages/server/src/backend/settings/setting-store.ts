import { readSetting, type SettingKey, type SettingValue } from '@trackyard/core/settings.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

/** Keys of settings among what else the store keeps by key. */
export const SETTING_PREFIX = 'setting:'

/** What a setting is now; its default when nobody set it. */
export const settingOf = async <Key extends SettingKey>(
  reader: Pick<ConfigReader, 'getMeta'>,
  key: Key,
): Promise<SettingValue<Key>> => readSetting(key, await reader.getMeta(`${SETTING_PREFIX}${key}`))

/** Every setting that was set, as stored: JSON by key. */
export async function storedSettings(reader: Pick<ConfigReader, 'listMeta'>): Promise<ReadonlyMap<string, string>> {
  const stored = await reader.listMeta(SETTING_PREFIX)
  return new Map([...stored].map(([key, value]) => [key.slice(SETTING_PREFIX.length), value]))
}

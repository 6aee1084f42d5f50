import type {
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { callApi } from '../shared/call-api';
import type { RecordKind } from './operations/operation';
import { recordKinds, searchMethodOf } from './records';

const MOST_SHOWN = 500;
/** Groups are listed by what they hold. */
const GROUP_TYPES: Readonly<Record<string, string>> = {
	domain: 'domains',
	landing: 'landings',
	offer: 'offers',
};

const kinds = Object.keys(recordKinds) as RecordKind[];

/** Methods of the resource locators. */
export const listSearch = Object.fromEntries(
	kinds.map((kind) => [
		searchMethodOf(kind),
		async function (this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
			const wanted = (filter ?? '').trim().toLowerCase();
			const all = await recordsOf.call(this, kind);
			return {
				results: all
					.filter(
						({ name, value }) => name.toLowerCase().includes(wanted) || String(value) === wanted,
					)
					.slice(0, MOST_SHOWN),
			};
		},
	]),
);

/** Methods of the fields that name another record. */
export const loadOptions = Object.fromEntries(
	kinds.map((kind) => [
		loadMethodOf(kind),
		async function (this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
			return [{ name: '(None)', value: '' }, ...(await recordsOf.call(this, kind))];
		},
	]),
);

export function loadMethodOf(kind: RecordKind): string {
	return searchMethodOf(kind).replace('search', 'load');
}

async function recordsOf(
	this: ILoadOptionsFunctions,
	kind: RecordKind,
): Promise<INodePropertyOptions[]> {
	if (kind !== 'group') return await listed.call(this, kind, {});
	const resource = String(this.getCurrentNodeParameter('resource') ?? '');
	if (resource !== 'group')
		return await listed.call(this, kind, { type: GROUP_TYPES[resource] ?? 'campaigns' });
	const all: INodePropertyOptions[] = [];
	for (const type of ['campaigns', ...Object.values(GROUP_TYPES)])
		for (const { name, value } of await listed.call(this, kind, { type }))
			all.push({ name: `${name} (${type})`, value });
	return all;
}

async function listed(
	this: ILoadOptionsFunctions,
	kind: RecordKind,
	query: IDataObject,
): Promise<INodePropertyOptions[]> {
	const { path, title } = recordKinds[kind];
	const { body } = await callApi.call(this, { method: 'GET', path, query });
	return (Array.isArray(body) ? (body as IDataObject[]) : [])
		.map((record) => ({
			name: String(record[title] || `#${String(record.id)}`),
			value: Number(record.id),
		}))
		.sort((a, b) => a.name.localeCompare(b.name));
}

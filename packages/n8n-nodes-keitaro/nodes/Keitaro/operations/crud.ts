import type { IHttpRequestMethods } from 'n8n-workflow';
import type { Operation, RecordKind } from './operation';

interface Kind {
	readonly kind: RecordKind;
	readonly path: string;
	/** As in `Create campaign` and `Get many campaigns`. */
	readonly one: string;
	readonly many: string;
	/** What Delete does, where the tracker keeps an archive; it can be restored then. */
	readonly archives?: boolean;
	readonly deletePath?: string;
	readonly paging?: 'server';
}

/** Create, Delete, Get, Get Many and Update. */
export function crud({ kind, path, one, many, archives, deletePath, paging }: Kind): Operation[] {
	const record = `${path}/{id}`;
	return [
		{
			value: 'create',
			name: 'Create',
			action: `Create ${one}`,
			description: `Create ${withArticle(one)}`,
			method: 'POST',
			path,
			answer: 'record',
		},
		{
			value: 'delete',
			name: 'Delete',
			action: `Delete ${one}`,
			description: archives
				? `Move ${withArticle(one)} to the archive`
				: `Delete ${withArticle(one)} for good`,
			method: 'DELETE',
			path: deletePath ?? record,
			picks: kind,
			answer: 'deleted',
		},
		{
			value: 'get',
			name: 'Get',
			action: `Get ${one}`,
			description: `Get ${withArticle(one)} by its ID`,
			method: 'GET',
			path: record,
			picks: kind,
			answer: 'record',
		},
		{
			value: 'getAll',
			name: 'Get Many',
			action: `Get many ${many}`,
			description: `Get many ${many}`,
			method: 'GET',
			path,
			answer: 'list',
			paging: paging ?? 'node',
			leaveOut: ['limit', 'offset'],
		},
		{
			value: 'update',
			name: 'Update',
			action: `Update ${one}`,
			description: `Change fields of ${withArticle(one)}; fields that are not added stay as they are`,
			method: 'PUT',
			path: record,
			picks: kind,
			answer: 'record',
		},
	];
}

/** Something that is done to one record: clone, enable, disable, restore. */
export function act(
	{ kind, path, one }: Kind,
	value: string,
	name: string,
	description: string,
	method: IHttpRequestMethods = 'POST',
): Operation {
	return {
		value,
		name,
		action: `${name} ${one}`,
		description,
		method,
		path: `${path}/{id}/${value}`,
		picks: kind,
		answer: 'record',
	};
}

/** The archive of a kind: what is in it, and back from it. */
export function archive(kind: Kind): Operation[] {
	const { path, one, many } = kind;
	return [
		{
			value: 'getDeleted',
			name: 'Get Archived',
			action: `Get archived ${many}`,
			description: `Get ${many} that are in the archive`,
			method: 'GET',
			path: `${path}/deleted`,
			answer: 'list',
			paging: 'node',
		},
		act(kind, 'restore', 'Restore', `Take ${withArticle(one)} back from the archive`),
	];
}

export const withArticle = (noun: string): string => `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;

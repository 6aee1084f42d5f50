import type { IHttpRequestMethods } from 'n8n-workflow';
import { recordKinds } from '../records';
import type { Operation, RecordKind, TextId } from './operation';

/** What single records are got, changed and deleted by. */
export interface Target {
	readonly picks: RecordKind | TextId;
	readonly path: string;
	/** As in `Get campaign`. */
	readonly one: string;
}

const targetOf = (kind: RecordKind): Target => {
	const { path, one } = recordKinds[kind];
	return { picks: kind, path: `${path}/{id}`, one };
};

export const get = (
	{ picks, path, one }: Target,
	description = `Get ${withArticle(one)} by its ID`,
): Operation => ({
	value: 'get',
	name: 'Get',
	action: `Get ${one}`,
	description,
	method: 'GET',
	path,
	picks,
	answer: 'record',
});

export const remove = ({ picks, path, one }: Target, description: string): Operation => ({
	value: 'delete',
	name: 'Delete',
	action: `Delete ${one}`,
	description,
	method: 'DELETE',
	path,
	picks,
	answer: 'deleted',
});

export const update = ({ picks, path, one }: Target, description: string): Operation => ({
	value: 'update',
	name: 'Update',
	action: `Update ${one}`,
	description,
	method: 'PUT',
	path,
	picks,
	answer: 'record',
});

interface Habits {
	/** Delete moves to the archive, from which a record can be restored. */
	readonly archives?: boolean;
	readonly deletePath?: string;
	readonly paging?: 'server';
}

/** Create, Delete, Get, Get Many and Update; with an archive, what is in it, and back from it. */
export function crud(
	kind: RecordKind,
	{ archives, deletePath, paging }: Habits = {},
): Operation[] {
	const { path, one } = recordKinds[kind];
	const target = targetOf(kind);
	const many = plural(one);
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
		remove(
			{ ...target, path: deletePath ?? target.path },
			archives ? `Move ${withArticle(one)} to the archive` : `Delete ${withArticle(one)} for good`,
		),
		get(target),
		{
			value: 'getAll',
			name: 'Get Many',
			action: `Get many ${many}`,
			description: `List ${many}, all or up to a limit`,
			method: 'GET',
			path,
			answer: 'list',
			paging: paging ?? 'node',
			leaveOut: ['limit', 'offset'],
		},
		update(
			target,
			`Change fields of ${withArticle(one)}; fields that are not added stay as they are`,
		),
		...(archives ? archive(kind) : []),
	];
}

const archive = (kind: RecordKind): Operation[] => {
	const { path, one } = recordKinds[kind];
	return [
		{
			value: 'getDeleted',
			name: 'Get Archived',
			action: `Get archived ${plural(one)}`,
			description: `List ${plural(one)} that are in the archive`,
			method: 'GET',
			path: `${path}/deleted`,
			answer: 'list',
			paging: 'node',
		},
		act(kind, 'restore', 'Restore', `Take ${withArticle(one)} back from the archive`),
	];
};

/** Something that is done to one record: clone, enable, disable, restore. */
export const act = (
	kind: RecordKind,
	value: string,
	name: string,
	description: string,
	method: IHttpRequestMethods = 'POST',
): Operation => ({
	value,
	name,
	action: `${name} ${recordKinds[kind].one}`,
	description,
	method,
	path: `${recordKinds[kind].path}/{id}/${value}`,
	picks: kind,
	answer: 'record',
});

/** A list that belongs to a kind, such as the actions that streams may have. */
export const catalogue = (
	value: string,
	name: string,
	action: string,
	path: string,
	description: string,
): Operation => ({
	value,
	name,
	action,
	description,
	method: 'GET',
	path,
	answer: 'list',
	paging: 'node',
});

export const emptyArchive = (kind: RecordKind, description: string): Operation => ({
	value: 'cleanArchive',
	name: 'Empty Archive',
	action: `Empty archive of ${plural(recordKinds[kind].one)}`,
	description,
	method: 'POST',
	path: `${recordKinds[kind].path}/clean_archive`,
	answer: 'record',
});

const plural = (noun: string): string => noun.replace(/y$/, 'ie') + 's';

const withArticle = (noun: string): string => `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`;

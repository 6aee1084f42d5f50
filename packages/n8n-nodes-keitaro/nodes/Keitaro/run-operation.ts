import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { callApi, type ApiRequest, type MaskedRequest } from '../shared/call-api';
import { fetchRows } from '../shared/fetch-rows';
import { displayNameOf, fieldsOf } from './fields';
import type { Operation } from './operations/operation';
import { filledObject, parseField } from './parse-field';
import { collectionOf, pickedBy } from './properties';
import { labelOf } from './records';

/** Most entries that trackers answer at once, of the lists that they cut themselves. */
const PAGE = 1000;

export interface Outcome {
	readonly request: MaskedRequest;
	readonly body: unknown;
	/** ID of the record it was done to; null when none was picked. */
	readonly id: string | null;
}

/** Carries out an operation for one item. Throws node errors that say what to correct. */
export async function runOperation(
	this: IExecuteFunctions,
	operation: Operation,
	item: number,
): Promise<Outcome> {
	const id = pick.call(this, operation, item);
	const limit = limitOf.call(this, operation, item);
	const fields = inWords.call(this, item, () => read.call(this, operation, item));
	const path =
		id === null ? operation.path : operation.path.replace('{id}', encodeURIComponent(id));
	if (operation.method === 'GET' || operation.method === 'DELETE')
		return {
			...(await fetchList.call(
				this,
				{ method: operation.method, path, query: fields },
				operation,
				limit,
				item,
			)),
			id,
		};
	const { body: toBody } = operation;
	const body = toBody ? inWords.call(this, item, () => toBody({ fields, limit })) : fields;
	const send = { method: operation.method, path, body };
	if (operation.answer === 'rows')
		return { ...(await fetchRows.call(this, { path, body, limit }, item)), id };
	const answer = await callApi.call(this, send, item);
	return {
		...answer,
		body: operation.paging === 'node' ? cut(answer.body, limit) : answer.body,
		id,
	};
}

function pick(this: IExecuteFunctions, operation: Operation, item: number): string | null {
	const name = pickedBy(operation);
	const { picks } = operation;
	if (name === null || picks === undefined) return null;
	const id = String(this.getNodeParameter(name, item, '', { extractValue: true }) ?? '').trim();
	const isText = typeof picks === 'object';
	if (id !== '' && (isText || /^\d+$/.test(id))) return id;
	const called = isText ? picks.displayName : labelOf(picks);
	const words =
		id === ''
			? `${called} is missing: choose one or give its ID`
			: `${called} must be an ID, a whole number, not "${id}"`;
	throw new NodeOperationError(this.getNode(), words, { itemIndex: item });
}

function limitOf(this: IExecuteFunctions, { paging }: Operation, item: number): number | null {
	if (paging === undefined || this.getNodeParameter('returnAll', item, false) === true) return null;
	return Number(this.getNodeParameter('limit', item, 50));
}

function read(this: IExecuteFunctions, operation: Operation, item: number): IDataObject {
	if (
		operation.json === 'only' ||
		(operation.json && this.getNodeParameter('inputMode', item, 'form') === 'json')
	) {
		const data = filledObject(this.getNodeParameter('jsonData', item, '{}'), 'Data (JSON)');
		for (const { name, required } of fieldsOf(operation))
			if (required && isEmpty(data[name])) throw new Error(`Data (JSON) must contain ${name}`);
		return data;
	}
	const optional = this.getNodeParameter(collectionOf(operation).name, item, {}) as IDataObject;
	const fields: IDataObject = {};
	for (const field of fieldsOf(operation)) {
		const given = field.required
			? this.getNodeParameter(field.name, item, '', { extractValue: true })
			: optional[field.name];
		if (field.required && isEmpty(given))
			throw new Error(`${displayNameOf(field.name)} is missing: fill it in`);
		if (given !== undefined) fields[field.name] = parseField(field, given);
	}
	const further = optional.further_fields;
	const all =
		further === undefined
			? fields
			: { ...fields, ...filledObject(further, 'Further Fields (JSON)') };
	if (operation.value === 'update' && Object.keys(all).length === 0)
		throw new Error('Nothing to update: add at least one field');
	return all;
}

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** What a pure function refuses becomes an error of this node and item. */
function inWords(this: IExecuteFunctions, item: number, work: () => IDataObject): IDataObject {
	try {
		return work();
	} catch (error) {
		throw new NodeOperationError(this.getNode(), String((error as Error).message), {
			itemIndex: item,
		});
	}
}

async function fetchList(
	this: IExecuteFunctions,
	request: ApiRequest,
	{ paging }: Operation,
	limit: number | null,
	item: number,
): Promise<{ request: MaskedRequest; body: unknown }> {
	if (paging !== 'server') {
		const answer = await callApi.call(this, request, item);
		return { ...answer, body: cut(answer.body, limit) };
	}
	const found: unknown[] = [];
	for (;;) {
		const page = Math.min(PAGE, (limit ?? Number.POSITIVE_INFINITY) - found.length);
		const query = { ...request.query, limit: page, offset: found.length };
		const answer = await callApi.call(this, { ...request, query }, item);
		if (!Array.isArray(answer.body)) return answer;
		// A tracker that does not know limits answers with everything, again and again.
		const isAll = answer.body.length !== page || found.length + page === limit;
		found.push(...(answer.body as unknown[]));
		if (isAll) return { ...answer, body: cut(found, limit) };
	}
}

const cut = (body: unknown, limit: number | null): unknown =>
	Array.isArray(body) && limit !== null ? (body as unknown[]).slice(0, limit) : body;

import type { IDataObject } from 'n8n-workflow';
import { ApiRefusal } from '../shared/call-api';
import type { Operation } from './operations/operation';
import type { Outcome } from './run-operation';

/** Plain records, as the next node expects them. */
export function simplified({ answer }: Operation, { body, id }: Outcome): IDataObject[] {
	if (answer === 'deleted')
		return [{ deleted: true, ...(id === null ? {} : { id: /^\d+$/.test(id) ? Number(id) : id }) }];
	if (answer === 'rows') return toRecords((body as { rows?: unknown } | null)?.rows ?? []);
	return toRecords(body);
}

/** Everything about one call, the key masked: what workflows of the older node read. */
export function envelope(
	resource: string,
	operation: string,
	{ request, body }: Outcome,
): IDataObject {
	return {
		request: plain(request),
		resource,
		operation,
		success: true,
		data: (body ?? null) as IDataObject,
	};
}

/** What Continue On Fail hands on in place of a record. */
export function refused(error: Error): IDataObject {
	return {
		error: error.message,
		...(error instanceof ApiRefusal ? { httpStatus: numberOrNull(error.httpCode) } : {}),
	};
}

/** The same within an envelope. */
export function refusedEnvelope(resource: string, operation: string, error: Error): IDataObject {
	const refusal = error instanceof ApiRefusal ? error : null;
	return {
		request: plain(refusal?.request ?? {}),
		resource,
		operation,
		success: false,
		data: null,
		error: {
			message: error.message,
			stack: error.stack ?? '',
			status: numberOrNull(refusal?.httpCode ?? null),
			response: (refusal?.response ?? null) as IDataObject,
		},
	};
}

const plain = (value: object): IDataObject => ({ ...value });

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text));

function toRecords(body: unknown): IDataObject[] {
	if (Array.isArray(body)) return (body as unknown[]).map(toRecord);
	return [toRecord(body)];
}

/** Trackers answer some calls with nothing, or with a mere word. */
function toRecord(value: unknown): IDataObject {
	if (value === null || value === undefined || value === '') return { success: true };
	return typeof value === 'object' ? (value as IDataObject) : { value: value as string };
}

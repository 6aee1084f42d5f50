import type { IDataObject, IHttpRequestMethods } from 'n8n-workflow';

/** Kinds of records that are picked from a list. */
export type RecordKind =
	| 'affiliateNetwork'
	| 'blacklist'
	| 'bot'
	| 'campaign'
	| 'domain'
	| 'filter'
	| 'group'
	| 'landing'
	| 'offer'
	| 'postback'
	| 'source'
	| 'stream'
	| 'user';

/** What an answer holds: one record, a list of them, rows of a log or report, or the word that something is gone. */
export type Answer = 'record' | 'list' | 'rows' | 'deleted';

/** A field of a request that is shown in the editor; what the API itself describes is in `fields.generated.ts`. */
export interface Field {
	readonly name: string;
	/** `list`: a comma list, sent as array; `commas`: the same, sent as text; `pairs`: texts by name; `any`: text or JSON. */
	readonly type:
		| 'string'
		| 'number'
		| 'boolean'
		| 'options'
		| 'list'
		| 'commas'
		| 'json'
		| 'pairs'
		| 'date'
		| 'any';
	readonly description: string;
	readonly required?: boolean;
	readonly options?: readonly string[];
	readonly default?: string | number | boolean;
	/** What the items of a list must be. */
	readonly items?: 'ids' | 'countries' | 'words';
	readonly placeholder?: string;
}

/** Picks the one that is meant by `{id}` in the path, where it is not a record of a list. */
export interface TextId {
	readonly name: string;
	readonly displayName: string;
	readonly description: string;
	readonly placeholder: string;
}

/** What a special operation is given to work out its request. */
export interface Given {
	/** Values of all fields, required and optional ones together, parsed. */
	readonly fields: IDataObject;
	/** Null: as many as there are. */
	readonly limit: number | null;
}

export interface Operation {
	readonly value: string;
	readonly name: string;
	readonly action: string;
	readonly description: string;
	readonly method: IHttpRequestMethods;
	/** Below `/admin_api/v1`, with `{id}` for the picked record. */
	readonly path: string;
	readonly picks?: RecordKind | TextId;
	readonly answer: Answer;
	/** Who cuts a list to the limit: the server by limit and offset, or the node. */
	readonly paging?: 'server' | 'node';
	/** Fields beyond those that the API describes for this request. */
	readonly fields?: readonly Field[];
	/** Described fields that are of no use here. */
	readonly leaveOut?: readonly string[];
	/** Fields may be given as one JSON object: always, or instead of the form. */
	readonly json?: 'only' | 'or form';
	/** Body made of the values. Throws `Error` in words for the user. */
	readonly body?: (given: Given) => IDataObject;
}

export interface Resource {
	readonly value: string;
	readonly name: string;
	readonly operations: readonly Operation[];
}

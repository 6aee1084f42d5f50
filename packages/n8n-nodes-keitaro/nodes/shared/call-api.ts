import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	IPollFunctions,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { apiText } from './api-text';
import { trackerUrl } from './tracker-url';

export type ApiContext =
	| IExecuteFunctions
	| ILoadOptionsFunctions
	| IPollFunctions
	| IHookFunctions;

export interface ApiRequest {
	readonly method: IHttpRequestMethods;
	/** Below `/admin_api/v1`. */
	readonly path: string;
	readonly query?: IDataObject;
	readonly body?: unknown;
}

/** What is told of a request: everything but the key. */
export interface MaskedRequest {
	readonly url: string;
	readonly method: string;
	readonly headers: Readonly<Record<string, string>>;
}

/** A refusal of the tracker, with what the envelope tells of it. */
export class ApiRefusal extends NodeApiError {
	request: MaskedRequest | null = null;
	response: unknown = null;
}

const HEADERS = { Accept: 'application/json', 'Api-Dialect': 'modern' };
const MASKED_KEY = '***';

/** Calls the Admin API and answers its parsed body. Throws `ApiRefusal` with the tracker's own words. */
export async function callApi(
	this: ApiContext,
	{ method, path, query, body }: ApiRequest,
	itemIndex?: number,
): Promise<{ request: MaskedRequest; body: unknown }> {
	const { domain } = await this.getCredentials<{ domain: string }>('keitaroApi');
	const refuse = (message: string, said: Said): ApiRefusal => {
		// A fresh object: an error given on would keep its own words, and its request with the key.
		const refusal = new ApiRefusal(this.getNode(), { message } as JsonObject, {
			message,
			description: said.hint,
			httpCode: said.status,
			itemIndex,
		});
		refusal.request = said.request ?? null;
		refusal.response = said.body ?? null;
		return refusal;
	};
	const url = `${urlOrNull(domain) ?? refuseDomain(refuse)}/admin_api/v1${path}`;
	const request: MaskedRequest = { url, method, headers: { ...HEADERS, 'Api-Key': MASKED_KEY } };

	let answer: Answer;
	try {
		answer = (await this.helpers.httpRequestWithAuthentication.call(this, 'keitaroApi', {
			method,
			url,
			headers: { ...HEADERS },
			...(query && Object.keys(query).length > 0 ? { qs: query } : {}),
			...(body === undefined ? {} : { body: body as IDataObject }),
			json: true,
			returnFullResponse: true,
			// The status is judged here: then the words of the body are at hand.
			ignoreHttpStatusErrors: true,
		})) as Answer;
	} catch (error) {
		throw refuse(`No answer from the tracker: ${String((error as Error).message)}`, {
			hint: 'Check the domain in the credential, and that the tracker is up and can be reached from n8n.',
			request,
		});
	}
	const status = answer.statusCode;
	if (status < 200 || status > 299)
		throw refuse(
			apiText(answer.body) ?? `The tracker answered with status ${status} and no words`,
			{
				hint: hintFor(status),
				status: String(status),
				request,
				body: isWebPage(answer.body) ? null : answer.body,
			},
		);
	if (isWebPage(answer.body))
		throw refuse('The address answers with a web page in place of data', {
			hint: 'Check the domain in the credential: it must be the one at which the admin pages of the tracker open.',
			status: String(status),
			request,
		});
	return { request, body: answer.body };
}

interface Answer {
	readonly statusCode: number;
	readonly body: unknown;
}

interface Said {
	readonly hint: string;
	readonly status?: string;
	readonly request?: MaskedRequest;
	readonly body?: unknown;
}

const isWebPage = (body: unknown): boolean =>
	typeof body === 'string' && /^\s*<(!doctype|html)/i.test(body);

function urlOrNull(domain: string): string | null {
	try {
		return trackerUrl(domain);
	} catch {
		return null;
	}
}

function refuseDomain(refuse: (message: string, said: Said) => ApiRefusal): never {
	throw refuse('The domain in the credential is no address', {
		hint: 'Enter the address of the tracker, e.g. https://tracker.example.com.',
	});
}

/** How to go on after a refusal. */
export function hintFor(status: number): string {
	if (status === 401) return 'Check the API key in the credential.';
	if (status === 402) return 'Check the licence of the tracker.';
	if (status === 403)
		return 'The user of this API key may not do this: ask for the right, or use another key.';
	if (status === 404) return 'Check the ID, and that this tracker knows the resource.';
	if (status === 400 || status === 406 || status === 422)
		return 'Correct the named fields and run the node again.';
	if (status === 429) return 'Wait a little, or turn on Retry On Fail in the settings of the node.';
	return 'See the logs of the tracker.';
}

import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { apiText } from './api-text';
import { hintFor } from './call-api';
import { trackerUrl } from './tracker-url';

/**
 * Asks for one campaign. It is a function of the nodes and no `test` of the credential, because of a refusal n8n shows
 * for those the status alone ("Unauthorized") or a sentence set beforehand, and never what the tracker says.
 */
export async function testCredential(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	// `request` is old, and yet the one way to send a request that n8n gives to tests of credentials.
	const { request } = this.helpers;
	try {
		const answer = (await request({
			method: 'GET',
			uri: `${trackerUrl(String(data?.domain ?? ''))}/admin_api/v1/campaigns?limit=1&offset=0`,
			headers: { 'Api-Key': String(data?.apiKey ?? ''), Accept: 'application/json' },
			json: true,
			simple: false,
			resolveWithFullResponse: true,
			timeout: TEST_TIMEOUT_MS,
		})) as { statusCode: number; body: unknown };
		if (answer.statusCode === 200 && Array.isArray(answer.body))
			return { status: 'OK', message: 'Connection successful!' };
		const words =
			apiText(answer.body) ?? `The address answered with status ${answer.statusCode} and no words`;
		return {
			status: 'Error',
			message: answer.statusCode === 200 ? NOT_A_TRACKER : `${words} ${hintFor(answer.statusCode)}`,
		};
	} catch (error) {
		return {
			status: 'Error',
			message: `No answer from the tracker: ${String((error as Error).message)}`,
		};
	}
}

/** People wait for this before an open dialogue. */
const TEST_TIMEOUT_MS = 15_000;
const NOT_A_TRACKER =
	'The address answers, but not as the Admin API of a tracker does: check the domain.';

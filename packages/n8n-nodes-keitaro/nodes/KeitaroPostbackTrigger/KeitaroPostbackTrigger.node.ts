import { randomBytes, timingSafeEqual } from 'crypto';
import type {
	IDataObject,
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import type { Field } from '../Keitaro/operations/operation';
import { parseField } from '../Keitaro/parse-field';
import { callApi } from '../shared/call-api';
import { testCredential } from '../shared/test-credential';

/** What a postback tells of the conversion: parameters and the macros that fill them. */
const TOLD = {
	click_id: '{subid}',
	tid: '{tid}',
	status: '{status}',
	revenue: '{revenue}',
	campaign_id: '{campaign_id}',
	campaign_name: '{campaign_name}',
	stream_id: '{stream_id}',
	landing_id: '{landing_id}',
	offer_id: '{offer_id}',
	offer_name: '{offer_name}',
	traffic_source_id: '{ts_id}',
	country: '{country}',
	external_id: '{external_id}',
	keyword: '{keyword}',
	sub_id_1: '{sub_id_1}',
	sub_id_2: '{sub_id_2}',
	sub_id_3: '{sub_id_3}',
};
const SIGN_HEADER = 'x-n8n-signature';

export class KeitaroPostbackTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Keitaro Postback Trigger',
		name: 'keitaroPostbackTrigger',
		icon: { light: 'file:../../icons/keitaro.svg', dark: 'file:../../icons/keitaro.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["triggerOn"]}}',
		description:
			'Starts the workflow the moment a conversion comes, by a postback that is registered with the tracker',
		defaults: { name: 'Keitaro Postback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'keitaroApi', required: true, testedBy: 'testCredential' }],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'keitaro' },
		],
		properties: [
			{
				displayName:
					'The postback is registered with the tracker when the workflow is activated, and removed when it is deactivated',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Trigger On',
				name: 'triggerOn',
				type: 'options',
				default: 'any',
				options: [
					{
						name: 'Any Conversion',
						value: 'any',
						description: 'Every conversion, and every change of its status',
					},
					{ name: 'Lead', value: 'leads', description: 'Leads and registrations' },
					{ name: 'Sale', value: 'sales', description: 'Sales, deposits and rebills' },
				],
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [
					{
						displayName: 'Campaign IDs',
						name: 'campaigns',
						type: 'string',
						default: '',
						placeholder: 'e.g. 3,4',
						description: 'Only conversions of these campaigns, several with commas between them',
					},
					{
						displayName: 'Countries',
						name: 'countries',
						type: 'string',
						default: '',
						placeholder: 'e.g. DE,MX',
						description:
							'Only visitors from these countries, by two-letter code, several with commas between them',
					},
				],
			},
		],
	};

	methods = { credentialTest: { testCredential } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const memory = this.getWorkflowStaticData('node');
				if (memory.postbackId === undefined || memory.url !== this.getNodeWebhookUrl('default'))
					return false;
				return await isRegistered.call(this, memory.postbackId);
			},

			async create(this: IHookFunctions): Promise<boolean> {
				const memory = this.getWorkflowStaticData('node');
				const url = this.getNodeWebhookUrl('default') ?? '';
				const key = randomBytes(24).toString('hex');
				const { body } = await callApi.call(this, {
					method: 'POST',
					path: '/postbacks',
					body: {
						name: `n8n: ${this.getWorkflow().name ?? 'workflow'}`,
						url,
						method: 'POST',
						trigger: this.getNodeParameter('triggerOn', 'any'),
						...restrictionsOf.call(this),
						headers: { [SIGN_HEADER]: key },
						params: TOLD,
					},
				});
				const made = (Array.isArray(body) ? body[0] : body) as IDataObject;
				Object.assign(memory, { postbackId: made.id, url, key });
				return true;
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				const memory = this.getWorkflowStaticData('node');
				const { postbackId } = memory;
				if (postbackId === undefined) return true;
				// Somebody may have removed it at the tracker.
				if (await isRegistered.call(this, postbackId))
					await callApi.call(this, { method: 'DELETE', path: `/postbacks/${String(postbackId)}` });
				for (const name of ['postbackId', 'url', 'key']) delete memory[name];
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { key } = this.getWorkflowStaticData('node');
		const given = this.getHeaderData()[SIGN_HEADER];
		if (typeof key !== 'string' || !isSame(key, String(given ?? ''))) {
			this.getResponseObject().status(403).send('The key of the postback is wrong');
			return { noWebhookResponse: true };
		}
		return { webhookResponse: 'OK', workflowData: [[{ json: this.getBodyData() }]] };
	}
}

function restrictionsOf(this: IHookFunctions): IDataObject {
	const { campaigns, countries } = this.getNodeParameter('options', {}) as IDataObject;
	const checked = (name: string, items: Field['items'], value: unknown) =>
		parseField({ name, type: 'commas', items, description: '' }, value);
	try {
		return {
			campaigns: checked('campaign_ids', 'ids', campaigns),
			countries: checked('countries', 'countries', countries),
		};
	} catch (error) {
		throw new NodeOperationError(this.getNode(), String((error as Error).message));
	}
}

async function isRegistered(this: IHookFunctions, id: unknown): Promise<boolean> {
	const { body } = await callApi.call(this, { method: 'GET', path: '/postbacks' });
	return Array.isArray(body) && (body as IDataObject[]).some((postback) => postback.id === id);
}

const isSame = (a: string, b: string): boolean =>
	a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

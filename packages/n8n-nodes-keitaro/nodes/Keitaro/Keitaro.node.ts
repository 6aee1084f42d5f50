import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { ApiRefusal } from '../shared/call-api';
import { findOperation } from './operations';
import { envelope, refused, refusedEnvelope, simplified } from './output';
import { createProperties } from './properties';
import { runOperation } from './run-operation';
import { listSearch, loadOptions } from './search';
import { testCredential } from '../shared/test-credential';

/**
 * Programmatic rather than declarative: refusals must be told in the tracker's own words, JSON and form are merged,
 * lists without paging are cut here, and requests of reports are made of a form.
 */
export class Keitaro implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Keitaro',
		name: 'keitaro',
		icon: { light: 'file:../../icons/keitaro.svg', dark: 'file:../../icons/keitaro.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description:
			"Manage campaigns, streams, offers, conversions and reports of a tracker with Keitaro's Admin API",
		defaults: { name: 'Keitaro' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		usableAsTool: true,
		credentials: [{ name: 'keitaroApi', required: true, testedBy: 'testCredential' }],
		properties: createProperties(),
	};

	methods = { listSearch, loadOptions, credentialTest: { testCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const output: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			const resource = String(this.getNodeParameter('resource', item));
			const value = String(this.getNodeParameter('operation', item));
			const isSimple = this.getNodeParameter('simplify', item, true) === true;
			try {
				const operation = findOperation(resource, value);
				if (operation === null)
					throw new NodeOperationError(this.getNode(), unsupported(resource, value), {
						itemIndex: item,
					});
				const outcome = await runOperation.call(this, operation, item);
				const records = isSimple
					? simplified(operation, outcome)
					: [envelope(resource, value, outcome)];
				for (const json of records) output.push({ json, pairedItem: { item } });
			} catch (error) {
				if (this.continueOnFail()) {
					const json = isSimple ? refused(error) : refusedEnvelope(resource, value, error);
					output.push({ json, pairedItem: { item } });
				} else if (error instanceof ApiRefusal) {
					throw withItem(error, item);
				} else {
					throw new NodeOperationError(this.getNode(), error, { itemIndex: item });
				}
			}
		}
		return [output];
	}
}

/** Wrapped in another error, a refusal would lose its status and hint. */
function withItem(error: ApiRefusal, item: number): ApiRefusal {
	error.context.itemIndex = item;
	return error;
}

function unsupported(resource: string, operation: string): string {
	return resource === 'stats'
		? `Stats support Get Many only, not "${operation}"`
		: `The resource "${resource}" has no operation "${operation}"`;
}

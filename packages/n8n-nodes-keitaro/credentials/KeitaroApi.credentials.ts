import type { IAuthenticateGeneric, ICredentialType, INodeProperties } from 'n8n-workflow';

export class KeitaroApi implements ICredentialType {
	name = 'keitaroApi';

	displayName = 'Keitaro API';

	icon = {
		light: 'file:../icons/keitaro.svg',
		dark: 'file:../icons/keitaro.dark.svg',
	} as const;

	documentationUrl =
		'https://trackyard.example/n8n-nodes-keitaro#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'Domain',
			name: 'domain',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://tracker.example.com',
			description:
				'Address of the tracker. An address copied from its admin pages will do, https:// is assumed when left out.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'Key of a user of the tracker. What that user may not do, the node may not either.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'Api-Key': '={{$credentials.apiKey}}' } },
	};

	httpRequestNode = {
		name: 'Keitaro',
		docsUrl: 'https://admin-api.docs.keitaro.io/',
		apiBaseUrlPlaceholder: 'https://tracker.example.com/admin_api/v1/',
	};
}

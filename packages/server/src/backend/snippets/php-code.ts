import { readFileSync } from 'node:fs'

const CLIENT_FILE = new URL('../../../assets/php/kclient.php', import.meta.url)

/** The client class as one file. */
export const phpClientFile = (): string => readFileSync(CLIENT_FILE, 'utf8')

export const phpClient = (origin: string, token: string): string => `<?php
require_once __DIR__ . '/kclient.php';
$client = new KClient(${quoted(`${origin}/`)}, ${quoted(token)});
$client->sendAllParams();        // sub_id_1, keyword and the like from this page's address
// $client->forceRedirectOffer(); // without a landing page, go to the offer at once
// $client->restoreFromSession(); // who returns keeps the click and is not sent away again
$client->executeAndBreak();      // an empty answer lets this page go on
?>
<a href="<?php echo htmlspecialchars($client->getOffer()) ?>">To the offer</a>`

export const phpRedirect = (campaignUrl: string): string => `<?php
header('Location: ' . ${quoted(`${campaignUrl}?`)} . $_SERVER['QUERY_STRING'], true, 302);
exit;`

/** A string of PHP that holds whatever the text holds. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

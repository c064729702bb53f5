'use strict';
// A switchable SMSC over npm `smpp`: what it does with an account is told over HTTP.
//
//   node smsc.js [--smpp PORT] [--smpps PORT --key FILE --cert FILE] [--control PORT]
//                [--until-stdin-closes]
//
// Port 0, the default, takes any free one. The first line on stdout says which:
// {"smpp": …, "smpps": …, "control": …}. See control.js for what can be told and asked.

const fs = require('node:fs');
const { parseArgs } = require('node:util');
const smpp = require('smpp');
const { Accounts } = require('./accounts');
const { control } = require('./control');

const { values: options } = parseArgs({
  options: {
    smpp: { type: 'string', default: '0' },
    smpps: { type: 'string', default: '0' },
    control: { type: 'string', default: '0' },
    key: { type: 'string' },
    cert: { type: 'string' },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
});

// Times are looked at as they were written.
delete smpp.commands.submit_sm.params.validity_period.filter;
// So are texts, beside what they mean.
const message = smpp.commands.submit_sm.params.short_message.filter;
const decode = message.decode;
message.decode = function (value, ...rest) {
  if (Buffer.isBuffer(value)) {
    Object.defineProperty(this, 'octets', { value, configurable: true, enumerable: false });
  }
  return decode.call(this, value, ...rest);
};

const accounts = new Accounts();
const BINDS = ['bind_transmitter', 'bind_receiver', 'bind_transceiver'];

function serve(session) {
  const link = { session, account: null, receives: false, submits: 0, outstanding: 0 };
  for (const bind of BINDS) {
    session.on(bind, (pdu) => {
      link.account = accounts.of(pdu.system_id);
      link.receives = bind !== 'bind_transmitter';
      link.account.bind(link, pdu);
    });
  }
  const bound = (act) => (pdu) => {
    if (link.account) return act(pdu);
    session.send(pdu.response({ command_status: smpp.ESME_RINVBNDSTS }));
  };
  session.on('submit_sm', bound((pdu) => link.account.submit(link, pdu)));
  session.on('enquire_link', bound((pdu) => link.account.enquire(link, pdu)));
  session.on('deliver_sm_resp', bound((pdu) => link.account.delivered(link, pdu)));
  session.on('unbind', bound((pdu) => link.account.unbind(link, pdu)));
  session.on('close', () => link.account?.left(link));
  session.on('error', () => session.destroy());
}

function listen(server, port) {
  return new Promise((done) => server.listen(Number(port), '127.0.0.1', () => done(server.address().port)));
}

async function main() {
  const ports = { smpp: await listen(smpp.createServer(serve), options.smpp) };
  if (options.key) {
    const files = { key: fs.readFileSync(options.key), cert: fs.readFileSync(options.cert) };
    const secure = smpp.createServer(files, serve);
    secure.on('tlsClientError', () => {});
    ports.smpps = await listen(secure, options.smpps);
  }
  ports.control = await listen(control(accounts), options.control);
  process.stdout.write(`${JSON.stringify(ports)}\n`);
  if (options['until-stdin-closes']) process.stdin.on('end', () => process.exit(0)).resume();
}

main();

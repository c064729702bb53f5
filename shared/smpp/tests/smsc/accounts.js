'use strict';
// What the SMSC does with each account, and what it saw.

const crypto = require('node:crypto');
const smpp = require('smpp');

const HABITS = {
  password: null, // any
  bind_status: 0, // the command_status of each bind's answer
  statuses: [], // the command_status of the next submits, one each; 0 when there are no more
  answer_after_ms: 0, // how long a submit waits for its answer
  silent: [], // commands that are never answered: "enquire_link", "submit_sm", "bind_transmitter"
  drop_on_submit: 0, // the connection ends when its so many-th submit comes
  bodiless: false, // answers to submits have no body
  ids: { response: 'decimal', receipt: 'decimal' }, // or "hex", "uuid"
  receipt: 'none', // or "before" and "after" the answer
  receipt_by: 'text', // or "tlv", "unterminated_tlv"
  stat: 'DELIVRD',
  err: '000',
};
const STATES = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD'];
const AGAIN_AFTER_MS = 100;

let lastId = 0x9abcdef0;

class Account {
  constructor(name) {
    this.name = name;
    this.habits = structuredClone(HABITS);
    this.events = [];
    this.links = new Set();
    this.waiting = []; // deliver_sm that no receiver has taken yet
  }

  saw(event, more = {}) {
    this.events.push({ event, ...more });
  }

  bind(link, pdu) {
    const { bind_status, password, silent } = this.habits;
    const status = password !== null && pdu.password !== password ? smpp.ESME_RINVPASWD : bind_status;
    this.saw(pdu.command, { status, interface_version: pdu.interface_version });
    if (silent.includes(pdu.command)) return;
    link.session.send(pdu.response({ command_status: status, system_id: 'smsc' }));
    if (status !== 0) return;
    this.links.add(link);
    this.handOver();
  }

  submit(link, pdu) {
    const { drop_on_submit, statuses, silent, answer_after_ms, receipt } = this.habits;
    link.outstanding += 1;
    this.saw('submit_sm', described(link, pdu));
    if (++link.submits === drop_on_submit) return link.session.destroy();
    if (silent.includes('submit_sm')) return;
    const status = statuses.shift() ?? 0;
    const id = ++lastId;
    if (status === 0 && receipt === 'before') this.receipt(id, pdu);
    setTimeout(() => {
      link.outstanding -= 1;
      link.session.send(this.answer(pdu, status, id));
      if (status === 0 && receipt === 'after') this.receipt(id, pdu);
    }, answer_after_ms);
  }

  answer(pdu, status, id) {
    const answer = pdu.response({ command_status: status, message_id: written(this.habits.ids.response, id) });
    if (this.habits.bodiless) answer.toBuffer = function () { this.command_length = 16; return this._initBuffer(); };
    return answer;
  }

  receipt(number, { source_addr, destination_addr, short_message }) {
    const { ids, receipt_by, stat, err } = this.habits;
    const id = written(ids.receipt, number);
    const echo = String(short_message.message).slice(0, 20);
    const dates = 'submit date:2611221200 done date:2611221201';
    const receipt = {
      source_addr: destination_addr,
      destination_addr: source_addr,
      esm_class: 0x04,
      data_coding: 0,
      short_message: `id:${id} sub:001 dlvrd:001 ${dates} stat:${stat} err:${err} text:${echo}`,
    };
    if (receipt_by !== 'text') {
      Object.assign(receipt, { short_message: '', receipted_message_id: id, message_state: STATES.indexOf(stat) });
    }
    this.deliver(receipt, receipt_by === 'unterminated_tlv');
  }

  /** Hands a deliver_sm to a receiver, now or when one binds, and again until it is taken. */
  deliver(options, unterminated = false) {
    this.waiting.push({ options, unterminated, by: null });
    this.handOver();
  }

  handOver() {
    const link = [...this.links].find((link) => link.receives);
    if (!link) return;
    for (const delivery of this.waiting.filter((delivery) => !delivery.by)) {
      delivery.by = link;
      const pdu = new smpp.PDU('deliver_sm', structuredClone(delivery.options));
      if (delivery.unterminated) unterminate(pdu);
      link.session.send(pdu);
      delivery.sequence = pdu.sequence_number;
    }
  }

  delivered(link, pdu) {
    this.saw('deliver_sm_resp', { status: pdu.command_status });
    const delivery = this.waiting.find((d) => d.by === link && d.sequence === pdu.sequence_number);
    if (!delivery) return;
    if (pdu.command_status === smpp.ESME_RX_T_APPN) {
      delivery.by = null;
      setTimeout(() => this.handOver(), AGAIN_AFTER_MS);
    } else {
      this.waiting.splice(this.waiting.indexOf(delivery), 1);
    }
  }

  enquire(link, pdu) {
    this.saw('enquire_link');
    if (!this.habits.silent.includes('enquire_link')) link.session.send(pdu.response());
  }

  unbind(link, pdu) {
    this.saw('unbind');
    link.session.send(pdu.response(), () => link.session.close());
  }

  left(link) {
    this.saw('close');
    this.links.delete(link);
    for (const delivery of this.waiting) if (delivery.by === link) delivery.by = null;
    this.handOver();
  }
}

class Accounts {
  constructor() {
    this.all = new Map();
  }

  of(name) {
    if (!this.all.has(name)) this.all.set(name, new Account(name));
    return this.all.get(name);
  }
}

/** A submit as the SMSC understood it, and its octets. */
function described(link, pdu) {
  const short = pdu.short_message ?? {};
  return {
    from: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
    to: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    registered_delivery: pdu.registered_delivery,
    validity_period: pdu.validity_period,
    octets: pdu.octets?.toString('hex'),
    udh: short.udh?.map((element) => element.toString('hex')),
    text: short.message,
    payload: pdu.message_payload?.message,
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
    outstanding: link.outstanding,
    at: Date.now(),
  };
}

function written(form, number) {
  if (form === 'uuid') return crypto.createHash('md5').update(`${number}`).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return form === 'hex' ? number.toString(16).toUpperCase() : String(number).padStart(12, '0');
}

/** Cuts the zero at the end of receipted_message_id, as some carriers do. */
function unterminate(pdu) {
  const id = pdu.receipted_message_id;
  delete pdu.receipted_message_id;
  const toBuffer = pdu.toBuffer;
  pdu.toBuffer = function () {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(0x001e, 0);
    head.writeUInt16BE(id.length, 2);
    const whole = Buffer.concat([toBuffer.call(this), head, Buffer.from(id, 'ascii')]);
    whole.writeUInt32BE(whole.length, 0);
    return whole;
  };
}

module.exports = { Accounts, HABITS };

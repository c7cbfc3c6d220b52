// Plays a shop with a client library that this project did not write, and prints what it was answered as JSON.
// Arguments: port, user, password, and as JSON the orders and the token to work with.
'use strict';
const https = require('https');
const { Klarna } = require('@crystallize/node-klarna');

const [port, username, password, given] = process.argv.slice(2);
https.globalAgent.defaultPort = Number(port); // the library knows hosts only
const shop = new Klarna({ username, password, apiEndpoint: '127.0.0.1' });
const stranger = new Klarna({ username, password: 'wrong', apiEndpoint: '127.0.0.1' });
const { part, cancelled, released, token } = JSON.parse(given);
const warnings = [];
console.warn = (...text) => warnings.push(text.join(' '));

const line = (amount) => ({ name: 'Schuhe', reference: 'S-1', quantity: 1, unit_price: amount, tax_rate: 0, total_amount: amount, total_tax_amount: 0 });

(async () => {
  const { orders, captures, refunds } = shop.orderManagementV1;
  const answers = {};
  const step = async (name, promise) => { answers[name] = await promise; };
  await step('read', orders.getOrder(part));
  await step('read again', orders.getOrder(part)); // on the connection on which a body was left behind
  await step('acknowledge', orders.acknowledge(part));
  await step('references', orders.updateMerchantReference(part, { merchant_reference1: 'A-1', merchant_reference2: 'B-2' }));
  await step('capture', captures.capture(part, { captured_amount: 2000, description: 'first parcel', reference: 'P-1', order_lines: [line(2000)], shipping_delay: 0 }));
  await step('capture too much', captures.capture(part, { captured_amount: 90000 }));
  await step('refund', refunds.create(part, { refunded_amount: 500, reference: 'R-1', order_lines: [line(500)] }));
  await step('refund too much', refunds.create(part, { refunded_amount: 1501, order_lines: [line(1501)] }));
  await step('cancel captured', orders.cancel(part));
  await step('read after', orders.getOrder(part));
  await step('cancel', orders.cancel(cancelled));
  await step('read cancelled', orders.getOrder(cancelled));
  await step('capture released', captures.capture(released, { captured_amount: 1000 }));
  await step('release', orders.releaseRemainingAuthorization(released));
  await step('read released', orders.getOrder(released));
  await step('token order', shop.customerTokenV1.order(token, {
    purchase_currency: 'EUR', order_amount: 1000, order_tax_amount: 0, order_lines: [line(1000)], merchant_reference1: 'abo-1', auto_capture: true,
    customer_token_order_merchant_urls: { confirmation: 'https://shop.example/thanks' },
  }));
  await step('read token order', orders.getOrder(answers['token order'].response.order_id));
  await step('unknown', orders.getOrder('00000000-0000-7000-8000-000000000000'));
  await step('stranger', stranger.orderManagementV1.orders.getOrder(part));
  process.stdout.write(JSON.stringify({ answers, warnings }));
})();

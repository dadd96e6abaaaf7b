// SPDX-License-Identifier: Apache-2.0
// node pages.js DIRECTORY_OF_PAGES DIRECTORY_OF_SCREENSHOTS
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const { chromium } = require('playwright-core');

const [pages, screenshots] = process.argv.slice(2).map((each) => path.resolve(each));

async function open(browser, name) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  page.complaints = [];
  page.on('console', (message) => page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('dialog', (dialog) => page.complaints.push('dialog ' + dialog.message()));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) page.complaints.push('asks for ' + request.url());
  });
  await page.goto('file://' + path.join(pages, name));
  return page;
}

/** Texts of rows that a reader sees. */
const rows = (page) => page.locator('tbody tr:visible').allInnerTexts();

async function search(page, text) {
  await page.fill('#search', text);
  const found = await page.innerText('#found');
  assert.match(found, text === '' ? /^$/ : /^[1-9]\d* found$/, text);
  return rows(page);
}

async function checkpoint(browser) {
  const page = await open(browser, 'checkpoint.html');
  assert.strictEqual(await page.title(), 'Checkpoint of shop');
  const all = (await rows(page)).length;
  const found = await search(page, 'redis.sock');
  assert.ok(found.length > 0 && found.every((row) => row.includes('redis.sock')), found.join('\n'));
  assert.ok((await search(page, 'EVIL=<img')).length === 0, 'it is a line of a list, not a row');
  assert.ok(await page.locator('pre span.hit:visible').count() > 0, 'what is searched for opens up');
  await page.reload();
  assert.strictEqual((await search(page, '')).length, all);
  await page.click('summary:visible:text("redis-server")');
  await page.click('summary:visible:text("Memory map")');
  await page.locator('#processes').scrollIntoViewIfNeeded();
  await page.screenshot({ path: path.join(screenshots, 'checkpoint.png') });
  return page;
}

async function comparison(browser) {
  const page = await open(browser, 'comparison.html');
  const other = await rows(page);
  assert.ok(other.some((row) => row.includes('/data/changed')), other.join('\n'));
  assert.ok(other.some((row) => row.includes('sleep 1000')), other.join('\n'));
  assert.ok(!other.some((row) => row.startsWith('Container\t')), 'what is the same is hidden');
  await page.screenshot({ path: path.join(screenshots, 'comparison.png') });
  await page.check('#same');
  const both = await rows(page);
  assert.ok(both.length > other.length && both.some((row) => row.startsWith('Container\t')));
  return page;
}

(async () => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  });
  try {
    for (const page of [await checkpoint(browser), await comparison(browser)]) {
      assert.deepStrictEqual(page.complaints, []);
      assert.notStrictEqual(await page.title(), '1');
    }
    console.log('both pages hold');
  } finally {
    await browser.close();
  }
})();

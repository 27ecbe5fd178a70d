// Lighthouse, mobile profile, on the pages that people open most, and what their first load takes over the wire.
// Usage: node measure.mjs FREEHOLD CHROMIUM

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';

const [freehold, chromium] = process.argv.slice(2);
const PAGES = {
  requester: ['/', '/?q=printer', '/tickets', 'a ticket', '/knowledge', '/knowledge/KB-1'],
  agent_exclusive: ['/desk', '/desk/q/open', '/desk/t/INC-2'],
};
const LEAST = { performance: 95, accessibility: 100, 'best-practices': 95 };
const FIRST_LOAD = 100_000;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const folder = mkdtempSync(join(tmpdir(), 'freehold-lighthouse-'));
const server = spawn(freehold, ['demo', '--small', '--data', folder, '--listen', '127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const base = await new Promise((resolve, reject) => {
  server.once('exit', () => reject(new Error('the desk did not start')));
  createInterface(server.stdout).on('line', (line) => {
    const address = line.match(/serving on (http\S+)/)?.[1];
    if (address) resolve(address);
  });
});

/** Everything that a page needs from an empty cache, as it goes over the wire. */
const firstLoad = async (page, url) => {
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
  await page.goto(url, { waitUntil: 'load' });
  await session.detach();
  return bytes;
};

let faults = 0;
console.log('| page | performance | accessibility | best practices | first load | largest paint | blocked |');
console.log('|---|---:|---:|---:|---:|---:|---:|');
try {
  const people = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')).people;
  for (const [role, paths] of Object.entries(PAGES)) {
    const browser = await puppeteer.launch({ executablePath: chromium, args: FLAGS });
    const page = await browser.newPage();
    const link = new URL(people.find((person) => person.role === role).sign_in_url);
    await page.goto(base + link.pathname);
    // The page may be quicker and send its form itself.
    await page.$eval('main form[method=post]', (form) => form.requestSubmit()).catch(() => {});
    await page.waitForFunction(() => !location.pathname.startsWith('/sign-in'));
    for (const path of paths) {
      let url = base + path;
      if (path === 'a ticket') {
        await page.goto(`${base}/tickets`);
        url = await page.$eval("main a.ticket-card[href^='/tickets/']", (card) => card.href);
      }
      const bytes = await firstLoad(page, url);
      const options = {
        logLevel: 'silent',
        output: 'json',
        onlyCategories: Object.keys(LEAST),
        disableStorageReset: true,
      };
      const { lhr } = await lighthouse(url, options, undefined, page);
      const score = (category) => Math.round(lhr.categories[category].score * 100);
      const scores = Object.keys(LEAST).map(score);
      const low = Object.keys(LEAST).filter((category) => score(category) < LEAST[category]);
      if (bytes > FIRST_LOAD) low.push('first load');
      faults += low.length;
      const [paint, blocked] = ['largest-contentful-paint', 'total-blocking-time'].map((audit) =>
        Math.round(lhr.audits[audit].numericValue),
      );
      const load = `${(bytes / 1000).toFixed(1)} KB`;
      console.log(`| ${path} | ${scores.join(' | ')} | ${load} | ${paint} ms | ${blocked} ms |`);
      for (const category of low.filter((name) => name in LEAST))
        for (const { id, weight } of lhr.categories[category].auditRefs)
          if (weight && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9)
            console.log(`  ${category}: ${id} ${lhr.audits[id].displayValue ?? ''}`);
    }
    await browser.close();
  }
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
if (faults) {
  console.error(`${faults} figures are below what they must be`);
  process.exit(1);
}

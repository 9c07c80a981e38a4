// Looks at pages in headless Chromium, as their readers do: in two languages, at two
// widths, in light and dark, with and without JavaScript. It prints one line a finding and
// exits with 1 where there is one. Screenshots are kept in the folder that is named.
//
//   node check.mjs http://127.0.0.1:8364 OUT PATH…
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, out, ...paths] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const host = new URL(base).host;
const found = [];
const report = (where, what) => { found.push(where); console.log(`${where}: ${what}`); };

const sizes = [
  { name: 'desktop', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'phone', width: 360, height: 780, colorScheme: 'dark' },
];

const browser = await chromium.launch({
  executablePath: process.env.AMPARO_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// numbers are all numbers that a reader sees on a page, in order.
const numbers = (page) => page.evaluate(() => (document.querySelector('main')?.textContent || '').match(/\d[\d.,]*%?/g) || []);

// addressOf is a path in a language.
const addressOf = (path, lang) => `${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`;

function watch(page, where) {
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) report(where, `console ${m.type()}: ${m.text()}`); });
  page.on('pageerror', (e) => report(where, `error: ${e.message}`));
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.protocol !== 'data:' && url.host !== host) report(where, `a request leaves the host: ${url}`);
  });
}

async function look(path, lang, size) {
  const where = `${path} ${lang} ${size.name}`;
  // The page's own policy forbids scripts; axe needs one, put in by the browser.
  const context = await browser.newContext({ viewport: size, colorScheme: size.colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  watch(page, where);
  const answer = await page.goto(addressOf(path, lang));
  if (answer.status() !== 200) report(where, `status ${answer.status()}`);
  const compressed = Number((await answer.allHeaders())['content-length'] || 0) || (await answer.body()).length;
  if (compressed > 250 * 1024) report(where, `${compressed} bytes`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) report(where, `the page is ${wide} pixels wider than the window`);
  await page.screenshot({ path: join(out, `${path.replace(/[^a-z0-9]+/gi, '-') || 'today'}-${lang}-${size.name}.png`), fullPage: true });
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of violations) report(where, `axe ${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
  const seen = await numbers(page);
  await context.close();
  return seen;
}

// plain reads a page without JavaScript, under its own policy.
async function plain(path, lang, seen) {
  const where = `${path} ${lang} without JavaScript`;
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: sizes[0] });
  const page = await context.newPage();
  watch(page, where);
  await page.goto(addressOf(path, lang));
  const text = (await page.locator('main').textContent()) || '';
  const bare = text.match(/\d[\d.,]*%?/g) || [];
  // Who reads the access log is in it, so that it is longer the next time.
  const same = path.startsWith('/audit') ? bare.length > 0 : bare.join(' ') === seen.join(' ');
  if (!same) report(where, `${bare.length} numbers, with it ${seen.length}`);
  await context.close();
}

// keyboard walks a page with the tab key: what has the focus must be seen to have it.
async function keyboard(path) {
  const where = `${path} keyboard`;
  const context = await browser.newContext({ viewport: sizes[0] });
  const page = await context.newPage();
  await page.goto(addressOf(path, 'es'));
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement?.getAttribute('href'));
  if (first !== '#main') report(where, `the first stop is ${first}, not the way past the menu`);
  for (let i = 0; i < 25; i++) {
    await page.keyboard.press('Tab');
    const bad = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return '';
      const style = getComputedStyle(at.querySelector('rect') || at);
      return style.outlineStyle === 'none' && getComputedStyle(at).outlineStyle === 'none' ? at.outerHTML.slice(0, 120) : '';
    });
    if (bad) { report(where, `the focus is not seen on ${bad}`); break; }
  }
  await context.close();
}

await mkdir(out, { recursive: true });
try {
  for (const path of paths) {
    for (const lang of ['es', 'en']) {
      let seen = [];
      for (const size of sizes) seen = await look(path, lang, size);
      await plain(path, lang, seen);
    }
  }
  await keyboard(paths[0]);
} finally {
  await browser.close();
}
console.log(`${paths.length} pages looked at, ${found.length} findings`);
process.exitCode = found.length > 0 ? 1 : 0;

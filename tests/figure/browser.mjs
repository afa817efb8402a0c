// Opens a figure's page in a headless browser and says what happened, as JSON. Arguments: the page, where packages are.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[3] + '/');
const { chromium } = require('playwright-core');
const binary = require('@sparticuz/chromium').default ?? require('@sparticuz/chromium');
const browser = await chromium.launch({
  executablePath: await binary.executablePath(), args: ['--no-sandbox', '--disable-gpu'], headless: true,
});
const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
const faults = [];
let requests = 0;
page.on('request', () => { requests += 1; });
page.on('pageerror', e => faults.push(String(e)));
page.on('console', m => { if (m.type() === 'error') faults.push(m.text()); });
await page.goto('file://' + process.argv[2]);
const hidden = () => page.evaluate(() =>
  [...document.querySelectorAll('section:not([hidden]) *')].filter(e => e.style.display === 'none').length);
const before = await hidden();
const panel = page.locator('section:not([hidden]) g[data-open] > rect').first();
const box = await panel.boundingBox();
await page.mouse.move(box.x + 3, box.y + box.height / 2);
const tip = await page.evaluate(() => document.querySelector('#tip').textContent);
await page.mouse.click(box.x + 3, box.y + box.height / 2);
const folded = await hidden();
await page.mouse.click(box.x + 3, box.y + box.height / 2);
const overlaps = await page.evaluate(() => {
  const boxes = [...document.querySelectorAll('section:not([hidden]) text')].map(e => e.getBoundingClientRect());
  let count = 0;
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (w > 1 && h > a.height * 0.35) { count += 1; }
  }));
  return count;
});
console.log(JSON.stringify({ requests, faults, tip, before, folded, again: await hidden(), overlaps }));
await browser.close();

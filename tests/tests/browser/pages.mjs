// What Chromium and axe-core see of pages that shoppers open. It is asked by JSON on standard input
// and answers by JSON on standard output; the Rust test beside says what is right.
//
// {packages, chromium, screenshots, inspect: [{name, url, press?, locale?}], walk: [{url, press: {control,
// key}}]}: `inspect` looks at each page, after its button was pressed, in light and dark, at 320 and
// 1280 pixels; `walk` opens it without JavaScript, goes to the control that is called so by Tab
// alone, and presses the key.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const asked = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(join(asked.packages, "/"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const SCHEMES = ["light", "dark"];
const WIDTHS = [320, 1280];
// WCAG 2.2 AA, and what axe holds to be good beside it; targets as large as §2.5.8 wants.
const RULES = { rules: { "target-size": { enabled: true } } };

const browser = await chromium.launch({
  executablePath: asked.chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function opened(url, options, use) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const answer = await page.goto(url);
    return await use(page, answer);
  } finally {
    await context.close();
  }
}

function viewport(width) {
  return { width, height: 800 };
}

async function pressed(page, name) {
  const button = page.getByRole("button", { name, exact: true });
  const answered = page.waitForResponse((answer) => answer.request().isNavigationRequest());
  await button.click();
  const answer = await answered;
  await page.waitForLoadState();
  return answer;
}

async function inspect({ name, url, press, locale }) {
  const seen = [];
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      const options = { colorScheme, locale: locale ?? "en-GB", viewport: viewport(width) };
      seen.push(await opened(url, options, async (page, first) => {
        const answer = press ? await pressed(page, press) : first;
        await page.screenshot({ path: join(asked.screenshots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        await page.evaluate(axe);
        const found = await page.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
        const told = (all) => all.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(", ")}`);
        const look = await page.evaluate(() => ({
          across: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          ground: getComputedStyle(document.body).backgroundColor,
        }));
        return { name, colorScheme, width, status: answer.status(), violations: told(found.violations),
          undecided: told(found.incomplete), passes: found.passes.length, ...look };
      }));
    }
  }
  return seen;
}

async function walk({ url, press }) {
  const options = { javaScriptEnabled: false, viewport: viewport(320) };
  return opened(url, options, async (page) => {
    const passed = [];
    for (let tabs = 0; tabs < 30; tabs += 1) {
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      const name = (await focused.getAttribute("aria-label")) ?? (await focused.textContent());
      passed.push(name.trim());
      if (name.trim() === press.control) {
        const outline = await focused.evaluate((it) => getComputedStyle(it).outlineStyle);
        await Promise.all([page.waitForEvent("load"), page.keyboard.press(press.key)]);
        const told = await page.getByRole("status").innerText();
        return { passed, outline, told };
      }
    }
    return { passed };
  });
}

const answer = { inspected: [], walked: [] };
for (const page of asked.inspect ?? []) answer.inspected.push(...(await inspect(page)));
for (const page of asked.walk ?? []) answer.walked.push(await walk(page));
await browser.close();
console.log(JSON.stringify(answer));

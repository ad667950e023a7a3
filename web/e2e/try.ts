import { launchBrowser } from './browser.ts';
const b = await launchBrowser();
async function walk(account: string, school: string, paths: string[], width: number, tag: string, scheme: 'light' | 'dark' = 'light') {
  const ctx = await b.newContext({ viewport: { width, height: 844 }, colorScheme: scheme, locale: 'zh-CN' });
  const p = await ctx.newPage();
  p.on('console', (m) => { if (m.type() !== 'log') console.log('console', account, p.url(), m.type(), m.text()); });
  p.on('pageerror', (e) => console.log('pageerror', account, p.url(), e.message));
  const r = await ctx.request.post('http://localhost:4100/api/session', { data: { school, account, password: 'shaodian-demo' } });
  if (r.status() !== 201) console.log('signin', account, r.status());
  for (const path of paths) {
    await p.goto('http://localhost:4100' + path);
    await p.waitForLoadState('networkidle').catch(() => {});
    const over = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) console.log('overflow', account, path, over);
    console.log(path, p.url());
    await p.screenshot({ path: `/tmp/shots/${tag}-${account}${path.replaceAll('/', '_')}-${width}${scheme === 'dark' ? '-dark' : ''}.png`, fullPage: true });
  }
  await ctx.close();
}
const [,, which = 'all'] = process.argv;
for (const width of [390, 1280]) {
  await walk('weiyuan-a', 'jiangpan', ['/report', '/report/monthly/2026-10', '/report/observation', '/report/now', '/me', '/help'], width, 'a');
  await walk('banzhuren', 'jiangpan', ['/alerts', '/pupils'], width, 'a');
  await walk('deyu', 'jiangpan', ['/board', '/alerts'], width, 'a');
  await walk('admin', 'jiangpan', ['/roster', '/accounts'], width, 'a');
  await walk('xinli', 'jiangpan', ['/alerts', '/board'], width, 'a');
}
await walk('xinli', 'jiangpan', ['/alerts', '/board'], 390, 'a', 'dark');
await walk('weiyuan-a', 'jiangpan', ['/report', '/report/observation'], 390, 'a', 'dark');
await b.close();

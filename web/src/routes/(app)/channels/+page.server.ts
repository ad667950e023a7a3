import { read, send, sendChange } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { refused } from '#lib/api/refused.ts';
import type {
  Channel,
  ChannelList,
  ChannelTest,
  OutsideContactList,
  Readiness,
} from '#lib/api/shapes.ts';
import type { Actions, PageServerLoad } from './$types';

const kinds: readonly string[] = ['email', 'wecom', 'dingtalk', 'feishu', 'ringing', 'webhook'];
const isKind = (text: string | null): text is Channel['kind'] =>
  text !== null && kinds.includes(text);

export const load: PageServerLoad = async (event) => {
  const [{ items }, readiness, contacts] = await Promise.all([
    read<ChannelList>(event, '/channels'),
    read<Readiness>(event, '/readiness'),
    read<OutsideContactList>(event, '/outside-contacts'),
  ]);
  const kind = event.url.searchParams.get('add');
  return {
    channels: items.map((channel) => ({ channel, key: crypto.randomUUID() })),
    readiness,
    contacts,
    kind: isKind(kind) ? kind : null,
    keys: { add: crypto.randomUUID(), outside: crypto.randomUUID() },
  };
};

const named = (form: FormData, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, textOf(form, name)]));

/** As the API wants it; what is missing it will say. */
function configOf(form: FormData): Record<string, unknown> {
  const kind = textOf(form, 'kind');
  if (kind === 'email') {
    const fields = named(form, ['host', 'security', 'user', 'password', 'from']);
    return { kind, ...fields, port: Number(textOf(form, 'port')) };
  }
  const fields: Record<string, string[]> = { wecom: ['url'], ringing: ['url', 'secret', 'mode'] };
  return { kind, ...named(form, fields[kind] ?? ['url', 'secret']) };
}

export const actions: Actions = {
  add: async (event) => {
    const form = await event.request.formData();
    const input = { name: textOf(form, 'name'), config: configOf(form) };
    const sent = await send(event, 'POST', '/channels', input, textOf(form, 'idempotencyKey'));
    return sent.ok ? { saved: true } : refused(sent.problem, { form: 'add' as const }, event);
  },
  toggle: async (event) => {
    const form = await event.request.formData();
    const path = `/channels/${encodeURIComponent(textOf(form, 'id'))}`;
    const change = { name: textOf(form, 'name'), enabled: textOf(form, 'enabled') !== '' };
    const sent = await sendChange(event, path, change, textOf(form, 'version'));
    return sent.ok ? { saved: true } : refused(sent.problem, { form: 'list' as const }, event);
  },
  test: async (event) => {
    const form = await event.request.formData();
    const path = `/channels/${encodeURIComponent(textOf(form, 'id'))}/tests`;
    const input = { to: textOf(form, 'to') || null };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send<ChannelTest>(event, 'POST', path, input, key);
    return sent.ok
      ? { tested: sent.data }
      : refused(sent.problem, { form: 'list' as const }, event);
  },
  addOutside: async (event) => {
    const form = await event.request.formData();
    const input = {
      name: textOf(form, 'outsideName'),
      phone: textOf(form, 'phone') || null,
      email: textOf(form, 'email') || null,
    };
    const key = textOf(form, 'idempotencyKey');
    const sent = await send(event, 'POST', '/outside-contacts', input, key);
    return sent.ok ? { saved: true } : refused(sent.problem, { form: 'outside' as const }, event);
  },
  endOutside: async (event) => {
    const form = await event.request.formData();
    const path = `/outside-contacts/${encodeURIComponent(textOf(form, 'id'))}/end`;
    const sent = await send(event, 'POST', path, {}, crypto.randomUUID());
    return sent.ok ? { saved: true } : refused(sent.problem, { form: 'outside' as const }, event);
  },
};

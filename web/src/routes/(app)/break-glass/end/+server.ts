import { redirect } from '@sveltejs/kit';
import { send } from '#lib/api/client.ts';
import { textOf } from '#lib/api/form.ts';
import { pathWithin } from '#lib/shell/path-within.ts';
import type { RequestHandler } from './$types';

/** Closes what the banner says is open, from whatever page; what is over already needs no closing. Works without scripts. */
export const POST: RequestHandler = async (event) => {
  const form = await event.request.formData();
  const path = `/break-glass/${encodeURIComponent(textOf(form, 'id'))}/end`;
  await send(event, 'POST', path, {}, crypto.randomUUID());
  redirect(303, pathWithin(form.get('next')));
};

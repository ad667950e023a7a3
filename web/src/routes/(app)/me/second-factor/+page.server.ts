import { fail } from '@sveltejs/kit';
import { read, send } from '#lib/api/client.ts';
import { formProblem } from '#lib/api/refused.ts';
import type { SecondFactor } from '#lib/api/shapes.ts';
import { confirmSetUp, proofOf, startSetUp } from '#lib/factor/set-up.server.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
  own: await read<SecondFactor>(event, '/account/second-factor'),
});

export const actions: Actions = {
  start: async (event) => {
    const started = await startSetUp(event, await event.request.formData());
    if (started.ok) return { shown: started.data };
    const problem = await formProblem(started.problem, event);
    return fail(started.problem.status, { problem, of: 'start' as const });
  },
  confirm: async (event) => {
    const { sent, shown } = await confirmSetUp(event, await event.request.formData());
    if (sent.ok) return { codes: sent.data.recoveryCodes };
    const problem = await formProblem(sent.problem, event);
    return fail(sent.problem.status, { problem, of: 'confirm' as const, ...(shown && { shown }) });
  },
  renew: async (event) => {
    const proof = proofOf(await event.request.formData());
    const path = '/account/second-factor/recovery-codes';
    const sent = await send<{ recoveryCodes: string[] }>(event, 'POST', path, proof);
    if (sent.ok) return { codes: sent.data.recoveryCodes };
    const problem = await formProblem(sent.problem, event);
    return fail(sent.problem.status, { problem, of: 'renew' as const });
  },
  end: async (event) => {
    const proof = proofOf(await event.request.formData());
    const sent = await send<null>(event, 'POST', '/account/second-factor/end', proof);
    if (sent.ok) return { ended: true };
    const problem = await formProblem(sent.problem, event);
    return fail(sent.problem.status, { problem, of: 'end' as const });
  },
};

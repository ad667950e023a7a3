import type { Requester, TestApi } from './test-api.ts';
import { sha256 } from '../http/session.ts';

/** Somebody of the cast who gave the password again to approve roles; the way there has tests of its own. */
export async function asApprover(
  api: TestApi,
  account: string,
  school = 'jiangpan',
): Promise<Requester> {
  return readyToApprove(api, await api.as(account, school));
}

/** The same for anybody. */
export async function readyToApprove(api: TestApi, who: Requester): Promise<Requester> {
  await api.admin`update app.sessions set stepped_up_until = now() + interval '1 hour', step_up_purpose = 'approve_grants'
    where token_sha256 = ${sha256(who.cookie.split('=')[1] ?? '')}`;
  return who;
}

/** What waits for this person. */
export async function listWaiting(who: Requester): Promise<string[]> {
  const answer = await who.get('/grant-proposals?state=waiting&limit=200');
  const { items } = (await answer.json()) as { items: { id: string; mayDecide: boolean }[] };
  return items.filter((one) => one.mayDecide).map((one) => one.id);
}

/** Approves everything that waits for this person, in one act. */
export async function approveWaiting(who: Requester): Promise<void> {
  const ids = await listWaiting(who);
  const answer = await who.post('/grant-proposals/decisions', { ids, decision: 'approve' });
  if (answer.status !== 201) throw new Error(`approving was answered with ${answer.status}`);
}

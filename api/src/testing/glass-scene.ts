import { observationInput } from './observation-input.ts';
import { startTestApi } from './test-api.ts';
import type { Requester, TestApi } from './test-api.ts';

/** Why a leader cannot wait, long enough. */
export const glassReason = '家长说孩子没有到校，要马上知道可能去了哪里';
export const glassInput = { category: 'missing_pupil', reason: glassReason };

/** A leader who gave the password again to break the glass, those who review it, and pupils with alerts. */
export interface GlassScene {
  readonly api: TestApi;
  readonly girl: Requester;
  readonly leader: Requester;
  readonly lead: Requester;
  readonly officer: Requester;
  /** A pupil of 七(1)班 about whom nothing is known. */
  nextPupil(): string;
  /** Signs in, with the password given again for this purpose in every session of the person. */
  raised(account: string, school?: string): Promise<Requester>;
  /** Somebody reports it: orange unless other signs are given. The alert's id. */
  alertOn(pupil: string, ...indicators: string[]): Promise<string>;
  ask(who: Requester, pupil: string, body?: unknown): Promise<Response>;
  /** The id of what was opened. */
  open(who: Requester, pupil: string): Promise<string>;
  end(who: Requester, glass: string): Promise<Response>;
}

export async function startGlassScene(seededUrl: string): Promise<GlassScene> {
  const api = await startTestApi(seededUrl);
  const girl = await api.as('weiyuan-a');
  const raised: GlassScene['raised'] = async (account, school) => {
    const who = await api.as(account, school);
    await api.admin`update app.sessions set stepped_up_until = now() + interval '10 minutes', step_up_purpose = 'break_glass'
      where person_id = ${who.personId}`;
    return who;
  };
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  const pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
  const ask: GlassScene['ask'] = (who, pupil, body = glassInput) =>
    who.post(`/pupils/${pupil}/break-glass`, body);
  return {
    api,
    girl,
    leader: await raised('deyu'),
    lead: await api.as('xinli'),
    officer: await api.as('baohu'),
    nextPupil: () => pupils.pop() ?? '',
    raised,
    alertOn: async (pupil, ...indicators) => {
      const signs = indicators.length > 0 ? indicators : ['SUI07'];
      await girl.post('/observations', observationInput(pupil, { indicators: signs } as never));
      const [row] = await api.admin<{ id: string }[]>`
        select id from app.alerts where pupil_id = ${pupil} order by first_raised_at desc limit 1`;
      if (!row) throw new Error('no alert was raised');
      return row.id;
    },
    ask,
    open: async (who, pupil) => {
      const answer = await ask(who, pupil);
      if (answer.status !== 201) throw new Error(await answer.text());
      return ((await answer.json()) as { id: string }).id;
    },
    end: (who, glass) => who.post(`/break-glass/${glass}/end`, {}),
  };
}

// The SDK of @hey-api/openapi-ts: signs in, looks after itself, and takes a tenant and one of
// the staff through their lives; then, as a Site Admin, a family's application, a batch that it
// watches, and a key.
import { client } from "../../../out/typescript/sdk/client.gen.ts";
import * as api from "../../../out/typescript/sdk/index.ts";
import { OTHER_PASSWORD, desk, same, siteAdmin, slug, withCode, word } from "./desk.ts";

type Answer<T> = { data?: T; error?: api.Problem; response?: Response };

// The data of an answer; a problem ends the program with its code, which the types know.
function data<T>(answer: Answer<T>): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

let token: string | undefined;
client.setConfig({ baseUrl: desk.url, auth: () => token });

async function signIn(body: api.SignIn, secret: string): Promise<void> {
  token = undefined;
  token = data(await api.signIn({ body })).access_token;
  token = await withCode(secret, async (code) => {
    const answer = await api.verifySecondFactor({ body: { code } });
    return answer.error?.code === "second_factor.wrong_code" ? "used" : data(answer).access_token;
  });
}

await signIn({ realm: "desk", name: desk.email, password: desk.password }, desk.secret);

const tenant = data(
  await api.createTenant({
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: {
      slug: slug("sdk"),
      name: "Harbor Practice",
      kind: "practice",
      notification_address: "office@harbor.example",
      contacts: [{ label: "Front desk", email: "desk@harbor.example" }],
      owners: [{ name: "Minh Tran", email: "minh@harbor.example" }],
    },
  }),
);
const path = { tenant_id: tenant.id };

const read = await api.readTenant({ path });
same(data(read).settings.no_access_procedure, null, "a procedure that nobody wrote");
const version = read.response?.headers.get("etag") ?? "";
const headers = { "If-Match": version };
same(data(await api.updateTenant({ path, headers, body: { kind: "other" } })).kind, "other", "the changed kind");
same((await api.updateTenant({ path, headers, body: { kind: "camp" } })).error?.code, "version.stale", "a stale change");

const page = data(await api.listTenants({ query: { q: "harbor practice", limit: 100 } }));
same(page.data.some((row) => row.id === tenant.id), true, "the tenant is in the list");

const body = { reason: "A trial of the clients" };
same(data(await api.suspendTenant({ path, body })).status, "suspended", "the status after suspending");
same(data(await api.resumeTenant({ path, body })).status, "active", "the status after resuming");

const own = await api.readAccount();
same(data(own).email, desk.email, "one's own address");
same(data(await api.updateAccount({ body: { locale: data(own).locale } })).locale, data(own).locale, "one's own language");
const sessions = data(await api.listSessions()).data;
same(sessions.filter((session) => session.is_current).length, 1, "sessions that ask");
same((await api.requestPasswordReset({ body: { realm: "family", name: "nobody@home.example" } })).response?.status, 202, "a reset for nobody");

const hired = data(
  await api.createDeskAccount({
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: { role: "developer", name: "Ana Ruiz", email: `${slug("ana")}@desk.example`, locale: "es" },
  }),
);
const staff = { desk_account_id: hired.id };
const seen = await api.readDeskAccount({ path: staff });
const match = { "If-Match": seen.response?.headers.get("etag") ?? "" };
const renamed = data(await api.updateDeskAccount({ path: staff, headers: match, body: { name: "Ana Ruiz Soto" } }));
same(renamed.name, "Ana Ruiz Soto", "the new name");
same(data(await api.deactivateDeskAccount({ path: staff, body: { reason: "by_admin" } })).status, "inactive", "the status");

const to = async (current_password: string, new_password: string) =>
  (await api.changePassword({ body: { current_password, new_password } })).response?.status;
same(await to(desk.password, OTHER_PASSWORD), 204, "changing the password");
same(await to(OTHER_PASSWORD, desk.password), 204, "changing it back");
same((await api.signOut()).response?.status, 204, "signing out");
console.log("@hey-api/openapi-ts: signed in; a tenant, one of the staff, the own account, sessions, the password");

const { tenant: short, name, password, secret } = siteAdmin;
await signIn({ realm: "tenant", tenant: short, name, password }, secret);

const unique = word("sdk");
const family = data(
  await api.createApplication({
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: { family_name: `Þórsdóttir ${unique}`, email: "katrin@home.example", locale: "en" },
  }),
);
const of = { application_id: family.id };
const draft = await api.readApplication({ path: of });
same(data(draft).number, family.number, "the number that was drawn");
const drafted = { "If-Match": draft.response?.headers.get("etag") ?? "" };
const children = [{ child_id: `K-${unique}`, name: "Ása" }, { child_id: `L-${unique}` }];
const grown = data(await api.updateApplication({ path: of, headers: drafted, body: { children } }));
same(grown.children.length, 2, "the children");
const stale = await api.updateApplication({ path: of, headers: drafted, body: { locale: "es" } });
same(stale.error?.code, "version.stale", "a stale change");

same(data(await api.submitApplication({ path: of })).status, "submitted", "the status after submitting");
const early = await api.inviteFamily({ path: of, body: { method: "email" } });
same(early.error?.code, "application.already_invited", "a first invitation for the second time");
same(data(await api.reinviteFamily({ path: of, body: {} })).online_account, "invited", "the column after inviting again");
const sent = data(await api.listInvitations({ query: of })).data;
same(sent.map((one) => one.state).join(), "pending,replaced", "the invitations");
const resent = data(await api.resendInvitation({ path: { invitation_id: sent[0]?.id ?? "" } }));
same(data(await api.revokeInvitation({ path: { invitation_id: resent.id } })).state, "revoked", "what was taken back");

const find = async () => data(await api.listApplications({ query: { child_id: `K-${unique}`, q: unique } })).data;
same((await find()).map((row) => row.id).join(), family.id, "the one that is found by a word and a child");

// The stream of a job's events ends with the job.
async function watched(job: api.Job): Promise<api.JobState> {
  let state = job.state;
  const { stream } = await api.watchJob({ path: { job_id: job.id }, sseMaxRetryAttempts: 1 });
  // The document says that events are text; the client has read what is in them already.
  for await (const event of stream as AsyncIterable<unknown>) state = (event as api.JobSummary).state;
  return state;
}

for (const dry_run of [true, false]) {
  const job = data(
    await api.inviteFamilies({
      headers: { "Idempotency-Key": crypto.randomUUID() },
      body: { method: "preferred", filter: { q: unique }, dry_run },
    }),
  );
  same(await watched(job), "succeeded", "the end of a batch");
  const rows = data(await api.listJobResults({ path: { job_id: job.id } })).data;
  same(rows.map((row) => `${row.outcome} ${row.subject_id}`).join(), `created ${family.id}`, "the results of a batch");
  same((await find())[0]?.online_account, dry_run ? "none" : "invited", "the column after a batch");
}

const key = data(
  await api.createApiKey({
    body: { name: `Enrolment ${unique}`, scopes: ["applications.read"], expires_in_days: 1 },
  }),
);
const auth = () => key.secret;
same(data(await api.listApplications({ auth, query: { q: unique } })).data.length, 1, "applications that a key finds");
same(data(await api.revokeApiKey({ path: { api_key_id: key.id } })).status, "revoked", "the status of the key");
same((await api.listApplications({ auth })).error?.code, "auth.invalid_token", "a key that was revoked");

const messages = data(await api.listNotifications({ query: { kind: "invitation" } })).data;
same(messages[0]?.kind, "invitation", "the newest message to a family");
same((await api.signOut()).response?.status, 204, "signing out of the tenant");
console.log("@hey-api/openapi-ts: as a Site Admin: an application, invitations, a batch, a key, messages");

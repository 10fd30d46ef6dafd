// The SDK of @hey-api/openapi-ts: signs in, looks after itself, and takes a tenant and one of
// the staff through their lives; then, as a Site Admin, a family's application, a batch that it
// watches, and a key; last a ticket from the help centre to its end, through everybody's hands.
import { client } from "../../../out/typescript/sdk/client.gen.ts";
import * as api from "../../../out/typescript/sdk/index.ts";
import { OTHER_PASSWORD, agents, desk, same, siteAdmin, slug, withCode, word } from "./desk.ts";

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

// Everybody who has to do with a ticket, signed in at the same time.
async function tokenOf(who: api.SignIn, secret: string): Promise<() => string | undefined> {
  await signIn(who, secret);
  const own = token;
  return () => own;
}
const agentToken = (agent: typeof agents.tier1) =>
  tokenOf({ realm: "desk", name: agent.email, password: agent.password }, agent.secret);
const office = await tokenOf({ realm: "tenant", tenant: short, name, password }, secret);
const tier1 = await agentToken(agents.tier1);
const tier2 = await agentToken(agents.tier2);
const developer = await agentToken(agents.developer);

const search = data(await api.searchHelp({ auth: office, body: { query: "invite a family", locale: "en" } }));
const result = search.results[0];
if (result === undefined) throw new Error("the help centre has nothing about inviting a family");
const seenResult = await api.openHelpResult({
  auth: office,
  path: { help_search_id: search.id },
  body: { article_id: result.article_id },
});
same(seenResult.response?.status, 204, "noting what was opened of a search");
const article = data(await api.readArticle({ auth: office, path: { article_id: result.article_id } }));
same(`${article.state} ${article.title}`, `published ${result.title}`, "the article that was found");

const ask = (help_search_id?: string) =>
  api.openTicket({
    auth: office,
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: {
      request_type: "technical.error.report",
      subject: `The list of families stays empty ${unique}`,
      text: "Since this morning the list stays empty, in Firefox 160.",
      ...(help_search_id && { help_search_id }),
    },
  });
same((await ask()).error?.code, "ticket.help_search_required", "a ticket without a search");
const ticket = data(await ask(search.id));
same(`${ticket.state} ${ticket.tier} ${ticket.help_search_id}`, `new 1 ${search.id}`, "a new ticket");
const at = { ticket_id: ticket.id };
const reply = (text: string) => api.replyToTicket({ auth: office, path: at, body: { text } });
same(data(await reply("It is the same in Safari.")).state, "new", "the state after a reply to a new ticket");
const mistaken = { ticket_id: data(await ask(search.id)).id };
const withdrawn = data(await api.withdrawTicket({ auth: office, path: mistaken }));
same(`${withdrawn.state} ${withdrawn.resolution}`, "closed withdrawn", "a ticket that was taken back");

const queue = data(await api.listTickets({ auth: tier1, query: { view: "unassigned", limit: 100 } })).data;
same(queue.some((row) => row.id === ticket.id), true, "the ticket is in the queue");
const taken = data(await api.assignTicket({ auth: tier1, path: at, body: {} }));
same(`${taken.state} ${taken.assignee_name}`, "open Cora Haas", "a ticket that an agent took");
const asked = await api.askRequester({ auth: tier1, path: at, body: { text: "Which filter is set?" } });
same(data(asked).state, "waiting_on_requester", "the state after a question");
same(data(await reply("None.")).state, "open", "the state after the answer");
const tried = { reason: "The list stays empty without a filter.", tried: "Tried two browsers." };
const escalated = data(await api.escalateTicket({ auth: tier1, path: at, body: tried }));
same(`${escalated.tier} ${escalated.assignee_id}`, "2 null", "a ticket that was escalated");

same(data(await api.assignTicket({ auth: tier2, path: at, body: {} })).state, "open", "taken again");
const resolve = () =>
  api.resolveTicket({
    auth: tier2,
    path: at,
    body: { resolution: "solved", text: "The list was mended; please load it again." },
  });
same((await resolve()).error?.code, "ticket.action_required", "resolving before anything was done");
const acted = data(await api.recordTicketAction({ auth: tier2, path: at, body: { action: "contacted_requester" } }));
same(acted.entries.some((entry) => entry.tier2_action === "contacted_requester"), true, "the recorded action");
const resolved = data(await resolve());
same(`${resolved.state} ${resolved.resolution}`, "closed solved", "a ticket that was resolved");
const canned = data(
  await api.createCannedReply({
    auth: tier2,
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: { title: `An empty list ${unique}`, locale: "en", text: "Hello {requester_name}, {case_number} is mended." },
  }),
);
same(canned.title, `An empty list ${unique}`, "the title of a canned reply");
const internal = data(
  await api.createInternalTicket({
    auth: tier2,
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: { kind: "bug", title: "The list stays empty", text: "After a filter was removed the list stays empty." },
  }),
);
same(`${internal.state} ${internal.priority}`, "reported high", "an internal ticket about a bug");
const accepted = await api.acceptInternalTicket({ auth: developer, path: { internal_ticket_id: internal.id } });
same(data(accepted).state, "accepted", "an internal ticket that was accepted");
const finished = data(await api.readTicket({ auth: office, path: at }));
same(`${finished.state} ${finished.resolution}`, "closed solved", "the ticket as its requester sees it");
same(finished.entries.some((entry) => entry.is_internal), false, "its requester sees nothing internal");

for (const auth of [office, tier1, tier2, developer]) {
  same((await api.signOut({ auth })).response?.status, 204, "signing out");
}
console.log("@hey-api/openapi-ts: a search, an article, a ticket through both tiers, a canned reply, an internal ticket");

let view = null;
function show(ticket) {
  by("title").textContent = "Case " + ticket.number + ": " + ticket.subject;
  const reach = ticket.contacts.map((one) => [one.label, one.email, one.phone].filter(Boolean).join(" ")).join("; ");
  say("State: " + ticket.state + ". " + ticket.organization + ": " + reach);
  by("entries").replaceChildren(...ticket.entries.filter((one) => one.text).map((one) => {
    const line = document.createElement("li");
    line.textContent = one.at + " " + one.author_kind + ": " + one.text;
    return line;
  }));
  by("open").hidden = true;
  by("reply").hidden = ticket.state === "closed" || !view;
}
on("open", async () => {
  const ticket = await call("/v1/ticket-views", { token: link });
  view = ticket.view_token;
  show(ticket);
});
on("reply", async (text) => {
  show(await call("/v1/ticket-views/reply", { view_token: view, text }));
  by("reply").reset();
});
// Whoever has an account is sent the ticket's id. It opens nothing, so it stays in the address, for the page to be
// loaded again; the portal gets it as we did, behind the "#".
async function lead(id) {
  by("open").hidden = true;
  history.replaceState(null, "", location.pathname + "#" + id);
  say("This is your case " + id + ". Sign in to the portal of your organisation to read it.");
  const answer = await fetch("/v1/desk-contact", { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const ways = (await answer.json()).ways_in;
  if (ways.portal_url) {
    by("portal").href = ways.portal_url.split("#")[0] + "#" + id;
    by("portal").hidden = false;
  } else {
    const reach = [ways.email, ways.phone, ways.chat_url].filter(Boolean).join(", ");
    say("This is your case " + id + ". Sign in where you use the portal to read it, or ask the desk: " + reach + ".");
  }
}
if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(link)) {
  lead(link).catch(() => {});
} else if (!link.startsWith("cdt_")) {
  by("open").hidden = true;
  say("The link is not whole. Open it in the message once more, or sign in to the portal to read your case.");
}

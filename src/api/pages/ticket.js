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
if (!link.startsWith("cdt_")) {
  by("open").hidden = true;
  say("Sign in to the portal to read your case.");
}

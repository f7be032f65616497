// A form sent without leaving the page; a refusal comes back as its sentence.

export async function post(address: string, fields: [string, string][]): Promise<unknown> {
  const token = (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as { [name: string]: string })["X-CSRFToken"] ?? "";
  const answer = await fetch(address, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-CSRFToken": token, Accept: "application/json" },
  });
  if (answer.status === 204) return undefined;
  const told = (await answer.json().catch(() => ({}))) as { error?: { message?: string } };
  if (!answer.ok) throw new Error(told.error?.message ?? String(answer.status));
  return told;
}

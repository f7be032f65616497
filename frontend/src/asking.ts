// “Ask about this” on a page whose address says what is shown: the link takes signals and times as they are now.
export function arm(page: Document): void {
  page.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-with-address]") : null;
    if (!link) return;
    const to = new URL(link.dataset["withAddress"] ?? link.href, window.location.href);
    for (const [name, value] of new URLSearchParams(window.location.search)) {
      if (name === "signals" || name === "from" || name === "to") to.searchParams.append(name, value);
    }
    link.href = to.href;
  });
}

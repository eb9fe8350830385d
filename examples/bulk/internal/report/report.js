"use strict";
// Shows all rows of the data in a table that can be searched, filtered and sorted. Texts
// are set as text, never as HTML.
(() => {
  const rowsPerPage = 200;
  const maxPrinted = 1000;
  const byID = (id) => document.getElementById(id);
  const rows = JSON.parse(byID("data").textContent).map(([line, vendor, id, owner, key, outcome, error, detail, changes]) =>
    ({ line, vendor, id, owner, key, outcome, error, detail, changes, text: undefined, size: undefined }));
  const body = byID("all-rows");
  const search = byID("search"), vendor = byID("vendor"), outcome = byID("outcome"), outliers = byID("outliers-only");
  let shown = rows, page = 0, sortedBy = "line", descending = false;

  const isOutlier = (row) => row.changes.some((change) => change[4] !== "");

  // searchText is made at the first search.
  const searchText = (row) => row.text ??= [
    row.line, row.vendor, row.id, row.owner, row.key, row.outcome, row.error, row.detail, ...row.changes.flat(),
  ].join("\n").toLowerCase();

  // size splits an amount, whatever its sign, so that amounts of any length compare exactly:
  // it is 0.digits times ten to the power of point.
  const size = (amount) => {
    const parts = /^[+-]?(\d+)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(amount);
    if (!parts) return { point: -Infinity, digits: "" };
    const all = parts[1] + parts[2];
    const digits = all.replace(/^0+/, "");
    if (/^0*$/.test(digits)) return { point: -Infinity, digits: "" };
    return { point: parts[1].length + Number(parts[3] ?? 0) - (all.length - digits.length), digits: digits.replace(/0+$/, "") };
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const compareSizes = (a, b) => compare(a.point, b.point) || compare(a.digits, b.digits);
  const largest = (row) => row.size ??= row.changes.map((change) => size(change[3])).sort(compareSizes).pop() ?? size("");
  const orders = {
    line: (a, b) => a.line - b.line,
    vendor: (a, b) => compare(a.vendor, b.vendor),
    id: (a, b) => compare(a.id, b.id),
    outcome: (a, b) => compare(a.outcome, b.outcome),
    difference: (a, b) => compareSizes(largest(a), largest(b)),
  };

  const element = (name, text, className) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  };
  const value = (text) => (text === "" ? element("i", "empty") : element("span", text));

  const newRow = (row) => {
    const tr = element("tr");
    const credit = element("th", undefined, "credit");
    credit.scope = "row";
    credit.append(element("span", row.id));
    if (row.owner) credit.append(element("small", "of " + row.owner));
    if (row.key) credit.append(element("small", "key " + row.key));
    const what = element("td");
    if (row.detail) what.append(element("b", row.detail));
    if (row.error) what.append(element("p", row.error));
    if (row.changes.length > 0) {
      const list = element("dl", undefined, "changes");
      for (const [field, before, after, difference, why] of row.changes) {
        const change = element("div");
        const was = element("dd", undefined, "before"), is = element("dd", undefined, "after");
        was.append(value(before));
        is.append(element("span", "→", "arrow"), " ", value(after));
        change.append(element("dt", field), was, is);
        if (difference) change.append(element("dd", difference, "difference"));
        if (why) change.append(element("dd", why, "why"));
        list.append(change);
      }
      what.append(list);
    }
    tr.append(element("td", row.line), element("td", row.vendor), credit, element("td", row.outcome), what);
    return tr;
  };

  const show = (from, n) => {
    const to = Math.min(from + n, shown.length);
    body.replaceChildren(...shown.slice(from, to).map(newRow));
    const count = (n) => n.toLocaleString("en");
    byID("shown").textContent = shown.length === 0 ? "No row matches."
      : `Rows ${count(from + 1)} to ${count(to)} of ${count(shown.length)}` + (shown.length < rows.length ? `, of ${count(rows.length)} in all` : "");
  };

  const showPage = () => {
    show(page * rowsPerPage, rowsPerPage);
    byID("previous").disabled = page === 0;
    byID("next").disabled = (page + 1) * rowsPerPage >= shown.length;
  };

  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    shown = rows.filter((row) =>
      (vendor.value === "" || row.vendor === vendor.value.slice(1)) &&
      (outcome.value === "" || row.outcome === outcome.value) &&
      (!outliers.checked || isOutlier(row)) &&
      words.every((word) => searchText(row).includes(word)));
    const order = orders[sortedBy];
    shown.sort((a, b) => (descending ? order(b, a) : order(a, b)) || a.line - b.line);
    page = 0;
    showPage();
  };

  // A value begins with = so that a row without a vendor differs from all vendors.
  const fill = (select, values, prefix) => {
    for (const text of [...new Set(values)].sort()) {
      const option = element("option", text || "(no vendor)");
      option.value = prefix + text;
      select.append(option);
    }
  };

  fill(vendor, rows.map((row) => row.vendor), "=");
  fill(outcome, rows.map((row) => row.outcome), "");
  byID("outliers-label").hidden = !rows.some(isOutlier);
  for (const th of document.querySelectorAll("#all th[data-sort]")) {
    const button = element("button", th.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      descending = sortedBy === th.dataset.sort ? !descending : th.dataset.sort === "difference";
      sortedBy = th.dataset.sort;
      for (const other of document.querySelectorAll("#all th[data-sort]")) other.removeAttribute("aria-sort");
      th.ariaSort = descending ? "descending" : "ascending";
      update();
    });
    th.replaceChildren(button);
  }
  for (const input of [search, vendor, outcome, outliers]) input.addEventListener("input", update);
  byID("previous").addEventListener("click", () => { page--; showPage(); });
  byID("next").addEventListener("click", () => { page++; showPage(); });
  addEventListener("beforeprint", () => show(0, maxPrinted));
  addEventListener("afterprint", showPage);

  byID("omitted")?.remove();
  byID("controls").hidden = byID("pages").hidden = false;
  showPage(); // the rows are in the order of their lines
})();

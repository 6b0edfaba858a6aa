"use strict";
(() => {
  const say = (table, text) => {
    const live = table.closest("section").querySelector("[role=status]");
    if (live) live.textContent = text;
  };
  const key = (row, index) => {
    const cell = row.cells[index];
    if ("v" in cell.dataset) return cell.dataset.v === "" ? null : Number(cell.dataset.v);
    return cell.textContent.trim().toLowerCase();
  };
  const before = (a, b, down) => {
    if (a === null || b === null) return (a === null) - (b === null); // what has no number stays last
    const order = typeof a === "number" ? a - b : a.localeCompare(b);
    return down ? -order : order;
  };
  const sort = (table, header) => {
    const index = header.cellIndex, body = table.tBodies[0];
    const was = header.getAttribute("aria-sort");
    const down = was ? was === "ascending" : header.dataset.first === "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row, place) => [key(row, index), place, row]);
    rows.sort((a, b) => before(a[0], b[0], down) || a[1] - b[1]);
    body.append(...rows.map((entry) => entry[2]));
    say(table, `Sorted by ${header.dataset.name}, ${down ? "descending" : "ascending"}.`);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const header of table.tHead.rows[0].cells) {
      const button = header.querySelector("button");
      if (button) button.addEventListener("click", () => sort(table, header));
    }
  }
  const board = document.getElementById("board");
  if (!board) return;
  const shown = () => [...board.tBodies[0].rows].filter((row) => !row.hidden);
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of board.tBodies[0].rows) row.hidden = !row.dataset.text.toLowerCase().includes(wanted);
    say(board, `${shown().length} of ${board.tBodies[0].rows.length} rows are shown.`);
  });
  document.getElementById("everything").addEventListener("change", (event) => {
    board.classList.toggle("everything", event.target.checked);
  });
  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const csv = () => {
    const head = [], lines = [];
    for (const header of board.tHead.rows[0].cells) {
      head.push(header.dataset.name);
      if ("interval" in header.dataset) head.push(`${header.dataset.name} Low`, `${header.dataset.name} High`);
    }
    for (const row of shown()) {
      const line = [];
      for (const [index, header] of [...board.tHead.rows[0].cells].entries()) {
        const cell = row.cells[index];
        line.push(cell.dataset.v ?? cell.dataset.csv ?? cell.textContent.trim());
        if ("interval" in header.dataset) line.push(cell.dataset.low ?? "", cell.dataset.high ?? "");
      }
      lines.push(line);
    }
    return [head, ...lines].map((line) => line.map(quote).join(",")).join("\n") + "\n";
  };
  const byHand = (text) => { // where the browser lets no page write to the clipboard
    const area = document.getElementById("csv");
    area.hidden = false;
    area.value = text;
    area.focus();
    area.select();
    return document.execCommand("copy");
  };
  document.getElementById("copy").addEventListener("click", async () => {
    const text = csv();
    let copied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copied = byHand(text);
    }
    say(board, copied ? "Copied as CSV." : "The table stands below as CSV: copy it from there.");
  });
})();

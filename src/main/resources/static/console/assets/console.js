// What pages do beyond HTML, where scripts run: local times, charts, and a word when updates stop.
// Pages work without it.
(() => {
  'use strict';
  const STALE_AFTER = 10_000;

  // Times: the zone of the browser, and how long ago on hover.
  const absolute = new Intl.DateTimeFormat(undefined,
      {year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short'});
  const inTables = new Intl.DateTimeFormat(undefined,
      {month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'});
  const relative = new Intl.RelativeTimeFormat(undefined, {numeric: 'auto'});
  function ago(at) {
    const seconds = (at - Date.now()) / 1000;
    for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
      if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
    }
    return relative.format(Math.round(seconds), 'second');
  }
  function localTimes(root) {
    for (const element of root.querySelectorAll('time[datetime]')) {
      const at = new Date(element.dateTime);
      if (element.dateTime && !isNaN(at)) {
        // Narrow in tables, where the zone is on hover.
        const isInTable = element.closest('td') !== null;
        element.textContent = (isInTable ? inTables : absolute).format(at);
        element.title = isInTable ? `${ago(at)}, ${absolute.format(at)}` : ago(at);
      }
    }
  }

  // Tables that scroll sideways, as on phones: the keyboard reaches them.
  function reachableTables() {
    for (const table of document.querySelectorAll('.table')) {
      if (table.scrollWidth > table.clientWidth || table.scrollHeight > table.clientHeight) table.tabIndex = 0;
      else table.removeAttribute('tabindex');
    }
  }

  // Charts: <figure class="chart" data-chart="ID">, whose figures stand in an element
  // <data id="ID" value='{"x": [...], "series": [{"label": "...", "unit": "s", "values": [...]}], "time": true}'>,
  // which a live panel may replace.
  const charts = new Map();
  const short = new Intl.NumberFormat(undefined, {notation: 'compact', maximumSignificantDigits: 4});
  const STROKES = ['--accent', '--merged', '--mixed', '--good', '--bad'];
  function resolved(name) {
    const probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
    probe.style.color = `var(${name})`;
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }
  function draw(figure) {
    const source = document.getElementById(figure.dataset.chart);
    if (!source || typeof uPlot === 'undefined') return;
    const given = JSON.parse(source.getAttribute('value') || '{}');
    if (!given.x) return;
    const data = [given.x, ...given.series.map(one => one.values)];
    const known = charts.get(figure);
    if (known && known.series.length === data.length) {
      known.setData(data);
      return;
    }
    known?.destroy();
    const axis = {stroke: resolved('--dim'), grid: {stroke: resolved('--line'), width: 1}, ticks: {stroke: resolved('--line'), width: 1}};
    charts.set(figure, new uPlot({
      width: Math.max(240, figure.clientWidth - 16), height: 190,
      scales: {x: {time: given.time !== false}},
      axes: [axis, {...axis, size: 52, label: given.unit, values: (_, ticks) => ticks.map(tick => tick == null ? '' : short.format(tick))}],
      series: [{label: given.label || (given.time === false ? 'step' : 'time')},
        ...given.series.map((one, i) => ({label: one.label, stroke: resolved(STROKES[i % STROKES.length]), width: 1.5, dash: i ? [6, 3 * i] : undefined, spanGaps: false, points: {show: data[0].length < 40}}))],
    }, data, figure));
  }
  const drawAll = () => document.querySelectorAll('figure[data-chart]').forEach(draw);
  addEventListener('resize', () => charts.forEach((chart, figure) =>
    chart.setSize({width: Math.max(240, figure.clientWidth - 16), height: 190})));

  // Live: one stream a page. A word when nothing comes, as after the server's end, and at each panel
  // that the server has not rendered for as long (ticks name those). Another word at the session's end.
  let last = Date.now();
  let late = {};
  let ended = false;
  const stream = document.querySelector('[sse-connect]');
  function watch() {
    const silent = Date.now() - last;
    let longest = silent < STALE_AFTER ? 0 : Math.round(silent / 1000);
    for (const panel of document.querySelectorAll('[sse-swap]')) {
      const seconds = Math.max(longest, late[panel.getAttribute('sse-swap')] || 0);
      if (seconds) panel.dataset.stale = seconds;
      else delete panel.dataset.stale;
    }
    longest = Math.max(longest, ...Object.values(late));
    document.getElementById('stale').hidden = ended || !longest;
    document.getElementById('stale-for').textContent = String(longest);
    document.getElementById('session-ended').hidden = !ended;
  }
  function tick(event) {
    last = Date.now();
    late = event.data ? JSON.parse(event.data) : {};
  }
  function end(event) {
    ended = true;
    event.target.close();
    watch();
  }
  if (stream) {
    document.body.addEventListener('htmx:sseOpen', event => {
      event.detail.source.addEventListener('tick', tick);
      event.detail.source.addEventListener('ended', end);
    });
    document.body.addEventListener('htmx:sseMessage', () => { last = Date.now(); });
    setInterval(watch, 1000);
  }

  document.body.addEventListener('htmx:afterSettle', event => { localTimes(event.target); drawAll(); reachableTables(); });
  document.body.addEventListener('htmx:sseMessage', event => { localTimes(event.target); drawAll(); reachableTables(); });
  // A change that htmx sends has the session's token, as forms have.
  document.body.addEventListener('htmx:configRequest', event => {
    const token = document.querySelector('input[name=_csrf]');
    if (token) event.detail.headers['X-CSRF-TOKEN'] = token.value;
  });

  // A box in a table's head checks all of its rows.
  document.addEventListener('change', event => {
    const all = event.target.closest('input[data-checks]');
    if (all) document.querySelectorAll(`input[name="${all.dataset.checks}"]`).forEach(box => { box.checked = all.checked; });
  });
  // Something to copy: <button type="button" data-copy="ID" hidden>.
  document.querySelectorAll('button[data-copy]').forEach(button => {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    });
  });

  if (matchMedia('(max-width: 59.99rem)').matches) document.querySelector('details.menu')?.removeAttribute('open');
  localTimes(document);
  drawAll();
  reachableTables();
  addEventListener('resize', reachableTables);
  document.addEventListener('toggle', reachableTables, true);
})();

"use strict";

const ASK_EVERY_MS = 2000;
const ANSWER_LIMIT_MS = 5000;
// The daemon takes its figures every second. Figures that have not changed for so long are those of one that hangs.
const STALE_AFTER_MS = 10000;
const PARTITIONS_SHOWN = 3;
/** From when on a wait is shown as one to watch, and as bad. */
const LAG_WATCH_SECONDS = 5;
const LAG_BAD_SECONDS = 60;

const TEXTS = {
  en: {
    rate: "Parcels decided per second", hourAgo: "1 h ago", halfAgo: "30 min ago", now: "now",
    held: "Held, last hour", heldOf: (held, all) => `${held} of ${all} parcels`,
    latencyTitle: (limit) => `Decided within ${limit}, last hour`,
    objective: (share, p99) => `objective ${share}` + (p99 ? `; 99 % within ${p99}` : ""),
    oldest: "Oldest parcel waits", waitingNow: (count) => count === "1" ? "1 parcel waits" : `${count} parcels wait`,
    reasons: "Held for, last hour", noReasons: "none was held",
    versions: "In force", version: "version", since: "since",
    shadow: (version, since, all) => `Shadow policy ${version}, tried since ${since}; of ${all} parcels in the last hour`,
    wouldHold: (count) => `it would hold ${count} that were released`, wouldRelease: (count) => `release ${count} that were held`, shadowFailed: (count) => `failed on ${count}`,
    feeds: "Reference data", state: "state", messages: "records", rejected: "refused",
    workers: "Workers", worker: "worker", partitions: "partitions",
    partitionsTitle: "Partitions that wait longest", partition: "partition", waiting: "waiting", age: "oldest",
    more: (count) => `and ${count} more that wait less`, ahead: "up to",
    screening: "Screening", waitingFor: (what) => `Waiting: ${what}`, stopping: "Stopping", stuck: "Stuck: see the runbook",
    silence: (time) => `No answer from the daemon since ${time}. The figures are from then.`,
    unheard: "No answer from the daemon yet.",
    asOf: (time, version, started) => `${time} · parcelgate ${version}, up since ${started}`,
    title: (hub, state) => `${hub}: ${state}`,
    none: "none", seconds: "s", millis: "ms", separator: ", ",
    checks: { register: "register is read", feeds: "feeds are not followed", producer: "brokers", group: "place in the group", not_stopping: "stopping" },
    names: {
      engine: "program", policy: "policy", register: "register", signals: "signals",
      alerts: "alerts", outcomes: "outcomes",
      off: "off", file: "from file", followed: "followed", troubled: "trouble, see log",
      connecting: "asks brokers", joining: "joins group", working: "works", stuck: "stuck",
      tell_outcomes: "tells platforms",
    },
  },
  zh: {
    rate: "每秒判定件数", hourAgo: "1 小时前", halfAgo: "30 分钟前", now: "现在",
    held: "近 1 小时布控率", heldOf: (held, all) => `${all} 件中布控 ${held} 件`,
    latencyTitle: (limit) => `近 1 小时 ${limit}内判定`,
    objective: (share, p99) => `目标 ${share}` + (p99 ? `；99% 在 ${p99}内` : ""),
    oldest: "最久等待", waitingNow: (count) => `待判定 ${count} 件`,
    reasons: "近 1 小时布控原因", noReasons: "无布控",
    versions: "现行版本", version: "版本", since: "启用时间",
    shadow: (version, since, all) => `影子策略 ${version}，自 ${since} 起试行；近 1 小时 ${all} 件中`,
    wouldHold: (count) => `会多布控 ${count} 件`, wouldRelease: (count) => `少布控 ${count} 件`, shadowFailed: (count) => `出错 ${count} 件`,
    feeds: "基础数据", state: "状态", messages: "条数", rejected: "拒收",
    workers: "工作线程", worker: "线程", partitions: "分区",
    partitionsTitle: "等待最久的分区", partition: "分区", waiting: "待判定", age: "最久等待",
    more: (count) => `其余 ${count} 个分区等待更短`, ahead: "最高",
    screening: "正在判定", waitingFor: (what) => `等待：${what}`, stopping: "正在停止", stuck: "卡住：请查运行手册",
    silence: (time) => `自 ${time} 起程序无应答，以下为当时数据。`,
    unheard: "程序尚无应答。",
    asOf: (time, version, started) => `${time} · parcelgate ${version}，启动于 ${started}`,
    title: (hub, state) => `${hub}：${state}`,
    none: "无", seconds: "秒", millis: "毫秒", separator: "、",
    checks: { register: "读取备案数据", feeds: "基础数据未跟进", producer: "连接 Kafka", group: "加入消费组", not_stopping: "正在停止" },
    names: {
      engine: "程序", policy: "策略", register: "备案库", signals: "平台信号",
      alerts: "布控预警", outcomes: "查验结果",
      off: "未启用", file: "读自文件", followed: "跟进中", troubled: "异常，见日志",
      connecting: "连接中", joining: "加入消费组", working: "运行中", stuck: "卡住",
      tell_outcomes: "通知平台",
    },
  },
};

const asked = new URLSearchParams(location.search).get("lang");
const language = asked in TEXTS ? asked : navigator.language.startsWith("zh") ? "zh" : "en";
const texts = TEXTS[language];
const locale = language === "zh" ? "zh-CN" : "en-GB";
const element = (id) => document.getElementById(id);

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = (share, digits) => share === null ? "–"
  : new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
const time = (date) => date.toLocaleTimeString(locale, { hour12: false });
const moment = (text) => {
  const date = new Date(text);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time(date) : `${date.toLocaleDateString(locale)} ${date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })}`;
};

/** A share just below 1 must not read as 100 %: rounded down. */
const shareDown = (share, digits) => percent(share === null ? null : Math.floor(share * 10 ** (digits + 2)) / 10 ** (digits + 2), digits);

/** A number and its unit. */
function duration(seconds) {
  if (seconds > 0 && seconds < 1) return [whole.format(seconds * 1000), texts.millis];
  return [seconds < 10 && seconds > 0 ? tenth.format(seconds) : whole.format(seconds), texts.seconds];
}
const inWords = (seconds) => duration(seconds).join(" ");

function write(id, text) {
  element(id).textContent = text;
}

function figure(id, text, unit, manner) {
  const place = element(id);
  place.textContent = text;
  place.className = manner ?? "";
  if (unit) {
    const small = document.createElement("small");
    small.textContent = unit;
    place.append(small);
  }
}

/** Rows of cells; a cell is a text, or an element's tag with what goes into it. */
function rows(id, lines) {
  element(id).replaceChildren(...lines.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map(({ text, code, className, meter }) => {
      const cell = document.createElement("td");
      cell.className = className ?? "";
      if (meter !== undefined) {
        const bar = document.createElement("meter");
        bar.value = meter;
        cell.append(bar);
      } else if (code) {
        const inner = document.createElement("code");
        inner.textContent = text;
        cell.append(inner);
      } else {
        cell.textContent = text;
      }
      return cell;
    }));
    return row;
  }));
}

const cell = (text, className) => ({ text, className });
const number = (text, className = "") => ({ text, className: `number ${className}` });

/** The next of 1, 2, 5, 10, 20, 50, … that is not below. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value);
}

function drawLine({ points, interval_seconds: interval }) {
  const [width, height] = [1000, 300];
  const top = roundUp(Math.max(...points, 1));
  const slots = 3600 / interval;
  const x = (index) => (width * (slots - points.length + index + 1) / slots).toFixed(1);
  const y = (value) => (height * (1 - value / top)).toFixed(1);
  const curve = points.map((value, index) => `${x(index)} ${y(value)}`).join("L");
  const grid = [0, 0.5, 1].map((share) => `M0 ${y(share * top)}H${width}`).join("");
  const [gridPath, areaPath, curvePath] = element("line").children;
  gridPath.setAttribute("d", grid);
  curvePath.setAttribute("d", points.length > 1 ? `M${curve}` : "");
  areaPath.setAttribute("d", points.length > 1 ? `M${x(0)} ${height}L${curve}L${width} ${height}Z` : "");
  element("line").setAttribute("aria-label", `${texts.rate}: ${texts.ahead} ${whole.format(Math.max(...points, 0))}`);
  write("line-top", whole.format(top));
}

function stateText({ state, checks }) {
  if (state !== "waiting") return texts[state];
  const missing = checks.filter((check) => !check.ok).map((check) => texts.checks[check.check] ?? check.check);
  return texts.waitingFor(missing.join(texts.separator));
}

function shadowText({ version, since, compared, would_hold: hold, would_release: release, failed }) {
  const differences = [texts.wouldHold(whole.format(hold)), texts.wouldRelease(whole.format(release))];
  if (failed > 0) differences.push(texts.shadowFailed(whole.format(failed)));
  return [texts.shadow(version.slice(0, 12), moment(since), whole.format(compared)), ...differences].join(texts.separator);
}

function show(status) {
  const { hub, state, rate, hour, lag } = status;
  write("hub", hub);
  write("state", stateText(status));
  element("state").className = { screening: "good", stuck: "bad" }[state] ?? "watch";
  document.title = texts.title(hub, stateText(status));
  write("clock", texts.asOf(time(new Date(status.as_of)), status.version, moment(status.started_at)));

  figure("rate-now", rate.now === null ? "–" : rate.now < 10 && rate.now > 0 ? tenth.format(rate.now) : whole.format(rate.now));
  drawLine(rate);

  figure("held-share", percent(hour.held_share, 2));
  write("held-count", texts.heldOf(whole.format(hour.held), whole.format(hour.decided)));

  const { within_share: within, objective_share: objective, objective_seconds: limit, p99_seconds: p99 } = hour.latency;
  write("latency-title", texts.latencyTitle(inWords(limit)));
  figure("latency-share", shareDown(within, 2), "", within === null ? "" : within >= objective ? "good" : "bad");
  write("latency-objective", texts.objective(percent(objective, 0), p99 === null ? null : inWords(p99)));

  const lagManner = lag.seconds >= LAG_BAD_SECONDS ? "bad" : lag.seconds >= LAG_WATCH_SECONDS ? "watch" : "good";
  figure("lag-seconds", ...duration(lag.seconds), lagManner);
  write("lag-records", texts.waitingNow(whole.format(lag.records)));

  const most = Math.max(...hour.reasons.map((reason) => reason.held));
  rows("reasons-rows", hour.reasons.length === 0 ? [[cell(texts.noReasons)]] : hour.reasons.slice(0, 6).map((reason) => [
    cell(reason[language]), { meter: reason.held / most, className: "bar" }, number(whole.format(reason.held)),
  ]));

  rows("versions-rows", status.versions.map(({ name, version, since }) => [
    cell(texts.names[name]), { text: version.slice(0, 12), code: true }, cell(moment(since)),
  ]));
  element("shadow").hidden = status.shadow === null;
  write("shadow", status.shadow === null ? "" : shadowText(status.shadow));
  rows("feeds-rows", status.feeds.map((feed) => [
    cell(texts.names[feed.feed]),
    cell(texts.names[feed.state], { followed: "good", file: "good", troubled: "bad" }[feed.state]),
    number(feed.state === "off" ? "" : whole.format(feed.messages)),
    number(feed.state === "off" ? "" : whole.format(feed.rejected), feed.rejected > 0 ? "watch" : ""),
  ]));
  rows("workers-rows", status.workers.map((worker) => [
    cell(worker.task === "screen" ? `${worker.worker}` : `${worker.worker} ${texts.names[worker.task]}`),
    cell(texts.names[worker.state], { working: "good", stuck: "bad" }[worker.state] ?? "watch"),
    cell(worker.partitions.join(" ") || texts.none, "text"),
  ]));
  const waiting = [...status.partitions].sort((a, b) => b.lag_seconds - a.lag_seconds || b.lag_records - a.lag_records);
  rows("partitions-rows", waiting.slice(0, PARTITIONS_SHOWN).map((partition) => [
    cell(partition.topic === status.topic ? partition.partition : `${partition.topic} ${partition.partition}`, "text"), number(partition.worker),
    number(whole.format(partition.lag_records)), number(inWords(partition.lag_seconds)),
  ]));
  const left = waiting.length - PARTITIONS_SHOWN;
  element("partitions-more").hidden = left <= 0;
  write("partitions-more", texts.more(whole.format(left)));
}

let lastAsOf = null;
/** When figures last changed, by the browser's own clock: that of the daemon's machine may differ. */
let lastChange = null;

function showSilence() {
  const isSilent = lastChange === null || Date.now() - lastChange > STALE_AFTER_MS;
  document.body.classList.toggle("silent", isSilent);
  element("silence").hidden = !isSilent;
  const text = lastChange === null ? texts.unheard : texts.silence(time(new Date(lastChange)));
  write("silence", text);
  if (isSilent) document.title = text;
}

async function ask() {
  try {
    const answer = await fetch("status.json", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    if (answer.ok) {
      const status = await answer.json();
      if (status.as_of !== lastAsOf) {
        lastAsOf = status.as_of;
        lastChange = Date.now();
      }
      show(status);
    }
  } catch {
    // Not reached: the banner says so once it has lasted.
  }
  showSilence();
  setTimeout(ask, ASK_EVERY_MS);
}

document.documentElement.lang = locale;
for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[place.dataset.text];
element(language).setAttribute("aria-current", "true");
ask();

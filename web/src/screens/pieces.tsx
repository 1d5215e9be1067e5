// Piezas: every part of the screens with its states, in one place, for those who design or review the page. The data
// are invented, live in this tab only, and never reach a document.

import { useState } from "preact/hooks";
import { formatAmount, parseMoney } from "../documents/money.ts";
import { anchor } from "../documents/places.ts";
import { numberOf, put } from "../documents/values.ts";
import { LiveText } from "../editor/live-text.tsx";
import { at, type Content } from "../live/replica.ts";
import { Button, Copyable, Dialog, Empty, FormDialog, Input, Problem, Select, Title } from "../parts/basic.tsx";
import { LiveCheck, LiveDate, LiveNumber, LiveSelect } from "../parts/fields.tsx";
import { ErrorSummary, useChecks } from "../parts/form.tsx";
import { MoneyConflict } from "../parts/money-conflict.tsx";
import { HereNow } from "../parts/presence.tsx";
import { SavingLine } from "../parts/savebar.tsx";
import { type Sample, useSample } from "../parts/sample.ts";
import { type Draft, Sheet, type SheetCell, type SheetRow, type Written } from "../parts/sheet.tsx";
import { write } from "../route.ts";
import { rich } from "../words/rich.tsx";
import { language, t } from "../words/words.ts";

const GROUPS = ["colours", "buttons", "fields", "document", "form", "dialog", "messages", "tables", "presence", "saving"] as const;
const COLOURS = ["paper", "sheet", "sunk", "ink", "ink-soft", "line", "line-field", "green", "green-pale", "ochre", "ochre-pale", "red", "red-pale", "focus"] as const;

export function PiecesScreen() {
  const sample = useSample();
  return (
    <div class="page pieces" data-testid="pieces">
      <Title above={<a href={write({ screen: "help" })}>{t("help-title")}</a>}>{t("pieces-title")}</Title>
      <p class="lead">{t("pieces-lead")}</p>
      {GROUPS.map((group) => (
        <section key={group} aria-labelledby={`pieza-${group}`}>
          <h2 id={`pieza-${group}`}>{t(`pieces-${group}`)}</h2>
          <Group group={group} sample={sample} />
        </section>
      ))}
    </div>
  );
}

function Group({ group, sample }: { group: (typeof GROUPS)[number]; sample: Sample | null }) {
  switch (group) {
    case "colours":
      return <Colours />;
    case "buttons":
      return <Buttons />;
    case "fields":
      return <Fields />;
    case "document":
      return sample ? <DocumentFields sample={sample} /> : null;
    case "form":
      return <FormInError />;
    case "dialog":
      return <Dialogs />;
    case "messages":
      return <Messages />;
    case "tables":
      return sample ? <Table sample={sample} /> : null;
    case "presence":
      return <Presence />;
    case "saving":
      return <SavingLevels />;
  }
}

function Colours() {
  return (
    <>
      <div class="two">
        {(["light", "dark"] as const).map((one) => (
          <div key={one} class="swatches" data-theme={one}>
            <h3>{t(`theme-${one}`)}</h3>
            <ul>
              {COLOURS.map((colour) => (
                <li key={colour}>
                  <span class={`swatch swatch-${colour}`} aria-hidden="true" /> <code>{colour}</code>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
      <p class="lead">{t("help-lead")}</p>
      <p>{rich(t("piece-text"), { a: (inside) => <a href={write({ screen: "help" })}>{inside}</a>, b: (inside) => <strong>{inside}</strong> })}</p>
      <p class="quiet">{t("piece-hint")}</p>
    </>
  );
}

function Buttons() {
  return (
    <div class="row">
      <Button kind="main">{t("piece-main")}</Button>
      <Button>{t("piece-plain")}</Button>
      <Button kind="quiet">{t("piece-quiet")}</Button>
      <Button busy>{t("piece-busy")}</Button>
      <Button disabled>{t("piece-disabled")}</Button>
    </div>
  );
}

function Fields() {
  const [text, setText] = useState("");
  const [choice, setChoice] = useState("partner");
  return (
    <div class="grid">
      <Input label={t("field-name")} hint={t("piece-hint")} value={text} onInput={setText} />
      <Input label={t("field-period-end")} error={t("piece-wrong")} value="2024" onInput={() => {}} />
      <Input label={t("password")} type="password" value="palabra" onInput={() => {}} autoComplete="off" />
      <Select
        label={t("invite-role")}
        value={choice}
        onChange={setChoice}
        options={["partner", "observer"].map((one) => [one, t(`role-${one}`)] as const)}
      />
    </div>
  );
}

function DocumentFields({ sample }: { sample: Sample }) {
  const { replica, conflicts } = sample;
  return (
    <>
      <LiveText replica={replica} path={["title"]} label={t("field-title")} hint={t("piece-hint")} multiline rows={2} />
      <div class="grid">
        <LiveDate replica={replica} path={["from"]} label={t("field-period-start")} conflicts={conflicts} />
        <LiveDate replica={replica} path={["to"]} label={t("field-period-end")} conflicts={conflicts} />
        <LiveNumber replica={replica} path={["progress"]} label={t("field-progress-pct")} unit="%" min={0} max={100} error={t("ac05")} />
        <LiveSelect
          replica={replica}
          path={["status"]}
          label={t("field-status")}
          options={["draft", "agreed", "closed"].map((one) => [one, t(`state-${one}`)] as const)}
        />
        <LiveDate replica={replica} path={["from"]} label={t("programme-read-only")} readOnly />
      </div>
      <LiveCheck replica={replica} path={["direct"]} label={t("field-direct")} />
    </>
  );
}

function FormInError() {
  const [name, setName] = useState("");
  const [link, setLink] = useState("");
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    checks.pass({ "piece-name": name.trim() === "" && t("write-alliance-name"), "piece-link": link.trim() === "" && t("write-join-link") });
  };
  return (
    <form class="sheet" onSubmit={submit} noValidate>
      <ErrorSummary wrong={checks.wrong} />
      <Input label={t("alliance-name")} value={name} onInput={setName} id="piece-name" error={checks.errorOf("piece-name")} required />
      <Input label={t("join-link")} value={link} onInput={setLink} id="piece-link" error={checks.errorOf("piece-link")} required mono />
      <Button type="submit" testid="piece-send">
        {t("piece-send")}
      </Button>
    </form>
  );
}

function Dialogs() {
  const [open, setOpen] = useState<"plain" | "form" | null>(null);
  const close = () => setOpen(null);
  return (
    <div class="row">
      <Button onClick={() => setOpen("plain")} testid="piece-open">
        {t("piece-open")}
      </Button>
      <Button onClick={() => setOpen("form")}>{t("new-alliance")}</Button>
      {open === "plain" ? (
        <Dialog title={t("invitation-made")} onClose={close}>
          <p>{t("piece-hint")}</p>
          <Copyable label={t("invitation-link")} text="alianza:…" />
        </Dialog>
      ) : null}
      {open === "form" ? (
        <FormDialog
          title={t("new-alliance")}
          intro={t("new-alliance-text")}
          error={t("error-offline")}
          action={t("new-alliance-button")}
          onClose={close}
          onSubmit={(event) => {
            event.preventDefault();
            close();
          }}
        >
          <Input label={t("alliance-name")} value="" onInput={() => {}} />
        </FormDialog>
      ) : null}
    </div>
  );
}

function Messages() {
  return (
    <>
      <Problem>{t("error-offline")}</Problem>
      <p class="notice">{t("programme-offline")}</p>
      <p class="banner banner-ochre">{t("banner-insecure")}</p>
      <p class="banner banner-red">{t("banner-read-only")}</p>
      <Empty title={t("programmes-empty")}>
        <p>{t("programmes-empty-text")}</p>
      </Empty>
    </>
  );
}

const DRAFTS = new Map<string, Draft>();

/** A sheet of one line: the first year has an amount, the second two values at once. */
function Table({ sample }: { sample: Sample }) {
  const { replica, conflicts, years } = sample;
  const doc = replica.doc.value;
  const money = (minor: number) => formatAmount(minor, "EUR", language.value);
  const amounts = years.map((year) => numberOf(at(doc, ["cells", year])));
  const total = amounts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const label = (year: string) => t("cell-label", { line: "1.1", name: t("piece-name"), year, mode: t("mode-cash") });
  const open = years.filter((year) => conflicts.has(anchor(["cells", year])));
  const cells = years.map((year, i): SheetCell => {
    const amount = amounts[i] ?? null;
    return { id: anchor(["cells", year]), testid: `piece-cell-${year}`, text: amount === null ? "" : money(amount), editable: true, label: () => label(year), conflict: open.includes(year), proposed: "" };
  });
  const after = (
    <tr class="sheet-after">
      <td colSpan={years.length + 2}>
        {open.map((year) => (
          <MoneyConflict key={year} replica={replica} path={["cells", year]} conflicts={conflicts} label={label(year)} currency="EUR" />
        ))}
      </td>
    </tr>
  );
  const row: SheetRow = { key: "1", code: "1.1", title: t("piece-name"), cells, total: money(total), provisional: open.length > 0, signature: JSON.stringify([cells, total]), after: open.length > 0 ? after : null };
  const onWrite = (texts: readonly Written[]) => {
    const wrong = new Map<number, string>();
    texts.forEach(({ col, text }, i) => {
      const minor = text.trim() === "" ? undefined : parseMoney(text, "EUR", language.value);
      if (minor === null) wrong.set(i, t("pb01", { n: 2 }));
      else replica.change((content: Content) => put(content, ["cells", years[col] ?? ""], minor));
    });
    return wrong;
  };
  const head = (
    <thead>
      <tr>
        <th scope="col" class="sheet-corner">
          {t("line")}
        </th>
        {[...years, t("total")].map((one) => (
          <th key={one} scope="col" class="numeric">
            {one}
          </th>
        ))}
      </tr>
    </thead>
  );
  const foot = (
    <tfoot>
      <tr>
        <th scope="row" class="sheet-head">
          {t("total")}
        </th>
        {[...amounts, total].map((one, i) => (
          <td key={i} class="numeric">
            {one === null ? "–" : money(one)}
          </td>
        ))}
      </tr>
    </tfoot>
  );
  return (
    <Sheet
      name={t("budget-caption", { name: t("piece-name"), currency: "EUR" })}
      testid="piece-sheet"
      head={head}
      foot={foot}
      rows={[row]}
      cols={years.length}
      drafts={DRAFTS}
      onWrite={onWrite}
      onPropose={() => {}}
      refusal={() => ""}
    />
  );
}

function Presence() {
  const here = ["Palencia", "Tarija"].map((city, i) => ({ key: city, city8: "", name: t("person-name"), city, section: i === 0 ? "budget" : null }));
  return (
    <div class="two">
      <HereNow here={here} where={(section) => (section ? t(`part-${section}`) : null)} />
      <HereNow here={[]} where={() => null} />
    </div>
  );
}

function SavingLevels() {
  const city = "Palencia";
  const levels = [
    { tone: "waiting", level: "sending", sentences: [t("save-sending")] },
    { tone: "waiting", level: "local", sentences: [t("sy05")] },
    { tone: "calm", level: "node", sentences: [t("sy06", { city }), t("sy07", { n: 3, m: 4, cities: "Jaén" })] },
    { tone: "calm", level: "cities", sentences: [t("sy06", { city }), t("save-all", { n: 4 })] },
    { tone: "trouble", level: "offline", sentences: [t("sy05"), t("sy08")] },
    { tone: "stop", level: "unkept", sentences: [t("save-unkept")] },
  ] as const;
  return (
    <ul class="saving-samples">
      {levels.map((one) => (
        <li key={one.level} class={`savebar savebar-still savebar-${one.tone}`}>
          <SavingLine saving={{ ...one, sentences: [...one.sentences] }} />
        </li>
      ))}
    </ul>
  );
}

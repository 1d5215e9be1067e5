// A narrative that several people write at once: the editor with its buttons. The editor itself is fetched when it is
// first needed; until then the text can be read.

import type { Prop } from "@automerge/automerge/slim";
import { effect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { textOf } from "../documents/values.ts";
import { at, type Replica } from "../live/replica.ts";
import { t } from "../words/words.ts";
import { LinkDialog } from "./link-dialog.tsx";
import { plain } from "./plain.ts";
import type { Other, Places } from "./rich/carets.ts";
import type * as Rich from "./rich/rich.ts";
import type { RichView } from "./rich/view.ts";
import { Toolbar } from "./toolbar.tsx";

type Module = typeof Rich;

interface Props {
  replica: Replica;
  path: Prop[];
  id: string;
  label: string;
  testid?: string;
  lang?: string;
  others?: readonly Other[];
  onFocus?: () => void;
  onCaret?: (places: Places | null) => void;
  below?: ComponentChildren;
}

const NO_OTHERS: readonly Other[] = [];
let loading: Promise<Module> | null = null;

function load(): Promise<Module> {
  loading ??= import("./rich/rich.ts");
  loading.catch(() => (loading = null));
  return loading;
}

export function RichText(props: Props) {
  const { replica, path, id, label, others = NO_OTHERS, below } = props;
  const [rich, setRich] = useState<Module | null>(null);
  const [failed, setFailed] = useState(false);
  const [view, setView] = useState<RichView | null>(null);
  const [shown, setShown] = useState<Rich.Shown | null>(null);
  const [link, setLink] = useState<{ href: string; there: boolean } | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const after = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const key = path.join("\u0000");

  useEffect(() => {
    let here = true;
    load().then((module) => here && setRich(module), () => here && setFailed(true));
    return () => {
      here = false;
    };
  }, []);

  useLayoutEffect(() => {
    const element = place.current;
    if (!rich || !element) return;
    const made = new rich.RichView(element, replica, path, {
      label,
      id,
      ...(props.testid ? { testid: props.testid } : {}),
      ...(props.lang ? { lang: props.lang } : {}),
      onFocus: () => latest.current.onFocus?.(),
      onCaret: (places) => latest.current.onCaret?.(places),
      onState: () => setShown((before) => rich.shownOf(made.session.state, before)),
      askLink: () => setLink(rich.linkAt(made.session.state)),
      leave: () => after.current?.focus(),
    });
    setView(made);
    setShown(rich.shownOf(made.session.state, null));
    const stop = effect(() => {
      replica.writable.value;
      made.refresh();
    });
    return () => {
      stop();
      setView(null);
      made.destroy();
    };
  }, [rich, replica, key, id, label, props.lang]);

  useLayoutEffect(() => {
    if (view) view.others = others;
  }, [view, others]);

  const writable = replica.writable.value;
  return (
    <div class="rich">
      {rich && view && shown && writable ? (
        <Toolbar label={t("editor-buttons", { name: label })} for={id} shown={shown} run={(name) => (name === "link" ? setLink(rich.linkAt(view.session.state)) : view.run(rich.COMMANDS[name]))} />
      ) : writable ? (
        <div class="rich-bar" aria-hidden="true" />
      ) : null}
      {rich ? <div ref={place} key="editor" /> : <div class="rich-text rich-waiting">{plain(textOf(at(replica.doc.value, path)))}</div>}
      {failed ? <p role="alert">{t("editor-failed")}</p> : null}
      <p class="unseen" id={`${id}-help`}>
        {t("editor-help")}
      </p>
      <div ref={after} tabIndex={-1} class="rich-after">
        {below}
      </div>
      {rich && view && link ? (
        <LinkDialog
          href={link.href}
          there={link.there}
          onClose={() => setLink(null)}
          onSet={(href) => {
            setLink(null);
            view.run(rich.setLink(href));
          }}
          onRemove={() => {
            setLink(null);
            view.run(rich.removeLink);
          }}
          check={rich.hrefOf}
        />
      ) : null}
    </div>
  );
}

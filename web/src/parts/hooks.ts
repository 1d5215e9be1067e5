import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Replica } from "../live/replica.ts";
import { sentenceOf } from "../live/http.ts";
import { live } from "../state.ts";

/** The live copy of a document while this screen shows it. */
export function useReplica(id: string | null, presence: boolean): Replica | null {
  const [replica, setReplica] = useState<Replica | null>(null);
  const line = live.value;
  useLayoutEffect(() => {
    if (!id || !line) {
      setReplica(null);
      return;
    }
    const opened = line.open(id, presence);
    setReplica(opened);
    return () => line.release(opened);
  }, [id, line, presence]);
  return replica?.id === id ? replica : null;
}

/** Live copies of several documents; those that stay wanted stay open. */
export function useReplicas(ids: readonly string[], presence: boolean): readonly Replica[] {
  const [replicas, setReplicas] = useState<readonly Replica[]>([]);
  const line = live.value;
  const key = [...ids].sort().join();
  useLayoutEffect(() => {
    if (!line) return;
    const opened = (key === "" ? [] : key.split(",")).map((id) => line.open(id, presence));
    setReplicas(opened);
    return () => opened.forEach((one) => line.release(one));
  }, [key, line, presence]);
  return replicas;
}

export interface Fetched<T> {
  data: T | null;
  error: string | null;
  again: () => void;
}

/** Data of the node, fetched again when one of `when` changes. What was there stays while it is fetched. */
export function useFetched<T>(fetchIt: () => Promise<T>, when: readonly unknown[]): Fetched<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [tick, setTick] = useState(0);
  const turn = useRef(0);
  useEffect(() => {
    const mine = ++turn.current;
    fetchIt().then(
      (value) => {
        if (mine !== turn.current) return;
        setData(value);
        setError(null);
      },
      (problem: unknown) => mine === turn.current && setError(sentenceOf(problem)),
    );
  }, [...when, tick]);
  return { data, error, again: () => setTick((n) => n + 1) };
}

/** Runs work that the person asked for; keeps its failure as a sentence. */
export function useAction(): {
  busy: boolean;
  error: string | null;
  run: (work: () => Promise<void>) => Promise<boolean>;
  clear: () => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async (work: () => Promise<void>): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (problem) {
      setError(sentenceOf(problem));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, clear: () => setError(null) };
}

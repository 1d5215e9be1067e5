// Written by types.mjs from the node's OpenAPI document. Do not edit: run `npm run types`.

export interface AcceptView {
  /** The Accept act: what `admit` takes. */
  id: string;
  city_id: string;
  city: string;
}

export interface Admit {
  /** Id of the Accept, or the name of the city that sent it. */
  accept: string;
}

/** What a request was refused with: a sentence the person can act on. Codes in capitals are those of the methodology (`PB02`); the others are technical. */
export interface ApiError {
  /** Stable code: `PB02`, `auth.required`, `not_found`, `heads.changed`, `read_only`… */
  code: string;
  /** Sentence in Spanish. */
  message: string;
  /** What to do next, in Spanish, when the sentence does not say so already. */
  next?: string | null;
  /** JSON Pointer of the value that is wrong. */
  path?: string | null;
}

export interface CardPerson {
  person_ref: string;
  name: string;
  office: string;
}

/** Answer of the long poll `GET /api/changes`. */
export interface ChangesView {
  /** Give it back as `since` to go on from here. */
  cursor: number;
  /** Documents that changed, and circles whose standing did. Everything when `reset` is true. */
  documents: string[];
  circles: string[];
  reset: boolean;
}

export interface CircleStatus {
  id: string;
  /** `alliance`, `home` or `private`. */
  kind: string;
  name: string;
  /** `joining` (our Accept waits for admission), `active`, `left`, or `frozen`. */
  standing: string;
  members: MemberStatus[];
  documents: number;
  entries: number;
  /** Local changes that are durable and not yet sealed. */
  pending: number;
  /** Stored entries that wait for their past. */
  waiting: number;
  held: number;
  void: number;
  /** Hex of the vector digest (8 bytes). */
  vector_digest: string;
  /** Hex of the state root (16 bytes); zeros while anything waits or is held. */
  state_root: string;
  /** Feeds in which two entries were signed for one place. */
  forks: number;
}

/** A city as its card tells it. */
export interface CityView {
  city_id: string;
  city8: string;
  name: string;
  country: string;
  /** Its home circle, if known. */
  home?: string | null;
  people: CardPerson[];
}

export interface ConflictValue {
  value: unknown;
  city: string;
  person_ref: string;
  time_ms: number;
}

/** Two or more values written at once (domain.md §3.5); the first listed is the one in use. */
export interface ConflictView {
  path: string;
  values: ConflictValue[];
}

export interface DocumentSummary {
  id: string;
  circle: string;
  kind: string;
  /** City that alone may write it. */
  owner?: string | null;
  title: string;
  heads: string[];
  /** The document this one belongs to (sections, contributions). */
  parent?: string | null;
}

export interface DocumentView {
  id: string;
  circle: string;
  kind: string;
  owner?: string | null;
  heads: string[];
  /** This person may write it. */
  writable: boolean;
  /** The document as JSON. Texts are strings; unknown fields are there too. */
  content: unknown;
  conflicts: ConflictView[];
  messages: MessageView[];
  /** Totals and other values computed from the document and its contributions. */
  derived: unknown;
  /** Everything is sealed, and received by these cities (ids)… */
  received_by: string[];
  /** …and not yet by these. */
  lacking: string[];
}

export interface HistoryItem {
  change: string;
  city: string;
  person_ref: string;
  time_ms: number;
  operations: number;
  /** `city8/epoch/seq` of the entry that carries it; absent while pending. */
  place?: string | null;
}

export interface HistoryView {
  items: HistoryItem[];
}

export interface InvitationView {
  /** The Invite act. */
  id: string;
  role: string;
  note: string;
  expires_ms: number;
  /** `live`, `accepted` (an answer waits for admission), `used`, `revoked`, `expired`. */
  state: string;
  /** Only in the answer to its creation: the secret is not kept. */
  link?: string | null;
  /** Cities whose answer waits for admission. */
  accepts: AcceptView[];
}

export interface Join {
  link: string;
}

export interface MemberStatus {
  city_id: string;
  city: string;
  /** `coordinator`, `partner`, `associate`, `facilitator`, `observer`. */
  role: string;
  is_self: boolean;
  connected: boolean;
  address?: string | null;
  last_contact_ms?: number | null;
  /** Entries we have that they have not acknowledged. */
  entries_they_lack: number;
  /** Entries they announce and we have not stored. */
  entries_we_lack: number;
}

/** A validation of domain.md §3.9. */
export interface MessageView {
  code: string;
  /** `error` prevents the action it names; `warning` does not. */
  level: string;
  text: string;
  path?: string | null;
}

export interface NewAlliance {
  name: string;
}

/** `POST /api/documents`. `fields` is laid over the empty document of its kind. */
export interface NewDocument {
  circle: string;
  kind: string;
  fields?: unknown;
}

export interface NewInvitation {
  /** Role the joiner will have; `partner` when absent. */
  role?: string | null;
  /** Hours of validity, at most 720; 168 when absent. */
  hours?: number | null;
  note?: string | null;
}

export interface NewPerson {
  user: string;
  name: string;
  office: string;
  roles: string[];
  /** At least 12 characters. */
  password: string;
}

/** One edit. Paths are JSON Pointers into the document as read. */
export type Operation = {
  op: "set";
  path: string;
  value: unknown;
} | {
  op: "splice";
  path: string;
  index: number;
  delete?: number;
  insert?: string;
} | {
  op: "add";
  path: string;
  value: unknown;
} | {
  op: "remove";
  path: string;
};

/** `PATCH /api/documents/{id}`: all of the operations or none. */
export interface PatchDocument {
  operations: Operation[];
}

export interface PatchResult {
  heads: string[];
  /** Ids of the items that `add` made, in order. */
  added: string[];
  /** Warnings that the change brings. */
  messages: MessageView[];
}

export interface PersonView {
  /** Opaque reference: what history carries instead of the name. */
  person_ref: string;
  user: string;
  name: string;
  office: string;
  /** Codes of domain.md §3.2: `node_admin`, `coop_officer`, … */
  roles: string[];
  disabled: boolean;
}

/** Who is signed in, and on which city's node. */
export interface SessionView {
  city: CityView;
  person: PersonView;
  /** Served in plain http outside this machine: the page shows a banner. */
  insecure: boolean;
}

export interface SignIn {
  user: string;
  password: string;
}

/** `GET /api/status` and `alianza status --json`. */
export interface StatusView {
  city: CityView;
  version: string;
  protocol: number;
  journal_bytes: number;
  read_only: boolean;
  /** A partner has opened a connection to us since the start. */
  reached_from_outside: boolean;
  listening: string[];
  alliances: CircleStatus[];
  /** Home circles: ours and those of our partners. */
  homes: CircleStatus[];
  /** Records of the journal that are damaged and not yet replaced, in words. */
  damaged: string[];
}

// Written by types.mjs from the node's OpenAPI document. Do not edit: run `npm run types`.

export interface AcceptView {
  city: string;
  city_id: string;
  /** The Accept act: what `admit` takes. */
  id: string;
}

/** What gives access in a person's name. */
export interface AccessView {
  sessions: SessionItem[];
  tokens: TokenItem[];
}

export interface Admit {
  /** Id of the Accept, or the name of the city that sent it. */
  accept: string;
}

/**
 * What a request was refused with: a sentence the person can act on. Codes in capitals are those of the
 * methodology (`PB02`); the others are technical.
 */
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
  name: string;
  office: string;
  person_ref: string;
}

/** The certificate with which the page is served. */
export interface CertificateView {
  expires_ms: number;
  /** DNS names and addresses that it holds. */
  names: string[];
  /** What is wrong with it or soon will be: sentences in Spanish that say what to do. */
  warnings: string[];
}

/** `PATCH /api/people/{user}`: what is absent stays as it is. */
export interface ChangePerson {
  name?: string | null;
  office?: string | null;
  roles?: string[] | null;
}

/** Answer of the long poll `GET /api/changes`. */
export interface ChangesView {
  circles: string[];
  /** Give it back as `since` to go on from here. */
  cursor: number;
  /** Documents that changed, and circles whose standing did. Everything when `reset` is true. */
  documents: string[];
  reset: boolean;
}

export interface CircleStatus {
  documents: number;
  entries: number;
  /** Feeds in which two entries were signed for one place. */
  forks: number;
  held: number;
  id: string;
  /** `alliance`, `home` or `private`. */
  kind: string;
  members: MemberStatus[];
  name: string;
  /** Local changes that are durable and not yet sealed. */
  pending: number;
  /** `joining` (our Accept waits for admission), `active`, `left`, or `frozen`. */
  standing: string;
  /** Hex of the state root (16 bytes); zeros while anything waits or is held. */
  state_root: string;
  /** Hex of the vector digest (8 bytes). */
  vector_digest: string;
  void: number;
  /** Stored entries that wait for their past. */
  waiting: number;
}

/** A city as its card tells it. */
export interface CityView {
  city8: string;
  city_id: string;
  country: string;
  /** Its home circle, if known. */
  home?: string | null;
  name: string;
  people: CardPerson[];
}

export interface ConflictValue {
  city: string;
  person_ref: string;
  time_ms: number;
  value: unknown;
}

/** Two or more values written at once (domain.md §3.5); the first listed is the one in use. */
export interface ConflictView {
  path: string;
  values: ConflictValue[];
}

export interface DocumentSummary {
  circle: string;
  heads: string[];
  id: string;
  kind: string;
  /** City that alone may write it. */
  owner?: string | null;
  /** The document this one belongs to (sections, contributions). */
  parent?: string | null;
  title: string;
}

export interface DocumentView {
  circle: string;
  conflicts: ConflictView[];
  /**
   * The document as JSON. Texts are strings; unknown fields are there too. In the `body` of a section each block
   * marker is one U+FFFC, so that the places of `splice` are those of the text itself; for reading there is
   * `derived.blocks`.
   */
  content: unknown;
  /**
   * Totals and other values computed from the document and its contributions. Of a section: `blocks`, its text
   * as a list of `{type, level?, indent?, attrs?, text, spans: [{text, marks?}]}`, types of later versions too.
   */
  derived: unknown;
  heads: string[];
  id: string;
  kind: string;
  /** …and not yet by these. */
  lacking: string[];
  messages: MessageView[];
  owner?: string | null;
  /** Everything is sealed, and received by these cities (ids)… */
  received_by: string[];
  /** This person may write it. */
  writable: boolean;
}

/** `GET /healthz`. */
export interface HealthView {
  /** `ok`. */
  status: string;
}

/**
 * Changes that belong together: of one person of one city on one day, without half an hour of silence between them;
 * or of several who wrote in turns within seconds.
 */
export interface HistoryGroup {
  after: string[];
  /** Versions of the document: its heads before the group, and after it. Empty before the first. */
  before: string[];
  changes: number;
  doc: string;
  /** Of a section: which of the programme's texts it is. */
  field?: string | null;
  /** When the first and the last change were made, as their authors' clocks said: only ever shown. 0: not told. */
  from_ms: number;
  /** Who wrote; whoever made most of the changes first. */
  hands: HistoryHand[];
  /** The first change of the group; it stays when the group grows. */
  id: string;
  /** `programme`, `section`, `contribution`… */
  kind: string;
  /** City that alone may write the document. */
  owner?: string | null;
  to_ms: number;
}

/** One person's part of a group. */
export interface HistoryHand {
  /** Automerge actors under which these changes were written: they tell who wrote which letters of a text. */
  actors: string[];
  changes: number;
  city: string;
  person_ref: string;
}

export interface HistoryItem {
  change: string;
  city: string;
  operations: number;
  person_ref: string;
  /** `city8/epoch/seq` of the entry that carries it; absent while pending. */
  place?: string | null;
  time_ms: number;
}

export interface HistoryView {
  items: HistoryItem[];
}

export interface InvitationView {
  /** Cities whose answer waits for admission. */
  accepts: AcceptView[];
  expires_ms: number;
  /** The Invite act. */
  id: string;
  /** Only in the answer to its creation: the secret is not kept. */
  link?: string | null;
  note: string;
  role: string;
  /** `live`, `accepted` (an answer waits for admission), `used`, `revoked`, `expired`. */
  state: string;
}

export interface Join {
  link: string;
}

/** `PUT /api/seen`: these versions have been seen. Other documents stay as they are. */
export interface MarkSeen {
  /** Heads by document: those that the news told, so that nothing is marked that was not shown. */
  documents: Record<string, string[]>;
}

export interface MemberStatus {
  address?: string | null;
  city: string;
  city_id: string;
  connected: boolean;
  /** Why that city's node will not connect with ours: a sentence in Spanish. */
  denied?: string | null;
  /** Entries we have that they have not acknowledged. */
  entries_they_lack: number;
  /** Entries they announce and we have not stored. */
  entries_we_lack: number;
  is_self: boolean;
  last_contact_ms?: number | null;
  /** `coordinator`, `partner`, `associate`, `facilitator`, `observer`. */
  role: string;
  /** Since the present connection began. */
  traffic: TrafficView;
}

/** A validation of domain.md §3.9. */
export interface MessageView {
  code: string;
  /** `error` prevents the action it names; `warning` does not. */
  level: string;
  path?: string | null;
  text: string;
}

export interface NewAlliance {
  name: string;
}

/** `POST /api/documents`. `fields` is laid over the empty document of its kind. */
export interface NewDocument {
  circle: string;
  fields?: unknown;
  kind: string;
}

export interface NewInvitation {
  /** Hours of validity, at most 720; 168 when absent. */
  hours?: number | null;
  note?: string | null;
  /** Role the joiner will have; `partner` when absent. */
  role?: string | null;
}

export interface NewPassword {
  /** The present password: required from a person who changes their own. */
  current?: string | null;
  /** At least 12 characters, at most 128. */
  password: string;
}

export interface NewPerson {
  name: string;
  office: string;
  /** At least 12 characters. */
  password: string;
  roles: string[];
  user: string;
}

export interface NewToken {
  /** What it is for, in a few words. */
  name?: string | null;
}

export interface NewsDocument {
  doc: string;
  field?: string | null;
  /** Who changed what; without this person's own changes. */
  hands: NewsHand[];
  /** The version this was computed from: what to mark as seen. */
  heads: string[];
  kind: string;
  owner?: string | null;
  /** The version seen last; empty for a document that is new to this person. */
  seen: string[];
}

/** What one person changed. Places that were changed twice count once. */
export interface NewsHand {
  actors: string[];
  /** Items added to the document, and taken out. */
  added: number;
  /** Amounts of the budget. */
  amounts: number;
  changes: number;
  city: string;
  dates: number;
  /** Too much to be told in detail: only `changes` is counted. */
  many: boolean;
  /** Paragraphs of a section. */
  paragraphs: number;
  person_ref: string;
  removed: number;
  /** Short texts of the document. */
  texts: number;
  /** Any other values. */
  values: number;
}

/** What others changed in a document and its parts since this person last marked them as seen. */
export interface NewsView {
  /** The document itself first, then its parts. */
  documents: NewsDocument[];
  /** Nothing was ever marked: there is no visit to compare with. */
  first: boolean;
  /** When it was last marked. */
  seen_ms?: number | null;
}

/** One edit. Paths are JSON Pointers into the document as read. */
export type Operation = {
  op: "set";
  path: string;
  value: unknown;
} | {
  delete?: number;
  index: number;
  insert?: string;
  op: "splice";
  path: string;
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
  /** Ids of the items that `add` made, in order. */
  added: string[];
  heads: string[];
  /** Warnings that the change brings. */
  messages: MessageView[];
}

export interface PersonView {
  disabled: boolean;
  name: string;
  office: string;
  /** Opaque reference: what history carries instead of the name. */
  person_ref: string;
  /** Codes of domain.md §3.2: `node_admin`, `coop_officer`, … */
  roles: string[];
  user: string;
}

/** The version of one document that a person has seen. */
export interface SeenMark {
  /** When it was marked, by the clock of the node. */
  at_ms: number;
  heads: string[];
}

/** What this person has marked as seen. It stays on this node and belongs to no shared document. */
export interface SeenView {
  /** By document. */
  documents: Record<string, SeenMark>;
}

export interface SessionItem {
  id: string;
  seen_ms: number;
  /** Address it was opened from. */
  source: string;
  started_ms: number;
}

/** Who is signed in, and on which city's node. */
export interface SessionView {
  city: CityView;
  /** Served in plain http outside this machine: the page shows a banner. */
  insecure: boolean;
  person: PersonView;
}

export interface SignIn {
  password: string;
  user: string;
}

/** `GET /api/status` and `alianza status --json`. */
export interface StatusView {
  alliances: CircleStatus[];
  certificate?: CertificateView | null;
  city: CityView;
  /** Records of the journal that are damaged and not yet replaced, in words. */
  damaged: string[];
  /** Home circles: ours and those of our partners. */
  homes: CircleStatus[];
  journal_bytes: number;
  listening: string[];
  protocol: number;
  /** A partner has opened a connection to us since the start. */
  reached_from_outside: boolean;
  read_only: boolean;
  /** `disk_full`: goes on by itself once there is room. `disk_failed`: look at the disk and start the node again. */
  read_only_why?: string | null;
  version: string;
}

/** One page of the history of a document, or of a document with its parts; the newest first. */
export interface TimelineView {
  groups: HistoryGroup[];
  /** Give it back as `before` for what is older; absent at the beginning of the history. */
  older?: string | null;
}

export interface TokenItem {
  id: string;
  issued_ms: number;
  name: string;
}

/** An API token, shown once. */
export interface TokenView {
  id: string;
  name: string;
  /** For `Authorization: Bearer`. It cannot be read again. */
  token: string;
}

/** What went over one sync stream, frames with their length and type. */
export interface TrafficView {
  bytes_received: number;
  bytes_sent: number;
  entry_bytes_received: number;
  /** Part of these bytes that are Entries frames. */
  entry_bytes_sent: number;
  frames_received: number;
  frames_sent: number;
}

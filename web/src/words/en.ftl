# Words of the page, in English. Plain: city, partner; never the machine's words.

brand = Alliance of cities
skip = Skip to content
opening = Opening…
nav = Main
nav-home = Home
nav-people = People
nav-help = Help
nav-drafts = { $n ->
    [one] Recovered draft
   *[other] Recovered drafts ({ $n })
}
language = Language
languages-preparing = In preparation (what is missing, in Spanish)
theme = Appearance
theme-system = As on this computer
theme-light = Light
theme-dark = Dark
foot = Foot of the page
close = Close
cancel = Cancel
copy = Copy
copied = Copied.
copy-by-hand = It could not be copied. Select the text and copy it with the keyboard.
add = Add
remove = Remove
remove-item = Remove: { $name }
item-removed = Removed: { $name }. You can bring it back at the end of the list.
item-moved = { $name } is now in place { $n } of { $m }.
move-up = Up
move-down = Down
move-up-of = Move up: { $name }
move-down-of = Move down: { $name }
removed = { $n ->
    [one] One removed item
   *[other] { $n } removed items
}
recover = Bring back
recover-item = Bring back: { $name }
choose = Choose…
untitled = Untitled
empty-value = empty
no-date = no date
nobody-yet = Nobody yet
just-now = a moment ago
since-hour = since { $when }
since-day = since { $when }
city = City
city-unknown = unidentified city
city-code = City { $code }
person-unknown = somebody
person-of = { $person } ({ $city })
who-when = { $who }, { $when }
who-only = { $who }
value-of = { $value } ({ $city })
your-city = { $city } (your city)
document = Document
unknown-title = We cannot find this page
unknown-text = The address may be incomplete. Go back to the start and look from there.
back-home = Back to the beginning
later-failed = This page could not be opened
later-failed-text = The connection with your city's server failed while it was opening. Check the network and try again.
try-again = Try again
away-title = Your city's server cannot be reached
away-text = The page tries again every few seconds, and will open by itself as soon as it answers.
away-next = Check that your computer is on the city's network. If it goes on for some minutes, tell your IT service. What was saved on this computer is still here.
error-summary = There is a problem
error-in-title = Error: { $title }
error-offline = There is no connection with your city's server. Check the network and try again.
error-http = Your city's server could not answer (code { $status }). Try again in a moment; if it goes on, tell your IT service.
banner-insecure = You are connected without encryption. What you write can be read on the network. Ask your IT service to install the server's certificate.
banner-no-offline = This computer can edit, but not without a connection. Ask your IT service to install the certificate of your city's server.
banner-offline-hour = No connection. Data as of { $when }.
banner-offline-day = No connection. Data as of { $when }.
banner-waiting = { $n ->
    [one] One change of yours is saved on this computer and will be sent when it is back.
   *[other] { $n } changes of yours are saved on this computer and will be sent when it is back.
}
edition-new = There is a new version of this page.
edition-outdated = Another tab already uses a new version of this page, and this one cannot save on this computer.
edition-change = Update
edition-not-safe = Some changes are not saved anywhere yet. Wait until the connection is back to update.
banner-disk-full = The disk of your city's server is full: it cannot save now. Keep this page open and tell your IT service; once there is room, everything is saved by itself.
banner-read-only = Your city's server cannot save at the moment. Do not close this page, and tell your IT service.

## Sign in

sign-in-title = Sign in
sign-in-text = Use the user name and password your city gave you.
sign-in-city = Page of { $city }
sign-in-host = Page of your city at { $host }
write-user = Write your user.
write-password = Write your password.
sign-in-again = Your session has ended. Sign in again: what you wrote is still here.
sign-in = Sign in
sign-in-help = Forgot your password? Ask whoever runs this server in your city for a new one.
sign-out = Sign out
sign-out-title = Some changes are not sent
sign-out-unsent = { $n ->
    [one] One change of yours has not reached your city's server yet.
   *[other] { $n } changes of yours have not reached your city's server yet.
}
sign-out-kept = If you leave now they stay on this computer, where nobody else sees them, and are sent the next time you sign in here.
sign-out-lost = This computer cannot keep them: if you leave now they are lost.
sign-out-stay = Stay here
sign-out-anyway = Leave and keep them here
sign-out-losing = Leave and lose them
sign-out-offline = You have signed out on this computer. When the connection is back your session on your city's server will be closed too.
user = User
user-hint = Small letters, figures and hyphens.
password = Password
password-hint = At least 12 characters. A short phrase will do and is easier to remember.

## Home

greeting-morning = Good morning, { $name }
greeting-afternoon = Good afternoon, { $name }
greeting-night = Good evening, { $name }
home-empty = Your city is not in any alliance yet
home-empty-text = Create one and invite other cities, or join one with the link you were sent.
home-more-programmes = { $n ->
    [one] See also the other programme of the alliance
   *[other] See also the other { $n } programmes of the alliance
}
home-damaged = { $n ->
    [one] There is one damaged record on your city's disk. Partners will replace it when they connect; tell your IT service.
   *[other] There are { $n } damaged records on your city's disk. Partners will replace them when they connect; tell your IT service.
}
alliance = Alliance
alliance-cities = { $n ->
    [one] One city.
   *[other] { $n } cities.
}
alliance-alone = Your city is alone in this alliance. Invite another one to start working together.
alliance-missing = Your city does not belong to this alliance, or no longer does.
alliance-missing-text = The address may come from another city, or your entry may not have been confirmed yet. The beginning shows all the alliances of your city.
first-steps = First steps
step-done = Done.
step-invite = Invite another city
step-invite-text = Further down, in “Invitations”. A link for one use is made; send it to a person you know in the other city.
step-admit = Confirm their entry
step-admit-text = When the other city answers, a notice with a button appears here. Call them first, to make sure that it was them.
step-programme = Create the first programme
step-programme-text = A title and the years are enough. You can create it now and go on filling it in when the other cities arrive.
standing-joining = Waiting for the alliance to confirm your entry.
standing-left = Your city left this alliance. It keeps what there was until then.
standing-frozen = This alliance has stopped until its cities settle a contradiction in its history.
role-coordinator = coordinator
role-partner = partner
role-associate = associate
role-facilitator = technical secretariat
role-observer = observer
partner-has-all = { $city } has everything.
partner-receiving = { $n ->
    [one] { $city } is connected and is receiving one change of ours.
   *[other] { $city } is connected and is receiving { $n } changes of ours.
}
partner-last = Last contact { $when }.
partner-away = { $city } has not been connected { $since }; it has all of ours up to now.
partner-away-lacks = { $n ->
    [one] { $city } has not been connected { $since }; it lacks one change of ours.
   *[other] { $city } has not been connected { $since }; it lacks { $n } changes of ours.
}
partner-never = { $city } has not connected with us yet.
partner-never-lacks = { $n ->
    [one] { $city } has not connected with us yet; it lacks one change of ours.
   *[other] { $city } has not connected with us yet; it lacks { $n } changes of ours.
}
partner-we-lack = { $n ->
    [one] We lack one change of theirs.
   *[other] We lack { $n } changes of theirs.
}
new-alliance = Create an alliance
new-alliance-text = Your city founds it and then invites the others.
alliance-name = Name of the alliance
write-alliance-name = Write the name of the alliance.
new-alliance-button = Create the alliance
join = Join an alliance
join-text = With the invitation link that another city sent you.
join-link = Invitation link
write-join-link = Paste the invitation link that the other city sent you.
join-button = Join
join-done = Entry has been asked for. The other city has to confirm it.
joining-text = The city that invited you has to confirm your entry. Telephone it if it takes long; there is nothing else for you to do meanwhile.

## Alliance

programmes-title = Programmes
programmes-empty = There is no programme yet
programmes-empty-text = An operational programme brings together the objectives, activities and budget of several cities. Create the first one; you can change everything later.
new-programme = New programme
programme-title = Title of the programme
programme-title-hint = For example: Sewer network master plan.
write-programme-title = Write the title of the programme.
year-first = First year
year-last = Last year
years-wrong = Write two years of four figures; the last cannot be before the first.
create-programme = Create the programme
cities-title = Partner cities
invitations-title = Invitations
invitations-empty = There are no invitations.
invite = Invite a city
invite-text = This makes a link that works once. Send it to a person you know in the other city. When they answer, you confirm their entry.
invite-role = Role in the alliance
invite-days = Valid for
days = { $n ->
    [one] one day
   *[other] { $n } days
}
invite-note = Note
invite-note-hint = Only your alliance sees it: who it is for, how it was handed over.
create-invitation = Create the invitation
invitation-made = The invitation is ready
invitation-made-text = Copy it now and send it to the other city. Valid until: { $until }.
invitation-link = Invitation link
invitation-once = For safety the link cannot be seen again. If it is lost, cancel the invitation and make another.
invitation-live = Invitation as { $role }, not answered. Valid until: { $until }.
invitation-accepted = Invitation as { $role }, answered.
invitation-used = Invitation as { $role }, used.
invitation-revoked = Cancelled invitation.
invitation-expired = Invitation as { $role }, expired.
invitation-note = Note of the invitation: { $note }
revoke = Cancel it
revoke-label = Cancel the invitation valid until: { $until }
answer-waiting = { $city } has answered the invitation.
answer-check = Before you let it in, telephone the person you know in that city and make sure it was them.
admit = Let { $city } in
admitted = { $city } is now part of the alliance.

## People

people-text = Who can sign in on this page for your city, and what each may do. One person, one user: so it is clear who made each change.
people-forbidden = Only the administration of the server can see this page.
people-forbidden-text = If somebody else should be able to sign in, ask whoever administers your city's server.
new-person = Add a person
create-person = Add
person-made = { $name } has been added.
person-name = Name and surname
person-office = Post or service
write-person-name = Write the name and surname.
write-person-office = Write the post or service.
write-person-user = Write a user for this person.
write-password-current = Write your present password.
password-short = Write a password of at least 12 characters.
choose-person-role = Mark at least one thing they may do.
person-roles = What they may do
person-disabled = no access
person-disabled-done = { $name } can no longer sign in.
change-password = Change password
password-new = New password
password-of = Change password: { $name }
password-changed = The password of { $name } has been changed.
disable = Withdraw access
disable-of = Withdraw access: { $name }
make-token = Create a program key
token-of = Create a program key: { $name }
token-title = Key created
token-text = Copy it now: it will not be shown again. Whoever holds it acts in this person's name.
token = Key
person-role-node_admin = Administration of the server
person-role-coop_officer = Cooperation officer
person-role-sector_tech = Technical staff
person-role-finance_officer = Finance
person-role-legal_officer = Legal service
person-role-secretary = Secretary
person-role-authorised_signatory = Authorised signatory
person-role-local_actor = Local actor
person-role-evaluator = External evaluation
person-role-observer = Observer
person-role-facilitator = Technical secretariat

## Recovered drafts

drafts-title = Recovered drafts
drafts-text = These texts could not be saved in their document. Here they are, for you to copy and decide what to do with them.
drafts-empty = There are no drafts
draft-unplaced = The document changed so much that these changes did not find their place.
draft-piece = Text
draft-discard = Discard this draft

## Help

help-title = Help
help-lead = What Alianza is, what “saved” means and what happens when something fails. Five minutes to read.
help-what-title = What Alianza is
help-what = Several cities write one programme together: objectives, activities, who pays what and in which year. Each city has its own server and works on its own page. There is no centre, and no city above the others.
help-what-together = What you write is saved by itself and reaches the partner cities as soon as there is a line. Several people can write at once, in the same paragraph too: the texts are joined and nobody's is lost.
help-saved-title = What “saved” means
help-saved = At the foot of the programme there is always a sentence that says where what you have just written is. There are four situations, and none is told before it is true.
help-saved-caption = The four sentences about saving
help-saved-says = What it says
help-saved-means = What it means
help-saved-do = What to do
help-saved-1 = It is in this browser. If the computer is switched off, it will be here when you sign in again as the same user.
help-saved-1-do = Nothing. If you have to move to another computer, wait until it has reached your city's server.
help-saved-2 = It is on the disk of your city's server. You can close the page or go on from another computer.
help-saved-2-do = Nothing.
help-saved-3 = The cities that are named have it as well. Those that are missing will get it when they connect.
help-saved-3-do = Nothing. If a city is missing for days, call it.
help-saved-4 = There is no line to your city's server. What you write stays on this computer and will be sent by itself.
help-saved-4-do = Go on working. Do not clear the browser's data until the connection is back.
help-saved-city = your city
help-saved-other = Jaén
help-saved-red = If the sentence warns that it cannot be saved on this computer, do not close the page until the connection is back.
help-down-title = When the line fails or a city is missing
help-down-line = Without a line you can go on reading and writing the programmes you have open, and load the page again if its address uses encryption. When the line is back everything is sent and joined with what the others wrote.
help-down-partner = If a partner city is switched off, the others go on as usual. When it comes back it receives only what it lacks. The beginning tells since when each city is missing, and what it lacks.
help-down-refused = If a change of yours could not enter the document it is not deleted: it stays in “Recovered drafts” for you to copy.
help-who-title = Who sees what
help-who-alliance = Everything written in the programmes of an alliance is seen by all cities of that alliance, with the name and city of the person who wrote it. Nobody else sees it.
help-who-here = While you have a programme open, the others see your name, your city and the part you are in. They do not see what you do outside it.
help-who-money = Only each city sets its own amounts. The others see them and can send a proposal.
help-who-people = The list of people and their passwords belong to your city only. The other cities know the name and post of those who write.
help-recall-title = What other cities keep cannot be called back
help-recall = Each city keeps its copy of what it receives. Taking something out of a programme, or leaving the alliance, does not delete the copies that other cities already have. Write only what your city may share, and no personal data that is not needed.
help-two-title = Two values at once
help-two = If two people change the same amount or the same date at once, both are kept and shown together, with their city and time. One of them is used until somebody decides with the button. Totals that depend on it are marked as provisional.
help-keys-title = Keyboard
help-keys = Everything can be done without a mouse. The tab key goes from one place to the next, and with shift to the one before.
help-keys-caption = Keys
help-key = Key
help-key-does = What it does
help-key-tab = Tab
help-key-tab-does = Next field, button or link. The first of every page is “Skip to content”.
help-key-enter = Enter
help-key-enter-does = Opens the link or presses the button.
help-key-arrows = Arrows
help-key-arrows-does = In lists of options, from one to the next. In tables and among the format buttons, from one cell or button to the next.
help-key-escape = Escape
help-key-escape-does = Closes a window, leaves the cell that is being written as it was, and leaves a long text.
help-keys-text = Ctrl+B, bold; Ctrl+I, italic; Ctrl+K, link; Ctrl+Z undoes what you wrote last, never what somebody else did.
help-ask-title = Whom to ask
help-ask = About your user, your password or a fault of the page: whoever administers your city's server. About the content of a programme: the city in charge, named in “Identity”.
help-pieces = For those who design or review the page: <a>the parts it is made of</a>.
help-contents = On this page

## Parts

pieces-title = Parts
pieces-lead = The parts the screens are made of, in all their states. The data are invented and are not saved.
pieces-colours = Colours and type
pieces-buttons = Buttons
pieces-fields = Fields
pieces-document = Fields of a document
pieces-form = Form with errors
pieces-dialog = Windows
pieces-messages = Messages
pieces-tables = Tables
pieces-presence = Who is here
pieces-saving = Saving
piece-name = Sanitation
piece-main = Main action
piece-plain = Another action
piece-quiet = Lesser action
piece-busy = Under way
piece-disabled = Not available
piece-hint = A sentence that helps to fill it in.
piece-wrong = The end date is before the start date.
piece-send = Send without filling in
piece-open = Open the window
piece-text = A running text, with a <a>link</a> and something <b>important</b>.

## Programme

programme = Programme
programme-opening = Opening the programme…
programme-offline = There is no connection with your city's server. The programme will open as soon as it is back.
programme-read-only = You can read this programme but not change it.
back-to-alliance = Back to the alliance
help-about = Help: { $part }
help-files =
    Whoever works in a spreadsheet can take the budget out, change it and bring it back. All that leaves this page says which version it is, so that nobody takes a draft for what was approved.
help-notices =
    The methodology asks eight components of an operative programme. Here one sees which are there and what is missing, and every notice leads to its place.
    None of this stops anyone from writing: notices only count when the programme is sent for review or approved.
help-management =
    Co-management shares out real functions: coordinating, buying, accounting, following progress. No city should carry all of them.
    Each city gives staff with a name and time. A risk is weighed by how likely it is and the harm it would do; high ones are looked at in every meeting.
help-budget =
    Lines are rows; columns are who gives, in which year, and whether it is money (cash) or own work and means (in kind).
    The methodology rests on co-financing: all give what they can and each city sets only its own. To the others one proposes, and they answer.
    While an amount has two values at once, totals are provisional.
help-activities =
    Each activity serves a result, has a city in charge and, where needed, others that support it. The methodology asks for the towns’ own technical staff, not only for money.
    If two cities change a date at once, the timetable uses the latest until somebody decides.
help-framework =
    The log-frame ties what is done to what should change: activities give results, results lead to the specific objective, and this contributes to the general one.
    Each result needs at least one indicator with its source: where somebody who wants to check would look. The baseline says where one starts.
    Assumptions are what must happen and does not depend on the cities. One specific objective and three to six results are enough.
help-identity =
    Here one says what the programme is, who takes part and when it begins and ends.
    Every alliance is among equals: one city coordinates, but all decide. None is a “donor” by default; resources may flow in any direction.
    Sectors and SDG targets let other networks find the programme and allow it to be published later.
parts = Parts of the programme
parts-here = now: { $who }
part-identity = Identity
part-framework = Objectives and results
part-activities = Activities
part-budget = Budget
part-management = Management and risks
part-narratives = Texts
part-notices = Notices
part-files = Files and printing

here-title = Here now
here-alone = Nobody else at the moment.
here-joined = { $n ->
    [one] { $who } has come into this programme.
   *[other] { $who } have come into this programme.
}
here-left = { $n ->
    [one] { $who } has left this programme.
   *[other] { $who } have left this programme.
}
who-is-in = { $n ->
    [one] Here now: { $who }
   *[other] Here now: { $who }
}
writing-here = { $n ->
    [one] { $who } is in this text.
   *[other] { $who } are in this text.
}

## History and "Since your last visit"

history-title = History
history-lead = Who changed what, and when. Nothing is lost: you can look at any version and bring back what there was.
timeline-title = Changes by day
history-of = Show
history-of-all = The whole programme
history-older = Show earlier changes
history-beginning = The history of this programme begins here.
programme-itself = Programme data
day-unknown = No date
changes-count = { $n ->
    [one] one change
   *[other] { $n } changes
}
by-itself = automatically
document-made = made here
wrote-at-once = wrote at the same time
see-changes = Show changes
hide-changes = Hide changes
see-changes-of = Show changes: { $name }
see-group = { $name }, { $who }, { $when }
news-title = Since your last visit
news-since = Since your last visit ({ $when })
news-none = Nothing new since your last visit ({ $when }).
news-first = This is your first visit: you have not marked anything as seen yet. Once you do, what others change is shown here.
news-first-short = This is your first visit to this programme.
news-line = { $city } { $what }.
news-changed = changed { $what }
news-amounts = { $n ->
    [one] one amount
   *[other] { $n } amounts
}
news-dates = { $n ->
    [one] one date
   *[other] { $n } dates
}
news-values = { $n ->
    [one] one value
   *[other] { $n } values
}
news-texts = { $n ->
    [one] one text
   *[other] { $n } texts
}
news-paragraphs = { $n ->
    [one] one paragraph
   *[other] { $n } paragraphs
}
news-added = { $n ->
    [one] added one item
   *[other] added { $n } items
}
news-removed = { $n ->
    [one] removed one item
   *[other] removed { $n } items
}
news-many = made { $n } changes
mark-seen = Mark everything as seen
mark-seen-first = Mark what there is as seen
seen-done = Everything is marked as seen.
difference-none = The two versions do not differ: what was changed ended up as it had been.
difference-more = { $n ->
    [one] Show one more change
   *[other] Show { $n } more changes
}
was = Before:
is = Now:
item-came = Added:
item-went = Removed:
ins-begin = [added:
ins-end = end of addition]
del-begin = [removed:
del-end = end of removal]
line-added = (empty paragraph added)
line-removed = (empty paragraph removed)
format-changed = formatting changed
paragraphs-same = { $n ->
    [one] One paragraph unchanged
   *[other] { $n } paragraphs unchanged
}
block-paragraph = paragraph
block-heading = { $level ->
    [3] Subheading
   *[other] Heading
}
block-bullet = List item
block-numbered = Numbered item
block-quote = Quotation
block-unknown = Another kind of paragraph
yes = yes
no = no
percent = { $n }%
see-version = Show "{ $name }" at this version
version-bar = Version you are looking at
version-of = Version of { $when }.
version-empty = Nothing was written in this version.
back-to-today = Back to today
restore-version = Restore: makes a new version
restore-place = Bring back what there was
restore-place-label = Bring back what there was: { $what }
restore-group = Bring back everything from before these changes
restore-title = Bring back what there was
restore-text = This is what will change today to be as it was ({ $when }). It is saved as a change of yours: what is there now stays in the history and can be brought back in the same way.
restore-what = What will change
restore-do = Bring back
restore-nothing = Today it is already as in that version: there is nothing to bring back.
restore-done = Brought back. A new version was made; the history keeps everything.
restore-failed = Not everything could be brought back. Look at what it is like now and try again.

## Saving

sy01 = No connection with { $city } { $since }. You can go on working; the changes will be sent when it is back.
sy04 = Document not received yet.
sy05 = Saved on this computer.
sy06 = Saved in { $city }.
sy07 = { $m ->
    [one] Received by { $n } of { $m } city. Missing: { $cities }.
   *[other] Received by { $n } of { $m } cities. Missing: { $cities }.
}
sy08 = No connection. What you write is saved on this computer and will be sent when it is back.
sy09 = Two values at once in { $field }: { $values }. { $value } is used until somebody decides.
save-sending = Sending…
save-connecting = Connecting with your city's server…
save-all = { $n ->
    [one] Received by the other city.
   *[other] Received by the { $n } partner cities.
}
save-unkept = It cannot be saved on this computer. Do not close this page.
save-unkept-line = No connection. What you write will be sent when it is back, as long as this page stays open.
save-keep-open = Do not close this page.
city-away = { $city } (no connection { $since })
city-never-here = { $city } (has not connected yet)
saving-more = Where it is saved
saving-title = Where what you write is saved
saving-here = This computer
saving-others = The other cities
saving-waiting = { $n ->
    [one] One change is still to be sent.
   *[other] { $n } changes are still to be sent.
}
saving-copies = { $n ->
    [one] This computer keeps a copy of one document ({ $size } MB).
   *[other] This computer keeps copies of { $n } documents ({ $size } MB).
}
saving-offline = What you have opened here also opens without a connection, until { $until }. Signing out deletes it from this computer, except what is still to be sent.
saving-installing = The page is getting ready to open without a connection.
saving-promised = The browser promises not to delete these copies for lack of room.
saving-not-promised = If it runs out of room the browser may delete these copies. What is already on your city's server is not lost.
saving-unkept-why = The browser refuses to save, or the disk is full. Make room or tell your IT service; you can go on writing meanwhile.
saving-outdated = Another tab already uses a new version of this page. Update this one to save on this computer again.
saving-missing-there = { $n ->
    [one] One change has not reached { $city } yet.
   *[other] { $n } changes have not reached { $city } yet.
}
saving-others-unknown = It is not known yet which cities have the latest. It will be shown here as soon as they confirm.
saving-others-none = This alliance has no other cities yet.
saving-city-has = Received by { $city }.
saving-city-lacks = { $city } is receiving it.

conflict-title = Two values at once
conflict-label = Two values at once in { $field }
conflict-use = Use { $value }
conflict-used = { $value } is used until somebody decides.
conflict-decided = Decided: { $field }, { $value }.
provisional = provisional
pr07 = { $n ->
    [one] One field has more than one value at once. Decide it before approving.
   *[other] { $n } fields have more than one value at once. Decide each before approving.
}
pr01 = Basic components of the operative programme are missing: { $list }.
pr02 = The percentages of the sectors add up to { $n } %. They must add up to 100 %.
pr03 = Result { $code } has no indicator.
pr04 = Indicator { $code } has no source of verification.
pr05 = Activity { $code } is not tied to any result.
pr06 = Indicator { $code } has no baseline.
pr08 = These have not accepted to take part yet: { $cities }.
pr09 = There is no signed agreement or valid declaration of intent for this programme.
pr10 = { $city } gives no resources. The methodology rests on co-financing.
ac01 = The activity needs a title and a city in charge.
pb01 = The amount must be a number of zero or more, with at most { $n } decimals.
pb02 = Only { $city } can set its contribution. You can send it a proposal.
pb03 = The year { $year } is outside the period of the programme.
ac02 = Activity { $code } ends before it begins.
ac05 = Progress must be between 0 and 100.
ac03 = Activity { $code } is outside the period of the programme ({ $from } – { $to }).
ac04 = Activity { $code } depends on { $other }, which ends later.
ac06 = The actual date cannot be in the future.
pb04 = Indirect costs are { $n } % of direct costs and exceed the limit set ({ $m } %).
pb05 = Line { $code } is not tied to any activity.
pb06 = The exchange rate from { $from } to { $to } is missing.

## Fields

field-title = Title in Spanish
field-title-en = Title
field-code = Code
field-status = State
field-lead-city = City in charge
field-default-currency = Currency
field-period-start = Begins
field-period-end = Ends
field-role = Role
field-group = Group of people
field-women = Women
field-men = Men
field-other = Other people
field-indirect = Reached indirectly
field-general-objective = General objective
hint-general-objective = The deep change this programme contributes to, even if it does not depend on it alone.
field-specific-objective = Specific objective
field-assumptions = Assumptions
field-result = Result
field-so-id = Objective it serves
field-iati-type = Kind of result
field-indicator = Indicator
field-measure = How it is measured
field-unit = Unit
field-baseline-value = Baseline
field-baseline-year = Year of the baseline
field-baseline-comment = Where the baseline comes from
field-disaggregation = Measured separately by
field-frequency = How often
field-sdg-indicator = SDG indicator
hint-sdg-indicator = For example, 6.3.1.
field-deliverables = Deliverables
field-depends-on = Depends on
field-due = Due
field-milestone = It is a milestone
field-amount = Amount
field-pos = Order
field-deleted = Removed
field-verification-source = Source of verification
field-responsible-city = City that measures
field-activity = Activity
field-kind = Type
field-planned-start = Planned start
field-planned-end = Planned end
field-actual-start = Actual start
field-actual-end = Actual end
field-progress-pct = Progress
field-support-cities = Supporting cities
field-line-title = Budget line
field-category = Category
field-direct = Direct cost
field-indirect-limit-pct = Limit of indirect costs
field-name = Name
field-type = Type
field-function = Function
field-position = Post or task
field-person = Person
field-dedication-pct = Dedication
field-from = From
field-to = Until
field-risk = Risk
field-prob = Likelihood
field-impact = Impact
field-owner = City that watches it
field-mitigation = What we will do to avoid or lessen it
field-visibility-plan = How it will be made known
field-body = Text
field-partners = Cities that take part
field-text = Text
one-activities = Activity
one-results = Result
one-preconditions = Precondition
one-monitoring_plan = Monitoring
one-cell_proposals = Proposal
one-specific_objectives = Specific objective
one-indicators = Indicator
one-budget_lines = Budget line
one-risks = Risk
one-staff = Staff
one-financiers = Financier
one-management_split = Function
one-beneficiaries = People reached
one-cells = Contribution
one-partners = Participation

## Fields that are named in the history and in notices only

field-activities = Activities
field-activity-id = Activity
field-actors = Actors
field-alignment = Alignment
field-ascending = Better when higher
field-baselines = Baselines
field-beneficiaries = Population reached
field-budget-lines = Budget lines
field-by-city = Proposing city
field-cell = Cell
field-cell-proposals = Proposals
field-cells = Amounts
field-city = City
field-dac-sectors = Aid sectors
field-financiers = External funders
field-fx = Exchange rates
field-geonames = Place code
field-indicators = Indicators
field-language = Language
field-lat = Latitude
field-level-id = Level it measures
field-line = Budget line
field-locations = Places
field-lon = Longitude
field-management-split = Co-management
field-monitoring-plan = Monitoring
field-needs = Needs
field-non-duplication = Check for overlaps
field-note = Note
field-nua-pillar = New Urban Agenda
field-person-ref = Person
field-policy-markers = Markers
field-preconditions = Preconditions
field-product-type = Kind of product
field-ref = Reference
field-result-id = Result
field-results = Results
field-risks = Risks
field-sdg-targets = SDG targets
field-space-ref = Monitoring space
field-specific-objectives = Specific objectives
field-staff = Staff
field-state = State
field-synergies = Synergies
field-targets = Targets
field-theme = Theme
one-deliverables = Deliverable
one-locations = Place
one-needs = Need
one-synergies = Synergy

## Identity

state-draft = Draft
state-in_review = In review
state-agreed = Agreed
state-in_execution = In execution
state-finalising = Finalising
state-closed = Closed
state-suspended = Suspended
state-cancelled = Cancelled
currency-EUR = euro (€)
currency-USD = United States dollar (USD)
currency-BOB = boliviano (BOB)
currency-COP = Colombian peso (COP)
currency-CUP = Cuban peso (CUP)
currency-DOP = Dominican peso (DOP)
currency-GTQ = quetzal (GTQ)
currency-HNL = lempira (HNL)
currency-MXN = Mexican peso (MXN)
currency-NIO = córdoba (NIO)
currency-PEN = sol (PEN)
currency-PYG = guaraní (PYG)
currency-UYU = Uruguayan peso (UYU)
partners-title = Cities that take part
partner-answer = Answer
role-of = Role of { $city }
answer-of = Answer of { $city }
partner-role-lead = Lead
partner-role-partner = Partner
partner-role-associate = Associate
partner-role-beneficiary = Beneficiary
partner-status-invited = Invited
partner-status-accepted = Takes part
partner-status-declined = Does not take part
partner-status-left = Has left
partner-invited = Your city is invited to this programme. Accepting opens its part of the budget.
partner-accept = Accept to take part
partner-accepted = Your city takes part in the programme.
partner-add = Add { $city }
sectors-title = Aid sectors
sectors-text = DAC purpose codes. They add up to { $total } %.
sectors-not-100 = They must add up to 100 %.
sector = Sector { $code }
sector-add = Add a sector
sector-hint = Five figures; for example, 14022 for sanitation.
sector-wrong = The code has five figures.
targets-title = Targets of the Sustainable Development Goals
target = Target { $code }
targets-empty = None yet. The methodology suggests beginning with goals 11 and 17, without excluding others.
target-goal = Goal
target-add = Target to add
target-added = Target { $code } added.
beneficiaries-title = People it reaches
beneficiaries-empty = Nobody has said yet whom it reaches. For example: municipal technical staff trained, 12 women and 10 men.
untitled-group = Unnamed group
add-group = Add a group of people
count-wrong = Write a whole number.
percent-wrong = Write a whole number between 0 and 100.

## Objectives and results

result = Result { $code }
indicator = Indicator { $code }
framework-empty = The log-frame is empty
framework-empty-text = It says which change is sought and how one will know that it has come. Begin with a specific objective: for example, “Tarija runs its sewer network with an approved plan”.
framework-caption = Log-frame
framework-keys = Arrows go from cell to cell; Enter goes in to write and Esc comes out. Alt with arrow up or down changes the order.
frame-logic = Objectives and results
frame-indicators = Indicators
no-indicator = No indicator.
no-assumptions-here = —
no-baseline = No baseline.
more-about = More about { $name }
add-result-to = Add a result to { $code }
add-one-indicator = Add an indicator
indicator-from = Starts at { $value } ({ $year }).
indicator-targets = Targets: { $list }.
indicator-values = Measured: { $list }.
indicator-by = By { $list }.
indicator-city = { $city } measures.
value-in = Value { $period }
group-sex = sex
group-age = age
group-district = district
group-group = population group
frequency-monthly = Monthly
frequency-quarterly = Quarterly
frequency-semester = Twice a year
frequency-annual = Yearly
frequency-final = At the end
preconditions-title = Preconditions
preconditions-empty = None. For example: the municipality of Tarija has handed over the land.
precondition = Precondition { $n }
add-precondition = Add a precondition
target-of = Target { $period }
add-objective = Add a specific objective
add-indicator = Add an indicator to { $name }
result-type-1 = Output
result-type-2 = Outcome
result-type-3 = Impact
result-type-9 = Other
measure-1 = In units
measure-2 = As a percentage
measure-3 = By categories
measure-4 = By order
measure-5 = In words
number-wrong = Write a number.
year-wrong = Write a year of four figures.

## Activities

activity = Activity { $code }
activities-no-results = Results first
activities-no-results-text = Every activity serves a result. Add the first one in “Objectives and results”.
activities-loose = Activities without a result
add-activity = Add an activity
no-result = No result
deliverable = Deliverable { $n }
add-deliverable = Add a deliverable
removed-one = Taken out: { $name }.
latest-of-several = the latest
latest-used = The timetable uses the latest, { $date }, until somebody decides.
milestone = milestone
timetable-title = Timetable
timetable-caption = Timetable: each row tells its dates and draws them. The dark part of the bar is what is done.
timetable-bars = Bars by month
timetable-support = With { $cities }
activity-summary = { $city }, from { $from } to { $to }.
activity-support = Supported by { $cities }.
activity-progress = Progress: { $n } %.
activity-planned = Planned
activity-ongoing = Under way
activity-done = Done
activity-delayed = Delayed
activity-cancelled = Cancelled
kind-activity = Activity
kind-mission = Technical mission
kind-exchange = Exchange
kind-study = Study
kind-training = Training
kind-works = Works
kind-event = Meeting
kind-management = Management

## Budget

budget-total = Total of the programme:
budget-whose = Contribution of
budget-all = All, by line
budget-no-years = First set the dates of the programme in “Identity”: the years of the budget come from them.
budget-empty-text = A line says what money is spent on: for example, “B01 Technical staff”. Each city then sets what it gives, by year, in cash or in kind.
budget-to-files = Take the budget to a spreadsheet, or bring it back from one
sheet-keys = Move with the arrows or Tab. Type to replace; Enter or F2 to correct; Esc leaves the cell as it was and, outside a cell, leaves the table. You can copy and paste blocks from a spreadsheet. In a cell of another city, Enter opens a proposal.
cell-conflict = two values
cell-proposed = proposed: { $amount }
back-to-cell = Go to the cell
pasted = { $n ->
    [one] One cell pasted.
   *[other] { $n } cells pasted.
}
pasted-wrong = { $n ->
    [one] One holds something that is not an amount: it is in red, as it came.
   *[other] { $n } hold something that is not an amount: they are in red, as they came.
}
pasted-left = { $n ->
    [one] One cell is not your city’s or is outside the table, and was not changed.
   *[other] { $n } cells are not your city’s or are outside the table, and were not changed.
}
copied-cells = { $n ->
    [one] One cell copied.
   *[other] { $n } cells copied.
}
indirect-share = Indirect costs: { $n } % of direct costs. Limit set: { $m } %.
totals-in = Show totals in
totals-rate = Rate set: { $rate } { $to } for each { $from }.
rates-title = Other currencies
rates-text = Amounts are always kept in { $currency }. If a city works in another currency, set the exchange rate here, with its date and source.
rate-of = { $to } for each { $from }
rate-date = Date of the rate
rate-source = Source
rate-add = Add a currency
rate-hint = Three letters; for example, BOB.
currency-wrong = Write the three letters of another currency: BOB, USD.
budget-empty = There are no budget lines yet. Add the first one below.
budget-caption = Contribution of { $name } by line, year and mode, in { $currency }
contribution-missing = Your city's part opens when it accepts to take part in the programme. You can accept in “Identity”.
line = Line
line-code = Line { $code }
total = Total
funder = Who contributes
mode-cash = cash
mode-in_kind = in kind
cell-label = { $line }, { $name }, { $year }, { $mode }
matrix-caption = Lines by city and financier, all years and modes, in { $currency }
totals-title = Totals
totals-caption = Totals by city, mode and year, in { $currency }
propose-title = Propose an amount to { $city }
amount-in = Amount in { $currency }
proposal-note = Why
send-proposal = Send the proposal
proposed = Proposal sent to { $city }.
proposals-title = Proposals
proposal = { $from } proposes for the contribution of { $to }: { $amount } ({ $line }, { $year }, { $mode }).
accept-proposal = Accept
decline-proposal = Do not accept
proposal-accepted = Proposal accepted: the amount is now in your contribution.
proposal-declined = Proposal not accepted.
propose-how = To propose an amount, choose its cell and press Enter.
proposals-none = There is no open proposal.
proposals-closed = { $n ->
    [one] One closed proposal
   *[other] { $n } closed proposals
}
counter-proposal = { $to } offers another amount for its own share: { $amount } ({ $line }, { $year }, { $mode }).
counter-propose = Offer another amount
counter-title = Offer another amount to { $city }
counter-text = For your share of { $line }, { $year }, { $mode }. The proposal received is closed and the other city sees yours.
counter-also = Set this amount in my share now
agree-proposal = Agree
propose-again = Propose another amount
withdraw-proposal = Withdraw
set-agreed = Set { $amount }
leave-agreed = Leave it as it is
proposal-agreed = Agreed: the other city can now set the amount.
proposal-withdrawn = Proposal withdrawn.
proposal-state-open = Waiting for an answer.
proposal-made = Sent: { $when }.
proposal-state-accepted = Accepted.
proposal-state-agreed = This amount is agreed.
proposal-state-rejected = Not accepted.
proposal-state-withdrawn = Withdrawn.
proposal-is-open = open
proposal-is-accepted = accepted
proposal-is-rejected = not accepted
proposal-is-withdrawn = withdrawn
propose-text = For { $line }, { $year }, { $mode }. The other city decides whether to accept it.
lines-title = Budget lines
add-line = Add a budget line
transversal = Transversal (none)
category-personal = Technical staff
category-viajes = Travel, lodging and allowances
category-servicios = Technical assistance and services
category-equipos = Equipment and supplies
category-formacion = Training
category-difusion = Awareness and dissemination
category-evaluacion = Evaluation
category-indirectos = Indirect costs
category-otros = Other
financiers-title = External financiers
financiers-empty = None. A provincial council, a fund or a ministry, for example.
add-financier = Add a financier
untitled-financier = Unnamed financier
financier-fund = Cooperation fund
financier-state = State administration
financier-region = Regional government
financier-province = Provincial council
financier-multilateral = International organisation
financier-foundation = Foundation
financier-company = Company
financier-other = Other
financier-other_public = Other public body
funding-planned = Planned
funding-requested = Requested
funding-granted = Granted

## Management

split-title = Co-management
split-text = Which function each city carries: coordination, purchases, accounting, follow-up.
add-function = Add a function
staff-title = Staff
staff-text = People with a name in each city. The name lives in their city's card, not in the programme.
add-staff = Add a post
untitled-position = Unnamed post
risks-title = Risks
risks-empty = None yet. For example: local elections change priorities; middling likelihood, high impact.
risk = Risk { $code }
add-risk = Add a risk
scale-1 = 1, very low
scale-2 = 2, low
scale-3 = 3, medium
scale-4 = 4, high
scale-5 = 5, very high
risk-high = High risk: worth watching at every meeting.
risk-middle = Medium risk.
risk-low = Low risk.
visibility-title = Visibility
management-texts = Written in “Texts”:
monitoring-title = Monitoring
monitoring-empty = Nobody has said yet how it will be done. For example: a follow-up meeting every quarter, with minutes and the indicators up to date.
field-monitoring = How progress is followed
add-monitoring = Add a way of following progress

## Texts

narratives-text = Several people can write in the same text at once, from different cities. Everything saves itself.
section-context = Context
section-justification = Justification
section-sustainability = Sustainability
section-gender = Gender equality
section-common_strategy = Common strategy
hint-section-context = What the starting point is, in which territory and with which actors.
hint-section-justification = Why this programme, why now, and why among these cities.
hint-section-sustainability = What will go on when the programme ends, and who will sustain it.
hint-section-gender = How it affects women and men, and what will be done to leave nobody behind.
words = { $n ->
    [one] one word
   *[other] { $n } words
}
contribution-of = Contribution of { $city }

## Text editor

editor-buttons = Format of “{ $name }”
editor-help = Escape leaves the text. The format buttons are right before it; the arrow keys walk through them.
editor-failed = The editor could not be loaded. You can read the text; load the page again to write.
editor-with-keys = { $name } ({ $keys })
editor-keys = Ctrl+{ $key }
editor-keys-shift = Ctrl+Shift+{ $key }
editor-bold = Bold
editor-italic = Italic
editor-link = Link
editor-title = Title
editor-subtitle = Subtitle
editor-bullet = List with bullets
editor-numbered = Numbered list
editor-quote = Quote
editor-out = Less indent in the list
editor-in = More indent in the list
editor-undo = Undo the last thing I wrote
editor-redo = Redo
editor-short-bold = Bold
editor-short-italic = Italic
editor-short-link = Link
editor-short-title = Title
editor-short-subtitle = Subtitle
editor-short-bullet = List
editor-short-numbered = Numbered
editor-short-quote = Quote
editor-short-out = ⇤
editor-short-in = ⇥
editor-short-undo = Undo
editor-short-redo = Redo
edits-here = { $city } is editing this section.
link-title = Link
link-intro = The link opens in another tab of whoever follows it.
link-address = Address
link-hint = For example www.example.org/report or an e-mail address.
link-wrong = That is not an address to link to. Write a web page (https://…) or an e-mail address.
link-set = Set the link
link-open = Open in another tab
link-remove = Remove the link

## Notices

notices-waiting = Asking the server…
notices-agree = Stops the programme from being approved
notices-review = Stops it from being sent for review
notices-execute = Stops it from starting
notices-correct = Must be put right
notices-look = Worth a look
components-title = Basic components
components-count = { $n } of { $m } are complete.
component-context = Context
component-justification = Justification
component-objectives = Objectives
component-results = Expected results
component-activities = Activities
component-resources = Resources
component-deadlines = Deadlines
component-monitoring = Monitoring
light-complete = complete
light-half = half done
light-missing = missing
want-text = Nobody has written it yet.
want-general = The general objective is missing.
want-specific = A specific objective is missing.
want-results = A result is missing.
want-indicators = Some result has no indicator.
want-activities = An activity is missing.
want-dates = Some activity has no dates.
want-cities = Some activity has no city in charge.
want-lines = A budget line is missing.
want-amounts = Nobody has set amounts.
want-start = The start date is missing.
want-end = The end date is missing.
want-any-indicator = An indicator is missing.
want-sources = Some indicator has no source of verification.
want-baselines = Some indicator has no baseline.
want-plan = How progress will be followed is missing.
changed-after-title = Taken out and changed at once
changed-after = It was taken out, but { $city } changed it afterwards.
remove-anyway = Take out anyway
removed-anyway = Taken out anyway: { $name }.
recovered = Brought back: { $name }.
repeated-title = Lines that may be repeated
repeated = Possible repeated line: “{ $title }” appears { $n } times ({ $a } and { $b }).
repeated-text = If joined, the amounts of { $b } are added to { $a } and { $b } is taken out. You can bring it back.
repeated-wait = { $cities } has amounts in { $b } and only that city can move them to { $a }. Joining moves yours and those of external financiers.
repeated-joined = { $b } was joined to { $a }.
repeated-join = Join
repeated-different = They are different
notices-none = Nothing is missing of what we can check.
go-there = Go to “{ $part }”

## Files and printing

file-download = Download
file-download-of = Download: { $name }
file-made = The file { $name } is in your downloads.
file-origin = Each file says where it comes from: { $alliance }, version { $version }, { $date }, { $city }.
file-unapproved = Contains changes that are not approved.
file-origin-short = { $alliance } · version { $version } · { $date } · { $city }
print = Print
back-to-programme = Back to the programme
printed-matrix = Lines by city and financier, in { $currency }
printed-provisional = Provisional amount: there are two values at once and nobody has decided yet.
printed-end = Printed on { $date }.
files-out = Take out
files-in = Bring in a budget
file-print = Whole programme
file-print-text = All its parts on one page, to print or save as PDF.
file-print-open = Open to print
file-budget = Budget
file-budget-text = CSV table with one row for each amount. It opens in a spreadsheet and can be brought back.
file-timetable = Timetable
file-timetable-text = CSV table with activities, dates, cities and progress.
file-indicators = Indicators
file-indicators-text = CSV table with baseline, targets and values by period.
file-json = Programme as JSON
file-json-text = All the data, for another computer program or for the archive.
import-text = Download the budget, change it in your spreadsheet, save it as CSV and choose it here. First you see what would change; nothing is touched until you confirm. Amounts of other cities are sent as proposals.
import-choose = CSV file of the budget
import-missing = The file lacks these columns: { $columns }. Download the budget to see their names.
import-title = What “{ $name }” would change
import-nothing = It would change nothing.
import-changes = { $n ->
    [one] One change.
   *[other] { $n } changes.
}
import-same = { $n ->
    [one] One row is equal to what is there.
   *[other] { $n } rows are equal to what is there.
}
import-untold = { $n ->
    [one] One amount is not in the file and stays as it is.
   *[other] { $n } amounts are not in the file and stay as they are.
}
import-caption = Changes, by row of the file
import-row = Row
import-what = What
import-before = Now
import-after = Will be
import-how = How
import-not-there = not there
import-will-add = The line is added
import-will-rename = The title changes
import-will-set = It is set
import-will-clear = The amount is taken out
import-will-propose = It is proposed to { $city }
import-apply = { $n ->
    [one] Apply the change
   *[other] Apply the { $n } changes
}
import-leave = Leave it
import-done = { $n ->
    [one] Done: one change applied.
   *[other] Done: { $n } changes applied.
}
import-done-bad = { $n ->
    [one] One row could not be read; it is still below.
   *[other] { $n } rows could not be read; they are still below.
}
import-bad = { $n ->
    [one] One row cannot be read and will be left out:
   *[other] { $n } rows cannot be read and will be left out:
}
import-bad-row = Row { $row }:
import-no-line = The code or title of the line is missing.
import-two-lines = There is more than one line “{ $code }”. Give them different codes.
import-no-funder = There is no city or financier called “{ $name }”.
import-two-funders = There is more than one called “{ $name }”. Change the name of one.
import-no-year = “{ $year }” is not a year of four figures.
import-no-mode = “{ $mode }” is not a mode. Write efectivo or valorizado.
import-no-activity = There is no activity with the code { $code }.
import-twice = This cell is already in row { $row }.
import-propose-nothing = An empty cell cannot be proposed to another city. Write 0 to propose that it gives nothing.
import-note = From a spreadsheet.
no-amount = no amount

## Account and leaving

failed-title = This part cannot be shown
failed-text = The page has failed. What you had written is saved. Load it again; if it goes on, tell your IT service.
reload = Load again
save = Save
edit = Change details
edit-of = Change details: { $name }
enable = Give access back
enable-of = Give access back: { $name }
person-enabled-done = { $name } can sign in again.
person-changed = The details of { $name } have been changed.
password-current = Present password
my-password = Change my password
leave = Leave the alliance
leave-text = Your city stops receiving and sending changes. What it wrote stays with the other cities, and your city keeps what there is today. A new invitation will be needed to come back.
leave-confirm = To confirm, write the name of the alliance: { $name }
left = Your city has left { $name }.
not-a-programme = This address is not that of a programme.

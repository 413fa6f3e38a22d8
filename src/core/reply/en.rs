//! English words, the other half of `zh`: one table a meaning, entries are small patterns.
//! Input is ASCII lower case with straight apostrophes.

pub(super) const HARMLESS: &str = r"
    no (?:more )?(?:problems?|issues?|worries|prob|trouble|questions?|biggie|objections?) | not a problem |
    no outstanding issues | without (?:any )?(?:issues?|problems?|incidents?) |
    no need to (?:worry|chase|remind me) | nothing (?:else )?to (?:report|add) | no (?:more )?action needed |
    no further action | not bad |
    no (?:one )?(?:injur[a-z]+|casualt[a-z]+|damage|harm|leaks?|accidents?)(?: reported)? | no\. ?\d+ | number one
";

pub(super) const NEGATION: &str = r"
    not | no | nope | nah | never | none | nothing | without | hardly | barely | scarcely | neither | nor |
    far from | cannot | cant | isnt | wasnt | arent | werent | hasnt | havent | hadnt | didnt | doesnt | dont |
    wont | wouldnt | couldnt | shouldnt | aint | [a-z]+n't | ain't | yet to | fail(?:s|ed)? | failing | unable |
    nowhere | nobody | anything but | instead of | lack(?:s|ing)? | missing | refus(?:e|ed|es) | unless | untrue |
    false | wrong | little | no longer | stopped short | un-?done | zero
";

/// Adjectives that carry their own negation.
pub(super) const UNFINISHED: &str = r"
    incomplete | unfinished | unresolved | unfixed | uncompleted | not-done | outstanding | undelivered |
    unsolved | unrepaired | uncorrected | (?:remains?|still|is|left|are) undone
";

pub(super) const NO_ALONE: &str = r"
    no+ | nope | nah | not yet | not (?:really|quite|exactly|at all|entirely|fully|all|now done) | nada |
    negative | no sir | no,? not yet | still no | not so far | no progress(?: yet)? | not started(?: yet)? |
    haven't started(?: yet)? | hasn't started(?: yet)? | yet to (?:start|begin) | nothing yet | no way |
    i haven't(?: yet)? | it isn't | it's not | hasn't | haven't | isn't | n | still open | still pending |
    still outstanding | not there yet
";

pub(super) const FUTURE: &str = r"
    will | won't | [a-z]+'ll | ill | shall | going to | gonna | to be | to get | about to | soon | shortly |
    later | plan(?:s|ned|ning)?(?: to| on)? | intend(?:s|ing)? | aim(?:s|ing)? | expect(?:s|ed|ing)? |
    hope(?:s|fully|ing)? | should be | can be | could be | may be | might be | would be | must be | ought to |
    schedule(?:d)? | due | eta | deadline | target(?:ing)? | on track | on schedule | would | want(?:s|ed)? to |
    try(?:ing)? | tries | able to | ready to | anticipate | asap | in no time | promise(?:s)? | until | till |
    before | any (?:minute|moment|day|time) now | any day |
    in a (?:bit|moment|minute|sec|second|while|few|couple) | in an hour | in due course | eventually | someday |
    one day | better be | better get | [a-z]+'d (?:better|be|get) | upcoming | next | can | could | let me | i'd |
    we'd | starting | start | begin(?:ning)? | need more time | by (?:the )?(?:end|time|close) | momentarily |
    right away | immediately | straight away | no later than | at the latest | tonight | tomorrow | tmr | tmrw |
    forthcoming | pending | remains to | getting | being | almost | get(?:s)? done | keep(?:ing)? |
    work(?:ing)?(?: on| towards?| to) | pushing to | look(?:ing)? to
";

pub(super) const HEDGE: &str = r"
    almost | nearly | mostly | mainly | largely | basically | practically | virtually | essentially | roughly |
    approximately | about | kind of | kinda | sort of | sorta | more or less | pretty much | just about |
    close to | nearing | near(?:ing)? completion | as good as | good as | all but | so to speak | in a way |
    (?:done|complete|completed|fixed|ready|finished|good|most|soon|sorted|ok)-?ish | ish | sort-of | semi | quasi |
    somewhat | not fully | provisionally | provisional | temporarily | temporary | for now | in principle |
    on paper | well on | in theory | theoretically | getting there | way there
";

pub(super) const PARTIAL: &str = r"
    partly | partial(?:ly)? | in part | half | halfway | half-way | some(?: of)? | part of | most(?: of)? | a few |
    several | a couple | phase | stage | first part | only | so far | up to | majority | bulk of | one of |
    two of | a bit | a little | bits? | pieces | percent | quarter | third | thirds | quarters | one | two |
    three | four | five | six | many | much | remaining | remainder | left | except | first half
";

pub(super) const GUESS: &str = r"
    think | thought | believe | guess | probably | prob | maybe | perhaps | might | may | seem(?:s|ed|ingly)? |
    looks?(?: like)? | appear(?:s|ed)? | apparently | supposed(?:ly| to)? | alleged(?:ly)? | assum(?:e|ed|ing) |
    presum(?:e|ed|ably) | afaik | as far as i | not sure | unsure | uncertain | should | must have | likely |
    possibly | suppose | reckon | imagine | pretend(?:ing)? | as if | consider(?:ed)? | call it | let's say | say |
    so-called | claimed | i'd say | hopefully | feel(?:s)? | feels like | wonder(?:ing)? | doubt | dunno |
    who knows | idk | iirc | technically | in theory | ought
";

pub(super) const CONDITION: &str = r"
    if | once | when | whenever | after | as soon as | as long as | unless | provided | providing | assuming |
    in case | subject to | depends? | depending | contingent | only when | then | until | till |
    conditional(?:ly)? | suppose | were it | given that | whether | otherwise | or else | before | pending
";

pub(super) const HEARSAY: &str = r"
    said | says | saying | told | tells | heard | hear | claims? | claimed | according to | reports? |
    reported(?:ly)? | informed | informs | they say | mentioned | states? | stated | rumou?r(?:s|ed)? | word is |
    allegedly | quote | quoting | confirmed by | announced | wrote | texted | insists? | assures? | assured |
    reckons | thinks | believes
";

pub(super) const INSTRUCTION: &str = r"
    please | pls | plz | kindly | must | have to | has to | had to | need(?:s|ed)?(?: to)? |
    get (?:it|this|that|them|these|everything|all) | got to | gotta | make sure | ensure | be sure |
    want (?:it|this|that) | require(?:s|d)? | order(?:ed)? | do it | let's | ask(?:ed)? | remember | don't forget |
    should | to do | todo | mark(?:ed)? | set(?:ting)? (?:it|to) | close | shall | you | your | consider |
    have it | see that | be done | getting | had better | ought | demand | tell | reply | type | send | write | say
";

/// Instruction words inside harmless ones.
pub(super) const INSTRUCTION_HARMLESS: &str = r"
    close to |
    (?:please|pls|plz|kindly) (?:verify|check|inspect|confirm|review|re-?inspect|see|find|note|close|advise|let me know|come|sign|approve)(?: [a-z]+){0,4} |
    thank you | thanks to you | as (?:you )?(?:required|requested|ordered|instructed|asked|per your [a-z]+) |
    as per your [a-z]+ | all set | set right | per your [a-z]+ | for you | as you asked | work order | in order |
    you can (?:verify|check|inspect|come|close)(?: [a-z]+){0,3} | see (?:photo|picture|attach)[a-z]* |
    ready for (?:you|your) [a-z]+
";

pub(super) const PROMISE: &str = r"
    promise | guarantee(?:d)? | consider it (?:done|fixed|handled|sorted) | count on (?:me|us|it) |
    you have my word | rest assured | for sure | definitely | certainly | will definitely | trust me | no worries |
    you can count
";

pub(super) const PROGRESS: &str = r"
    half ?-?way |
    pending | to go | in progress | in-progress | inprogress | wip | working on (?:it|this|that|them|the .+) |
    on it | ongoing | on-going | underway | under way | in hand | in the works | in process | processing |
    proceeding | progressing |
    being (?:done|fixed|handled|processed|repaired|worked on|addressed|resolved|dealt with|rectified) |
    fixing(?: it| this)? | handling(?: it| this)? | dealing with(?: it)? | doing(?: it| this)? | started |
    have started | has started | begun | began | finishing(?: up| off)? | completing | wrapping up | under repair |
    under construction | under rectification | underway | making progress | halfway | making headway |
    still (?:working|at it|going|doing|fixing|on it) |
    work (?:is )?(?:underway|ongoing|in progress|continues|continuing) | crew (?:is )?on site | we're at it |
    at it | continuing | in motion | being | under ?way | ordered | scheduled |
    (?:crew|contractors?|team|workers?|engineers?|electricians?|technicians?|plumbers?|people|guys)(?: is| are)? (?:now )?(?:on site|on the way|working|coming|there) |
    looking into (?:it|this) | resolving | repairing | investigating | getting (?:it|there)(?: done)? |
    on the way | on my way | en route | started(?: on it)? | rectifying
";

pub(super) const CANNOT: &str = r"
    can't | cannot | can not | cant | unable | not able to | (?:won't|wouldn't|doesn't|not) let(?:ting)? |
    (?:no one|nobody)(?: is)? (?:available|free|to do) | impossible | not possible | no way to | couldn't |
    could not | ^blocked | (?:is|are|am|i'm|we're|it's|still|got|being|was|been|work) blocked |
    blocked (?:by|on|due|until|because|at) | blocker | stuck | stalled | on hold | held up | at a standstill |
    halted | suspended | out of stock | out of our hands |
    need(?:s)? (?:help|support|assistance|approval|funding|money|parts|permission|budget|a permit|more (?:people|staff|money|hands|funds|funding))(?: from .+)? |
    no (?:budget|money|funds?|funding|staff|people|parts|access|permit|permission|manpower|materials?|equipment|resources|approval|power|electricity|contractor|crew|labou?r) |
    (?:not enough|insufficient|short of|short on|lack of|lacking|out of) (?:budget|money|funds?|funding|staff|people|parts|manpower|materials?|equipment|resources|time) |
    (?:don't|do not|haven't|have not|doesn't|didn't|still don't) (?:yet )?(?:have|got|get|received?) (?:the |any |enough |our |a |access to )*(?:parts?|budget|money|funds?|funding|staff|people|tools?|keys?|access|permission|permit|approval|materials?|equipment|manpower) |
    locked(?: out| up)? | can't reach | unreachable | unavailable | not available |
    nobody (?:there|answers|opens) | no one (?:there|answers|opens) |
    refus(?:es|ed|ing) (?:access|entry|to .+|us|permission) |
    (?:power|electricity|water|gas) (?:is |was )?(?:out|off|cut|down) | road (?:is )?(?:closed|blocked|cut) |
    understaffed | short-?staffed | no can do | too difficult | prevented | delayed | hindered | obstructed |
    denied access | access denied | work stopped | stopped work | won't cooperate | refuses to cooperate |
    not cooperating | uncooperative | won't be able | will not be able | beyond my (?:control|power) |
    facing (?:difficulties|difficulty|problems) | rained off | rain stopped (?:us|work) | bad weather |
    weather delay
";

pub(super) const WAIT: &str = r"
    waiting (?:for|on) .+ | waiting | await(?:ing)? .+ | wait(?:s)? for .+ |
    pending (?:approval|funds|funding|parts|review|permit|delivery|payment|decision|budget) | depends on .+ |
    dependent on .+ | parts on order | on order | backordered | back-?order |
    need(?:s)? (?:parts|approval|a permit)
";

/// Causes of a stoppage, first match counts.
pub(super) const CAUSES: &[(&str, &str)] = &[
    ("approv|permit|permission|sign-?off|decision|review", "approval"),
    ("budget|money|fund|payment|cash", "budget"),
    ("parts?\\b|deliver|stock|order", "parts"),
    ("material", "materials"),
    ("weather|rain|snow|storm|typhoon|flood", "weather"),
    ("staff|people|manpower|labou?r|crew|hands|worker", "staff"),
    ("equipment|machine|crane|tool", "equipment"),
    ("access|locked", "access"),
    ("help|support|assist|county|city|province", "support"),
    ("covid|lockdown|quarantine|epidemic", "epidemic"),
    ("cooperat", "cooperation"),
    ("power|electric", "power"),
];

pub(super) const ACK: &str = r"
    o+k+(?:ay|ey|ie|i)?(?: (?:ok|boss|sir|got it|noted|thanks|then|will do))* | k+ | kk | ack | acknowledged? |
    received(?: (?:with thanks|thanks|thank you|it|and understood|your message|well))? | message received |
    will do(?: it| that| this)?(?: asap| soon| today| now| right away| shortly| tomorrow| sir| boss| thanks)? |
    will (?:comply|see to it|take care(?: of it)?|handle(?: it)?|look into (?:it|this)|get on it|get right on it|attend to it|act|check(?: it)?|follow up|deal with it|be there) |
    noted(?: (?:with thanks|thanks|sir))? | roger(?: that)? | copy(?: that)? | understood | got it |
    got your message | gotcha | sure(?: thing)? | fine | alright | all right | right | yes+ | yep | yup | yeah |
    ya | aye(?: aye)? | y | wilco | 10-4 | read and understood | seen and noted | on my list | i'm aware | aware |
    i see | i know | consider it (?:done|fixed|handled|sorted) | no (?:problem|worries|prob) | not a problem |
    cool | great | good | perfect | very well | affirmative | as you wish | absolutely | of course | certainly |
    i'll (?:do it|do that|handle it|take care of it|get on it|get right on it|look into it|see to it|be on it|deal with it|check) |
    i will (?:do it|do that|handle it|take care of it|look into it|see to it) |
    we(?:'ll| will) (?:do it|do that|handle it|take care of it|look into it|see to it) | sounds good | okey dokey |
    okie dokie | right away | right on it | thumbs up | loud and clear | accepted? | confirmed | confirm |
    leave it (?:with|to) me | you can count on me | count on (?:me|us) | duly noted | ok noted |
    stop nagging(?: me)?
";

pub(super) const POLITE: &str = r"
    thanks?(?: (?:you|a lot|so much|very much|again|all|for (?:the )?(?:reminder|patience|your patience|help|waiting)|sir|boss))* |
    thx | ty | tks | cheers | (?:so |very )?sorry(?: (?:for|about) (?:the )?(?:delay|late reply|wait))? |
    apologies(?: for .+)? | regards | best(?: regards)? | kind regards | br | hi(?: (?:all|team|there|sir|boss))? |
    hello(?: (?:all|team|there|sir|boss))? | dear (?:all|sir|madam|team|colleagues?|[a-z]+) | hey |
    (?:good )?(?:morning|afternoon|evening|day)(?: (?:all|team|everyone|boss|sir|guys))? | sir | boss | madam |
    fyi |
    (?:please|pls|plz|kindly) (?:verify|check|inspect|confirm|review|re-?inspect|see|find|note|close|advise|come|sign off|approve)(?: [a-z]+){0,4} |
    (?:waiting|awaiting) (?:for )?(?:your |the |final )?(?:verification|inspection|review|re-?inspection|sign-?off|check|confirmation|closure) |
    ready for (?:verification|inspection|review|re-?inspection|check|your [a-z]+) |
    (?:waiting|awaiting) (?:for )?(?:verification|inspection|review|re-?inspection|sign-?off|your check) |
    (?:photos?|pics?|pictures?|evidence|documents?|report|proof) (?:is |are )?(?:attached|below|enclosed|uploaded|sent|included) |
    see (?:attached|attachment|photos?|picture|below)(?: [a-z]+){0,3} | attached |
    no (?:problems?|issues?|worries|trouble) | works? (?:fine|well) now | all good |
    have a (?:nice|good) (?:day|one|weekend) | finally | at last | btw | by the way | as requested | as discussed |
    let me know.* | over
";

pub(super) const EVIDENCE: &str = r"
    photos? | pics? | pictures? | images? | evidence | documents? | docs? | paperwork | proof | receipts? |
    report | certificate | video
";

pub(super) const EVIDENCE_LATER: &str = r"
    to follow | follows? | later | will (?:send|upload|attach|post|follow|be sent|come) | coming | tomorrow |
    soon | shortly | after | on (?:its|the) way | i'll (?:send|upload|attach|post) | tbd | to come
";

pub(super) const SARCASM: &str = r"
    yeah,? right | yeah,? sure | sure,? sure | as if | lol+ | lmao | rofl | ha(?:ha)+h? | hehe | in (?:my|your|his) dreams |
    when pigs fly | when hell freezes over | kidding | joking | just a joke | jk | j/k | /s | psych | not! |
    dream on | my foot | my ass | whatever | riiight | suuure | oh sure | right\.{2,} | like hell | obviously not |
    ha | yeah yeah | blah | sarcasm | if only | i wish | wish | fingers crossed | big deal | what's done is done |
    what a joke | joke
";

/// Words that claim completion.
pub(super) const COMPLETE: &str = r"
    done | complete | completed | finished | fixed | resolved | sorted(?: out)? | solved | rectified | repaired |
    replaced | taken care of | took care of | dealt with | wrapped(?: it)? up | all set | accomplished |
    corrected | abated | handled | settled | submitted | remedied | remediated | addressed | cleared(?: up)? |
    finalised | finalized | concluded | did it | did that | squared away | sewn up | nailed it |
    mission accomplished | removed | installed | cleaned(?: up)? | eliminated | delivered | finito | carried out |
    made safe | swapped(?: out)? | rewired | welded | tightened | painted | relocated | refilled | serviced |
    reinstalled | unblocked | fenced(?: off)? | disposed of | taken (?:down|out|away) | put right | patched |
    mended
";

/// Future words inside harmless ones, hidden before `FUTURE` is looked for.
pub(super) const FUTURE_HARMLESS: &str = r"
    no longer | due to | on schedule | due diligence | as planned | as scheduled | ahead of schedule |
    before (?:the )?(?:deadline|due date) | can (?:now )?(?:confirm|report|verify) | (?:happy|pleased|glad) to |
    to (?:confirm|report|inform you) | by us | starting work
";

/// Words that order whatever else stands in the clause.
pub(super) const FIRM_ORDER: &str = r"
    please | pls | plz | kindly | must | have to | has to | needs?(?: to)? |
    get (?:it|this|that|them|these|everything|all) | gotta | make sure | ensure | be sure | want (?:it|this|that) |
    let's | don't forget | require[sd]? | consider
";

/// Words that put the clause into the future whatever else stands in it.
pub(super) const FIRM_FUTURE: &str = r"
    will | [a-z]+'ll | going to | gonna | to be | soon | shortly | should be | can be | expect(?:ed)? |
    plan(?:ned|ning)? | aim(?:ing)? | try(?:ing)?
";

/// The future in a clause beside a claim.
pub(super) const TO_COME: &str = r"
    will | [a-z]+'ll | going to | gonna | to be | soon | shortly | should be | expect(?:ed)? | plan(?:ned|ning)? |
    aim(?:ing)? | try(?:ing)?
";

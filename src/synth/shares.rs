//! In what proportion things occur, all in one place.
//!
//! Counts and rates come from published reports where one exists; what is marked "guess" has no source but experience and may be
//! changed freely (the data change with it). Shares are of a thousand unless said otherwise.

/// Prefectures of one province: counties and townships each, as counted at the end of 2022 (14 prefectures, 122 counties, towns,
/// townships and subdistricts together). Only the numbers are taken, the names are not.
pub(super) const PREFECTURES: [(usize, usize); 14] = [
    (9, 170),
    (9, 105),
    (5, 70),
    (12, 186),
    (12, 202),
    (9, 133),
    (9, 169),
    (4, 73),
    (6, 92),
    (11, 159),
    (11, 182),
    (12, 204),
    (5, 87),
    (8, 115),
];
/// A nation is so many provinces: more than there would be by townships (20.6), so a safe upper bound.
pub(super) const PROVINCES: usize = 31;

/// Offices of a county and of a prefecture.
pub(super) const DEPARTMENTS: usize = 30;
/// Of the province itself, so that with those of its counties and prefectures they are 4,100.
pub(super) const PROVINCE_DEPARTMENTS: usize = 20;

/// People of a county written by itself or in a prefecture, and of the prefecture's own offices: 3,900 with nine counties.
pub(super) const COUNTY_PEOPLE: usize = 400;
pub(super) const PREFECTURE_PEOPLE: usize = 300;
/// In a province: 312 leaders and officials a county (as many record books were printed in one), 41,000 in all.
pub(super) const COUNTY_PEOPLE_OF_PROVINCE: usize = 312;
pub(super) const PREFECTURE_PEOPLE_OF_PROVINCE: usize = 195;
pub(super) const PROVINCE_PEOPLE: usize = 206;

/// Exponent of Zipf's law in tenths, for enterprises among counties and for findings among enterprises.
pub(super) const ZIPF: u32 = 11;
/// One county holds so much of all fireworks makers (863 of 1,466 in one province, 2017).
pub(super) const STAR_COUNTY: u32 = 590;

/// Major hazards (630 of 124,841 self-checked ones in one prefecture, 2023) and, of all, those put under listed supervision.
pub(super) const MAJOR: u32 = 5;
pub(super) const LISTED: u32 = 1;
/// General ones written with the local grade 较大 (guess).
pub(super) const LARGER: u32 = 20;

/// Days from finding to deadline: share, first, last (guess shaped by the law's general and major hazards).
pub(super) const LIFE: [((usize, usize), u32); 5] =
    [((0, 0), 600), ((3, 7), 300), ((15, 30), 80), ((60, 90), 15), ((120, 300), 5)];
/// Of what is past its deadline: extended, and still open. The rest was done in time.
pub(super) const EXTENDED: u32 = 60;
pub(super) const OVERDUE: u32 = 60;
/// Of what is done: verified as well (guess).
pub(super) const VERIFIED: u32 = 250;
/// Deadline still ahead: already done, work under way (guess).
pub(super) const DONE_EARLY: u32 = 200;
pub(super) const UNDER_WAY: u32 = 450;

/// Findings of a day, in hundredths of a plain working day (guess): a Monday, a rest day, the first working day after three or
/// more rest days, the day after the mobilisation meeting (which is the day the ledger is written).
pub(super) const MONDAY: u32 = 140;
pub(super) const REST_DAY: u32 = 10;
pub(super) const AFTER_HOLIDAY: u32 = 250;
pub(super) const AFTER_MEETING: u32 = 400;
/// A ledger looks so many days back (guess).
pub(super) const LEDGER_DAYS: usize = 30;
/// Hours of finding, with their weight (guess): peaks at 10:00, 15:00 and 16:30 to 17:30.
pub(super) const HOURS: [((u32, u32), u32); 9] = [
    ((8, 30), 8),
    ((9, 15), 12),
    ((10, 0), 22),
    ((11, 0), 10),
    ((14, 30), 9),
    ((15, 0), 20),
    ((16, 30), 12),
    ((17, 0), 10),
    ((17, 30), 7),
];

/// 2.2 assignments an item (1,048 orders for 479 hazards, 2017): who must fix it, a second one, the leader, the department.
pub(super) const SECOND_PERSON: u32 = 120;
pub(super) const LEADER: u32 = 500;
pub(super) const DEPARTMENT: u32 = 580;

// ---- dirt: all guesses, in the proportion in which ledgers met so far show it ----------------------------------------

/// Of workbooks.
pub(super) const TWO_HEADER_ROWS: u32 = 250;
pub(super) const TITLE_ROWS: u32 = 900;
pub(super) const MERGING_WRITER: u32 = 350;
pub(super) const DITTO_WRITER: u32 = 300;
pub(super) const HIDDEN_SHEET: u32 = 100;
pub(super) const CODED: u32 = 800;
pub(super) const GB18030: u32 = 500;

/// Of columns: another name than the usual one, and decoration (stars, brackets, spaces, line breaks).
pub(super) const ALIAS: u32 = 400;
pub(super) const DECORATED: u32 = 120;

/// Of sheets.
pub(super) const SUBTOTAL: u32 = 300;
pub(super) const SIGNATURE: u32 = 700;
pub(super) const HEADER_AGAIN: u32 = 60;

/// Of cells that repeat the one above, by a writer with that habit.
pub(super) const REPEATED_AS_DITTO: u32 = 600;
/// Of all that repeat: left blank, which nobody can tell from forgotten.
pub(super) const REPEATED_AS_BLANK: u32 = 15;

/// Of rows.
pub(super) const NIL_ROW: u32 = 30;
pub(super) const HIDDEN_ROW: u32 = 5;
pub(super) const BLANK_LINE: u32 = 4;
pub(super) const SEVERAL_PROBLEMS: u32 = 60;
pub(super) const SAME_HAZARD_TWICE: u32 = 2;
pub(super) const DEPARTMENT_FOR_PERSON: u32 = 60;
pub(super) const NOBODY: u32 = 5;
pub(super) const NO_GRADE: u32 = 4;
pub(super) const ROMAN_GRADE: u32 = 2;
pub(super) const NO_FOUND: u32 = 3;
/// Deadlines that say none, or that can be read in more than one way.
pub(super) const UNCLEAR_DUE: u32 = 25;
pub(super) const ONGOING_DUE: u32 = 15;
pub(super) const EXTENDED_IN_CELL: u32 = 500;

/// Of phones in a column of their own: lost in scientific notation, stored as a number.
pub(super) const PHONE_ROUNDED: u32 = 30;
pub(super) const PHONE_NUMBER: u32 = 300;

/// Of text cells.
pub(super) const SPACE_BEHIND: u32 = 20;
pub(super) const ZERO_WIDTH: u32 = 5;
pub(super) const FULL_WIDTH: u32 = 12;
pub(super) const LINE_BREAK: u32 = 10;
/// Of names of units: broken in the middle by a space or by a narrow column.
pub(super) const BROKEN_NAME: u32 = 6;

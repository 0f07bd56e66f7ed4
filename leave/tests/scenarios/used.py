"""What is carried over, taken, given back, paid out, moved from overtime and entered by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from leave.rules.shapes import Unit
from leave.tests.scenarios.granted import BOLIVIA, BRAZIL, CLT, ET, LFT, MEXICO, SPAIN
from leave.tests.scenarios.shape import AHEAD, BANK, BY_MONTH, COMPLETED, HOURS, Scenario, law, steps

FIVE = replace(AHEAD, name="22 days ahead, five carried", carry_most=Fraction(5))
FIVE_TO_MARCH = replace(FIVE, name="22 days ahead, five carried to March", carry_months=3)
BACK = replace(AHEAD, name="22 days ahead, sick days given back", gives_back=True)

ALL = (
    # L6: carry-over and expiry
    Scenario(name="all-carried", title="Without a limit all of it is carried over", rule="L6", leave=AHEAD,
        balances={"2026-12-31": "22", "2027-01-01": "44"}),
    Scenario(name="five-carried", title="Of twelve days that are left, five are carried over", rule="L6", leave=FIVE,
        taken=("2026-08-03 2026-08-14",), balances={"2026-12-31": "12", "2027-01-01": "27"}),
    Scenario(name="carried-to-march", title="The five lapse after three months", rule="L6", leave=FIVE_TO_MARCH,
        balances={"2027-01-01": "27", "2027-03-31": "27", "2027-04-01": "22"},
        lines=("2026-01-01 granted 22", "2027-01-01 lapsed -17", "2027-01-01 granted 22", "2027-04-01 expired -5")),
    Scenario(name="carried-used-first", title="Three days in February are of the five: two lapse", rule="L6", leave=FIVE_TO_MARCH,
        taken=("2027-02-01 2027-02-03",), balances={"2027-03-31": "24", "2027-04-01": "22"}),
    Scenario(name="spain-nothing-carried", title="Spain: leave is taken in its year", rule="L6", leave=SPAIN,
        taken=("2026-08-03 2026-08-16",), law=f"{ET}, art. 38", balances={"2026-12-31": "16", "2027-01-01": "30"}),
    Scenario(name="completed-year-nothing-carried", title="By years of service, what is left lapses on the next one's day", rule="L6",
        leave=replace(COMPLETED, name="15 days a completed year, none carried", carry_most=Fraction(0)), hired="2024-03-11",
        since="2024-01-01", balances={"2025-03-11": "15", "2026-03-10": "15", "2026-03-11": "15"}),
    Scenario(name="mexico-oldest-first", title="Mexico: twelve days taken are those that would lapse first", rule="L6", leave=MEXICO,
        hired="2020-02-03", since="2020-01-01", taken=("2022-03-07 2022-03-22",), law=f"{LFT}, art. 516",
        balances={"2022-03-22": "14", "2022-08-03": "14"}),
    # L7: negative
    Scenario(name="negative-allowed", title="Five days in January before any are granted, where that is allowed", rule="L7",
        leave=replace(BY_MONTH, name="24 days by month, may be negative", below=None), taken=("2026-01-05 2026-01-09",),
        balances={"2026-01-09": "-5", "2026-01-31": "-3", "2026-03-31": "1"}, lacks={"2026-01-05": "0"}),
    Scenario(name="negative-refused", title="The same where it is not: five lack", rule="L7", leave=BY_MONTH,
        taken=("2026-01-05 2026-01-09",), balances={"2026-01-09": "-5"}, lacks={"2026-01-05": "5"}),
    Scenario(name="negative-to-three", title="Where it may be negative by three: two lack", rule="L7",
        leave=replace(BY_MONTH, name="24 days by month, negative by three", below=Fraction(3)),
        taken=("2026-01-05 2026-01-09",), balances={"2026-01-09": "-5"}, lacks={"2026-01-05": "2"}),
    Scenario(name="later-leave-counts", title="Five days in June lack three, since twenty in December are approved", rule="L7", leave=AHEAD,
        taken=("2026-06-01 2026-06-05", "2026-12-01 2026-12-28"), balances={"2026-06-05": "17", "2026-12-28": "-3"},
        lacks={"2026-06-01": "3"}),
    # L8: half days and hours
    Scenario(name="half-a-day", title="A morning is half a day", rule="L8", leave=AHEAD, taken=("2026-03-02 first",),
        balances={"2026-03-02": "21.5"}),
    Scenario(name="hours-of-the-day", title="In hours, a day costs what is asked for on it", rule="L8", leave=HOURS,
        taken=("2026-03-02",), minutes={0: 360}, balances={"2026-03-02": "154"}),
    Scenario(name="hours-of-half-a-day", title="In hours, half a day costs half of it", rule="L8", leave=HOURS,
        taken=("2026-03-02 second",), minutes={0: 450}, balances={"2026-03-02": "156.25"}),
    Scenario(name="short-friday", title="In hours, a Friday of five hours costs five", rule="L8", leave=HOURS,
        taken=("2026-03-05 2026-03-06",), minutes={4: 300}, balances={"2026-03-06": "147"}),
    # L9: days that are charged
    Scenario(name="weekend-free", title="Two weeks cost ten working days", rule="L9", leave=AHEAD,
        taken=("2026-08-03 2026-08-16",), balances={"2026-08-16": "12"}),
    Scenario(name="holiday-free", title="A public holiday within the leave costs nothing", rule="L9", leave=AHEAD,
        taken=("2026-12-07 2026-12-11",), holidays={"2026-12-08": "whole"}, balances={"2026-12-11": "18"}),
    Scenario(name="half-a-holiday", title="Half a holiday within the leave costs half", rule="L9", leave=AHEAD,
        taken=("2026-12-24",), holidays={"2026-12-24": "second"}, balances={"2026-12-24": "21.5"}),
    Scenario(name="the-free-half", title="Leave in the half that is free anyway costs nothing", rule="L9", leave=AHEAD,
        taken=("2026-12-24 second",), holidays={"2026-12-24": "second"}, balances={"2026-12-24": "22"}),
    Scenario(name="tuesday-to-saturday", title="Who works from Tuesday to Saturday pays for these days", rule="L9", leave=AHEAD,
        weekdays=frozenset({1, 2, 3, 4, 5}), taken=("2026-03-02 2026-03-08",), balances={"2026-03-02": "22", "2026-03-08": "17"}),
    Scenario(name="spain-calendar-days", title="Spain: two weeks are fourteen calendar days, the holiday among them", rule="L9",
        leave=SPAIN, taken=("2026-08-03 2026-08-16",), holidays={"2026-08-15": "whole"}, law=f"{ET}, art. 38.1",
        balances={"2026-08-16": "16"}),
    Scenario(name="bolivia-holiday", title="Bolivia: a holiday within the leave is not charged", rule="L9", leave=BOLIVIA,
        hired="2024-05-02", since="2024-01-01", taken=("2025-08-04 2025-08-08",), holidays={"2025-08-06": "whole"},
        law="DS 17288", balances={"2025-08-08": "11"}),
    # L10: sick leave
    Scenario(name="sick-days-back", title="Spain: two sick days within a week's holiday come back", rule="L10", leave=SPAIN,
        taken=("2026-08-03 2026-08-09",), sick=("2026-08-05 2026-08-06",), law=f"{ET}, art. 38.3",
        balances={"2026-08-04": "28", "2026-08-09": "25"}),
    Scenario(name="sick-days-lost", title="Where the rule does not give them back they stay charged", rule="L10", leave=AHEAD,
        taken=("2026-08-03 2026-08-07",), sick=("2026-08-05 2026-08-06",), balances={"2026-08-07": "17"}),
    Scenario(name="half-a-sick-day", title="A sick afternoon gives half a day back", rule="L10", leave=BACK,
        taken=("2026-08-03 2026-08-07",), sick=("2026-08-05 second",), balances={"2026-08-07": "17.5"}),
    Scenario(name="sick-on-a-weekend", title="A sick Saturday was not charged and gives nothing back", rule="L10", leave=BACK,
        taken=("2026-08-03 2026-08-09",), sick=("2026-08-08 2026-08-09",), balances={"2026-08-09": "17"}),
    # L11: encashment
    Scenario(name="brazil-a-third", title="Brazil: ten of thirty days may be paid out, once", rule="L11", leave=BRAZIL,
        hired="2025-04-01", since="2025-01-01", entered=("2026-04-02 encashment -10",), law=f"{CLT}, art. 143",
        balances={"2026-04-01": "30", "2026-04-02": "20"}, encash={"2026-04-01": "10", "2026-04-02": "0"}),
    Scenario(name="bolivia-no-money", title="Bolivia: none may, while the employment lasts", rule="L11", leave=BOLIVIA,
        hired="2024-05-02", since="2024-01-01", law="DS 224, art. 33", balances={"2025-05-02": "15"}, encash={"2025-05-02": "0"}),
    Scenario(name="all-paid-out", title="Without a limit, all that there is", rule="L11",
        leave=replace(AHEAD, name="22 days ahead, may be paid out", encash_most=None), taken=("2026-03-02 2026-03-06",),
        balances={"2026-03-06": "17"}, encash={"2026-03-06": "17"}),
    # L12: time bank
    Scenario(name="overtime-hour-for-hour", title="Five hours of overtime are five hours off", rule="L12", leave=BANK,
        overtime={"2026-02-02": 300}, balances={"2026-02-02": "5"}),
    Scenario(name="overtime-at-150", title="At 150 per cent they are seven and a half", rule="L12",
        leave=replace(BANK, name="Time bank at 150 per cent", time_bank_percent=150), overtime={"2026-02-02": 300},
        balances={"2026-02-02": "7.5"}),
    Scenario(name="overtime-as-days", title="Twelve hours are a day and a half", rule="L12",
        leave=replace(BANK, name="Time bank in days", unit=Unit.DAYS), overtime={"2026-02-02": 720}, balances={"2026-02-02": "1.5"}),
    Scenario(name="overtime-to-the-minute", title="Twenty minutes stay a third of an hour", rule="L12", leave=BANK,
        overtime={"2026-02-02": 20, "2026-02-03": 40}, balances={"2026-02-02": "1/3", "2026-02-03": "1"}),
    Scenario(name="brazil-bank-expires", title="Brazil: what is not taken within six months no longer counts", rule="L12",
        leave=law("brazil", "time-bank"), overtime={"2026-02-02": 300}, taken=("2026-03-02 first",), law=f"{CLT}, art. 59 § 5",
        balances={"2026-03-02": "1", "2026-08-01": "1", "2026-08-02": "0"}),
    # L13: opening balances and adjustments
    Scenario(name="opening", title="With an opening balance the ledger begins on its day", rule="L13", leave=BY_MONTH,
        entered=("2026-04-01 opening 12.5",), balances={"2026-03-31": "0", "2026-04-01": "12.5", "2026-04-30": "14.5"}),
    Scenario(name="opening-again", title="A second one sets the balance anew", rule="L13", leave=BY_MONTH,
        entered=("2026-04-01 opening 12.5", "2026-06-01 opening 10"), balances={"2026-05-31": "16.5", "2026-06-01": "10"}),
    Scenario(name="opening-corrected", title="Of two on one day the later one counts", rule="L13", leave=BY_MONTH,
        entered=("2026-04-01 opening 125", "2026-04-01 opening 12.5"), balances={"2026-04-01": "12.5"}),
    Scenario(name="opening-below-nothing", title="It may be negative", rule="L13", leave=BY_MONTH,
        entered=("2026-04-01 opening -1",), balances={"2026-04-01": "-1", "2026-04-30": "1"}),
    Scenario(name="adjusted", title="HR adds two days", rule="L13", leave=AHEAD, entered=("2026-05-04 adjustment 2",),
        balances={"2026-05-03": "22", "2026-05-04": "24"}),
    Scenario(name="steps-later-than-opening", title="What is granted on the day of the opening balance comes on top", rule="L13",
        leave=replace(AHEAD, name="22 days, 25 after six years", steps=steps((0, 22), (6, 25))), entered=("2026-01-01 opening 3",),
        balances={"2026-01-01": "28"}),
)

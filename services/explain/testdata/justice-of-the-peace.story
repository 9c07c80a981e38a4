# A village without a family court: the file goes to the justice of the peace.
as-of 2024-03-20T00:00
2024-03-01T06:00 violence.occurred
2024-03-01T15:00 report.received channel=police peace_court=true victim_area=rural victim_language=quechua institution=com-90 institution_kind=police-station ubigeo=080802
2024-03-01T15:20 interpreter.needed language=quechua
2024-03-02T04:00 risk.assessed level=mild
2024-03-02T05:59 file.received from=police to=peace-court
2024-03-03T05:00 measures.decided measure=m-1 outcome=granted institution=jp-1 institution_kind=justice-of-peace area=rural
2024-03-04T04:00 measures.notified measure=m-1 to=police

# Severe risk in the city, every step in its time.
as-of 2024-04-20T09:00
2024-03-01T08:10 violence.occurred
2024-03-01T10:00 report.received channel=police violence=physical,psychological victim_sex=female victim_age_band=26-35 victim_area=urban relation=ex-partner institution=com-17 institution_kind=police-station
2024-03-01T10:05 report.registered institution=com-17 institution_kind=police-station
2024-03-01T10:10 leaflet.delivered language=es
2024-03-01T10:40 risk.assessed level=severe sheet=partner complete=true trained=true institution=com-17 institution_kind=police-station
2024-03-01T10:50 prosecutor.informed
2024-03-01T11:00 cem.informed
2024-03-01T11:10 patrol.assigned
2024-03-01T11:20 map.entered
2024-03-01T15:00 file.received from=police to=family-court to_institution=jf-3
2024-03-01T16:00 file.received from=police to=prosecutor to_institution=fpp-2
2024-03-01T18:00 legal-aid.assigned
2024-03-02T08:00 hearing.held victim_present=true
2024-03-02T09:00 measures.decided measure=m-1 outcome=granted measures=removal,no-approach,no-contact hearing=true institution=jf-3 institution_kind=family-court
2024-03-02T09:30 measures.notified measure=m-1 to=police
2024-03-02T10:00 measures.notified measure=m-1 to=victim
2024-03-02T10:30 measures.notified measure=m-1 to=respondent
2024-03-02T12:00 measures.executed measure=m-1 by=police-station
2024-03-02T16:00 victim.contacted measure=m-1
2024-03-05T10:00 visit.made measure=m-1 announced=false
2024-03-07T10:00 execution.reported measure=m-1
2024-03-02T11:00 file.received from=family-court to=prosecutor

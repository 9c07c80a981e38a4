# An older victim, a breach on a holiday weekend, measures varied and notified.
as-of 2024-05-10T00:00
2024-03-25T09:00 report.received channel=family-court victim_age_band=60-plus victim_sex=female relation=child victim_disability=hearing institution=jf-3 institution_kind=family-court
2024-03-25T09:30 risk.assessed level=moderate sheet=older-adult
2024-03-25T17:00 measures.decided measure=m-1 outcome=granted measures=no-approach,allowance
2024-03-25T18:00 measures.notified measure=m-1 to=police
2024-03-28T21:00 breach.reported breach=b-1 measure=m-1 institution=com-17 institution_kind=police-station
2024-03-28T21:20 breach.responded breach=b-1 arrested=true
2024-03-30T08:00 breach.informed breach=b-1 measure=m-1 to=family-court
2024-04-01T09:00 variation.requested measure=m-1 variation=v-1 reason=risk-change
2024-04-01T10:00 risk.assessed level=severe
2024-04-02T12:00 measures.varied measure=m-1 variation=v-1 change=extended
2024-04-05T09:00 variation.notified measure=m-1 variation=v-1 to=victim
2024-04-20T09:00 visit.made measure=m-1 announced=true

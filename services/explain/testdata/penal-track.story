# From the inquiry to the sentence, and the court that was never told.
as-of 2025-06-01T00:00
2024-03-04T08:00 report.received channel=prosecutor institution=fpf-1 institution_kind=prosecutor-family
2024-03-04T08:30 risk.assessed level=severe
2024-03-05T07:00 file.received from=prosecutor to=family-court
2024-03-05T12:00 measures.decided measure=m-1 outcome=granted
2024-03-06T09:00 investigation.opened institution=fpp-2 institution_kind=prosecutor-penal
2024-05-10T09:00 investigation.formalised institution=fpp-2 institution_kind=prosecutor-penal
2024-09-02T09:00 investigation.ended institution=fpp-2 institution_kind=prosecutor-penal
2024-09-20T09:00 charge.filed
2025-05-05T09:00 sentence.issued outcome=convicted sanctions=prison-suspended,civil-reparation,disqualification treatment_ordered=true registered=false institution=jp-4 institution_kind=penal-court

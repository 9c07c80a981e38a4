# Caught in the act: arrest, penal court, copies to the family court.
as-of 2024-03-15T00:00
2024-03-01T22:00 report.received channel=police flagrancy=true urgent=true violence=physical institution=com-17 institution_kind=police-station
2024-03-01T22:10 arrest.made arrest=a-1 flagrancy=true institution=com-17 institution_kind=police-station
2024-03-01T22:30 risk.assessed level=severe
2024-03-01T23:00 notice.given to=prosecutor
2024-03-03T22:10 detention.ended arrest=a-1
2024-03-03T12:00 measures.decided measure=m-1 outcome=granted institution=jip-1 institution_kind=penal-court
2024-03-04T15:00 file.received from=penal-court to=family-court

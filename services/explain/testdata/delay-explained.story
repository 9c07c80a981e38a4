# The forensic queue, told by who owes the duty.
as-of 2024-06-01T00:00
2024-03-01T10:00 report.received channel=police violence=sexual victim_age_band=12-17 victim_sex=female institution=com-17 institution_kind=police-station
2024-03-01T10:30 risk.assessed level=severe sheet=child
2024-03-01T11:00 exam.ordered exam=x-1 kind=medical-legal institution=com-17 institution_kind=police-station
2024-03-03T11:00 delay.explained duty=exam-performed cause=insufficient-resources detail=forensic-queue institution=iml-1 institution_kind=legal-medicine
2024-04-20T09:00 exam.performed exam=x-1 kind=medical-legal institution=iml-1 institution_kind=legal-medicine
2024-05-30 exam.result-delivered exam=x-1

-- The shop's own tables live in public. What is read by people who make
-- reports, and what is written for auditors, stands apart from them.
create schema reporting;
comment on schema reporting is 'Views for reports. Nothing here is written to.';

create schema audit;
comment on schema audit is 'Who changed what, and when. Rows are added by triggers only.';

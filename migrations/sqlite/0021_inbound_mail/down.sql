DROP TABLE taken_emails;
